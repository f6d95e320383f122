import { MillraceError } from '../errors.ts';
import { columnNode, fieldOf, project } from '../frame/columns.ts';
import { Frame } from '../frame/frame.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import type { AnyCol, Col, NamesOf, Only } from '../schema/columns.ts';
import {
  type Bool,
  type DType,
  describeDType,
  type Field,
  type Float,
  isNumeric,
  type NumericDType,
} from '../schema/dtype.ts';
import { asFloat, encoded, expander, type Feature, featureKind, MAX_LEVELS, termsOf } from './encode.ts';
import { LeastSquares } from './fit.ts';
import { Model } from './model.ts';
import { nullCounts, refuseNulls } from './nulls.ts';

/** What a feature can be: a number as it is, a boolean as 0 or 1, a string as its levels. */
export type FeatureDType = NumericDType | Bool | DType<'string', string>;

export interface LinearRegressionOptions<T extends string, F extends string> extends Pick<RunOptions, 'signal'> {
  /** The numeric column to predict. */
  readonly target: T;
  readonly features: readonly F[];
  /** Whether the model has a constant; default true. */
  readonly intercept?: boolean;
  /** Rows with a null in the target or a feature: refused (the default), or left out and counted in `dropped`. */
  readonly nulls?: 'fail' | 'drop';
  /** Coverage of the coefficients' intervals; default 0.95. */
  readonly confidence?: number;
}

/** Rows handed to the fit at a time. */
const CHUNK = 1024;

/** Milliseconds of arithmetic after which other work of the process, an abort among it, has its turn. */
const LONGEST_TURN = 50;

/**
 * Fits a linear model of a target by ordinary least squares, with the accuracy of a QR decomposition.
 *
 * @example
 * ```ts
 * import { linearRegression, read, t } from 'millrace';
 * const sales = read.rows(
 *   [
 *     { region: 'north', quantity: 1, revenue: 11 }, { region: 'north', quantity: 3, revenue: 29 },
 *     { region: 'south', quantity: 2, revenue: 25 }, { region: 'south', quantity: 4, revenue: 45 },
 *   ],
 *   { schema: { region: t.string(), quantity: t.int(), revenue: t.float() } },
 * );
 * const model = await linearRegression(sales, { target: 'revenue', features: ['region', 'quantity'] });
 * console.log(model.coefficients.map((c) => c.term)); // [ '(Intercept)', 'region[south]', 'quantity' ]
 * ```
 *
 * Decimals and bigints enter as doubles. A string enters as a 0/1 term a level, in code-point order and without the
 * first, which is the reference; of an enum only the levels that occur count. Without an intercept the first string
 * feature has a term for every level, as in R: nothing else would stand for its reference. The work grows with the rows
 * times the square of the terms.
 *
 * A null in the target or a feature is an error that names the column and the count; with `nulls: 'drop'` its row is left
 * out. Errors: `regression.nulls`, `regression.collinear` (a feature that is constant or a combination of others),
 * `regression.too_few_rows`, `regression.too_many_levels` (over 1,000), `regression.not_finite`.
 */
export async function linearRegression<
  C extends AnyCol,
  const T extends NamesOf<C, NumericDType>,
  const F extends Exclude<NamesOf<C, FeatureDType>, T>,
>(frame: Frame<C>, options: LinearRegressionOptions<T, F>): Promise<Model<Only<C, F>, Only<C, T>>> {
  const { target, intercept = true, nulls = 'fail', confidence = 0.95 } = options;
  const fields = fieldsOf(frame, target, options.features);
  const wanted = project(
    frame.plan,
    fields.map((field, i) => ({
      name: field.name,
      expression: i > 0 && field.dtype.id === 'string' ? columnNode(field) : asFloat(field),
    })),
    'linearRegression',
  );
  // Nulls and levels must be known before the fit: then the rows are computed once and looked at twice.
  const twice = fields.some((field) => field.nullable || field.dtype.id === 'string');
  await using kept = twice ? await new Frame<AnyCol>(wanted, frame.executor).materialize(options) : undefined;
  const { relation, dropped } = await withoutNulls(kept?.plan ?? wanted, frame.executor, nulls, options);
  const features = await featuresOf(relation, frame.executor, fields.slice(1), intercept, options);
  const squares = new LeastSquares(features.flatMap(termsOf), { intercept });
  const targetMean = await addRows(squares, relation, frame.executor, features, options);
  const { rss: _, ...fit } = squares.solve({ confidence });
  return new Model({ target, features, intercept, confidence, dropped, targetMean, ...fit });
}

