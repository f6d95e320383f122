import type { UnknownCols } from '../frame/columns.ts';
import { derive } from '../frame/derive.ts';
import type { Frame } from '../frame/frame.ts';
import type { OneOrMore } from '../frame/functions/order.ts';
import type { HotDeckOptions } from '../frame/imputation/hot-deck.ts';
import type { Key, KeyDType } from '../frame/lookup.ts';
import type { FeatureDType } from '../regression/features/given.ts';
import { Model } from '../regression/model.ts';
import type { ModelJson } from '../regression/model-json.ts';
import type { AnyCol, Col, NamesOf, NoOther, Only } from '../schema/columns.ts';
import type { BigInteger, Decimal, Float, Int, NumericDType } from '../schema/dtype.ts';
import { type FittedColumn, fieldsToApply, type Having } from './columns.ts';
import { filled } from './filled.ts';
import { type JsonPart, openJson, VERSION } from './json.ts';
import { learnColumn } from './learn-imputation.ts';
import type { FitOptions } from './statistics.ts';

/** The dtypes whose nulls can be filled. */
export type ImputableDType = KeyDType | NumericDType;

/**
 * How nulls are filled: by the mean, median or mode of the column, or of the row's group with `by`; by least squares on
 * other columns; or by the value of another row (hot-deck), in the same group with `by`.
 */
export type LearnedImputation<C extends AnyCol, E extends AnyCol> =
  | (E['d'] extends NumericDType
      ?
          | 'mean'
          | 'median'
          | { readonly mean: true; readonly by?: OneOrMore<NamesOf<C, KeyDType>> }
          | { readonly median: true; readonly by?: OneOrMore<NamesOf<C, KeyDType>> }
          | { readonly regression: readonly Exclude<NamesOf<C, FeatureDType>, E['k']>[] }
      : never)
  | (E['d'] extends BigInteger
      ? never
      :
          | 'mode'
          | { readonly mode: true; readonly by?: OneOrMore<NamesOf<C, KeyDType>> }
          | { readonly hotDeck: HotDeckOptions; readonly by?: OneOrMore<NamesOf<C, KeyDType>> });

/** What `fitImputer` learns, by column. */
export type LearnedImputations<C extends AnyCol> = {
  readonly [E in C as E['d'] extends ImputableDType ? E['k'] : never]?: LearnedImputation<C, E>;
};

/** A value that fills a null. */
export type FillValue = Key;

/** What was learned of one column. */
export interface ImputedColumn extends FittedColumn {
  readonly method: 'mean' | 'median' | 'mode' | 'regression' | 'hot-deck';
  /** The value of the whole column. Of a hot-deck they are the donors' values, from which the row and the seed choose one. */
  readonly values: readonly FillValue[];
  /** The columns whose values make a group; of a regression its features. */
  readonly by: readonly FittedColumn[];
  /** The values of each group; a row of another group takes those of the whole. */
  readonly groups: readonly { readonly key: readonly (Key | null)[]; readonly values: readonly FillValue[] }[];
  /** Of a hot-deck. */
  readonly seed: number | null;
  /** Of a regression; where a feature is null or a level unknown, the value of the whole stands. */
  readonly model: ModelJson | null;
}

export interface ImputerParameters {
  readonly columns: readonly ImputedColumn[];
}

export interface ImputerJson extends ImputerParameters {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
}

const FORMAT = 'millrace.imputer';

type Names<V> = V extends string ? V : V extends readonly (infer N extends string)[] ? N : never;

/** The columns that imputations look at besides those they fill. */
type Used<O> = {
  [P in keyof O]: O[P] extends { readonly by: infer B }
    ? Names<B>
    : O[P] extends { readonly regression: infer R }
      ? Names<R>
      : never;
}[keyof O];

/** The columns after imputing: filled ones are not null; the mean or median of whole numbers is a float. */
export type FilledBy<C, O> =
  C extends Col<infer K, infer D, infer _>
    ? K extends keyof O
      ? O[K] extends 'mode' | { readonly mode: true } | { readonly hotDeck: unknown }
        ? Col<K, D, never>
        : Col<K, D extends Int | BigInteger ? Float : D extends Decimal ? D : Float, never>
      : C
    : never;

