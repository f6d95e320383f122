import { MillraceError } from '../errors.ts';
import {
  type AggregateNode,
  aggregatesIn,
  type ColumnNode,
  columnsRead,
  type Expression,
  walkExpression,
} from '../plan/expression.ts';
import { COUNTS } from '../plan/functions.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { AggregateRelation, NamedExpression, Relation } from '../plan/relation.ts';
import { replaced } from '../plan/replace.ts';
import { NAME_BYTES, unusableName } from '../schema/column-name.ts';
import type { AnyCol, Col, Only } from '../schema/columns.ts';
import type { AnyDType, Schema } from '../schema/dtype.ts';
import { showValue } from '../schema/show-value.ts';
import { answerOf, entriesOf } from './arguments.ts';
import { type Cols, checkColumns, checkNames, columnNode, columnsOf, fieldOf } from './columns.ts';
import type { Frame } from './frame.ts';
import { type AnyValue, BaseExpr, WindowFunction } from './functions/base.ts';
import { labelOf } from './functions/literal.ts';

/** Refuses columns of which a group has many values. */
type OfGroups<O> = {
  readonly [P in keyof O]: O[P] extends { readonly n: infer N }
    ? 'group' extends N
      ? unknown
      : { readonly 'aggregate it; of keys alone, in withColumns after': never }
    : unknown;
};

/** The columns of aggregates; without keys there may be no rows, and most aggregates of none are null. */
type Aggregated<O, Keys> = {
  [P in keyof O & string]: O[P] extends { readonly d: infer D extends AnyDType; readonly n: infer N }
    ? Col<P, D, [Keys] extends [never] ? (N extends null | 'empty' ? null : never) : N & null>
    : never;
}[keyof O & string];

const EXAMPLE = 'r => ({ total: r.price.sum() })';

/** Rows in groups, waiting for `agg`. */
export class Grouped<C extends AnyCol, N extends C['k']> {
  readonly #plan: Relation;
  readonly #keys: readonly N[];
  readonly #derive: <D extends AnyCol>(plan: Relation) => Frame<D>;

  constructor(plan: Relation, keys: readonly N[], derive: <D extends AnyCol>(plan: Relation) => Frame<D>) {
    this.#plan = plan;
    this.#keys = keys;
    this.#derive = derive;
  }

