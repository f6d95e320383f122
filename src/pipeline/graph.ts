import type { StepContext } from './context.ts';
import type { Join } from './handles.ts';
import type { TakesParams } from './params.ts';
import type { StepKind } from './store/store.ts';

/** What runs a step: what it is given by its inputs, and its context. */
export type StepFunction = (values: Readonly<Record<string, unknown>>, context: StepContext) => unknown;

/** A step of a graph: plain data and the user's functions. */
export interface Node {
  readonly name: string;
  readonly kind: Exclude<StepKind, 'item'>;
  readonly inputs: readonly NodeInput[];
  /** Of a step in a sub-pipeline: what that waits for. */
  readonly after: readonly Node[];
  readonly join: Join | 'ended';
  readonly options: NodeOptions;
  readonly run: StepFunction;
  /** The text of its functions. */
  readonly code: string;
  readonly map?: MapNode;
  /** Of a step in a sub-pipeline: its params by those of the pipeline around it. */
  readonly params?: (outer: object) => object;
  /** That sub-pipeline. */
  readonly child?: TakesParams;
}

export interface NodeInput {
  readonly name: string;
  readonly node: Node;
}

export interface NodeOptions {
  readonly retries?: number;
  readonly timeout?: number;
  readonly checkpoint?: boolean | 'keep';
  readonly when?: (values: never, context: never) => boolean | Promise<boolean>;
  readonly pool?: string;
  readonly severity?: 'fail' | 'warn';
}

/** A step an item of a list. */
export interface MapNode {
  readonly item: (item: unknown, values: Readonly<Record<string, unknown>>, context: StepContext) => unknown;
  readonly key: (item: unknown, index: number) => string;
}

/** The steps in the order in which they were declared, which is one in which they can run. */
export interface Graph {
  readonly nodes: readonly Node[];
}

/** All that a step waits for. */
export function waitsFor(node: Node): readonly Node[] {
  return [...new Set([...node.inputs.map((input) => input.node), ...node.after])];
}
