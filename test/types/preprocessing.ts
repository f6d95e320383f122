/** What must and must not compile of preprocessing; checked by `tsc -p tsconfig.json`, never run. */
import {
  type Bool,
  bin,
  binarize,
  type Col,
  type Decimal,
  type DType,
  Encoder,
  type Enum,
  encode,
  type Float,
  type FrameOf,
  fitBins,
  fitEncoder,
  fitImputer,
  fitOutliers,
  fitScaler,
  type Int,
  Scaler,
  scale,
  t,
  treatOutliers,
} from '../../src/index.ts';
import type { Expect, HasColumns } from './assert.ts';

const schema = {
  id: t.bigint(),
  region: t.enum(['north', 'south']),
  size: t.string().nullable(),
  store: t.int().nullable(),
  price: t.decimal(12, 2),
  day: t.date(),
};
declare const sales: FrameOf<typeof schema>;

type Id = Col<'id', DType<'bigint', bigint>, never>;
type Region = Col<'region', Enum<'north' | 'south'>, never>;
type Size = Col<'size', DType<'string', string>, null>;
type Store = Col<'store', Int, null>;
type Price = Col<'price', Decimal, never>;
type DayCol = Col<'day', DType<'date', string>, never>;

// Scaling gives floats and keeps nullability.
const scaler = await fitScaler(sales, { columns: ['store', 'price'], method: 'standard' });
export type Scaling = Col<'store', Float, null> | Col<'price', Float, never>;
const scaled = scaler.apply(sales);
export type A = Expect<HasColumns<typeof scaled, Id | Region | Size | DayCol | Scaling>>;
const inline = sales.pipe(scale({ columns: ['store', 'price'], method: 'robust' }));
export type B = Expect<HasColumns<typeof inline, Id | Region | Size | DayCol | Scaling>>;
// A frame may have other columns, and its own nullability.
const other = scaler.apply(sales.select('store', 'price').fillNulls({ store: 0 }));
export type C = Expect<HasColumns<typeof other, Col<'store', Float, never> | Col<'price', Float, never>>>;
// @ts-expect-error: no such column
await fitScaler(sales, { columns: ['prise'], method: 'standard' });
// @ts-expect-error: a string is no number
await fitScaler(sales, { columns: ['price', 'size'], method: 'standard' });
// @ts-expect-error: no such method
await fitScaler(sales, { columns: ['price'], method: 'maximum' });
// @ts-expect-error: a column is missing
scaler.apply(sales.drop('price'));
// @ts-expect-error: a column has another dtype
scaler.apply(sales.cast({ store: t.float().nullable() }));
// @ts-expect-error: the frame has no such column
sales.pipe(scale({ columns: ['prise'], method: 'standard' }));
// @ts-expect-error: a string is no number
sales.pipe(scale({ columns: ['size'], method: 'standard' }));
// Of a scaler from JSON the compiler knows no columns.
const loaded = Scaler.fromJSON('{}').apply(sales).withSchema({ price: t.float() });
export type D = Expect<HasColumns<typeof loaded, Col<'price', Float, never>>>;

// Flags are booleans that are never null; the other actions change no column.
const flags = (await fitOutliers(sales, { columns: ['store'], method: 'iqr', action: 'flag' })).apply(sales);
type Flag = Col<'store_outlier', Bool, never>;
export type E = Expect<HasColumns<typeof flags, Id | Region | Size | Store | Price | DayCol | Flag>>;
const capped = sales.pipe(treatOutliers({ columns: ['price'], method: 'z-score', threshold: 2, action: 'cap' }));
export type F = Expect<HasColumns<typeof capped, Id | Region | Size | Store | Price | DayCol>>;
// @ts-expect-error: a threshold belongs to z-scores
await fitOutliers(sales, { columns: ['store'], method: 'iqr', threshold: 3, action: 'drop' });
// @ts-expect-error: reasons need bounds that are known
treatOutliers({ columns: ['price'], method: 'iqr', action: 'quarantine' });
// @ts-expect-error: a string is no number
await fitOutliers(sales, { columns: ['size'], method: 'iqr', action: 'drop' });

// The one-hot columns of an enum and of declared categories are typed.
const small = sales.select('region', 'size', 'store');
const regions = (await fitEncoder(small, { columns: ['region'], method: 'one-hot' })).apply(small);
type Hot = Col<'region_north', Int, never> | Col<'region_south', Int, never>;
export type G = Expect<HasColumns<typeof regions, Size | Store | Hot>>;
const orNull = (await fitEncoder(small, { columns: ['region'], method: 'one-hot', unknown: 'null' })).apply(small);
export type H = Expect<
  HasColumns<typeof orNull, Size | Store | Col<'region_north', Int, null> | Col<'region_south', Int, null>>
