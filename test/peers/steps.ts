import { fn, t } from '../../src/index.ts';
import { isObject, type Json, type Row } from './cases.ts';
import {
  type AnyFrame,
  aggregateOf,
  type Column,
  expressionOf,
  Missing,
  type OrderKey,
  scopeOf,
  truthOf,
  withoutAggregates,
} from './expressions.ts';
import { type Node, rowFunction } from './row-function.ts';

/** A table on its way through the steps of a case. */
export interface State {
  readonly frame: AnyFrame;
  readonly groups: readonly string[];
  /** Columns that the peer groups by without having them in the table. */
  readonly hidden: readonly string[];
  /** Whether the rows have an order that the case means. */
  readonly ordered: boolean;
  /** The columns that they are sorted by. */
  readonly order?: readonly OrderKey[];
}

export type Named = readonly (readonly [name: string, node: Node])[];

/** What a peer takes as a value a row: a column's name, or a row function. */
export function nodeOf(value: Json | undefined): Node {
  if (typeof value === 'string') return { kind: 'column', side: 0, name: value };
  if (!isObject(value)) throw new Error(`${JSON.stringify(value)} is no row function`);
  const source = value.$js ?? value.$expr;
  if (typeof source !== 'string') throw new Error(`${JSON.stringify(value)} is no row function`);
  return rowFunction(source);
}

export function namesOf(frame: AnyFrame): string[] {
  return frame.schema.map((field) => field.name);
}

/** New columns, all from the columns as they were. */
export function withColumns(
  frame: AnyFrame,
  named: Named,
  groups: readonly string[] = [],
  order: readonly OrderKey[] = [],
): AnyFrame {
  return derive(frame, (r) =>
    Object.fromEntries(named.map(([name, node]) => [name, expressionOf(node, scopeOf(r, groups, order))])),
  );
}

export function derive(
  frame: AnyFrame,
  make: (r: { readonly col: (name: string) => unknown }) => Record<string, Column>,
): AnyFrame {
  return frame.withColumns((r) => make(r)) as unknown as AnyFrame;
}

export function select(frame: AnyFrame, names: readonly string[]): AnyFrame {
  return frame.select(...names) as unknown as AnyFrame;
}

export function without(frame: AnyFrame, names: readonly string[]): AnyFrame {
  return names.length === 0 ? frame : (frame.drop(...names) as unknown as AnyFrame);
}

export function rename(frame: AnyFrame, names: Readonly<Record<string, string>>): AnyFrame {
  return frame.rename(names as never) as unknown as AnyFrame;
}

export function filter(frame: AnyFrame, predicate: Node, groups: readonly string[]): AnyFrame {
  return frame.filter((r) => truthOf(expressionOf(predicate, scopeOf(r, groups))));
}

/** One row a group, of expressions over aggregates. */
export function aggregate(frame: AnyFrame, keys: readonly string[], named: Named): AnyFrame {
  const aggregates = new Map<string, Extract<Node, { kind: 'call' }>>();
  const results = named.map(([name, node]) => [name, withoutAggregates(node, aggregates)] as const);
  const grouped = frame
    .groupBy(...keys)
    .agg((r) =>
      Object.fromEntries([...aggregates].map(([name, node]) => [name, aggregateOf(node, scopeOf(r))])),
    ) as unknown as AnyFrame;
  return select(withColumns(grouped, results), [...keys, ...named.map(([name]) => name)]);
}

export interface SortKey {
  readonly by: Node;
  readonly descending: boolean;
}

export function sort(frame: AnyFrame, keys: readonly SortKey[]): AnyFrame {
  const named = keys.map(({ by }, i) => [`order_${i + 1}`, by] as const);
  const items = keys.map(({ descending }, i) => {
    const name = `order_${i + 1}`;
    return descending ? ({ desc: name } as const) : name;
  });
  const sorted = withColumns(frame, named).sort(...items);
  return without(
    sorted,
    named.map(([name]) => name),
  );
}

/** The rows of each group from `start` up to but without `end`; negative counts from the end. */
export function slice(frame: AnyFrame, start: number, end: number | undefined, groups: readonly string[]): AnyFrame {
  if (groups.length === 0 && start >= 0 && (end === undefined || end >= start)) {
    return frame.limit((end ?? Number.MAX_SAFE_INTEGER) - start, start);
  }
  return frame.filter(() => {
    const position = fn.rowNumber().over({ partitionBy: groups });
    const size = fn.count().over({ partitionBy: groups });
    const at = (bound: number) => (bound < 0 ? size.add(bound) : fn.lit(bound));
    const from = position.gt(at(start));
    return end === undefined ? from : from.and(position.lte(at(end)));
  });
}

