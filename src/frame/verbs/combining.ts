import { MillraceError } from '../../errors.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { SchemaSpec } from '../../schema/column-type.ts';
import type { AnyCol, Row } from '../../schema/columns.ts';
import { checkOptions, entriesOf } from '../arguments.ts';
import { ASOF_OPTIONS, type AsofJoined, type AsofKey, type AsofOptions, asofJoin } from '../asof-join.ts';
import { checkNames, fieldOf } from '../columns.ts';
import { concat } from '../concat.ts';
import { derive } from '../derive.ts';
import type { Frame, FrameOf } from '../frame.ts';
import { Grouped } from '../grouped.ts';
import { JOIN_OPTIONS, type Joined, type JoinKey, type JoinOptions, join } from '../join.ts';
import { refuseOther } from '../same-session.ts';
import { type ValueCounts, valueCounts } from '../value-counts.ts';
import type { Alike, ColsOfFrame, Concatenated } from '../verb-types.ts';
import { CleaningVerbs } from './cleaning.ts';

/** Verbs that bring rows together: groups, other frames, a function of your own. */
export class CombiningVerbs extends CleaningVerbs {
  /**
   * Groups of rows with equal values in these columns, for `agg`:
   * `groupBy('region').agg(r => ({ orders: fn.count(), revenue: r.revenue.sum() }))`. Nulls are equal; without columns all
   * rows are one group, even where there are none. The groups have no order: sort them.
   */
  groupBy<C extends AnyCol, const N extends C['k'] = never>(this: Frame<C>, ...names: N[]): Grouped<C, N> {
    for (const name of names) fieldOf(outputSchema(this.plan), name, 'groupBy');
    return new Grouped<C, N>(this.plan, names, (plan) => derive(this, plan));
  }

  /**
   * How often each value of a column is there, and its share of all rows: `sales.valueCounts('region')` has the columns
   * `region`, `count` and `share`. The most frequent first, then by value; null is a value too.
   */
  valueCounts<C extends AnyCol, const K extends C['k']>(this: Frame<C>, name: K): Frame<ValueCounts<C, K>> {
    return derive(this, valueCounts(this.plan, name));
  }

  /**
   * Rows of two frames that agree in `on` and for which `where` is true: `orders.join(prices, { on: 'sku', where:
   * (l, r) => l.day.gte(r.from).and(l.day.lt(r.to)) })`. Null agrees with nothing; columns of a side that may be missing
   * become nullable. Errors: `plan.join` for keys of different dtypes and for names of both sides without a `suffix`.
   */
  join<
    C extends AnyCol,
    D extends AnyCol,
    const On extends JoinKey<C, D> = never,
    const How extends 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' = 'inner',
    const Suffix extends string = '',
  >(
    this: Frame<C>,
    other: Frame<D>,
    options: JoinOptions<C, D, On, How, Suffix>,
  ): Frame<Joined<C, D, On, How, Suffix>> {
    refuseOther(this, other, 'join');
    checkOptions(options, 'join', "{ on: 'id' }", JOIN_OPTIONS);
    return derive(this, join(this.plan, other.plan, options));
  }

  /**
   * Every row of this frame, in its order, beside the nearest row of another:
   * `trades.asofJoin(quotes, { on: 'at', by: 'symbol', tolerance: { minutes: 5 } })`. This finds the last quote at or
   * before each trade. Of several rows of the other with the same `on` and `by`, the last is taken (without an order, the
   * greatest by its columns from left to right); of two that are equally near, the earlier. Null is near to nothing;
   * columns of the other are null where no row is near. Errors: `plan.asof_join` for a tolerance that does not fit the
   * dtype.
   */
  asofJoin<
    C extends AnyCol,
    D extends AnyCol,
    const At extends AsofKey<C, D>,
    const By extends JoinKey<C, D> = never,
    const Suffix extends string = '',
  >(
    this: Frame<C>,
    other: Frame<D>,
    options: AsofOptions<C, D, At, By, Suffix>,
  ): Frame<AsofJoined<C, D, At, By, Suffix>> {
    refuseOther(this, other, 'asofJoin');
    checkOptions(options, 'asofJoin', "{ on: 'at' }", ASOF_OPTIONS);
    return derive(this, asofJoin(this.plan, other.plan, options));
  }

  /** The rows of this frame, then those of the others, which have the same columns by name: `may.concat(june, july)`. */
  concat<C extends AnyCol, const F extends readonly Frame<Alike<C>>[]>(
    this: Frame<C>,
    ...others: F
  ): Frame<Concatenated<C, ColsOfFrame<F[number]>>> {
    for (const other of others) refuseOther(this, other, 'concat');
    const inputs = concat(
      this.plan,
      others.map((other) => other.plan),
    );
    return derive(this, { kind: 'union', inputs });
  }

  /**
   * A function of your own over batches of rows, in order:
   * `mapBatches(rows => rows.map(r => ({ id: r.id })), { schema: { id: t.int() } })`. It is the only verb whose rows pass
   * through JavaScript. What it gives must fit the schema, nulls too, or the run fails.
   */
  mapBatches<C extends AnyCol, const S extends SchemaSpec>(
    this: Frame<C>,
    map: (
      rows: readonly Row<C>[],
    ) => readonly Readonly<Record<string, unknown>>[] | Promise<readonly Readonly<Record<string, unknown>>[]>,
    options: { readonly schema: S; readonly batchSize?: number },
  ): FrameOf<S> {
    checkOptions(options, 'mapBatches', '{ schema: { id: t.int() } }', { schema: true, batchSize: true });
    const schema = entriesOf(options.schema, 'mapBatches, schema,', '{ id: t.int() }').map(([name, type]) => ({
      name,
      dtype: type.dtype,
      nullable: type.isNullable,
    }));
    checkNames(
      schema.map((f) => f.name),
      'mapBatches',
    );
    const { batchSize = 10_000 } = options;
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new MillraceError({
        code: 'plan.batch_size',
        message: `mapBatches: batchSize is ${batchSize}. Give a whole number of rows from 1.`,
      });
    }
    const run = map as (rows: readonly Record<string, unknown>[]) => unknown;
    return derive(this, {
      kind: 'map-batches',
      input: this.plan,
      schema,
      batchSize,
      map: run,
    });
  }
}
