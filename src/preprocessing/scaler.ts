import { keptColumns, replaceColumns, type UnknownCols } from '../frame/columns.ts';
import { derive } from '../frame/derive.ts';
import { asFloat, cases, div, eq, nullableAs, number, sub } from '../frame/formula.ts';
import type { Frame } from '../frame/frame.ts';
import type { AnyCol, Col, NamesOf, Only } from '../schema/columns.ts';
import { type Field, type Float, isNumeric, type NumericDType } from '../schema/dtype.ts';
import {
  checkChoice,
  type FittedColumn,
  fieldsToApply,
  fieldsToFit,
  type Having,
  type HavingNames,
} from './columns.ts';
import { openJson, VERSION } from './json.ts';
import { attach, DEVIATION, deviation, type FitOptions, type Lesson, learn } from './statistics.ts';

/**
 * What becomes of a value: its distance from the mean, its place between the smallest and the largest, or its distance
 * from the median. `standard` counts in standard deviations, `min-max` from 0 to 1, `robust` in interquartile ranges.
 */
export type ScalingMethod = 'standard' | 'min-max' | 'robust';

const METHODS: readonly ScalingMethod[] = ['standard', 'min-max', 'robust'];

/** What `fitScaler` and `scale` take. */
export interface ScalerOptions<K extends string> {
  readonly columns: readonly K[];
  readonly method: ScalingMethod;
}

/** What a scaler learned: a value `x` becomes `(x - center) / scale`. */
export interface ScalerParameters {
  readonly method: ScalingMethod;
  readonly columns: readonly (FittedColumn & { readonly center: number; readonly scale: number })[];
}

export interface ScalerJson extends ScalerParameters {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
}

const FORMAT = 'millrace.scaler';

/** The columns, those named as floats. */
export type Scaled<C, K> = C extends Col<infer P, infer _, infer N> ? (P extends K ? Col<P, Float, N> : C) : never;

/**
 * Learns how to scale numeric columns from the rows of a frame, to be applied to any other.
 *
 * @example
 * ```ts
 * import { fitScaler, read, Scaler, t } from 'millrace';
 * const schema = { price: t.int() };
 * const train = read.rows([{ price: 10 }, { price: 20 }, { price: 30 }], { schema });
 * const test = read.rows([{ price: 40 }], { schema });
 * const scaler = await fitScaler(train, { columns: ['price'], method: 'min-max' });
 * console.log(await scaler.apply(test).rows()); // [ { price: 1.5 } ]
 * const again = Scaler.fromJSON(JSON.stringify(scaler));
 * console.log(again.parameters.columns); // [ { name: 'price', dtype: 'int', center: 10, scale: 20 } ]
 * ```
 *
 * The standard deviation is that of the values themselves (divided by n), quartiles are interpolated (type 7), as in
 * scikit-learn. Where the values do not spread (a single row, a constant; for `robust` a quartile range of 0) the scale is
 * 1, so that the training values become 0. Decimals and bigints enter as doubles. Nulls are passed over and stay null.
 * Errors: `preprocessing.no_values` (no rows, or nulls alone), `preprocessing.not_finite` (NaN or infinities among the
 * training values).
 */
export async function fitScaler<C extends AnyCol, const K extends NamesOf<C, NumericDType>>(
  train: Frame<C>,
  options: ScalerOptions<K> & FitOptions,
): Promise<Scaler<Only<C, K>>> {
  const method = checkChoice(options.method, METHODS, 'method', 'fitScaler');
  const fields = fieldsToFit(train.schema, options.columns, isNumeric, 'a number', 'fitScaler');
  const learned = await learn(
    'fitScaler',
    train,
    fields.map((field) => lessonOf(field, method)),
    options,
  );
  const columns = fields.map(({ name, dtype }, i) => ({
    name,
    dtype: dtype.id,
    center: learned[i]?.center ?? 0,
    scale: learned[i]?.scale ?? 1,
  }));
  return new Scaler({ method, columns });
}

/** A fitted scaling, made by `fitScaler` or `Scaler.fromJSON`. `F` are the columns that it was fitted on. */
export class Scaler<F extends AnyCol = AnyCol> {
  readonly parameters: ScalerParameters;

  constructor(parameters: ScalerParameters) {
    this.parameters = parameters;
  }

