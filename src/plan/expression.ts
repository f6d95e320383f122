import type { TextFormat } from '../schema/column-type.ts';
import type { DataType } from '../schema/dtype.ts';
import type { Secret } from './secret.ts';

/** What every expression knows of its own result. */
interface Typed {
  readonly dtype: DataType;
  readonly nullable: boolean;
}

export interface ColumnNode extends Typed {
  readonly kind: 'column';
  readonly name: string;
  /** In the condition of a join: the side whose column it is. */
  readonly side?: 'left' | 'right';
}

/** A value as it is bound: exact numbers and instants are text. */
export type LiteralValue = string | number | bigint | boolean | Uint8Array | Secret | null;

export interface LiteralNode extends Typed {
  readonly kind: 'literal';
  readonly value: LiteralValue;
}

/** What shapes a call and is no value of a column: a zone, a unit, the steps of a path. */
export type CallOptions = Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;

/** A scalar function of the dialect tables. */
export interface CallNode extends Typed {
  readonly kind: 'call';
  readonly fn: string;
  readonly args: readonly Expression[];
  readonly options: CallOptions;
}

export interface CaseNode extends Typed {
  readonly kind: 'case';
  readonly branches: readonly { readonly when: Expression; readonly value: Expression }[];
  readonly otherwise: Expression;
}

export type OnError = 'fail' | 'null' | 'quarantine';

/** A change of dtype; from a string it reads text as a reader does. */
export interface CastNode extends Typed {
  readonly kind: 'cast';
  readonly input: Expression;
  readonly format: TextFormat;
  readonly onError: OnError;
  /** From JSON: whether a string is read as its text, and nothing else as a string, rather than written as JSON. */
  readonly content?: true;
}

export interface OrderKey {
  readonly column: string;
  readonly descending: boolean;
  readonly nulls: 'first' | 'last';
}

/** An aggregate, over a group or, inside a window, over its frame. */
export interface AggregateNode extends Typed {
  readonly kind: 'aggregate';
  readonly fn: string;
  readonly args: readonly Expression[];
  readonly options: CallOptions;
  /** For `first` and `last`; the frame's own order where it is empty. */
  readonly orderBy: readonly OrderKey[];
}

export interface WindowNode extends Typed {
  readonly kind: 'window';
  /** An aggregate node, or a function that exists only over windows (`rank`, `lag`). */
  readonly call: AggregateNode;
  readonly partitionBy: readonly Expression[];
  readonly orderBy: readonly OrderKey[];
  /** Rows before (negative) and after the current one; `null` is unbounded. */
  readonly rows: readonly [number | null, number | null] | undefined;
  /** Values of the one order key before and after the current row's, in the direction of the order. */
  readonly range?: readonly [RangeEdge, RangeEdge];
}

/** A distance between values of an order key: a number, a length of time, or `null`, unbounded. */
export type RangeEdge = number | { readonly unit: string; readonly count: number } | null;

export type Expression = ColumnNode | LiteralNode | CallNode | CaseNode | CastNode | AggregateNode | WindowNode;

/** The expressions directly inside one. */
export function childrenOf(node: Expression): readonly Expression[] {
  switch (node.kind) {
    case 'column':
    case 'literal':
      return [];
    case 'call':
    case 'aggregate':
      return node.args;
    case 'case':
      return [...node.branches.flatMap((b) => [b.when, b.value]), node.otherwise];
    case 'cast':
      return [node.input];
    case 'window':
      return [...node.call.args, ...node.partitionBy];
  }
}

/** Every node of an expression, the outermost first. */
export function* walkExpression(root: Expression): Generator<Expression> {
  // An explicit stack: an expression may be deeper than the call stack allows.
  const stack: Expression[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    yield node;
    const children = node.kind === 'window' ? [node.call, ...childrenOf(node)] : childrenOf(node);
    for (let i = children.length - 1; i >= 0; i--) stack.push(children[i] as Expression);
  }
}

/** The aggregates of an expression that no window completes, from left to right; those inside them are left out. */
export function aggregatesIn(root: Expression): AggregateNode[] {
  const found: AggregateNode[] = [];
  const stack: Expression[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.kind === 'aggregate') found.push(node);
    else stack.push(...childrenOf(node).toReversed());
  }
  return found;
}

/** Whether an expression reads the rows around a row. */
export function hasWindow(root: Expression): boolean {
  return [...walkExpression(root)].some((node) => node.kind === 'window');
}

/** The names of the columns an expression reads, the order keys of its windows included. */
export function columnsRead(node: Expression): Set<string> {
  const names = new Set<string>();
  for (const inner of walkExpression(node)) {
    if (inner.kind === 'column') names.add(inner.name);
    if (inner.kind === 'window' || inner.kind === 'aggregate') for (const key of inner.orderBy) names.add(key.column);
  }
  return names;
}
