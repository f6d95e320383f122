import { MillraceError } from '../../errors.ts';
import { isOfRows, make, type Scalar, wholeFrom } from '../../frame/functions/base.ts';
import { Category, categoryOf } from '../../frame/functions/category.ts';
import { labelOf } from '../../frame/functions/literal.ts';
import type { DateUnit, TemporalDType, TemporalExpr, TimeUnit } from '../../frame/functions/temporal.ts';
import type { Expression } from '../../plan/expression.ts';
import {
  type AnyDType,
  type Bool,
  type Day,
  type DType,
  describeDType,
  type Int,
  isNumeric,
  type NumericDType,
  type Timestamp,
} from '../../schema/dtype.ts';

/** What a feature can be: a number as it is, a boolean as 0 or 1, a string as its levels. */
export type FeatureDType = NumericDType | Bool | DType<'string', string>;

/** A number or a category: an expression, a column `asCategory()`, or a `trend`. */
export type FactorTerm = Scalar<FeatureDType, null> | Category | Trend;

/** What a function of features gives for each of them. */
export type FeatureTerm = FactorTerm | Interaction | Polynomial;

/** A product of factors, made by `interaction`. */
export class Interaction {
  readonly role = 'interaction';
  readonly factors: readonly FactorTerm[];

  constructor(factors: readonly FactorTerm[]) {
    this.factors = factors;
  }
}

/** A number and its powers, made by `polynomial`. */
export class Polynomial {
  readonly role = 'polynomial';
  readonly node: Expression;
  readonly degree: number;

  constructor(node: Expression, degree: number) {
    this.node = node;
    this.degree = degree;
  }
}

/** Time since the first of the training rows, made by `trend`. */
export class Trend {
  readonly role = 'trend';
  readonly node: Expression;
  readonly unit: TimeUnit;

  constructor(node: Expression, unit: TimeUnit) {
    this.node = node;
    this.unit = unit;
  }
}

/**
 * What two or more features do together beyond what each does alone. They are the products of their terms, R's `a:b`.
 *
 * @example
 * ```ts
 * import { interaction, linearRegression, read, t } from 'millrace';
 * const sales = read.rows(
 *   Array.from({ length: 12 }, (_, i) => ({ region: i % 2 ? 'south' : 'north', budget: i, revenue: 5 + i * (i % 2 ? 3 : 2) + (i % 3) })),
 *   { schema: { region: t.string(), budget: t.int(), revenue: t.float() } },
 * );
 * const model = await linearRegression(sales, {
 *   target: 'revenue',
 *   features: r => ({ region: r.region, budget: r.budget, slopes: interaction(r.region, r.budget) }),
 * });
 * console.log(model.coefficients.map(c => c.term)); // [ '(Intercept)', 'region[south]', 'budget', 'region[south]:budget' ]
 * ```
 *
 * A category in it has a term for each level but its base where the other factors have terms of their own in the model,
 * else one for every level, as in R. A factor is called by its feature's name in the model where it has one. Null where
 * a factor is. Errors: `regression.feature`.
 */
export function interaction(first: FactorTerm, second: FactorTerm, ...others: readonly FactorTerm[]): Interaction {
  const factors = [first, second, ...others];
  for (const factor of factors) checkFactor(factor, 'interaction');
  return new Interaction(factors);
}

/**
 * A number and its powers, as they are: `price`, `price^2` and `price^3` of `{ price: polynomial(r.price, 3) }`.
 *
 * @example
 * ```ts
 * import { linearRegression, polynomial, read, t } from 'millrace';
 * const points = read.rows(
 *   [-2, -1, 0, 1, 2, 3].map(x => ({ x, y: 1 + 2 * x * x })),
 *   { schema: { x: t.int(), y: t.float() } },
 * );
 * const model = await linearRegression(points, { target: 'y', features: r => ({ x: polynomial(r.x, 2) }) });
 * console.log(model.coefficients.map(c => `${c.term} ${c.estimate.toFixed(3)}`).at(-1)); // x^2 2.000
 * ```
 *
 * The powers are raw, R's `poly(x, 3, raw = TRUE)`: the estimates are those of the polynomial as it is written. Null where
 * the number is. The degree is a whole number from 1; errors: `regression.feature`.
 */
export function polynomial(column: Scalar<NumericDType, null>, degree: number): Polynomial {
  if (!isOfRows(column) || !isNumeric(column.node.dtype)) throw notA('polynomial', column, 'a number, such as r.price');
  return new Polynomial(column.node, wholeFrom(1, degree, `polynomial of ${labelOf(column.node)}: degree`));
}

/**
 * Time that passes, as a number. It is how many boundaries of a unit lie between the first of the training rows and a
 * row.
 *
 * @example
 * ```ts
 * import { linearRegression, read, t, trend } from 'millrace';
 * const sales = read.rows(
 *   [0, 1, 2, 3, 4].map(i => ({ day: `2024-0${i + 1}-01`, revenue: 100 + 10 * i })),
 *   { schema: { day: t.date(), revenue: t.float() } },
 * );
 * const model = await linearRegression(sales, { target: 'revenue', features: r => ({ trend: trend(r.day, 'month') }) });
 * console.log(model.coefficients.map(c => c.estimate.toFixed(2))); // [ '100.00', '10.00' ]
 * ```
 *
 * The constant so is the level at the first of the training rows; `predict` counts from there too. Days begin, and months
 * with them, in UTC. Null where the column is. Errors: `regression.feature`, `expression.unit`.
 */