/** Nulls filled by the nearest value above or below. */
export function fill(frame: AnyFrame, name: string, direction: 'forward' | 'backward'): AnyFrame {
  return frame.impute({ [name]: { [direction]: [] } } as never) as unknown as AnyFrame;
}

/** The rows of both with the columns of `shape`; a column that one of them lacks is null there. */
export function concat(frame: AnyFrame, others: readonly AnyFrame[]): AnyFrame {
  const shape = frame.schema;
  const shaped = others.map((other) => {
    const names = namesOf(other);
    const lacking = shape.filter((field) => !names.includes(field.name));
    const filled = derive(other, () => Object.fromEntries(lacking.map(({ name, dtype }) => [name, nullOf(dtype.id)])));
    return select(
      filled,
      shape.map((field) => field.name),
    );
  });
  return frame.concat(...(shaped as never[])) as unknown as AnyFrame;
}

function nullOf(id: string): Column {
  const types = { int: t.int(), float: t.float(), string: t.string(), boolean: t.boolean(), timestamp: t.timestamp() };
  return fn.lit(null, types[id as keyof typeof types]) as unknown as Column;
}

export type JoinKind = 'inner' | 'left' | 'right' | 'full';

/**
 * A join whose result has every column of both sides, as `left.x` and `right.x`, and each pair of keys once more as
 * `key.0`, `key.1` ..
 */
export function joinApart(
  left: AnyFrame,
  right: AnyFrame,
  on: readonly (readonly [left: string, right: string])[],
  how: JoinKind,
): AnyFrame {
  const apart = (frame: AnyFrame, side: 0 | 1): AnyFrame => {
    const keys = on.map((pair, i): readonly [string, Node] => [
      `key.${i}`,
      { kind: 'column', side: 0, name: pair[side] },
    ]);
    const prefix = side === 0 ? 'left' : 'right';
    const names = Object.fromEntries(namesOf(frame).map((name) => [name, `${prefix}.${name}`]));
    return rename(withColumns(frame, keys), names);
  };
  const keys = on.map((_, i) => `key.${i}`);
  return apart(left, 0).join(apart(right, 1), { on: keys, how } as never) as unknown as AnyFrame;
}

/** Exactly these columns, computed; a column of side 0 is the left frame's. */
export function fromJoin(joined: AnyFrame, named: Named): AnyFrame {
  const computed = derive(joined, (r) => {
    const column = (name: string, side: number) =>
      r.col(side === -1 ? name : `${side === 0 ? 'left' : 'right'}.${name}`) as Column;
    return Object.fromEntries(named.map(([name, node]) => [name, expressionOf(node, { column, groups: [] })]));
  });
  return select(
    computed,
    named.map(([name]) => name),
  );
}

/** The key of a join as the join itself gives it. */
export function keyNode(i: number): Node {
  return { kind: 'column', side: -1, name: `key.${i}` };
}

export function columnNode(name: string, side = 0): Node {
  return { kind: 'column', side, name };
}

/** The rows that are also in `other` (or not), each once. */
export function matching(frame: AnyFrame, other: AnyFrame, how: 'semi' | 'anti', on?: readonly Json[]): AnyFrame {
  return frame.join(other, { on: on ?? common(frame, other), how } as never) as unknown as AnyFrame;
}

export function unpivot(frame: AnyFrame, columns: readonly string[], names: string, values: string): AnyFrame {
  return frame.unpivot({ columns, names, values } as never) as unknown as AnyFrame;
}

/** The combinations of some columns that are there, sorted: what a user who declares the new columns knows. */
export async function combinations(frame: AnyFrame, names: readonly string[]): Promise<readonly Row[]> {
  return (await select(frame, names)
    .dedupe()
    .sort(...names)
    .rows()) as unknown as Row[];
}

export function pivot(frame: AnyFrame, options: Readonly<Record<string, unknown>>): AnyFrame {
  return frame.pivot(options as never) as unknown as AnyFrame;
}

/** The rows and those of the combinations that are missing. */
export function complete(frame: AnyFrame, options: Readonly<Record<string, unknown>>): AnyFrame {
  return frame.complete(options as never) as unknown as AnyFrame;
}

/** The values of some columns, in the combinations that are there. */
export function distinct(frame: AnyFrame, names: readonly string[]): AnyFrame {
  return select(frame, names).dedupe();
}

export function cross(left: AnyFrame, right: AnyFrame): AnyFrame {
  return left.crossJoin(right as never) as unknown as AnyFrame;
}

export function common(left: AnyFrame, right: AnyFrame): string[] {
  const names = namesOf(right);
  return namesOf(left).filter((name) => names.includes(name));
}

export function missing(what: string): never {
  throw new Missing(what);
}
