import {
  type Col,
  type Day,
  type Decimal,
  type Enum,
  type Float,
  type Frame,
  fn,
  type Int,
  notNull,
  type Text,
  t,
} from '../../src/index.ts';
import type { Equal, Expect, HasColumns, ValueOf } from './assert.ts';
import { sales } from './sales.ts';

const few = sales.select('quantity', 'stock', 'region');
type Quantity = Col<'quantity', Int, never>;
type Stock = Col<'stock', Int, null>;
type Region = Col<'region', Enum<'north' | 'south'>, never>;

// What a verb makes of the columns.
const made = {
  select: few,
  drop: few.drop('stock'),
  rename: few.rename({ stock: 'on_hand' }),
  withColumns: few.withColumns((r) => ({ stock: r.stock.coalesce(0), double: r.quantity.mul(2) })),
  cast: few.cast({ stock: t.float() }),
  dropNulls: few.dropNulls(),
  fillNulls: few.fillNulls({ stock: 0 }),
  impute: few.impute({ stock: 'median', region: 'mode' }),
  imputed: few.impute({ stock: { forward: ['quantity'] } }),
  replace: few.replace({ region: { north: 'n' } }),
  mapColumns: few.mapColumns('int', (c) => c.cast(t.float())),
};
export type Made = [
  Expect<HasColumns<typeof made.select, Quantity | Stock | Region>>,
  Expect<HasColumns<typeof made.drop, Quantity | Region>>,
  Expect<HasColumns<typeof made.rename, Quantity | Col<'on_hand', Int, null> | Region>>,
  Expect<HasColumns<typeof made.withColumns, Quantity | Col<'stock', Int, never> | Region | Col<'double', Int, never>>>,
  Expect<HasColumns<typeof made.cast, Quantity | Col<'stock', Float, null> | Region>>,
  Expect<HasColumns<typeof made.dropNulls, Quantity | Col<'stock', Int, never> | Region>>,
  Expect<HasColumns<typeof made.fillNulls, Quantity | Col<'stock', Int, never> | Region>>,
  Expect<HasColumns<typeof made.impute, Quantity | Col<'stock', Float, never> | Region>>,
  Expect<HasColumns<typeof made.imputed, Quantity | Stock | Region>>,
  Expect<HasColumns<typeof made.replace, Quantity | Stock | Col<'region', Text, never>>>,
  Expect<HasColumns<typeof made.mapColumns, Col<'quantity', Float, never> | Col<'stock', Float, null> | Region>>,
  Expect<Equal<ValueOf<typeof few, 'region'>, 'north' | 'south'>>,
  Expect<Equal<ValueOf<typeof few, 'stock'>, number | null>>,
];

export const row: Promise<{ quantity: number; stock: number | null; region: 'north' | 'south' }[]> = few.rows();

// A name that is no column.
// @ts-expect-error select
sales.select('quantitty');
// @ts-expect-error drop
sales.drop('quantitty');
// @ts-expect-error rename
sales.rename({ quantity: 'amount', quantitty: 'x' });
// @ts-expect-error cast
sales.cast({ quantity: t.float(), quantitty: t.float() });
// @ts-expect-error dropNulls
sales.dropNulls('quantitty');
// @ts-expect-error fillNulls
sales.fillNulls({ stock: 0, stokc: 0 });
// @ts-expect-error impute
sales.impute({ stock: 'mean', stokc: 'mean' });
// @ts-expect-error impute in an order
sales.impute({ stock: { forward: ['dya'] } });
// @ts-expect-error replace
sales.replace({ region: { north: 'n' }, regoin: { north: 'n' } });
// @ts-expect-error check
sales.check({ quantity: notNull, quantitty: notNull });
// @ts-expect-error dedupe
sales.dedupe({ by: ['invoice', 'skuu'] });
// @ts-expect-error dedupe in an order
sales.dedupe({ by: ['invoice'], orderBy: [{ desc: 'dya' }] });
// @ts-expect-error sort
sales.sort('dya');
// @ts-expect-error sort, descending
sales.sort({ desc: 'dya' });
// @ts-expect-error sample
sales.sample({ share: 0.1, seed: 1, groups: ['invoyce'] });
// @ts-expect-error split by groups
sales.split({ test: 0.2, seed: 1, groups: ['invoyce'] });
// @ts-expect-error split by time
sales.split({ test: 0.2, orderBy: ['dya'] });
// @ts-expect-error dedupe by one name
sales.dedupe({ by: 'invoyce' });
// @ts-expect-error dedupe in an order of one
sales.dedupe({ by: 'invoice', orderBy: 'dya' });
// @ts-expect-error sample by one group
sales.sample({ share: 0.1, seed: 1, groups: 'invoyce' });
// @ts-expect-error split by time, descending
sales.split({ test: 0.2, orderBy: { desc: 'dya' } });
// @ts-expect-error impute in an order of one
sales.impute({ stock: { forward: 'dya' } });
// @ts-expect-error impute in groups of one
sales.impute({ stock: { backward: 'day', partitionBy: 'regoin' } });
// @ts-expect-error filter
sales.filter((r) => r.quantitty.gt(1));
// @ts-expect-error withColumns
sales.withColumns((r) => ({ x: r.quantitty }));

