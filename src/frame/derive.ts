import type { Relation } from '../plan/relation.ts';
import type { Executor } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Frame } from './frame.ts';

/** A frame of another plan in the same session. */
export function derive<C extends AnyCol>(frame: Pick<Frame<AnyCol>, 'executor'>, plan: Relation): Frame<C> {
  const { constructor: FrameClass } = frame as { constructor: unknown };
  return new (FrameClass as new (plan: Relation, executor: Executor) => Frame<C>)(Object.freeze(plan), frame.executor);
}