/** The target's field, then the features', checked: names and dtypes may not have come through the compiler. */
function fieldsOf(frame: { readonly schema: readonly Field[] }, target: string, features: readonly string[]): Field[] {
  const fields = [target, ...features].map((name) => fieldOf(frame.schema, name, 'linearRegression'));
  for (const [i, { name, dtype }] of fields.entries()) {
    if (i === 0 ? isNumeric(dtype) : featureKind(dtype) !== undefined) continue;
    const dates = dtype.id === 'date' || dtype.id === 'timestamp';
    throw new MillraceError({
      code: 'regression.dtype',
      message:
        `linearRegression: ${name} is ${describeDType(dtype)}. ` +
        (i === 0 ? 'A target is an int, bigint, float or decimal.' : 'A feature is a number, a boolean or a string') +
        (i === 0 ? '' : dates ? `; take parts of it first, such as r.${name}.year().` : '.'),
      details: { column: name, dtype: describeDType(dtype) },
    });
  }
  const twice = features.find((name, i) => name === target || features.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new MillraceError({
      code: 'regression.repeated_column',
      message: `linearRegression: ${twice} is named twice${twice === target ? ', as target and as feature' : ''}. Name each column once.`,
      details: { column: twice },
    });
  }
  return fields;
}

/** The rows without a null; refuses or counts those with one. */
async function withoutNulls(
  relation: Relation,
  executor: Executor,
  nulls: 'fail' | 'drop',
  options: Pick<RunOptions, 'signal'>,
): Promise<{ readonly relation: Relation; readonly dropped: number }> {
  const all = new Frame<Col<string, Float, null>>(relation, executor);
  if (!all.schema.some((field) => field.nullable)) return { relation, dropped: 0 };
  const filled = all.dropNulls();
  if (nulls === 'drop') {
    const [rows, left] = [await all.count(options), await filled.count(options)];
    return { relation: filled.plan, dropped: rows - left };
  }
  const counts: Relation = { kind: 'aggregate', input: relation, keys: [], aggregates: nullCounts(all.schema, '') };
  const [row = {}] = await new Frame<Col<string, Float, never>>(counts, executor).rows(options);
  refuseNulls('linearRegression', row, '');
  return { relation: filled.plan, dropped: 0 };
}

/** How each column enters the model; the levels are those of the rows that are fitted. */
async function featuresOf(
  relation: Relation,
  executor: Executor,
  fields: readonly Field[],
  intercept: boolean,
  options: Pick<RunOptions, 'signal'>,
): Promise<Feature[]> {
  const features: Feature[] = [];
  let reference = intercept;
  for (const { name, dtype } of fields) {
    const kind = featureKind(dtype) ?? 'number';
    if (kind !== 'levels') {
      features.push({ name, kind });
      continue;
    }
    const groups: Relation = { kind: 'aggregate', input: relation, keys: [name], aggregates: [] };
    const rows = await new Frame<Col<string, DType<'string', string>, never>>(groups, executor)
      .sort(name)
      .limit(MAX_LEVELS + 1)
      .rows(options);
    const levels = rows.map((row) => row[name] ?? '');
    if (levels.length > MAX_LEVELS) throw tooManyLevels(name);
    if (levels.length === 1 && reference) throw oneLevel(name, levels[0] ?? '');
    features.push({ name, kind, levels, reference });
    reference = true;
  }
  return features;
}

function tooManyLevels(name: string): MillraceError {
  return new MillraceError({
    code: 'regression.too_many_levels',
    message: `linearRegression: ${name} has more than ${MAX_LEVELS} different values, each of which would be a term. Group them into fewer, or leave ${name} out.`,
    details: { feature: name, limit: MAX_LEVELS },
  });
}

function oneLevel(name: string, level: string): MillraceError {
  return new MillraceError({
    code: 'regression.collinear',
    message: `No single answer exists: ${name} has the same value in every row, ${JSON.stringify(level)}. Leave out ${name}.`,
    details: { collinear: [{ term: name, combinationOf: ['(Intercept)'] }] },
  });
}

/** Streams the rows into the fit, in the engine's own blocks; gives the mean of the target. */
async function addRows(
  squares: LeastSquares,
  relation: Relation,
  executor: Executor,
  features: readonly Feature[],
  options: Pick<RunOptions, 'signal'>,
): Promise<number> {
  const [target, ...columns] = new Frame(relation, executor).schema;
  if (target === undefined) throw new Error('a fit has a target');
  const expressions = columns.map((field, i): NamedExpression => {
    const feature = features[i];
    const float = feature === undefined ? asFloat(field) : encoded(feature, field);
    return { name: field.name, expression: { ...float, nullable: false } };
  });
  const plan = project(
    relation,
    [{ name: target.name, expression: columnNode(target) }, ...expressions],
    'linearRegression',
  );
  const expand = expander(features, CHUNK);
  let resumed = performance.now();
  let sum = 0;
  for await (const block of executor.stream(plan, options)) {
    const [y, ...values] = block.columns.map((column) => column.values as Float64Array);
    if (y === undefined) continue;
    for (let from = 0; from < block.rows; from += CHUNK) {
      const part = (column: Float64Array): Float64Array => column.subarray(from, Math.min(from + CHUNK, block.rows));
      const targets = part(y);
      squares.add(expand(values.map(part)), targets);
      sum += targets.reduce((total, value) => total + value, 0);
      if (performance.now() - resumed < LONGEST_TURN) continue;
      await new Promise(setImmediate);
      options.signal?.throwIfAborted();
      resumed = performance.now();
    }
  }
  return sum / squares.rows;
}