export function trend(column: Scalar<Day, null>, unit?: DateUnit): Trend;
export function trend(column: Scalar<Timestamp, null>, unit?: TimeUnit): Trend;
export function trend(column: Scalar<TemporalDType, null>, unit: TimeUnit = 'day'): Trend {
  const { node } = temporal(column, 'trend');
  // The unit is checked as that of a difference.
  make<TemporalExpr<TemporalDType, null>>(node).truncate(unit as DateUnit);
  return new Trend(node, unit);
}

/** What comes back each year, week or day. */
export type Season = 'quarter' | 'month' | 'week' | 'weekday' | 'hour';

/** What `seasonal` takes. */
export interface SeasonalOptions {
  /** The part that has no term and that the others are compared with, such as 1 for January; the first without one. */
  readonly base?: number;
  /** The zone in which a timestamp's parts are told, an IANA name; default UTC. */
  readonly timeZone?: string;
}

/**
 * What a season does: a part of a date or a timestamp as a category, `{ season: seasonal(r.day, 'month') }`. Its
 * `season[2]` is February against January.
 *
 * @example
 * ```ts
 * import { linearRegression, read, seasonal, t } from 'millrace';
 * const sales = read.rows(
 *   [0, 1, 2, 3, 4, 5, 6, 7, 8].map(i => ({ day: `2024-0${i + 1}-01`, revenue: 100 + (i % 3) + 20 * Math.floor(i / 3) })),
 *   { schema: { day: t.date(), revenue: t.float() } },
 * );
 * const model = await linearRegression(sales, { target: 'revenue', features: r => ({ season: seasonal(r.day, 'quarter') }) });
 * console.log(model.coefficients.map(c => `${c.term} ${c.estimate.toFixed(0)}`)); // [ '(Intercept) 101', 'season[2] 20', 'season[3] 40' ]
 * ```
 *
 * It is short for `r.day.quarter().asCategory()`. Weeks are those of ISO 8601, weekdays 1 for Monday to 7. Null where the
 * column is. Errors: `regression.feature`, `expression.dtype` for a zone of a date.
 */
export function seasonal<N extends null>(
  column: Scalar<TemporalDType, N>,
  season: Season,
  options: SeasonalOptions = {},
): Category<Int, N> {
  const { node } = temporal(column, 'seasonal');
  if (!SEASONS.includes(season)) throw notA('seasonal', season, `one of ${SEASONS.map((s) => `'${s}'`).join(', ')}`);
  const { base, timeZone } = options;
  const expression = make<TemporalExpr<TemporalDType, N>>(node);
  const part = expression[season](timeZone === undefined ? {} : { timeZone });
  return categoryOf(part.node, base === undefined ? {} : { base });
}

const SEASONS: readonly Season[] = ['quarter', 'month', 'week', 'weekday', 'hour'];

function temporal(column: unknown, verb: string): { readonly node: Expression } {
  if (isOfRows(column) && ['date', 'timestamp'].includes(column.node.dtype.id)) return column;
  throw notA(verb, column, 'a date or a timestamp, such as r.day');
}

/** Refuses what is neither a number nor a category. */
export function checkFactor(given: unknown, verb: string): asserts given is FactorTerm {
  if (given instanceof Category || given instanceof Trend) return;
  if (isOfRows(given) && isFeature(given.node)) return;
  throw notA(verb, given, 'a number, a boolean, a string, a column .asCategory() or a trend(..)');
}

/** Whether an expression is a feature as it is. */
export function isFeature({ dtype }: Pick<Expression, 'dtype'>): boolean {
  return isNumeric(dtype) || dtype.id === 'boolean' || dtype.id === 'string';
}

/** What was given instead of a feature. */
export function notA(verb: string, given: unknown, wanted: string): MillraceError {
  const { node } = (typeof given === 'object' && given !== null ? given : {}) as { node?: Expression };
  const dtype = node === undefined ? undefined : (node.dtype as AnyDType & Expression['dtype']);
  const shown =
    node === undefined || dtype === undefined
      ? describe(given)
      : `${labelOf(node)}, which is ${isOfRows(given) ? describeDType(dtype) : 'no column expression'}`;
  const dates = isOfRows(given) && ['date', 'timestamp'].includes(given.node.dtype.id);
  const hint =
    dates && verb !== 'polynomial'
      ? ` Of a date give a part, such as r.day.year(), trend(r.day) or seasonal(r.day, 'month').`
      : '';
  return new MillraceError({
    code: 'regression.feature',
    message: `${verb} was given ${shown}. Give ${wanted}.${hint}`,
    details: { given: shown },
  });
}

function describe(given: unknown): string {
  if (given instanceof Interaction || given instanceof Polynomial || given instanceof Trend) return `a ${given.role}`;
  return JSON.stringify(given) ?? String(given);
}
