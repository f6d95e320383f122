import type { Key } from '../frame/lookup.ts';
import {
  bad,
  count,
  flag,
  type JsonNumber,
  list,
  number,
  oneOf,
  parsed,
  record,
  text,
  toJsonNumber as toJson,
} from './checked-json.ts';
import { type ExpressionJson, expressionFromJson, expressionToJson } from './features/expression-json.ts';
import { type Factor, type Feature, termNames } from './features/feature.ts';
import type { AliasedTerm, Coefficient, FTest } from './fit.ts';
import type { ModelData } from './model-data.ts';
import type { ResidualQuantiles } from './residuals.ts';

export type { JsonNumber } from './checked-json.ts';

const FORMAT = 'millrace.linear-regression';
const VERSION = 2;

type NumbersInJson<V> = { readonly [K in keyof V]: V[K] extends number ? JsonNumber : V[K] };

type FeatureJson<F = Feature> = F extends { readonly of?: unknown }
  ? Omit<F, 'of'> & { readonly of?: ExpressionJson }
  : F extends { readonly factors: unknown }
    ? Omit<F, 'factors'> & { readonly factors: readonly FeatureJson<Factor>[] }
    : never;

/** A model as JSON holds it. */
export interface ModelJson
  extends NumbersInJson<Omit<ModelData, 'features' | 'coefficients' | 'f' | 'covariance' | 'residuals' | 'n'>> {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly features: readonly FeatureJson[];
  readonly coefficients: readonly NumbersInJson<Coefficient>[];
  readonly n: number;
  readonly f: NumbersInJson<FTest> | null;
  readonly covariance: readonly (readonly JsonNumber[])[];
  readonly residuals: NumbersInJson<ResidualQuantiles> | null;
}

/** The numbers of a model that stand by themselves; older JSON lacks some of them. */
const NUMBERS = [
  'degreesOfFreedom',
  'rss',
  'sigma',
  'r2',
  'adjustedR2',
  'logLikelihood',
  'aic',
  'bic',
  'conditionNumber',
  'confidence',
  'targetMean',
] as const;
const SINCE_VERSION_2: ReadonlySet<string> = new Set([
  'rss',
  'logLikelihood',
  'aic',
  'bic',
  'conditionNumber',
  'targetMean',
]);

const COEFFICIENT = ['estimate', 'stdError', 't', 'p', 'low', 'high'] as const;
const F_TEST = ['value', 'numerator', 'denominator', 'p'] as const;
const QUANTILES = ['min', 'q1', 'median', 'q3', 'max'] as const;

type Numbers<K extends string> = { readonly [P in K]: number };

export function modelToJson(model: ModelData): ModelJson {
  return {
    format: FORMAT,
    version: VERSION,
    target: model.target,
    features: model.features.map(featureToJson),
    intercept: model.intercept,
    weights: model.weights,
    errors: model.errors,
    coefficients: model.coefficients.map((c) => ({ term: c.term, ...numbersToJson(c, COEFFICIENT) })),
    aliased: model.aliased,
    n: model.n,
    ...numbersToJson(model, NUMBERS),
    f: model.f && numbersToJson(model.f, F_TEST),
    covariance: model.covariance.map((row) => row.map(toJson)),
    dropped: model.dropped,
    droppedBecause: model.droppedBecause,
    residuals: model.residuals && numbersToJson(model.residuals, QUANTILES),
  };
}

function numbersToJson<K extends string>(from: Numbers<K>, names: readonly K[]): { readonly [P in K]: JsonNumber } {
  return Object.fromEntries(names.map((name) => [name, toJson(from[name])])) as { readonly [P in K]: JsonNumber };
}

function numbersFromJson<K extends string>(json: unknown, place: string, names: readonly K[]): Numbers<K> {
  const made = record(json, place);
  return Object.fromEntries(names.map((name) => [name, number(made[name], `${place}.${name}`)])) as Numbers<K>;
}

