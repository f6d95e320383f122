import { MillraceError } from '../../errors.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { AnyCol } from '../../schema/columns.ts';
import type { Bool } from '../../schema/dtype.ts';
import { answerOf, checkOptions } from '../arguments.ts';
import { type Cols, checkColumns, columnsOf, fieldOf, orderOf, predicateOf } from '../columns.ts';
import { derive } from '../derive.ts';
import type { Frame } from '../frame.ts';
import type { Scalar } from '../functions/base.ts';
import { listOf, type OneOrMore, type OrderBy, type OrderItem } from '../functions/order.ts';
import { checkShare, SPLIT_OPTIONS, sampled, splitPlan } from '../split.ts';
import type { SplitOptions } from '../verb-types.ts';
import { ColumnVerbs } from './columns.ts';

/** Verbs that choose and order rows. */
export class RowVerbs extends ColumnVerbs {
  /** The rows for which the predicate is true: `filter(r => r.quantity.gt(0))`; where it is false or null they are left out. */
  filter<C extends AnyCol>(this: Frame<C>, predicate: (r: Cols<C>) => Scalar<Bool, null>): Frame<C> {
    const schema = outputSchema(this.plan);
    const made = predicateOf(
      answerOf(predicate, columnsOf<C>(schema, 'filter'), 'filter', 'r => r.quantity.gt(0)'),
      'filter: the predicate',
    );
    checkColumns([made], schema, 'filter');
    return derive(this, { kind: 'filter', input: this.plan, predicate: made });
  }

  /**
   * One row for each value of `by`, the first or last: `dedupe({ by: 'invoice', keep: 'last', orderBy: 'sold_at' })`.
   * Without `by` it is the whole row, without `orderBy` the frame's own order. Nulls are equal. Where the frame has no
   * order and `by` needs one, the plan does not compile (`compile.order`).
   */
  dedupe<C extends AnyCol>(
    this: Frame<C>,
    options: {
      readonly by?: OneOrMore<C['k']>;
      readonly keep?: 'first' | 'last';
      readonly orderBy?: OrderBy<C['k']>;
    } = {},
  ): Frame<C> {
    checkOptions(options, 'dedupe', "{ by: 'id', keep: 'last' }", { by: true, keep: true, orderBy: true });
    const { by = [], keep = 'first', orderBy = [] } = options;
    if (keep !== 'first' && keep !== 'last') {
      throw new MillraceError({
        code: 'plan.dedupe',
        message: `dedupe: keep is ${JSON.stringify(keep)}. The choices are 'first' and 'last'.`,
      });
    }
    const names = listOf(by);
    for (const name of names) fieldOf(outputSchema(this.plan), name, 'dedupe');
    return derive(this, {
      kind: 'dedupe',
      input: this.plan,
      by: names,
      keep,
      orderBy: orderOf(this.plan, orderBy, 'dedupe'),
    });
  }

  /** In an order: `sort('sold_at', { desc: 'revenue', nulls: 'last' })`. Ties keep the order they had; enums are sorted as texts. */
  sort<C extends AnyCol>(this: Frame<C>, ...keys: readonly OrderItem<C['k']>[]): Frame<C> {
    return derive(this, { kind: 'sort', input: this.plan, keys: orderOf(this.plan, keys, 'sort') });
  }

  /** The first `count` rows after `offset`: `limit(10)`, `limit(10, 20)`. */
  limit<C extends AnyCol>(this: Frame<C>, count: number, offset = 0): Frame<C> {
    for (const [name, value] of [
      ['count', count],
      ['offset', offset],
    ] as const) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new MillraceError({
          code: 'plan.limit',
          message: `limit: ${name} is ${value}. Give a whole number from 0.`,
        });
      }
    }
    return derive(this, { kind: 'limit', input: this.plan, count, offset });
  }

  /**
   * A share of the rows, chosen by a hash of the row and the seed, the same at every run: `sample({ share: 0.1, seed: 1 })`.
   * With `groups`, rows of one group are in it together.
   */
  sample<C extends AnyCol>(
    this: Frame<C>,
    options: { readonly share: number; readonly seed: number; readonly groups?: OneOrMore<C['k']> },
  ): Frame<C> {
    checkOptions(options, 'sample', '{ share: 0.1, seed: 1 }', { share: true, seed: true, groups: true });
    checkShare(options.share, 'sample', 'share');
    return derive(this, sampled(this.plan, listOf(options.groups ?? []), options.seed, 0, options.share, 'sample'));
  }

  /**
   * Two frames without a row in common, the same at every run. By `seed`: by a hash of `groups`, or of the whole row,
   * so that equal rows stay together. By `orderBy`: the last rows are the test. By the values of a column,
   * `{ by: 'day', test: 0.2 }` or `{ by: 'day', from: '2011-06-01' }`: train is what lies before; no value stands on both
   * sides, so that the test may be larger than asked; rows without a value are in the test.
   */
  split<C extends AnyCol>(
    this: Frame<C>,
    options: SplitOptions<C['k']>,
  ): { readonly train: Frame<C>; readonly test: Frame<C> } {
    checkOptions(options, 'split', '{ test: 0.2, seed: 1 }', SPLIT_OPTIONS);
    const { train, test } = splitPlan(this.plan, options);
    return { train: derive(this, train), test: derive(this, test) };
  }
}
