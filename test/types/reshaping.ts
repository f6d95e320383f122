import type { Bool, Col, Day, Decimal, Enum, Float, Frame, Int, Text, Timestamp } from '../../src/index.ts';
import type { Expect, HasColumns } from './assert.ts';
import { sales } from './sales.ts';

type Month = Col<'month', Enum<'jan' | 'feb' | 'mar'>, never>;
declare const wide: Frame<
  | Col<'id', Int, never>
  | Col<'jan', Int, never>
  | Col<'feb', Int, null>
  | Col<'mar', Float, never>
  | Col<'code', Enum<'a' | 'b'>, never>
  | Col<'name', Text, null>
>;
declare const long: Frame<
  | Col<'region', Text, null>
  | Month
  | Col<'day', Day, never>
  | Col<'at', Timestamp, null>
  | Col<'year', Int, never>
  | Col<'revenue', Decimal, never>
  | Col<'paid', Bool, never>
>;
type Id = Col<'id', Int, never>;
type Rest = Col<'code', Enum<'a' | 'b'>, never> | Col<'name', Text, null>;

const unpivoted = {
  same: wide.drop('mar').unpivot({ columns: ['jan', 'feb'], names: 'month', values: 'n' }),
  floats: wide.unpivot({ columns: ['jan', 'mar'], names: 'jan', values: 'n' }),
  present: wide.drop('mar').unpivot({ columns: ['jan', 'feb'], names: 'month', values: 'n', dropNulls: true }),
  texts: wide.select('id', 'code', 'name').unpivot({ columns: ['code', 'name'], names: 'of', values: 'text' }),
  known: wide.select('id', 'code').unpivot({ columns: ['code'], names: 'of', values: 'text' }),
};
type JanFeb = Col<'month', Enum<'jan' | 'feb'>, never>;
export type Unpivoted = [
  Expect<HasColumns<typeof unpivoted.same, Id | Rest | JanFeb | Col<'n', Int, null>>>,
  Expect<
    HasColumns<
      typeof unpivoted.floats,
      Id | Rest | Col<'feb', Int, null> | Col<'jan', Enum<'jan' | 'mar'>, never> | Col<'n', Float, never>
    >
  >,
  Expect<HasColumns<typeof unpivoted.present, Id | Rest | JanFeb | Col<'n', Int, never>>>,
  Expect<HasColumns<typeof unpivoted.texts, Id | Col<'of', Enum<'code' | 'name'>, never> | Col<'text', Text, null>>>,
  Expect<HasColumns<typeof unpivoted.known, Id | Col<'of', Enum<'code'>, never> | Col<'text', Enum<'a' | 'b'>, never>>>,
];
// @ts-expect-error a name that is no column
wide.unpivot({ columns: ['jan', 'apr'], names: 'month', values: 'n' });
// @ts-expect-error columns of two dtypes
wide.unpivot({ columns: ['jan', 'name'], names: 'month', values: 'n' });
// @ts-expect-error no name for the values
wide.unpivot({ columns: ['jan', 'feb'], names: 'month' });

const lists = sales.groupBy('region').agg((r) => ({ days: r.day.toList(), stocks: r.stock.toList() }));
const exploded = {
  kept: lists.explode('days'),
  dropped: lists.explode('days', { empty: 'drop' }),
  nullable: lists.explode('stocks', { empty: 'drop' }).drop('days'),
};
type Region = Col<'region', Enum<'north' | 'south'>, never>;
type Stocks = typeof lists extends { readonly columns: { readonly one: infer C } }
  ? Extract<C, { k: 'stocks' }>
  : never;
export type Exploded = [
  Expect<HasColumns<typeof exploded.kept, Region | Col<'days', Day, null> | Stocks>>,
  Expect<HasColumns<typeof exploded.dropped, Region | Col<'days', Day, never> | Stocks>>,
  Expect<HasColumns<typeof exploded.nullable, Region | Col<'stocks', Int, null>>>,
];
// @ts-expect-error text has no items
sales.explode('sku');
// @ts-expect-error no such choice
lists.explode('days', { empty: 'null' });