  /**
   * One row a group, its keys and these aggregates: `agg(r => ({ orders: fn.count(), revenue: r.revenue.sum() }))`. What is
   * computed of aggregates, keys and literals is one too: `r.revenue.sum().div(fn.count())`. Without keys there may be no
   * rows: then all but counts are null. A column of which a group has many values is refused with `plan.expression`.
   */
  agg<O extends Readonly<Record<string, AnyValue>>>(
    make: (r: Cols<C>) => O & OfGroups<O>,
  ): Frame<Only<C, N> | Aggregated<O, N>> {
    const schema = outputSchema(this.#plan);
    const made = entriesOf<unknown>(
      answerOf(make, columnsOf<C>(schema, 'agg'), 'agg', EXAMPLE),
      'agg, by its function,',
      '{ total: r.price.sum() }',
    ).map(([name, value]) => ({ name, expression: aggregatedOf(name, value, schema, this.#keys) }));
    checkNames([...this.#keys, ...made.map((a) => a.name)], 'agg');
    return this.#derive(aggregation(this.#plan, this.#keys, made));
  }
}

/** What `agg` was given for a column, checked to have one value a group. */
function aggregatedOf(name: string, value: unknown, schema: Schema, keys: readonly string[]): Expression {
  const refused = (message: string): MillraceError =>
    new MillraceError({ code: 'plan.expression', message: `agg: ${JSON.stringify(name)} ${message}` });
  if (!(value instanceof BaseExpr)) throw refused(noAggregate(value));
  const { node } = value;
  const aggregates = aggregatesIn(node);
  if (aggregates.length === 0 && columnsRead(node).size === 0) throw refused(noAggregate(value));
  checkColumns([node], schema, 'agg');
  for (const aggregate of aggregates) {
    const parts = aggregate.args.flatMap((arg) => [...walkExpression(arg)]);
    const inner = parts.find((part) => part.kind === 'window' || part.kind === 'aggregate');
    if (inner?.kind === 'window')
      throw refused('is an aggregate of a window. Compute the window in a withColumns before.');
    if (inner !== undefined)
      throw refused(`is an aggregate of the aggregate ${labelOf(inner)}. Aggregate twice: groupBy(..).agg(..) before.`);
  }
  // It is looked at all that stands in no aggregate; what would be made of it is the same.
  replaced(node, (part) => {
    if (part.kind === 'aggregate') return part;
    if (part.kind === 'window') throw refused('has a window beside its aggregates. Compute it in a withColumns after.');
    if (part.kind !== 'column' || keys.includes(part.name)) return undefined;
    const { name: column } = part;
    throw refused(
      `has the column ${JSON.stringify(column)} outside of an aggregate, and a group has many values of it. Aggregate it, such as r.${column}.first(), or make it a key: groupBy(${[...keys, column].map((key) => `'${key}'`).join(', ')}).`,
    );
  });
  return node;
}

function noAggregate(value: unknown): string {
  const given =
    value instanceof WindowFunction
      ? `${labelOf(value.node)}, a function of windows, which`
      : `${value instanceof BaseExpr ? labelOf(value.node) : showValue(value)}, which`;
  return `was given ${given} is not an aggregate such as r.revenue.sum() or fn.count().`;
}

/** An aggregation, and where something is computed of its aggregates a projection of them. */
function aggregation(input: Relation, keys: readonly string[], made: readonly NamedExpression[]): Relation {
  const aggregates: { readonly name: string; readonly expression: AggregateNode }[] = [];
  const ofNone = (node: AggregateNode): AggregateNode =>
    keys.length > 0 || COUNTS.has(node.fn) ? node : { ...node, nullable: true };
  const isPlain = made.every(({ expression }) => expression.kind === 'aggregate');
  const known = new Map<string, ColumnNode>();
  const column = (name: string, node: AggregateNode): ColumnNode => {
    const key = isPlain ? name : (inFull(node) ?? name);
    let found = known.get(key);
    if (found !== undefined) return found;
    const expression = ofNone(node);
    aggregates.push({ name, expression });
    found = columnNode({ name, dtype: node.dtype, nullable: expression.nullable });
    known.set(key, found);
    return found;
  };
  const taken = new Set([...keys, ...made.map(({ name }) => name)].map((name) => name.toLowerCase()));
  // Messages and plans tell the name.
  const freeName = (node: AggregateNode): string => {
    const told = labelOf(node);
    const fits = new TextEncoder().encode(told).length <= NAME_BYTES && unusableName(told) === undefined;
    const name = fits && !taken.has(told.toLowerCase()) ? told : `__millrace_${taken.size}`;
    taken.add(name.toLowerCase());
    return name;
  };
  const columns = made.map(({ name, expression }): NamedExpression => {
    if (expression.kind === 'aggregate') return { name, expression: column(name, expression) };
    const part = (node: Expression): Expression | undefined =>
      node.kind === 'aggregate' ? column(freeName(node), node) : undefined;
    return { name, expression: replaced(expression, part) };
  });
  const aggregated: AggregateRelation = { kind: 'aggregate', input, keys, aggregates };
  if (isPlain) return aggregated;
  const schema = outputSchema(input);
  const kept = keys.map((name): NamedExpression => ({ name, expression: columnNode(fieldOf(schema, name, 'agg')) }));
  return { kind: 'project', input: Object.freeze(aggregated), columns: [...kept, ...columns], verb: 'agg' };
}

/** An aggregate of plain columns in full, so that two of the same are told; `undefined` for others. */
function inFull({ fn, args, options, orderBy }: AggregateNode): string | undefined {
  const names = args.map((arg) => (arg.kind === 'column' ? arg.name : undefined));
  return names.includes(undefined) ? undefined : JSON.stringify([fn, names, options, orderBy]);
}