/**
 * Learns from the rows of a frame what stands for nulls, to fill those of any other.
 *
 * @example
 * ```ts
 * import { fitImputer, read, t } from 'millrace';
 * const schema = { region: t.string(), quantity: t.int().nullable() };
 * const train = read.rows(
 *   [{ region: 'north', quantity: 1 }, { region: 'north', quantity: 3 }, { region: 'south', quantity: 8 }],
 *   { schema },
 * );
 * const test = read.rows([{ region: 'north', quantity: null }, { region: 'west', quantity: null }], { schema });
 * const imputer = await fitImputer(train, { quantity: { mean: true, by: 'region' } });
 * console.log((await imputer.apply(test).rows()).map(r => r.quantity)); // [ 2, 4 ]
 * ```
 *
 * A group that the training rows did not have takes the value of the whole; nulls in `by` are a group of their own.
 * `{ regression: ['price', 'region'] }` predicts by `linearRegression` on the rows without nulls; where a feature is null or
 * a level unknown the mean stands. `{ hotDeck: { seed: 7 } }` takes the value of a donor, a training row, chosen by a hash
 * of the row to fill and the seed: equal rows get equal values, at every run. The inline spelling is
 * `frame.impute`, by regression for one number. Errors: `preprocessing.no_values` (no rows, or nulls alone), `preprocessing.not_finite`,
 * `preprocessing.too_many_groups` (over 10,000), and those of `linearRegression`.
 */
export async function fitImputer<C extends AnyCol, const O extends LearnedImputations<C>>(
  train: Frame<C>,
  imputations: O & NoOther<O, NamesOf<C, ImputableDType>>,
  options: FitOptions = {},
): Promise<Imputer<Only<C, keyof O | Used<O>>, O>> {
  const columns: ImputedColumn[] = [];
  for (const [name, how] of Object.entries<unknown>(imputations)) {
    if (how !== undefined) columns.push(await learnColumn(train, name, how, options));
  }
  return new Imputer({ columns });
}

/**
 * Learned fillings, made by `fitImputer` or `Imputer.fromJSON`. `F` are the columns that they were fitted on, `O` what was
 * asked for.
 */
export class Imputer<F extends AnyCol = AnyCol, O = unknown> {
  readonly parameters: ImputerParameters;
  /** What was asked for, for the compiler. */
  declare readonly imputations: O;

  constructor(parameters: ImputerParameters) {
    this.parameters = parameters;
  }

  /**
   * The frame with its nulls filled; nothing runs here. A frame that lacks a column, one of a group or a feature among
   * them, or has it as another dtype, is `preprocessing.columns`.
   */
  apply<C extends AnyCol>(frame: Frame<C> & Having<C, F>): Frame<string extends F['k'] ? UnknownCols : FilledBy<C, O>> {
    const { columns } = this.parameters;
    fieldsToApply(frame.schema, [...columns, ...columns.flatMap((column) => column.by)], 'Imputer.apply');
    return derive(frame, filled(frame, columns, 'Imputer.apply'));
  }

  /** What it learned, as plain data that JSON can hold; `Imputer.fromJSON` reads it. */
  toJSON(): ImputerJson {
    return { format: FORMAT, version: VERSION, ...this.parameters };
  }

  /**
   * An imputer from its JSON, as text or parsed. The compiler does not know its columns, so the frame it gives has
   * columns by name; `withSchema` types them. Anything else is `preprocessing.bad_json`.
   */
  static fromJSON(json: unknown): Imputer {
    const part = openJson(json, FORMAT, 'an imputer');
    return new Imputer({ columns: part.at('columns').list(columnOf) });
  }
}

const DTYPES = ['int', 'bigint', 'float', 'decimal', 'string', 'boolean', 'date'] as const;

function columnOf(part: JsonPart): ImputedColumn {
  const method = part.at('method').oneOf(['mean', 'median', 'mode', 'regression', 'hot-deck']);
  const values = part.at('values').list((value) => value.scalar());
  if (values.length === 0) throw part.at('values').refused('one or more values');
  return {
    name: part.at('name').text(),
    dtype: part.at('dtype').oneOf(DTYPES),
    method,
    values,
    by: part.at('by').list((by) => ({
      name: by.at('name').text(),
      dtype: by.at('dtype').oneOf(DTYPES),
    })),
    groups: part.at('groups').list((group) => ({
      key: group.at('key').list((key) => (key.value === null ? null : key.scalar())),
      values: group.at('values').list((value) => value.scalar()),
    })),
    seed: method === 'hot-deck' ? part.at('seed').number() : null,
    model: method === 'regression' ? Model.fromJSON(part.at('model').value).toJSON() : null,
  };
}
