import { MillraceError } from '../errors.ts';
import { walkExpression } from '../plan/expression.ts';
import { COUNTS } from '../plan/functions.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { AnyCol, Col, Only } from '../schema/columns.ts';
import type { AnyDType } from '../schema/dtype.ts';
import { answerOf, entriesOf } from './arguments.ts';
import { type Cols, checkColumns, checkNames, columnsOf } from './columns.ts';
import type { Frame } from './frame.ts';
import { Aggregate, type AnyAggregate } from './functions/base.ts';

/** The columns of aggregates; without keys there may be no rows, and most aggregates of none are null. */
type Aggregated<O, Keys> = {
  [P in keyof O & string]: O[P] extends {
    readonly d: infer D extends AnyDType;
    readonly n: infer N extends null;
    readonly empty: infer Empty extends null;
  }
    ? Col<P, D, [Keys] extends [never] ? N | Empty : N>
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

  /** One row a group, its keys and these aggregates: `agg(r => ({ orders: fn.count(), revenue: r.revenue.sum() }))`. */
  agg<O extends Readonly<Record<string, AnyAggregate>>>(make: (r: Cols<C>) => O): Frame<Only<C, N> | Aggregated<O, N>> {
    const schema = outputSchema(this.#plan);
    const made = entriesOf<unknown>(
      answerOf(make, columnsOf<C>(schema, 'agg'), 'agg', EXAMPLE),
      'agg, by its function,',
      '{ total: r.price.sum() }',
    );
    const aggregates = made.map(([name, value]) => {
      if (!(value instanceof Aggregate)) {
        throw new MillraceError({
          code: 'plan.expression',
          message: `agg: ${JSON.stringify(name)} is not an aggregate such as r.revenue.sum() or fn.count().`,
        });
      }
      const node = value.node;
      checkColumns([node], schema, 'agg');
      if (node.args.some((arg) => [...walkExpression(arg)].some((inner) => inner.kind === 'window'))) {
        throw new MillraceError({
          code: 'plan.expression',
          message: `agg: ${JSON.stringify(name)} is an aggregate of a window. Compute the window in a withColumns before.`,
        });
      }
      const empty = this.#keys.length === 0 && !COUNTS.has(node.fn);
      return { name, expression: { ...node, nullable: node.nullable || empty } };
    });
    checkNames([...this.#keys, ...aggregates.map((a) => a.name)], 'agg');
    return this.#derive({ kind: 'aggregate', input: this.#plan, keys: this.#keys, aggregates });
  }
}
