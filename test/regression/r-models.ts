import { readFileSync } from 'node:fs';
import { interaction, linearRegression, type Model, polynomial, type Readers, seasonal, t } from '../../src/index.ts';

/** What R's `lm` says of each model; see bench/regression/reference.R. */
export interface RModel {
  readonly name: string;
  readonly table: 'sales' | 'series';
  readonly target: string;
  readonly intercept: boolean;
  readonly weights: string | null;
  readonly rows_used: readonly number[];
  /** The columns that R made of the features, and their names, those that it dropped among them. */
  readonly design: readonly (readonly number[])[];
  readonly design_terms: readonly string[];
  readonly terms: readonly string[];
  readonly aliased: readonly string[];
  readonly estimate: readonly number[];
  readonly std_error: readonly number[];
  readonly t: readonly number[];
  readonly p: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly hc1_std_error: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  readonly n: number;
  readonly degrees_of_freedom: number;
  readonly rss: number;
  readonly sigma: number;
  readonly r2: number;
  readonly adjusted_r2: number;
  readonly f: {
    readonly value: number;
    readonly numerator: number;
    readonly denominator: number;
    readonly p: number;
  } | null;
  readonly log_likelihood: number;
  readonly aic: number;
  readonly bic: number;
  readonly condition_number: number;
  readonly residuals: readonly number[];
  readonly predictions: Readonly<
    Record<
      'rows' | 'fit' | 'confidence_low' | 'confidence_high' | 'prediction_low' | 'prediction_high',
      readonly number[]
    >
  >;
}

type Table = Readonly<Record<string, readonly unknown[]>>;

const reference = JSON.parse(readFileSync('fixtures/regression/reference.json', 'utf8')) as {
  readonly tables: Readonly<Record<'sales' | 'series', Table>>;
  readonly models: readonly RModel[];
};

export const { models, tables } = reference;

function rowsOf(table: Table): Record<string, unknown>[] {
  const [first = []] = Object.values(table);
  return first.map((_, i) => ({ row: i + 1, ...Object.fromEntries(Object.entries(table).map(([k, v]) => [k, v[i]])) }));
}

export const sales = (read: Readers) =>
  read.rows(rowsOf(reference.tables.sales), {
    schema: {
      row: t.int(),
      budget: t.float(),
      price: t.float(),
      visits: t.int(),
      region: t.string(),
      channel: t.enum(['shop', 'web']),
      weight: t.float(),
      revenue: t.float(),
      total: t.float(),
      constant: t.int(),
      south: t.int(),
      visits_known: t.int().nullable(),
      revenue_known: t.float().nullable(),
      channel_west: t.string(),
    },
  });

export const series = (read: Readers) =>
  read.rows(rowsOf(reference.tables.series), {
    schema: {
      row: t.int(),
      index: t.int(),
      date: t.date(),
      month: t.string(),
      revenue: t.float(),
      revenue_lag_1: t.float().nullable(),
      revenue_lag_12: t.float().nullable(),
    },
  });

interface How {
  readonly nulls?: 'drop';
  readonly collinear?: 'drop';
  readonly errors?: 'HC1';
}

/** The same models as R's, asked for in our words. */
export function asOurs(read: Readers): Readonly<Record<string, (how: How) => Promise<Model>>> {
  const s = sales(read);
  const d = series(read);
  const target = 'revenue';
  const known = 'revenue_known';
  const weights = 'weight';
  const intercept = false;
  return {
    numbers: (how) => linearRegression(s, { ...how, target, features: ['budget', 'price'] }),
    constant: (how) => linearRegression(s, { ...how, target, features: [] }),
    category: (how) => linearRegression(s, { ...how, target, features: ['budget', 'region'] }),
    base: (how) =>
      linearRegression(s, {
        ...how,
        target,
        features: (r) => ({ budget: r.budget, region: r.region.asCategory({ base: 'south' }) }),
      }),
    'number by category': (how) =>
      linearRegression(s, {
        ...how,
        target,
        features: (r) => ({ budget: r.budget, region: r.region, both: interaction(r.budget, r.region) }),
      }),
    'category by category': (how) =>
      linearRegression(s, {
        ...how,
        target,
        features: (r) => ({ region: r.region, channel: r.channel, both: interaction(r.region, r.channel) }),
      }),
    'number by number': (how) =>
      linearRegression(s, {
        ...how,
        target,
        features: (r) => ({ budget: r.budget, price: r.price, both: interaction(r.budget, r.price) }),
      }),
    polynomial: (how) =>
      linearRegression(s, { ...how, target, features: (r) => ({ budget: polynomial(r.budget, 3) }) }),
    logarithm: (how) =>
      linearRegression(s, { ...how, target, features: (r) => ({ log_budget: r.budget.log(), price: r.price }) }),
    weights: (how) => linearRegression(s, { ...how, target, features: ['budget', 'region'], weights }),
    missing: (how) => linearRegression(s, { ...how, target: known, features: ['visits_known', 'region'] }),
    'missing and weights': (how) =>
      linearRegression(s, {
        ...how,
        target: known,
        weights,
        features: (r) => ({
          visits_known: r.visits_known,
          channel: r.channel,
          both: interaction(r.visits_known, r.channel),
        }),
      }),
    'no intercept': (how) => linearRegression(s, { ...how, target, features: ['budget', 'price'], intercept }),
    'no intercept, category': (how) =>
      linearRegression(s, { ...how, target, features: ['region', 'budget'], intercept }),
    'no intercept, two categories': (how) =>
      linearRegression(s, { ...how, target, features: ['region', 'channel'], intercept }),
    'no intercept, weights': (how) =>
      linearRegression(s, { ...how, target, features: ['budget', 'price'], intercept, weights }),
    'sum of columns': (how) =>
      linearRegression(s, { ...how, target, features: ['budget', 'price', 'total', 'region'] }),
    'constant column': (how) => linearRegression(s, { ...how, target, features: ['budget', 'constant', 'price'] }),
    'level as a column': (how) => linearRegression(s, { ...how, target, features: ['region', 'south', 'budget'] }),
    'empty cell': (how) =>
      linearRegression(s, {
        ...how,
        target,
        features: (r) => ({ region: r.region, channel: r.channel_west, both: interaction(r.region, r.channel_west) }),
      }),
    'collinear, weights': (how) =>
      linearRegression(s, { ...how, target, features: ['total', 'budget', 'price'], weights }),
    'trend and season': (how) =>
      linearRegression(d, { ...how, target, features: (r) => ({ index: r.index, month: seasonal(r.date, 'month') }) }),
    lags: (how) =>
      linearRegression(d, {
        ...how,
        target,
        features: (r) => ({
          lag_1: r.revenue.lag(1).over({ orderBy: 'date' }),
          lag_12: r.revenue.lag(12).over({ orderBy: 'date' }),
        }),
      }),
  };
}
