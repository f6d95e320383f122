import {
  type Bool,
  type Decimal,
  type Enum,
  type Expr,
  type Float,
  fn,
  type Int,
  read,
  type Text,
  t,
} from '../../src/index.ts';
import type { ColumnsOf, Equal, Expect } from './assert.ts';
import { sales } from './sales.ts';

sales.withColumns((r) => {
  // A comparison is nullable if either side is.
  const comparisons = [r.quantity.gt(1), r.quantity.gt(r.stock), r.stock.gt(1), r.sku.eq(r.invoice)] as const;
  type Comparisons = Expect<
    Equal<typeof comparisons, readonly [Expr<Bool, never>, Expr<Bool, null>, Expr<Bool, null>, Expr<Bool, null>]>
  >;

  // Both sides are of one kind.
  r.day
    .lt('2024-01-01')
    .and(r.day.lt(new Date()))
    .and(r.sold_at.gt(r.day))
    .and(r.price.gt(1).or(r.price.gt('0.10')));
  // @ts-expect-error a string beside a number
  r.quantity.gt('1');
  // @ts-expect-error a string column beside a number column
  r.quantity.eq(r.invoice);
  // @ts-expect-error a number beside a date
  r.day.gt(20240101);
  // @ts-expect-error null equals nothing: isNull
  r.stock.eq(null);

  // An enum takes its own literals.
  r.region.eq('north').and(r.region.in(['north', 'south']));
  // @ts-expect-error west is no region
  r.region.eq('west');
  // @ts-expect-error west is no region
  r.region.in(['north', 'west']);
  // @ts-expect-error west is no region
  r.region.gt('west');
  // @ts-expect-error west is no region
  r.region.nullIf('west');

  // A decimal with an int stays a decimal, with a float it becomes a float.
  const products = [
    r.price.mul(r.quantity),
    r.quantity.mul(r.price),
    r.price.mul(2),
    r.price.mul('0.25'),
    r.price.mul(0.19),
    r.price.add(r.cost),
    r.price.mul(r.weight),
    r.quantity.add(r.stock),
    r.quantity.add(r.weight),
  ] as const;
  type Products = Expect<
    Equal<
      typeof products,
      readonly [
        Expr<Decimal, never>,
        Expr<Decimal, never>,
        Expr<Decimal, never>,
        Expr<Decimal, never>,
        Expr<Decimal, never>,
        Expr<Decimal, null>,
        Expr<Float, never>,
        Expr<Int, null>,
        Expr<Float, never>,
      ]
    >
  >;
  // @ts-expect-error a string is no number
  r.quantity.add(r.invoice);
  // @ts-expect-error a number of an int is no text
  r.quantity.mul('2');
  // @ts-expect-error a string is no number
  r.quantity.mul('2');

  // The divisor of a column may be 0, a literal is not.
  const quotients = [r.quantity.div(2), r.stock.div(2), r.quantity.div(r.weight), r.price.div(r.quantity)] as const;
  type Quotients = Expect<
    Equal<typeof quotients, readonly [Expr<Float, never>, Expr<Float, null>, Expr<Float, null>, Expr<Float, null>]>
  >;

  // Null handling.
  const filled = [
    r.stock.coalesce(0),
    r.stock.coalesce(r.stock),
    r.region.coalesce('west'),
    r.quantity.nullIf(0),
  ] as const;
  type Filled = Expect<
    Equal<typeof filled, readonly [Expr<Int, never>, Expr<Int, null>, Expr<Text, never>, Expr<Int, null>]>
  >;
  // @ts-expect-error a string does not stand for a number
  r.stock.coalesce('none');

  // A cast that may give null is nullable.
  const casts = [r.invoice.cast(t.int()), r.invoice.parse(t.int(), { onError: 'null' }), r.sku.cast(t.int())] as const;
  type Casts = Expect<Equal<typeof casts, readonly [Expr<Int, never>, Expr<Int, null>, Expr<Int, null>]>>;
  // @ts-expect-error no such way out
  r.invoice.cast(t.int(), { onError: 'zero' });

  // The branches of a conditional share a dtype; known strings are joined.
  const tier = fn.when(r.quantity.gte(100), 'bulk').when(r.paid, r.region).else('retail');
  type Tier = Expect<Equal<typeof tier, Expr<Enum<'bulk' | 'north' | 'south' | 'retail'>, never>>>;
  const mixed = [
    fn.when(r.paid, r.price).else(0),
    fn.when(r.paid, 1).else(0.5),
    fn.when(r.paid, 1).else(null),
  ] as const;
  type Mixed = Expect<Equal<typeof mixed, readonly [Expr<Decimal, never>, Expr<Float, never>, Expr<Int, null>]>>;
  // @ts-expect-error a number beside a string
  fn.when(r.paid, 'bulk').else(1);
  // @ts-expect-error a decimal beside a float
  fn.when(r.paid, r.price).else(r.weight);
  // @ts-expect-error a string beside a date
  fn.when(r.paid, r.day).else(r.invoice);
  const nested = {
    ints: t.list(t.int()),
    texts: t.list(t.string()),
    a: t.struct({ a: t.int() }),
    b: t.struct({ z: t.int(), a: t.int() }),
  };
  read.rows([], { schema: nested }).withColumns((n) => ({
    // @ts-expect-error lists of other items
    lists: fn.when(r.paid, n.ints).else(n.texts),
    // @ts-expect-error structs of other fields
    structs: fn.when(r.paid, n.a).else(n.b),
  }));
  // @ts-expect-error the condition is no boolean
  fn.when(r.quantity, 1);

  // A method belongs to its dtype.
  // @ts-expect-error no mean of text
  r.invoice.mean();
  // @ts-expect-error no text methods of a number
  r.quantity.trim();
  // @ts-expect-error no year of a number
  r.quantity.year();
  // @ts-expect-error a date has no hours to cut at
  r.day.truncate('hour');
  // @ts-expect-error a number is no condition
  r.paid.and(r.quantity);

  // @ts-expect-error a number has no accents
  r.quantity.stripAccents();
  // @ts-expect-error the engine has no such form
  r.invoice.normalize('NFKC');
  // @ts-expect-error a position is no text
  r.invoice.split(1);
  // @ts-expect-error a date has no digest
  r.day.sha256({ key: 'k' });
  // @ts-expect-error a key is text or bytes
  r.invoice.sha256({ key: 1 });
  // @ts-expect-error the bounds are of the column's dtype
  r.quantity.clip('0', 1);
  // @ts-expect-error a float bounds no int
  r.quantity.clip(r.weight, null);
  // @ts-expect-error a decimal is never NaN
  r.price.isNaN();
  // @ts-expect-error a text between a number and a number
  fn.greatest(r.quantity, r.invoice);
  // @ts-expect-error one value has no greatest
  fn.greatest(r.quantity);
  // @ts-expect-error a date ends in days
  r.day.endOf('hour');
  // @ts-expect-error a fraction of days
  r.day.plus(r.weight, 'day');
  // @ts-expect-error no such unit
  r.day.epoch('minute');
  // @ts-expect-error a text is no part of a date
  fn.date(r.invoice, 1, 1);
  // @ts-expect-error no epoch of a float
  fn.fromEpoch(r.weight);
  // @ts-expect-error an age is told in units, not in text
  r.day.diff('2000-01-01', 'years');
  // @ts-expect-error a text has no weight
  r.price.weightedMean(r.invoice);
  // @ts-expect-error no correlation with text
  r.price.corr(r.invoice);
  // @ts-expect-error no product of texts
  r.invoice.product();
  // @ts-expect-error shares are a list
  r.price.quantiles(0.5);
  // @ts-expect-error numbers are not joined as text
  r.quantity.joinText(', ');

  type All = [Comparisons, Products, Quotients, Filled, Casts, Tier, Mixed];
  return { all: fn.lit<true>(true satisfies All[0]) };
});