>;
const sizes = (
  await fitEncoder(small, {
    columns: ['size'],
    method: 'one-hot',
    drop: 'first',
    unknown: 'other',
    categories: { size: ['S', 'M', 'L'] },
  })
).apply(small);
type Sizes = Col<'size_M', Int, null> | Col<'size_L', Int, null> | Col<'size_other', Int, null>;
export type I = Expect<HasColumns<typeof sizes, Region | Store | Sizes>>;
// Those that only the data tell are reached by name.
const found = (await fitEncoder(small, { columns: ['size'], method: 'one-hot' })).apply(small);
export type J = Expect<HasColumns<typeof found, Region | Store | Col<string, Int, null>>>;
found.filter((r) => r.col('size_S', t.int()).eq(1).and(r.region.eq('north')));
const coded = (await fitEncoder(small, { columns: ['size', 'store'], method: 'ordinal' })).apply(small);
export type K = Expect<HasColumns<typeof coded, Region | Col<'size', Int, null> | Col<'store', Int, null>>>;
const known = small.pipe(encode({ columns: ['region'], method: 'ordinal', unknown: 'null' }));
export type L = Expect<HasColumns<typeof known, Size | Store | Col<'region', Int, null>>>;
// @ts-expect-error: a decimal is no category
await fitEncoder(sales, { columns: ['price'], method: 'ordinal' });
// @ts-expect-error: no such column
await fitEncoder(sales, { columns: ['regio'], method: 'ordinal' });
// @ts-expect-error: a column is missing
(await fitEncoder(small, { columns: ['region'], method: 'ordinal' })).apply(small.drop('region'));
// @ts-expect-error: an array of categories is expected
await fitEncoder(small, { columns: ['size'], method: 'ordinal', categories: { size: 'S' } });
Encoder.fromJSON('{}').apply(small).withSchema({ region_north: t.int() });

// Thresholds and bins.
const flagged = sales.select('store', 'price').pipe(binarize({ store: 5 }));
export type M = Expect<HasColumns<typeof flagged, Price | Col<'store', Int, null>>>;
// @ts-expect-error: a string has no threshold
sales.pipe(binarize({ size: 1 }));
const bins = (await fitBins(sales, { column: 'price', bins: 5, method: 'width' })).apply(sales.select('price'));
export type N = Expect<HasColumns<typeof bins, Price | Col<'price_bin', Int, never>>>;
const levels = sales
  .select('store')
  .pipe(bin({ column: 'store', bins: 2, method: 'quantile', labels: ['low', 'high'], as: 'level' }));
export type O = Expect<HasColumns<typeof levels, Store | Col<'level', Enum<'low' | 'high'>, null>>>;
// @ts-expect-error: a string has no bins
await fitBins(sales, { column: 'size', bins: 5, method: 'width' });

// Imputed columns are not null; the mean of ints is a float, another row's value is not.
const filler = await fitImputer(sales, {
  store: { mean: true, by: 'region' },
  size: { hotDeck: { seed: 1 }, by: ['region', 'day'] },
});
const filled = filler.apply(sales);
export type P = Expect<
  HasColumns<
    typeof filled,
    Id | Region | Price | DayCol | Col<'store', Float, never> | Col<'size', DType<'string', string>, never>
  >
>;
const grouped = sales.select('region', 'store').impute({ store: { median: true, by: 'region' } });
export type Q = Expect<HasColumns<typeof grouped, Region | Col<'store', Float, never>>>;
await fitImputer(sales, { store: { regression: ['price', 'region'] }, price: 'median' });
// @ts-expect-error: no such column
await fitImputer(sales, { stor: 'mean' });
// @ts-expect-error: a string has no mean
await fitImputer(sales, { size: 'mean' });
// @ts-expect-error: a group is of a column that is there
await fitImputer(sales, { store: { mean: true, by: 'regio' } });
// @ts-expect-error: a column does not predict itself
await fitImputer(sales, { store: { regression: ['store'] } });
// @ts-expect-error: a hot-deck has a seed
await fitImputer(sales, { store: { hotDeck: {} } });
// @ts-expect-error: the column of the groups is missing
filler.apply(sales.drop('day'));
const donated = sales.select('region', 'store', 'price', 'size').impute({
  store: { regression: ['price'] },
  size: { hotDeck: { seed: 1, donors: 5 }, by: ['region', 'store'] },
});
export type Donated = Expect<
  HasColumns<typeof donated, Region | Price | Col<'store', Float, never> | Col<'size', DType<'string', string>, never>>
>;
// @ts-expect-error: by the verb, on a number
sales.impute({ store: { regression: ['region'] } });
// @ts-expect-error: on one
sales.impute({ store: { regression: ['price', 'id'] } });
// @ts-expect-error: not on itself
sales.impute({ store: { regression: ['store'] } });
// @ts-expect-error: with a seed
sales.impute({ store: { hotDeck: {} } });
// @ts-expect-error: the same by the verb
sales.impute({ store: { mean: true, by: 'regio' } });