// A value that does not fit.
// @ts-expect-error a number is no predicate
sales.filter((r) => r.quantity);
// @ts-expect-error a JavaScript value is no predicate
sales.filter(() => true);
// @ts-expect-error a plain value is written fn.lit(value)
sales.withColumns(() => ({ x: 1 }));
// @ts-expect-error a string for a number
sales.fillNulls({ stock: 'none' });
// @ts-expect-error west is no region
sales.fillNulls({ region: 'west' });
// @ts-expect-error no mean of text
sales.impute({ sku: 'mean' });
// @ts-expect-error no mean of an enum
sales.impute({ region: 'mean' });
// @ts-expect-error a constant of another dtype
sales.impute({ stock: { constant: 'none' } });
// @ts-expect-error no column of this dtype
few.mapColumns('date', (c) => c.year());
// @ts-expect-error a seed and an order exclude each other
sales.split({ test: 0.2, seed: 1, orderBy: ['day'] });

// A join makes the side that may be missing nullable; the keys of an inner match are not null.
const prices = sales.select('region', 'price', 'day');
const joins = {
  inner: few.join(prices, { on: ['region'] }),
  left: few.join(prices, { on: ['region'], how: 'left' }),
  right: few.join(prices, { on: ['region'], how: 'right' }),
  full: few.join(prices, { on: ['region'], how: 'full' }),
  semi: few.join(prices, { on: ['region'], how: 'semi' }),
  suffixed: few.join(few, { on: ['region'], suffix: '_2' }),
  paired: few.join(sales.select('quantity', 'weight').rename({ quantity: 'n' }), { on: [{ stock: 'n' }] }),
  // One key stands for a list of one.
  single: few.join(prices, { on: 'region', how: 'left' }),
  pair: few.join(sales.select('quantity', 'weight').rename({ quantity: 'n' }), { on: { stock: 'n' } }),
};
type Price<N extends null> = Col<'price', Decimal, N> | Col<'day', Day, N>;
export type Joins = [
  Expect<HasColumns<typeof joins.inner, Quantity | Stock | Region | Price<never>>>,
  Expect<HasColumns<typeof joins.left, Quantity | Stock | Region | Price<null>>>,
  Expect<HasColumns<typeof joins.right, Col<'quantity', Int, null> | Stock | Region | Price<never>>>,
  Expect<HasColumns<typeof joins.full, Col<'quantity', Int, null> | Stock | Region | Price<null>>>,
  Expect<HasColumns<typeof joins.semi, Quantity | Stock | Region>>,
  Expect<
    HasColumns<
      typeof joins.suffixed,
      Quantity | Stock | Region | Col<'quantity_2', Int, never> | Col<'stock_2', Int, null>
    >
  >,
  Expect<HasColumns<typeof joins.paired, Quantity | Col<'stock', Int, never> | Region | Col<'weight', Float, never>>>,
  Expect<Equal<typeof joins.single, typeof joins.left>>,
  Expect<Equal<typeof joins.pair, typeof joins.paired>>,
];
// @ts-expect-error quantity and stock stand on both sides
few.join(few, { on: ['region'] });
// @ts-expect-error so they do for a left join
few.join(few, { on: ['region'], how: 'left' });
few.join(few, { on: ['region'], how: 'anti' });
// @ts-expect-error not a column of both sides
few.join(prices, { on: ['quantity'] });
// @ts-expect-error no column of the right side
few.join(prices, { on: [{ region: 'regoin' }] });
// @ts-expect-error not a column of both sides
few.join(prices, { on: 'quantity' });
// @ts-expect-error no column of the right side
few.join(prices, { on: { region: 'regoin' } });
// @ts-expect-error price stands on both sides
sales.join(prices, { on: 'region' });
few.dedupe({ by: 'region', orderBy: { desc: 'quantity' } }).sample({ share: 0.1, seed: 1, groups: 'region' });
few.impute({ stock: { forward: { desc: 'quantity', nulls: 'first' }, partitionBy: 'region' } });
few.withColumns((r) => ({ before: r.stock.lag().over({ partitionBy: 'region', orderBy: 'quantity' }) }));
// By a condition, alone or beside keys; nothing becomes non-null by it.
const conditional = {
  alone: few.join(prices.select('price', 'day'), { where: (l, r) => l.stock.lt(r.price) }),
  beside: few.join(prices, { on: 'region', where: (l, r) => l.stock.lt(r.price), how: 'left' }),
};
export type Conditional = [
  Expect<HasColumns<typeof conditional.alone, Quantity | Stock | Region | Price<never>>>,
  Expect<HasColumns<typeof conditional.beside, Quantity | Stock | Region | Price<null>>>,
];
// @ts-expect-error neither keys nor a condition
few.join(prices.select('price'), { how: 'left' });
// @ts-expect-error region stands on both sides
few.join(prices, { where: (l, r) => l.stock.lt(r.price) });
// @ts-expect-error no column of the right side
few.join(prices, { on: 'region', where: (l, r) => l.stock.lt(r.quantity) });
// @ts-expect-error a number is no condition
few.join(prices, { on: 'region', where: (l) => l.stock });
// @ts-expect-error no such join
few.join(prices, { on: ['region'], how: 'outer' });