  /**
   * The frame with its columns scaled, as floats; nothing runs here. Null stays null, NaN and infinities stay what they
   * are. A frame that lacks a column or has it as another dtype is `preprocessing.columns`.
   */
  apply<C extends AnyCol>(
    frame: Frame<C> & Having<C, F>,
  ): Frame<string extends F['k'] ? UnknownCols : Scaled<C, F['k']>> {
    const { columns } = this.parameters;
    const made = fieldsToApply(frame.schema, columns, 'Scaler.apply').map((field, i) => {
      const { center = 0, scale = 1 } = columns[i] ?? {};
      return { name: field.name, expression: div(sub(asFloat(field), number(center)), number(scale)) };
    });
    return derive(frame, replaceColumns(frame.plan, made, 'Scaler.apply'));
  }

  /** What it learned, as plain data that JSON can hold; `Scaler.fromJSON` reads it. */
  toJSON(): ScalerJson {
    return { format: FORMAT, version: VERSION, ...this.parameters };
  }

  /**
   * A scaler from its JSON, as text or parsed. The compiler does not know its columns, so the frame it gives has columns
   * by name; `withSchema` types them. Anything else is `preprocessing.bad_json`.
   */
  static fromJSON(json: unknown): Scaler {
    const part = openJson(json, FORMAT, 'a scaler');
    const columns = part.at('columns').list((column) => {
      const scale = column.at('scale');
      if (scale.number() === 0) throw scale.refused('a number other than 0');
      return {
        name: column.at('name').text(),
        dtype: column.at('dtype').oneOf(['int', 'bigint', 'float', 'decimal']),
        center: column.at('center').number(),
        scale: scale.number(),
      };
    });
    return new Scaler({ method: part.at('method').oneOf(METHODS), columns });
  }
}

/**
 * The short spelling of fitting a scaler on a frame and applying it to the same frame, in one lazy plan.
 *
 * @example
 * ```ts
 * import { read, scale, t } from 'millrace';
 * const sales = read.rows([{ price: 10 }, { price: 30 }], { schema: { price: t.int() } });
 * console.log(await sales.pipe(scale({ columns: ['price'], method: 'standard' })).rows()); // [ { price: -1 }, { price: 1 } ]
 * ```
 */
export function scale<const K extends string>(
  options: ScalerOptions<K>,
): <C extends AnyCol>(frame: Frame<C> & HavingNames<C, K, NumericDType>) => Frame<Scaled<C, K>> {
  return <C extends AnyCol>(frame: Frame<C>): Frame<Scaled<C, K>> => {
    const method = checkChoice(options.method, METHODS, 'method', 'scale');
    const fields = fieldsToFit(frame.schema, options.columns, isNumeric, 'a number', 'scale');
    const lessons = fields.map((field) => lessonOf(field, method));
    const attached = attach('scale', frame.plan, lessons);
    const made = fields.map((field, i) => {
      const { center = number(0), scale = number(1) } = attached.parameters[i] ?? {};
      const scaled = attached.guarded(i, div(sub(asFloat(field), center), scale));
      return { name: field.name, expression: nullableAs(scaled, field.nullable) };
    });
    return derive(frame, keptColumns(attached.relation, frame.schema, made, 'scale'));
  };
}

function lessonOf(field: Field, method: ScalingMethod): Lesson<'center' | 'scale'> {
  switch (method) {
    case 'standard':
      return {
        field,
        statistics: ['mean', ...DEVIATION],
        parameters: (of) => {
          // The mean of equal numbers is not always that number.
          const constant = eq(of('min'), of('max'));
          return {
            center: cases([{ when: constant, value: of('min') }], of('mean')),
            scale: cases([{ when: constant, value: number(1) }], deviation(of)),
          };
        },
      };
    case 'min-max':
      return {
        field,
        statistics: ['min', 'max'],
        parameters: (of) => ({
          center: of('min'),
          scale: cases([{ when: eq(of('min'), of('max')), value: number(1) }], sub(of('max'), of('min'))),
        }),
      };
    case 'robust':
      return {
        field,
        statistics: [0.25, 0.5, 0.75],
        parameters: (of) => ({
          center: of(0.5),
          scale: cases([{ when: eq(of(0.25), of(0.75)), value: number(1) }], sub(of(0.75), of(0.25))),
        }),
      };
  }
}
