import { MillraceError } from '../errors.ts';
import { type Feature, termsOf } from './encode.ts';
import type { Coefficient } from './fit.ts';
import type { ModelData } from './model.ts';

const FORMAT = 'millrace.linear-regression';
const VERSION = 1;

/** JSON has no NaN and no infinities: they are text. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

type InJson<V> = V extends number ? JsonNumber : V;

/** A model as JSON holds it. */
export interface ModelJson {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  readonly target: string;
  readonly features: readonly Feature[];
  readonly intercept: boolean;
  readonly coefficients: readonly { readonly [K in keyof Coefficient]: InJson<Coefficient[K]> }[];
  readonly n: JsonNumber;
  readonly degreesOfFreedom: JsonNumber;
  readonly r2: JsonNumber;
  readonly adjustedR2: JsonNumber;
  readonly sigma: JsonNumber;
  readonly confidence: JsonNumber;
  readonly dropped: JsonNumber;
  readonly targetMean?: JsonNumber;
}

export function modelToJson(model: ModelData): ModelJson {
  return {
    format: FORMAT,
    version: VERSION,
    target: model.target,
    features: model.features,
    intercept: model.intercept,
    coefficients: model.coefficients.map((c) => ({
      term: c.term,
      estimate: toJson(c.estimate),
      stdError: toJson(c.stdError),
      t: toJson(c.t),
      p: toJson(c.p),
      low: toJson(c.low),
      high: toJson(c.high),
    })),
    n: model.n,
    degreesOfFreedom: model.degreesOfFreedom,
    r2: toJson(model.r2),
    adjustedR2: toJson(model.adjustedR2),
    sigma: toJson(model.sigma),
    confidence: model.confidence,
    dropped: model.dropped,
    targetMean: toJson(model.targetMean),
  };
}

function toJson(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (String(value) as JsonNumber);
}

/** A model's data from JSON, as text or parsed, every part of it checked. */
export function modelFromJson(json: unknown): ModelData {
  const model = record(typeof json === 'string' ? parsed(json) : json, 'the model');
  if (model.format !== FORMAT) throw bad('format', model.format, JSON.stringify(FORMAT));
  if (model.version !== VERSION) throw bad('version', model.version, `${VERSION}, the version known here`);
  const intercept = model.intercept;
  if (typeof intercept !== 'boolean') throw bad('intercept', intercept, 'true or false');
  const features = list(model.features, 'features').map((value, i) => feature(value, `features[${i}]`));
  const coefficients = list(model.coefficients, 'coefficients').map((value, i) =>
    coefficient(value, `coefficients[${i}]`),
  );
  const expected = [...(intercept ? ['(Intercept)'] : []), ...features.flatMap(termsOf)];
  const terms = coefficients.map((c) => c.term);
  if (terms.length === 0 || JSON.stringify(terms) !== JSON.stringify(expected)) {
    throw bad('coefficients', terms, `the terms of its features: ${expected.join(', ') || 'at least one'}`);
  }
  return {
    target: text(model.target, 'target'),
    features,
    intercept,
    coefficients,
    n: count(model.n, 'n'),
    degreesOfFreedom: count(model.degreesOfFreedom, 'degreesOfFreedom'),
    r2: number(model.r2, 'r2'),
    adjustedR2: number(model.adjustedR2, 'adjustedR2'),
    sigma: number(model.sigma, 'sigma'),
    confidence: number(model.confidence, 'confidence'),
    dropped: count(model.dropped, 'dropped'),
    targetMean: model.targetMean === undefined ? Number.NaN : number(model.targetMean, 'targetMean'),
  };
}

function feature(value: unknown, place: string): Feature {
  const made = record(value, place);
  const name = text(made.name, `${place}.name`);
  const { kind, reference } = made;
  if (kind === 'number' || kind === 'boolean') return { name, kind };
  if (kind !== 'levels') throw bad(`${place}.kind`, kind, "'number', 'boolean' or 'levels'");
  if (typeof reference !== 'boolean') throw bad(`${place}.reference`, reference, 'true or false');
  const levels = list(made.levels, `${place}.levels`).map((level, i) => text(level, `${place}.levels[${i}]`));
  if (levels.length === 0 || new Set(levels).size !== levels.length) {
    throw bad(`${place}.levels`, levels, 'a list of one or more different levels');
  }
  return { name, kind, levels, reference };
}

function coefficient(value: unknown, place: string): Coefficient {
  const made = record(value, place);
  const read = (name: keyof Coefficient): number => number(made[name], `${place}.${name}`);
  const estimate = read('estimate');
  if (!Number.isFinite(estimate)) throw bad(`${place}.estimate`, estimate, 'a finite number');
  return {
    term: text(made.term, `${place}.term`),
    estimate,
    stdError: read('stdError'),
    t: read('t'),
    p: read('p'),
    low: read('low'),
    high: read('high'),
  };
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new MillraceError({
      code: 'regression.bad_json',
      message: `A model's JSON does not parse: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

function record(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(place, value, 'an object');
  return value as Record<string, unknown>;
}

function list(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(place, value, 'a list');
  return value;
}

function text(value: unknown, place: string): string {
  if (typeof value !== 'string') throw bad(place, value, 'text');
  return value;
}

function number(value: unknown, place: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw bad(place, value, "a number, 'NaN', 'Infinity' or '-Infinity'");
}

function count(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw bad(place, value, 'a whole number from 0');
  }
  return value;
}

function bad(place: string, value: unknown, expected: string): MillraceError {
  const shown = value === undefined ? 'missing' : JSON.stringify(value);
  return new MillraceError({
    code: 'regression.bad_json',
    message: `This is not the JSON of a model: ${place} is ${shown}, not ${expected}.`,
    details: { place, value },
  });
}
