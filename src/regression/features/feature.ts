import type { Key } from '../../frame/lookup.ts';
import type { Expression } from '../../plan/expression.ts';

/** A number as it is; a boolean as 0 or 1. */
export interface NumberFeature {
  readonly name: string;
  readonly kind: 'number' | 'boolean';
  /** What it is computed by; the column of its name where nothing is said. */
  readonly of?: Expression;
}

/** A category: one 0/1 term a level. */
export interface LevelsFeature {
  readonly name: string;
  readonly kind: 'levels';
  readonly of?: Expression;
  /** The base first, then the others in their order. */
  readonly levels: readonly Key[];
  /** Whether the first level is the reference, which has no term. */
  readonly reference: boolean;
}

/** What an interaction is a product of. */
export type Factor = NumberFeature | LevelsFeature;

/** A number and its powers. */
export interface PolynomialFeature {
  readonly name: string;
  readonly kind: 'polynomial';
  readonly of?: Expression;
  readonly degree: number;
}

/** The products of the terms of its factors. */
export interface InteractionFeature {
  readonly name: string;
  readonly kind: 'interaction';
  readonly factors: readonly Factor[];
}

/** How a feature enters a model. */
export type Feature = Factor | PolynomialFeature | InteractionFeature;

/** What is read of a row for a feature: one column a part. */
export type Part = Factor | PolynomialFeature;

/** What a part of a feature gives a term: a power of a number, or whether a category has this level. */
export type Multiplier =
  | { readonly part: number; readonly power: number }
  | { readonly part: number; readonly level: number };

/** A term: a product of what the parts of its feature give. */
export interface Term {
  readonly name: string;
  readonly multipliers: readonly Multiplier[];
}

/** The parts of a feature, which its terms count. */
export function partsOf(feature: Feature): readonly Part[] {
  return feature.kind === 'interaction' ? feature.factors : [feature];
}

/**
 * The terms of a feature: `quantity`; `region[south]`, `region[west]`; `price`, `price^2`; `region[south]:quantity`. Of
 * several categories in one interaction the first one's levels change fastest, as in R.
 */
export function termsOf(feature: Feature): readonly Term[] {
  const [first = [], ...others] = partsOf(feature).map(termsOfPart);
  return others.reduce<readonly Term[]>(
    (terms, factor) =>
      factor.flatMap((by) =>
        terms.map(({ name, multipliers }) => ({
          name: `${name}:${by.name}`,
          multipliers: [...multipliers, ...by.multipliers],
        })),
      ),
    first,
  );
}

/** The names of a feature's terms. */
export function termNames(feature: Feature): readonly string[] {
  return termsOf(feature).map((term) => term.name);
}

function termsOfPart(given: Part, part: number): readonly Term[] {
  switch (given.kind) {
    case 'number':
    case 'boolean':
      return [{ name: given.name, multipliers: [{ part, power: 1 }] }];
    case 'polynomial':
      return Array.from({ length: given.degree }, (_, i) => ({
        name: i === 0 ? given.name : `${given.name}^${i + 1}`,
        multipliers: [{ part, power: i + 1 }],
      }));
    case 'levels': {
      const terms = given.levels.map((value, level) => ({
        name: `${given.name}[${value}]`,
        multipliers: [{ part, level }],
      }));
      return given.reference ? terms.slice(1) : terms;
    }
  }
}
