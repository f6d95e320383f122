/** What must and must not compile of regressions; checked by `tsc -p tsconfig.json`, never run. */
import {
  type Col,
  crossValidate,
  type Float,
  type Frame,
  type FrameOf,
  interaction,
  linearRegression,
  Model,
  polynomial,
  seasonal,
  t,
  trend,
} from '../../src/index.ts';

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;
declare function same<A, B>(is: Same<A, B>): void;
type NullOf<F, K> = F extends Frame<infer C> ? (C extends { readonly k: K } ? C['n'] : never) : never;

const schema = {
  day: t.date(),
  quantity: t.int(),
  big: t.bigint(),
  price: t.decimal(12, 2),
  weight: t.float(),
  vip: t.boolean(),
  sku: t.string(),
  region: t.enum(['north', 'south']),
  stock: t.int().nullable(),
  revenue: t.decimal(12, 2),
};
declare const sales: FrameOf<typeof schema>;

const model = await linearRegression(sales, {
  target: 'revenue',
  features: ['quantity', 'big', 'price', 'weight', 'vip', 'sku', 'region'],
});
const plain = await linearRegression(sales, { target: 'revenue', features: ['quantity', 'price'] });
const withNulls = await linearRegression(sales, { target: 'revenue', features: ['stock'], nulls: 'drop' });
const constant = await linearRegression(sales, { target: 'revenue', features: [] });

// @ts-expect-error: no such column
await linearRegression(sales, { target: 'revenue', features: ['quantiti'] });
// @ts-expect-error: no such target
await linearRegression(sales, { target: 'revenu', features: ['quantity'] });
// @ts-expect-error: a date is no feature
await linearRegression(sales, { target: 'revenue', features: ['day'] });
// @ts-expect-error: a string is no target
await linearRegression(sales, { target: 'region', features: ['quantity'] });
// @ts-expect-error: a boolean is no target
await linearRegression(sales, { target: 'vip', features: ['quantity'] });
// @ts-expect-error: the target is no feature
await linearRegression(sales, { target: 'revenue', features: ['quantity', 'revenue'] });
// @ts-expect-error: no such way with nulls
await linearRegression(sales, { target: 'revenue', features: ['quantity'], nulls: 'ignore' });

// A prediction is a float under the name given; the other columns stay.
const scored = model.predict(sales, { as: 'predicted' });
same<typeof scored extends Frame<infer C> ? C['k'] : never, keyof typeof schema | 'predicted'>(true);
same<Extract<typeof scored extends Frame<infer C> ? C : never, { k: 'predicted' }>, Col<'predicted', Float, never>>(
  true,
);
// It is null only where a feature or a level can make it so.
same<NullOf<typeof scored, 'predicted'>, never>(true);
const nullable = model.predict(sales, { as: 'p', unseen: 'null' });
same<NullOf<typeof nullable, 'p'>, null>(true);
const numbers = plain.predict(sales, { as: 'p', unseen: 'null' });
same<NullOf<typeof numbers, 'p'>, never>(true);
const ofStock = withNulls.predict(sales, { as: 'p' });
same<NullOf<typeof ofStock, 'p'>, null>(true);
const filled = withNulls.predict(sales.fillNulls({ stock: 0 }), { as: 'p' });
same<NullOf<typeof filled, 'p'>, never>(true);
const ofNothing = constant.predict(sales, { as: 'p' });
same<NullOf<typeof ofNothing, 'p'>, never>(true);
// The column of that name is replaced.
const replaced = plain.predict(sales, { as: 'revenue' });
same<Extract<typeof replaced extends Frame<infer C> ? C : never, { k: 'revenue' }>, Col<'revenue', Float, never>>(true);

// A number may be another number, a string another string.
plain.predict(sales.cast({ quantity: t.float() }), { as: 'p' });
model.predict(
  sales.withColumns((r) => ({ region: r.region.lower() })),
  { as: 'p' },
);
// A frame without the target can be predicted, not evaluated.
plain.predict(sales.select('quantity', 'price'), { as: 'p' });
await plain.evaluate(sales.select('quantity', 'price', 'revenue'), { nulls: 'drop', unseen: 'drop' });
// @ts-expect-error: the target is missing
await plain.evaluate(sales.select('quantity', 'price'));
// @ts-expect-error: a feature is missing
plain.predict(sales.drop('price'), { as: 'p' });
// @ts-expect-error: a feature has a dtype of another kind
plain.predict(sales.drop('price').rename({ sku: 'price' }), { as: 'p' });
// @ts-expect-error: a prediction has a name
plain.predict(sales, {});
// @ts-expect-error: no such way with levels
plain.predict(sales, { as: 'p', unseen: 'drop' });

// Of a model from JSON the compiler knows no columns: every frame goes, the prediction may be null.
const loaded = Model.fromJSON('{}').predict(sales, { as: 'p' });
same<NullOf<typeof loaded, 'p'>, null>(true);
// @ts-expect-error: p may be null
const mustBe: number = (await loaded.rows())[0]?.p ?? null;
void mustBe;

