import { MillraceError } from '../errors.ts';
import { fieldOf } from '../frame/columns.ts';
import type { AnyCol, NamesOf } from '../schema/columns.ts';
import type { AnyDType, DataType, DType, DTypeId, Field, Schema } from '../schema/dtype.ts';
import { describeDType } from '../schema/dtype.ts';

/** A column that something was learned of. */
export interface FittedColumn {
  readonly name: string;
  readonly dtype: DTypeId;
}

/** The names of `F` that `C` lacks, or has as another dtype. */
type Lacking<C extends AnyCol, F extends AnyCol> = F extends {
  readonly k: infer K;
  readonly d: { readonly id: infer Id extends string };
}
  ? string extends K
    ? never
    : K extends NamesOf<C, DType<Id, unknown>>
      ? never
      : K
  : never;

/** Nothing more where a frame has the columns of `F`; what it lacks, by name, where it has not. */
export type Having<C extends AnyCol, F extends AnyCol> = [Lacking<C, F>] extends [never]
  ? unknown
  : { readonly 'fitted columns that the frame lacks, or has as another dtype': Lacking<C, F> };

/** Nothing more where a frame has columns of these names and dtypes. */
export type HavingNames<C extends AnyCol, K extends string, D extends AnyDType> = [Exclude<K, NamesOf<C, D>>] extends [
  never,
]
  ? unknown
  : { readonly 'columns that the frame lacks, or has as another dtype': Exclude<K, NamesOf<C, D>> };

/** The fields of the columns to learn from: names and dtypes may not have come through the compiler. */
export function fieldsToFit(
  schema: Schema,
  names: readonly string[],
  accepts: (dtype: DataType) => boolean,
  wanted: string,
  verb: string,
): Field[] {
  if (!Array.isArray(names) || names.length === 0) {
    throw new MillraceError({
      code: 'preprocessing.no_columns',
      message: `${verb}: columns is ${JSON.stringify(names) ?? 'missing'}. Give a list of one or more names.`,
    });
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new MillraceError({
      code: 'preprocessing.repeated_column',
      message: `${verb}: ${twice} is named twice. Name each column once.`,
      details: { column: twice },
    });
  }
  return names.map((name) => {
    const field = fieldOf(schema, name, verb);
    if (accepts(field.dtype)) return field;
    throw new MillraceError({
      code: 'preprocessing.dtype',
      message: `${verb}: ${name} is ${describeDType(field.dtype)}, not ${wanted}.`,
      details: { column: name, dtype: describeDType(field.dtype) },
    });
  });
}

/** The fields of fitted columns in a frame; an error that names all that it lacks or has as another dtype. */
export function fieldsToApply(schema: Schema, columns: readonly FittedColumn[], verb: string): Field[] {
  const wrong = columns.flatMap(({ name, dtype }) => {
    const field = schema.find((f) => f.name === name);
    if (field === undefined) return [`there is no ${name} (${dtype} when fitted)`];
    return field.dtype.id === dtype ? [] : [`${name} is ${describeDType(field.dtype)}, but was ${dtype} when fitted`];
  });
  if (wrong.length > 0) {
    throw new MillraceError({
      code: 'preprocessing.columns',
      message: `${verb}: the frame is not like the one it was fitted on: ${wrong.join('; ')}. Its columns are ${schema.map((f) => f.name).join(', ')}.`,
      details: { columns: columns.map(({ name, dtype }) => ({ name, dtype })), found: schema.map((f) => f.name) },
    });
  }
  return columns.map(({ name }) => fieldOf(schema, name, verb));
}

/** Refuses what is none of the choices. */
export function checkChoice<V extends string>(value: V, choices: readonly V[], name: string, verb: string): V {
  if (choices.includes(value)) return value;
  throw new MillraceError({
    code: 'preprocessing.option',
    message: `${verb}: ${name} is ${JSON.stringify(value) ?? 'missing'}. The choices are ${choices.map((choice) => `'${choice}'`).join(', ')}.`,
    details: { value },
  });
}

/** Refuses a number that does not lie between the two. */
export function checkNumber(value: number, low: number, high: number, name: string, verb: string): number {
  if (typeof value === 'number' && value >= low && value <= high && Number.isFinite(value)) return value;
  throw new MillraceError({
    code: 'preprocessing.option',
    message: `${verb}: ${name} is ${String(value)}. Give a number from ${low} to ${high}.`,
    details: { value },
  });
}