// The nearest row: its columns may be null, the keys that equal the left's are left out.
const asof = {
  same: few.asofJoin(sales.select('quantity', 'price'), { on: 'quantity' }),
  other: few.asofJoin(sales.select('quantity', 'price').rename({ quantity: 'n' }), {
    on: { stock: 'n' },
    tolerance: 5,
  }),
  by: sales.select('day', 'region').asofJoin(prices, { on: 'day', by: 'region', tolerance: { days: 7 } }),
};
export type Asof = [
  Expect<HasColumns<typeof asof.same, Quantity | Stock | Region | Col<'price', Decimal, null>>>,
  Expect<HasColumns<typeof asof.other, Quantity | Stock | Region | Col<'n', Int, null> | Col<'price', Decimal, null>>>,
  Expect<HasColumns<typeof asof.by, Col<'day', Day, never> | Region | Col<'price', Decimal, null>>>,
];
// @ts-expect-error region is no time
few.asofJoin(prices, { on: 'region' });
// @ts-expect-error the left side has nothing that is near
few.select('region').asofJoin(prices, { on: 'region' });
// @ts-expect-error neither has the right side
few.asofJoin(prices.select('region'), { on: 'region' });
// @ts-expect-error no column of the right side
few.asofJoin(prices, { on: { quantity: 'quantity' }, suffix: '_r' });
// @ts-expect-error not a column of both sides
few.asofJoin(few, { on: 'quantity', by: 'sku', suffix: '_r' });
// @ts-expect-error stock stands on both sides
few.asofJoin(few, { on: 'quantity', by: 'region' });
// @ts-expect-error a month has no fixed length
sales.asofJoin(prices, { on: 'day', suffix: '_r', tolerance: { months: 1 } });

const numbered = few.withRowNumber('stock', { orderBy: { desc: 'quantity' }, partitionBy: 'region', from: 0 });
export type Numbered = Expect<HasColumns<typeof numbered, Quantity | Col<'stock', Int, never> | Region>>;
// @ts-expect-error no such column
few.withRowNumber('n', { orderBy: 'dya' });
// @ts-expect-error no such column
few.withRowNumber('n', { partitionBy: ['regoin'] });

// Frames under each other have the same columns.
const concatenated = few.concat(
  few.dropNulls(),
  few.withColumns((r) => ({ quantity: r.stock })),
);
export type Concatenated = Expect<HasColumns<typeof concatenated, Col<'quantity', Int, null> | Stock | Region>>;
// @ts-expect-error a column is missing
few.concat(few.drop('stock'));
// @ts-expect-error a column too many
few.concat(sales);
// @ts-expect-error another dtype
few.concat(few.cast({ stock: t.float() }));

// Without a schema, columns are reached by name.
declare const unknown: Frame<Col<string, Text, null>>;
unknown.filter((r) => r.col('sku').eq('a')).withColumns((r) => ({ n: fn.concat(r.col('a'), r.col('b', t.string())) }));
// @ts-expect-error the compiler knows of no column
unknown.filter((r) => r.sku.eq('a'));
// @ts-expect-error a frame whose columns are known has no col()
sales.filter((r) => r.col('sku').isNull());

// Bins are named by their labels; JSON, lists and structs know what is in them.
const nested = sales.withColumns((r) => ({
  bin: r.stock.bin({ edges: [0, 5, 9], labels: ['few', 'many'] }),
  range: r.stock.bin({ edges: [0, 5] }),
  parts: r.sku.split('-'),
  place: r.sku.parse(t.struct({ city: t.string(), floor: t.int().nullable() })),
  json: r.sku.parse(t.json()),
}));
const inside = nested
  .withColumns((r) => ({
    part: r.parts.at(0),
    city: r.place.field('city'),
    floor: r.place.field('floor'),
    email: r.json.extract('customer.email', t.string()),
  }))
  .select('bin', 'range', 'part', 'city', 'floor', 'email');
const counted = few.valueCounts('region');
export type Inside = [
  Expect<
    HasColumns<
      typeof inside,
      | Col<'bin', Enum<'few' | 'many'>, null>
      | Col<'range', Text, null>
      | Col<'part', Text, null>
      | Col<'city', Text, null>
      | Col<'floor', Int, null>
      | Col<'email', Text, null>
    >
  >,
  Expect<HasColumns<typeof counted, Region | Col<'count', Int, never> | Col<'share', Float, never>>>,
];
// @ts-expect-error text is in no bin
few.withColumns((r) => ({ bin: r.region.bin({ edges: [0, 5] }) }));
// @ts-expect-error no such field
nested.withColumns((r) => ({ x: r.place.field('citty') }));
// @ts-expect-error an item is a string
nested.filter((r) => r.parts.contains(1));
// @ts-expect-error no such column
few.valueCounts('regoin');