const ids = wide.select('id');
const crossed = {
  plain: ids.crossJoin(long.select('year')),
  suffixed: ids.crossJoin(wide.select('id', 'name'), { suffix: '_2' }),
};
export type Crossed = [
  Expect<HasColumns<typeof crossed.plain, Id | Col<'year', Int, never>>>,
  Expect<HasColumns<typeof crossed.suffixed, Id | Col<'id_2', Int, never> | Col<'name', Text, null>>>,
];
// @ts-expect-error id stands on both sides
ids.crossJoin(wide);
// @ts-expect-error so it does with options that name no suffix
ids.crossJoin(wide, {});
// What the compiler does not know may be told apart.
declare const unknown: Frame<Col<string, Text, null>>;
ids.crossJoin(unknown);
unknown.crossJoin(unknown, { suffix: '_2' });

const three = long.select('region', 'month', 'revenue');
const pivoted = {
  sum: three.pivot({ names: 'month', values: 'revenue', columns: ['jan', 'feb'], aggregate: 'sum' }),
  mean: three.pivot({ names: 'month', values: 'revenue', columns: ['mar'], aggregate: 'mean', prefix: 'm_' }),
  count: long.pivot({ names: 'year', values: 'region', columns: [2024, 2025], aggregate: 'count', index: ['month'] }),
  first: long.pivot({ names: 'paid', values: 'at', columns: [true], aggregate: 'first', index: [], orderBy: 'day' }),
};
type North = Col<'region', Text, null>;
export type Pivoted = [
  Expect<HasColumns<typeof pivoted.sum, North | Col<'jan', Decimal, null> | Col<'feb', Decimal, null>>>,
  Expect<HasColumns<typeof pivoted.mean, North | Col<'m_mar', Float, null>>>,
  Expect<HasColumns<typeof pivoted.count, Month | Col<'2024', Int, never> | Col<'2025', Int, never>>>,
  Expect<HasColumns<typeof pivoted.first, Col<'true', Timestamp, null>>>,
];
// @ts-expect-error a value that month does not know
three.pivot({ names: 'month', values: 'revenue', columns: ['jan', 'mai'], aggregate: 'sum' });
// @ts-expect-error text has no sum
three.pivot({ names: 'month', values: 'region', columns: ['jan'], aggregate: 'sum' });
// @ts-expect-error a name that is no column
three.pivot({ names: 'months', values: 'revenue', columns: ['jan'], aggregate: 'sum' });
// @ts-expect-error decimals name no columns
three.pivot({ names: 'revenue', values: 'month', columns: ['1'], aggregate: 'count' });
// @ts-expect-error an index that is no column
three.pivot({ names: 'month', values: 'revenue', columns: ['jan'], aggregate: 'sum', index: ['regoin'] });
// @ts-expect-error an order by what is no column
three.pivot({ names: 'month', values: 'revenue', columns: ['jan'], aggregate: 'last', orderBy: 'dya' });

const few = long.select('region', 'month', 'revenue', 'day');
const completed = {
  nulls: few.complete({ columns: ['region', 'month'] }),
  filled: few.complete({ columns: ['region'], spine: { day: { every: 'week' } }, fill: { revenue: 0 } }),
};
type Revenue<N extends null> = Col<'revenue', Decimal, N>;
export type Completed = [
  Expect<HasColumns<typeof completed.nulls, North | Month | Revenue<null> | Col<'day', Day, null>>>,
  Expect<
    HasColumns<
      typeof completed.filled,
      North | Col<'month', Enum<'jan' | 'feb' | 'mar'>, null> | Revenue<never> | Col<'day', Day, never>
    >
  >,
];
// @ts-expect-error a name that is no column
few.complete({ columns: ['regoin'] });
// @ts-expect-error a spine of text
few.complete({ spine: { region: { every: 'day' } } });
// @ts-expect-error dates have no hours
few.complete({ spine: { day: { every: 'hour' } } });
// @ts-expect-error a value of another dtype
few.complete({ columns: ['region'], fill: { month: 'mai' } });
// @ts-expect-error a value for what is combined
few.complete({ columns: ['region'], fill: { region: 'north' } });
// @ts-expect-error a value for what is no column
few.complete({ columns: ['region'], fill: { revenue: 0, revenu: 0 } });