/** A model's data from JSON, as text or parsed, every part of it checked. */
export function modelFromJson(json: unknown): ModelData {
  const model = record(typeof json === 'string' ? parsed(json) : json, 'the model');
  if (model.format !== FORMAT) throw bad('format', model.format, JSON.stringify(FORMAT));
  const { version } = model;
  if (version !== 1 && version !== VERSION) throw bad('version', version, `1 or ${VERSION}, the versions known here`);
  const isOld = version === 1;
  const intercept = flag(model.intercept, 'intercept');
  const features = list(model.features, 'features', featureFromJson);
  const coefficients = list(model.coefficients, 'coefficients', coefficient);
  const aliased = isOld ? [] : list(model.aliased, 'aliased', aliasedTerm);
  const expected = [...(intercept ? ['(Intercept)'] : []), ...features.flatMap(termNames)];
  const terms = coefficients.map((c) => c.term);
  const left = new Set(aliased.map((a) => a.term));
  const known = expected.filter((term) => !left.has(term));
  if (terms.length === 0 || JSON.stringify(terms) !== JSON.stringify(known)) {
    throw bad('coefficients', terms, `the terms of its features: ${known.join(', ') || 'at least one'}`);
  }
  const numbers = Object.fromEntries(
    NUMBERS.map((name) => {
      const lacking = isOld && SINCE_VERSION_2.has(name) && model[name] === undefined;
      return [name, lacking ? Number.NaN : number(model[name], name)];
    }),
  ) as Numbers<(typeof NUMBERS)[number]>;
  const covariance = isOld ? [] : list(model.covariance, 'covariance', (row, at) => list(row, at, number));
  // A model that was read from version 1 has none.
  if (covariance.length > 0 && [covariance, ...covariance].some(({ length }) => length !== terms.length)) {
    throw bad('covariance', covariance, `a list of ${terms.length} lists of ${terms.length} numbers`);
  }
  return {
    target: text(model.target, 'target'),
    features,
    intercept,
    weights: isOld || model.weights === null ? null : text(model.weights, 'weights'),
    errors: isOld ? 'classical' : oneOf(model.errors, 'errors', ['classical', 'HC1']),
    coefficients,
    aliased,
    n: count(model.n, 'n'),
    ...numbers,
    degreesOfFreedom: count(model.degreesOfFreedom, 'degreesOfFreedom'),
    f: isOld || model.f === null ? null : numbersFromJson(model.f, 'f', F_TEST),
    covariance,
    dropped: count(model.dropped, 'dropped'),
    droppedBecause: isOld ? {} : counts(model.droppedBecause, 'droppedBecause'),
    residuals: isOld || model.residuals === null ? null : numbersFromJson(model.residuals, 'residuals', QUANTILES),
  };
}

function featureToJson(feature: Feature): FeatureJson {
  if (feature.kind === 'interaction') return { ...feature, factors: feature.factors.map(partToJson) };
  return partToJson(feature);
}

function partToJson<P extends Exclude<Feature, { readonly kind: 'interaction' }>>(part: P): FeatureJson<P> {
  const { of, ...rest } = part;
  return { ...rest, ...(of === undefined ? {} : { of: expressionToJson(of, part.name) }) } as unknown as FeatureJson<P>;
}

function featureFromJson(value: unknown, place: string): Feature {
  const made = record(value, place);
  const name = text(made.name, `${place}.name`);
  const kind = oneOf(made.kind, `${place}.kind`, ['number', 'boolean', 'levels', 'polynomial', 'interaction']);
  if (kind === 'interaction') {
    const factors = list(made.factors, `${place}.factors`, (item, at): Factor => {
      const factor = featureFromJson(item, at);
      if (factor.kind === 'interaction' || factor.kind === 'polynomial')
        throw bad(`${at}.kind`, factor.kind, 'that of a factor');
      return factor;
    });
    if (factors.length < 2) throw bad(`${place}.factors`, made.factors, 'a list of two or more factors');
    return { name, kind, factors };
  }
  const of = made.of === undefined ? {} : { of: expressionFromJson(made.of, `${place}.of`) };
  if (kind === 'number' || kind === 'boolean') return { name, kind, ...of };
  if (kind === 'polynomial') {
    const degree = count(made.degree, `${place}.degree`);
    if (degree === 0) throw bad(`${place}.degree`, degree, 'a whole number from 1');
    return { name, kind, ...of, degree };
  }
  const reference = flag(made.reference, `${place}.reference`);
  const levels = list(made.levels, `${place}.levels`, level);
  if (levels.length === 0 || new Set(levels).size !== levels.length) {
    throw bad(`${place}.levels`, levels, 'a list of one or more different levels');
  }
  const wanted = { int: 'number', boolean: 'boolean' }[String(of.of?.dtype.id)] ?? 'string';
  const wrong = levels.find((item) => typeof item !== wanted);
  if (wrong !== undefined) throw bad(`${place}.levels`, wrong, `a ${wanted}, as its column is`);
  return { name, kind, ...of, levels, reference };
}

function level(value: unknown, place: string): Key {
  if (typeof value === 'string' || typeof value === 'boolean' || Number.isSafeInteger(value)) return value as Key;
  throw bad(place, value, 'text, a whole number or a boolean');
}

function coefficient(value: unknown, place: string): Coefficient {
  const made = numbersFromJson(value, place, COEFFICIENT);
  if (!Number.isFinite(made.estimate)) throw bad(`${place}.estimate`, made.estimate, 'a finite number');
  return { term: text(record(value, place).term, `${place}.term`), ...made };
}

function aliasedTerm(value: unknown, place: string): AliasedTerm {
  const { term, combinationOf } = record(value, place);
  return { term: text(term, `${place}.term`), combinationOf: list(combinationOf, `${place}.combinationOf`, text) };
}

function counts(value: unknown, place: string): Readonly<Record<string, number>> {
  return Object.fromEntries(
    Object.entries(record(value, place)).map(([name, n]) => [name, count(n, `${place}.${name}`)]),
  );
}