// What a verb expects of an expression does not make it nullable.

export const contextual = sales.select('quantity', 'invoice', 'day', 'paid', 'price').withColumns((r) => ({
  compared: r.quantity.gt(1),
  equal: r.invoice.eq('x'),
  sum: r.quantity.add(1),
  difference: r.quantity.sub(1),
  product: r.price.mul(0.5),
  appended: r.invoice.append('x'),
  contains: r.invoice.contains('x'),
  and: r.paid.and(true),
  or: r.paid.or(false),
  days: r.day.diff('2024-01-01', 'day'),
  filled: r.quantity.nullIf(0).coalesce(1),
  concat: fn.concat(r.invoice, 'x'),
  tier: fn.when(r.paid, 1).else(2),
  cast: r.quantity.cast(t.float()),
  quotient: r.quantity.div(2),
  clipped: r.quantity.clip(0, 9),
  between: r.price.between(0, r.price),
  greatest: fn.greatest(r.quantity, 0),
  least: fn.least(r.price, r.price, '1.5'),
  position: r.invoice.indexOf('x'),
  parts: r.invoice.split('-'),
  digest: r.invoice.sha256({ key: 'k' }),
  later: r.day.plus(r.quantity, 'day'),
  age: r.day.diff('2024-01-01', 'year', { whole: true }),
  made: fn.date(2024, 1, r.quantity),
  before: r.quantity.lag(1, { default: 0 }).over({ orderBy: 'day' }),
  rolling: r.quantity.sum().over({ orderBy: 'day', rows: [-6, 0] }),
}));
export type Contextual = Expect<Equal<ColumnsOf<typeof contextual>['n'], never>>;

// An expression that is never null stands where one that may be null is asked for.
sales.withColumns((r) => {
  const flag: Expr<Bool, null> = r.quantity.gt(0);
  const quantity: Expr<Int, null> = r.quantity;
  const sku: Expr<Text, null> = r.sku;
  return { flag, quantity, sku };
});
