import { type Col, type Decimal, type Enum, type Float, fn, type Int } from '../../src/index.ts';
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
