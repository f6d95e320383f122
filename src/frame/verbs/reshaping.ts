import type { AnyCol, NamesOf, NoOther, Only } from '../../schema/columns.ts';
import type { Day, Timestamp } from '../../schema/dtype.ts';
import { checkOptions } from '../arguments.ts';
import {
  COMPLETE_OPTIONS,
  type Completed,
  type CompleteOptions,
  complete,
  type Fills,
  type Spines,
} from '../complete.ts';
import { type CrossJoined, crossJoin, type ToldApart } from '../cross-join.ts';
import { derive } from '../derive.ts';
import { type AnyList, type Exploded, explode } from '../explode.ts';
import type { Frame } from '../frame.ts';
import { PIVOT_OPTIONS, type PivotAggregate, type Pivoted, type PivotKey, type PivotOptions, pivot } from '../pivot.ts';
import { refuseOther } from '../same-session.ts';
import { type OneDType, UNPIVOT_OPTIONS, type Unpivoted, type UnpivotOptions, unpivot } from '../unpivot.ts';
import { CombiningVerbs } from './combining.ts';

/** Verbs that turn columns into rows and rows into columns. */
export class ReshapingVerbs extends CombiningVerbs {
  /**
   * A row for each of some columns, its name and its value beside the other columns:
   * `unpivot({ columns: ['jan', 'feb'], names: 'month', values: 'revenue' })`. The rows of one row come in the order of
   * `columns`; a null gives a row, unless `dropNulls` is true. Of numbers the widest dtype is taken; other dtypes that
   * differ are refused with `plan.dtype`, a name that is taken with `plan.duplicate_column`.
   */
  unpivot<
    C extends AnyCol,
    const K extends C['k'],
    const Names extends string,
    const Values extends string,
    const Drop extends boolean = false,
  >(
    this: Frame<C>,
    options: UnpivotOptions<K, Names, Values, Drop> & OneDType<Extract<C, { readonly k: K }>['d']>,
  ): Frame<Unpivoted<C, K, Names, Values, Drop>> {
    checkOptions(options, 'unpivot', "{ columns: ['jan', 'feb'], names: 'month', values: 'revenue' }", UNPIVOT_OPTIONS);
    return derive(this, unpivot(this.plan, options));
  }

  /**
   * A row for each item of a list, in its order: `explode('tags')`. Null and an empty list give one row with null, or
   * none with `{ empty: 'drop' }`. A column that is no list is refused with `plan.dtype`.
   */
  explode<C extends AnyCol, const K extends NamesOf<C, AnyList>, const Empty extends 'keep' | 'drop' = 'keep'>(
    this: Frame<C>,
    column: K,
    options: { readonly empty?: Empty } = {},
  ): Frame<Exploded<C, K, Empty>> {
    checkOptions(options, 'explode', "{ empty: 'drop' }", { empty: true });
    return derive(this, explode(this.plan, column, options.empty ?? 'keep'));
  }

  /**
   * Every row of this frame beside every row of the other, in no order: `stores.crossJoin(products)`. Of no rows on
   * either side, none. Columns of the same name need `{ suffix: '_right' }` for the right side's, or are refused with
   * `plan.join`.
   */
  crossJoin<C extends AnyCol, D extends AnyCol, const Suffix extends string = ''>(
    this: Frame<C>,
    other: Frame<D> & ToldApart<C, D, Suffix>,
    options: { readonly suffix?: Suffix } = {},
  ): Frame<CrossJoined<C, D, Suffix>> {
    refuseOther(this, other, 'crossJoin');
    checkOptions(options, 'crossJoin', "{ suffix: '_right' }", { suffix: true });
    return derive(this, crossJoin(this.plan, other.plan, options.suffix));
  }

  /**
   * A row for each index and a column for each of the values declared, in no order:
   * `pivot({ names: 'month', values: 'revenue', columns: ['jan', 'feb'], aggregate: 'sum' })`. Nulls in the index are
   * equal; a place without values is null, a count 0. A value of `names` that is not declared, null too, fails the run
   * with `pivot.undeclared`, unless `others` is `'drop'`: then its index has a row all the same.
   */
  pivot<
    C extends AnyCol,
    const N extends NamesOf<C, PivotKey>,
    const Val extends C['k'],
    const V extends Only<C, N>['d']['js'] & (string | number | boolean),
    const A extends PivotAggregate<Only<C, Val>['d']>,
    const I extends C['k'] = Exclude<C['k'], N | Val>,
    const Prefix extends string = '',
  >(this: Frame<C>, options: PivotOptions<N, Val, V, A, I, Prefix, C['k']>): Frame<Pivoted<C, Val, V, A, I, Prefix>> {
    checkOptions(
      options,
      'pivot',
      "{ names: 'month', values: 'revenue', columns: ['jan', 'feb'], aggregate: 'sum' }",
      PIVOT_OPTIONS,
    );
    return derive(this, pivot(this.plan, options));
  }

  /**
   * The rows, and one for each combination of the columns' values that none of them has:
   * `complete({ columns: ['region', 'month'], fill: { revenue: 0 } })`. Null is a value as others are; in the new rows
   * the other columns are null, or what `fill` says, and values that were null before stay null. With
   * `spine: { day: { every: 'day' } }` also days that no row has, `from` the earliest `to` the latest unless these say
   * otherwise. The rows have no order: sort them after. What cannot be combined, stepped or filled is refused with
   * `plan.complete`.
   */
  complete<
    C extends AnyCol,
    const K extends C['k'] = never,
    const S extends Spines<C> = Record<never, never>,
    const F extends Fills<C> = Record<never, never>,
  >(
    this: Frame<C>,
    options: CompleteOptions<
      K,
      S & NoOther<S, NamesOf<C, Day | Timestamp>>,
      F & NoOther<F, Exclude<C['k'], K | keyof S>>
    >,
  ): Frame<Completed<C, K, S, F>> {
    checkOptions(options, 'complete', "{ columns: ['region', 'month'], fill: { revenue: 0 } }", COMPLETE_OPTIONS);
    return derive(this, complete(this.plan, options));
  }
}
