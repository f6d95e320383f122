import { and } from '../../frame/formula.ts';
import { Frame } from '../../frame/frame.ts';
import { call } from '../../frame/functions/base.ts';
import type { Expression } from '../../plan/expression.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol } from '../../schema/columns.ts';
import { BOOLEAN } from '../../schema/dtype.ts';
import { nothing, type Parts, parted } from './columns.ts';

export interface KeptRows<P extends AnyCol> extends AsyncDisposable {
  /** The rows that have all that is plotted, numbers finite. */
  readonly rows: Frame<P>;
  readonly kept: number;
  /** How many there were beside them. */
  readonly lost: number;
}

/** The parts of a plot, computed once; an error where nothing is left to draw. */
export async function keptRows<P extends AnyCol>(
  frame: Parameters<typeof parted>[0],
  parts: Parts,
  name: string,
  run: Pick<RunOptions, 'signal'>,
): Promise<KeptRows<P>> {
  const all = await parted<AnyCol>(frame, parts, name).materialize(run);
  try {
    const { plan } = all.dropNulls();
    const numbers = all.schema.filter(({ dtype }) => dtype.id === 'float');
    const finite = numbers.map(({ name, dtype }): Expression => {
      return call('is_finite', [{ kind: 'column', name, dtype, nullable: false }], BOOLEAN, false);
    });
    const rows = new Frame<P>(
      finite.length === 0 ? plan : { kind: 'filter', input: plan, predicate: finite.reduce(and) },
      all.executor,
    );
    const kept = await rows.count(run);
    if (kept === 0) throw nothing(name);
    const lost = (await all.count(run)) - kept;
    return { rows, kept, lost, [Symbol.asyncDispose]: () => all[Symbol.asyncDispose]() };
  } catch (error) {
    await all[Symbol.asyncDispose]();
    throw error;
  }
}