// Features by a function of the columns.
const made = await linearRegression(sales, {
  target: 'revenue',
  weights: 'weight',
  errors: 'HC1',
  collinear: 'drop',
  features: (r) => ({
    log_price: r.price.log(),
    vip: r.vip,
    region: r.region.asCategory({ base: 'south' }),
    sku: r.sku,
    month: r.day.month().asCategory({ base: 12 }),
    known: r.vip.asCategory({ base: true }),
    day: r.day.asCategory({ base: '2024-01-01' }),
    trend: trend(r.day, 'week'),
    season: seasonal(r.day, 'quarter', { base: 4 }),
    weight: polynomial(r.weight, 3),
    slopes: interaction(r.region.asCategory({ base: 'south' }), r.weight),
    three: interaction(r.region, r.vip, trend(r.day)),
    before: r.revenue.lag(1).over({ partitionBy: 'sku', orderBy: 'day' }),
  }),
});
// @ts-expect-error: no such column
await linearRegression(sales, { target: 'revenue', features: (r) => ({ a: r.quantiti }) });
// @ts-expect-error: no such target
await linearRegression(sales, { target: 'revenu', features: (r) => ({ a: r.quantity }) });
// @ts-expect-error: a string is no target
await linearRegression(sales, { target: 'sku', features: (r) => ({ a: r.quantity }) });
// @ts-expect-error: a date is no feature
await linearRegression(sales, { target: 'revenue', features: (r) => ({ day: r.day }) });
// @ts-expect-error: an aggregate gives one value a group
await linearRegression(sales, { target: 'revenue', features: (r) => ({ mean: r.quantity.mean() }) });
// @ts-expect-error: a plain value is no feature
await linearRegression(sales, { target: 'revenue', features: () => ({ one: 1 }) });
// @ts-expect-error: a feature has a name
await linearRegression(sales, { target: 'revenue', features: (r) => [r.quantity] });
// @ts-expect-error: weights are numbers
await linearRegression(sales, { target: 'revenue', features: ['quantity'], weights: 'sku' });
// @ts-expect-error: no such way with collinear terms
await linearRegression(sales, { target: 'revenue', features: ['quantity'], collinear: 'ignore' });
// @ts-expect-error: no such errors
await linearRegression(sales, { target: 'revenue', features: ['quantity'], errors: 'HC3' });

await linearRegression(sales, {
  target: 'revenue',
  features: (r) => ({
    // @ts-expect-error: no such level
    region: r.region.asCategory({ base: 'west' }),
    // @ts-expect-error: a float has no levels
    weight: r.weight.asCategory(),
    // @ts-expect-error: a level of an int is a number
    month: r.day.month().asCategory({ base: '12' }),
    // @ts-expect-error: a date does not interact
    days: interaction(r.day, r.weight),
    // @ts-expect-error: an interaction has two factors or more
    alone: interaction(r.region),
    // @ts-expect-error: a string has no powers
    powers: polynomial(r.sku, 2),
    // @ts-expect-error: an int is no time
    trend: trend(r.quantity),
    // @ts-expect-error: a date has no hours
    hours: trend(r.day, 'hour'),
    // @ts-expect-error: no such season
    season: seasonal(r.day, 'decade'),
  }),
});
// @ts-expect-error: a category is for models
sales.withColumns((r) => ({ region: r.region.asCategory() }));
// @ts-expect-error: so is an interaction
sales.withColumns((r) => ({ both: interaction(r.region, r.weight) }));

// The compiler does not see which columns a function reads: predict and evaluate check them, the prediction may be null.
const ofMade = made.predict(sales.select('price'), { as: 'p' });
same<NullOf<typeof ofMade, 'p'>, null>(true);
// The target is known.
await made.evaluate(sales);
// @ts-expect-error: the target is missing
await made.evaluate(sales.drop('revenue'));

// Intervals are two more columns.
const range = plain.predict(sales, { as: 'p', interval: 'prediction', level: 0.8 });
same<typeof range extends Frame<infer C> ? C['k'] : never, keyof typeof schema | 'p' | 'p_low' | 'p_high'>(true);
same<NullOf<typeof range, 'p_low'>, never>(true);
const named = withNulls.predict(sales, { as: 'p', interval: 'confidence', low: 'least', high: 'quantity' });
same<typeof named extends Frame<infer C> ? C['k'] : never, keyof typeof schema | 'p' | 'least'>(true);
same<Extract<typeof named extends Frame<infer C> ? C : never, { k: 'quantity' }>, Col<'quantity', Float, null>>(true);
// Without an interval there are no ends.
const bare = plain.predict(sales, { as: 'p' });
same<typeof bare extends Frame<infer C> ? C['k'] : never, keyof typeof schema | 'p'>(true);
// @ts-expect-error: no such interval
plain.predict(sales, { as: 'p', interval: 'credible' });

await crossValidate(sales, {
  target: 'revenue',
  folds: 5,
  seed: 1,
  features: (r) => ({ log_price: r.price.log(), sku: r.sku }),
});
// @ts-expect-error: a date is no feature
await crossValidate(sales, { target: 'revenue', folds: 5, seed: 1, features: (r) => ({ day: r.day }) });
