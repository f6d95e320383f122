import { type Bool, type Col, type Decimal, type Enum, type Float, fn, type Int, type Text } from '../../src/index.ts';
import type { Expect, HasColumns } from './assert.ts';
import { sales } from './sales.ts';

// Groups are never empty: what is made of a column that is never null is not null.
export const grouped = sales.groupBy('region').agg((r) => ({
  orders: fn.count(),
  skus: r.sku.countDistinct(),
  sum: r.quantity.sum(),
  mean: r.quantity.mean(),
  median: r.quantity.median(),
  min: r.price.min(),
  revenue: r.price.sum(),
  least: r.stock.min(),
  std: r.weight.std(),
}));
export type Grouped = Expect<
  HasColumns<
    typeof grouped,
    | Col<'region', Enum<'north' | 'south'>, never>
    | Col<'orders', Int, never>
    | Col<'skus', Int, never>
    | Col<'sum', Int, never>
    | Col<'mean', Float, never>
    | Col<'median', Float, never>
    | Col<'min', Decimal, never>
    | Col<'revenue', Decimal, never>
    | Col<'least', Int, null>
    | Col<'std', Float, null>
  >
>;

// Without keys there may be no rows: only a count is never null.
export const total = sales
  .groupBy()
  .agg((r) => ({ orders: fn.count(), paid: r.paid.countTrue(), sum: r.quantity.sum() }));
export type Total = Expect<
  HasColumns<typeof total, Col<'orders', Int, never> | Col<'paid', Int, never> | Col<'sum', Int, null>>
>;

// What is computed of aggregates, keys and literals is one value a group.
export const computed = sales.groupBy('region').agg((r) => ({
  ratio: r.price.sum().div(r.quantity.sum()),
  third: r.price.sum().div(3),
  more: r.quantity.sum().add(1),
  least: r.stock.min().add(r.quantity.max()),
  filled: r.stock.min().coalesce(0),
  known: r.stock.min().isNotNull(),
  place: r.region.upper().append(r.sku.max()),
  size: fn.when(r.price.sum().gt(5), 'large').else('small'),
  best: fn.greatest(r.stock.max(), 3),
  first: fn.coalesce(r.stock.max(), r.quantity.max()),
  skus: r.sku.toList({ orderBy: 'sku' }).length(),
}));
export type Computed = Expect<
  HasColumns<
    typeof computed,
    | Col<'region', Enum<'north' | 'south'>, never>
    | Col<'ratio', Float, null>
    | Col<'third', Float, never>
    | Col<'more', Int, never>
    | Col<'least', Int, null>
    | Col<'filled', Int, never>
    | Col<'known', Bool, never>
    | Col<'place', Text, null>
    | Col<'size', Enum<'large' | 'small'>, never>
    | Col<'best', Int, never>
    | Col<'first', Int, never>
    | Col<'skus', Int, never>
  >
>;

// Without keys there may be no rows, of which all but counts are null.
export const ofAll = sales.groupBy().agg((r) => ({
  more: r.quantity.sum().add(1),
  orders: fn.count().add(1),
  filled: r.quantity.sum().coalesce(0),
  other: r.quantity.sum().coalesce(r.quantity.max()),
  none: fn.count().div(r.sku.count()).coalesce(r.quantity.mean()),
  known: r.quantity.sum().isNull(),
  size: fn.when(r.quantity.sum().gt(5), 'large').else('small'),
  best: fn.greatest(r.quantity.sum(), fn.count()),
  least: fn.least(r.quantity.sum(), r.quantity.max()),
}));
export type OfAll = Expect<
  HasColumns<
    typeof ofAll,
    | Col<'more', Int, null>
    | Col<'orders', Int, never>
    | Col<'filled', Int, never>
    | Col<'other', Int, null>
    | Col<'none', Float, null>
    | Col<'known', Bool, never>
    | Col<'size', Enum<'large' | 'small'>, never>
    | Col<'best', Int, never>
    | Col<'least', Int, null>
  >
>;

// @ts-expect-error what is computed of aggregates, beside rows
sales.withColumns((r) => ({ share: r.quantity.sum().div(2) }));
// @ts-expect-error a row's value and a group's
sales.withColumns((r) => ({ share: r.quantity.div(r.quantity.sum()) }));
// @ts-expect-error a condition of aggregates is none of rows
sales.filter((r) => r.quantity.sum().gt(1));
// @ts-expect-error a group has many values
sales.groupBy('region').agg((r) => ({ share: r.quantity.div(2) }));
// @ts-expect-error no such column
sales.groupBy('regoin');
// @ts-expect-error a column is no aggregate
sales.groupBy('region').agg((r) => ({ quantity: r.quantity }));
// @ts-expect-error no mean of text
sales.groupBy('region').agg((r) => ({ mean: r.invoice.mean() }));
// @ts-expect-error an aggregate beside rows needs .over()
sales.withColumns((r) => ({ share: r.quantity.sum() }));
// @ts-expect-error a rank needs .over()
sales.withColumns(() => ({ rank: fn.rank() }));
// @ts-expect-error an aggregate is no condition
sales.filter((r) => r.paid.any());

export const windows = sales.select('quantity').withColumns((r) => ({
  all: r.quantity.sum().over(),
  moving: r.quantity.sum().over({ orderBy: ['day'], rows: [-2, 0] }),
  weekly: r.quantity.sum().over({ orderBy: 'day', range: [{ days: -7 }, 0] }),
  others: r.quantity.sum().over({ orderBy: ['day'], rows: [1, null] }),
  counted: r.quantity.count().over({ orderBy: ['day'], rows: [1, 2] }),
  before: r.quantity.lag().over({ orderBy: ['day'] }),
  orZero: r.quantity.lag(1, { default: 0 }).over({ orderBy: ['day'] }),
}));
export type Windows = Expect<
  HasColumns<
    typeof windows,
    | Col<'quantity', Int, never>
    | Col<'all', Int, never>
    | Col<'moving', Int, never>
    | Col<'weekly', Int, never>
    | Col<'others', Int, null>
    | Col<'counted', Int, never>
    | Col<'before', Int, null>
    | Col<'orZero', Int, never>
  >
>;
// @ts-expect-error a rank sees no frame
fn.rank().over({ orderBy: 'day', rows: [-1, 0] });
// @ts-expect-error a duration has one of the known units
sales.withColumns((r) => ({ near: r.quantity.sum().over({ orderBy: 'day', range: [{ day: -7 }, 0] }) }));
// @ts-expect-error the default is of the column's dtype
sales.withColumns((r) => ({ before: r.quantity.lag(1, { default: 'none' }).over({ orderBy: 'day' }) }));
