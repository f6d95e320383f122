import { MillraceError } from '../errors.ts';
import { columnNode, project, type UnknownCols } from '../frame/columns.ts';
import { derive } from '../frame/derive.ts';
import { cases, eq, fail, isNull, nullWhere, shown, text } from '../frame/formula.ts';
import { Frame } from '../frame/frame.ts';
import { literalAs, nullLiteral } from '../frame/functions/literal.ts';
import { isKey, type Key, type KeyDType, lookup, whole } from '../frame/lookup.ts';
import type { Expression } from '../plan/expression.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { Executor } from '../plan/source.ts';
import type { AnyCol, Col, NamesOf, Only } from '../schema/columns.ts';
import { type Field, INT, type Int, type Schema } from '../schema/dtype.ts';
import {
  checkChoice,
  type FittedColumn,
  fieldsToApply,
  fieldsToFit,
  type Having,
  type HavingNames,
} from './columns.ts';
import { openJson, VERSION } from './json.ts';
import { type FitOptions, noValues } from './statistics.ts';

/** `one-hot`: a column of 0 and 1 a category, `region_north`; `ordinal`: the position of the category, from 0. */
export type EncodingMethod = 'one-hot' | 'ordinal';

/**
 * What becomes of a category that the training rows did not have: the run fails and names it, it becomes null, or it has
 * a category of its own. That is a column `<name>_other`, or the position after the last.
 */
export type UnknownCategory = 'error' | 'null' | 'other';

const METHODS: readonly EncodingMethod[] = ['one-hot', 'ordinal'];
const UNKNOWN: readonly UnknownCategory[] = ['error', 'null', 'other'];

/** Categories in their order, by column. */
export type Categories<K extends string> = { readonly [P in K]?: readonly Key[] };

/** How columns are encoded, as types: what `fitEncoder` was asked for. */
export interface Encoding {
  readonly method: EncodingMethod;
  readonly unknown: UnknownCategory;
  readonly drop: 'first' | 'none';
  readonly categories: object;
}

/** What `fitEncoder` and `encode` take. */
export interface EncoderOptions<
  K extends string,
  M extends EncodingMethod,
  U extends UnknownCategory,
  P extends 'first' | 'none',
  G extends Categories<K>,
> {
  readonly columns: readonly K[];
  readonly method: M;
  /** A category that the training rows did not have; default `'error'`. */
  readonly unknown?: U;
  /** One-hot without a column for the first category, which then is the row of zeros; default `'none'`. */
  readonly drop?: P;
  /** Categories in their order, instead of those that are found. */
  readonly categories?: G;
}

/** What an encoder learned: the categories of each column, in their order. */
export interface EncoderParameters {
  readonly method: EncodingMethod;
  readonly unknown: UnknownCategory;
  readonly drop: 'first' | 'none';
  readonly columns: readonly (FittedColumn & { readonly categories: readonly Key[] })[];
}

export interface EncoderJson extends EncoderParameters {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
}

const FORMAT = 'millrace.encoder';

/** The most categories of a column: each is a column or a branch. */
const MAX_CATEGORIES = 1000;

type OfUnknown<E extends Encoding> = 'null' extends E['unknown'] ? null : never;

/** The categories of a column where the compiler knows them: declared ones, an enum's; `string` where it does not. */
type CategoriesOf<C extends AnyCol, F extends AnyCol, E extends Encoding> = C['k'] extends keyof E['categories']
  ? E['categories'][C['k']] extends infer G extends readonly Key[]
    ? 'first' extends E['drop']
      ? G extends readonly [Key, ...infer R extends readonly Key[]]
        ? R[number]
        : string
      : G[number]
    : string
  : 'first' extends E['drop']
    ? string
    : Only<F, C['k']>['d']['js'] & string;

type OneHot<K extends string, L, N extends null> = string extends L
  ? Col<string, Int, N>
  : number extends L
    ? Col<string, Int, N>
    : L extends Key
      ? Col<`${K}_${L}`, Int, N>
      : never;

/** The columns after encoding. One-hot columns of categories that only the data tell are reached by name. */
export type Encoded<C extends AnyCol, F extends AnyCol, E extends Encoding> =
  C extends Col<infer K, infer _, infer N>
    ? K extends F['k']
      ? E['method'] extends 'ordinal'
        ? Col<K, Int, N | OfUnknown<E>>
        :
            | OneHot<K, CategoriesOf<C, F, E>, N | OfUnknown<E>>
            | ('other' extends E['unknown'] ? Col<`${K}_other`, Int, N> : never)
      : C
    : never;

/**
 * Learns the categories of columns from the rows of a frame, to encode them as numbers in any other.
 *
 * @example
 * ```ts
 * import { fitEncoder, read, t } from 'millrace';
 * const schema = { id: t.int(), region: t.enum(['north', 'south']), size: t.string() };
 * const train = read.rows(
 *   [{ id: 1, region: 'north', size: 'S' }, { id: 2, region: 'south', size: 'L' }],
 *   { schema },
 * );
 * const hot = await fitEncoder(train, { columns: ['region'], method: 'one-hot' });
 * const rows = await hot.apply(train).rows();
 * console.log(rows[0]?.region_north, rows[1]?.region_north); // 1 0
 * const ordinal = await fitEncoder(train, {
 *   columns: ['size'], method: 'ordinal', categories: { size: ['S', 'M', 'L'] }, unknown: 'null',
 * });
 * console.log((await ordinal.apply(train).rows()).map(r => r.size)); // [ 0, 2 ]
 * ```
 *
 * Columns are strings, ints, booleans or dates. The categories are those declared; else those of the enum, in its order
 * and whether they occur or not; else those that occur, in their order. Only of the first two does the compiler know the
 * one-hot columns (with `drop: 'first'` only of the first); others are reached as `r.col('region_north', t.int())`. Null
 * is no category: it stays null, in every column of a one-hot. Errors: `preprocessing.no_values`,
 * `preprocessing.too_many_categories` (over 1,000), and at `apply` `preprocessing.unknown_category`.
 */
export async function fitEncoder<
  C extends AnyCol,
  const K extends NamesOf<C, KeyDType>,
  const M extends EncodingMethod,
  const U extends UnknownCategory = 'error',
  const P extends 'first' | 'none' = 'none',
  const G extends Categories<K> = object,
>(
  train: Frame<C>,
  options: EncoderOptions<K, M, U, P, G> & FitOptions,
): Promise<Encoder<Only<C, K>, { method: M; unknown: U; drop: P; categories: G }>> {
  const fields = fieldsOf(train.schema, options, 'fitEncoder');
  const columns: EncoderParameters['columns'][number][] = [];
  for (const field of fields) {
    const known = knownCategories(field, options, 'fitEncoder');
    const categories = known ?? (await foundCategories(field, train, options));
    columns.push({ name: field.name, dtype: field.dtype.id, categories });
  }
  return new Encoder({ ...choices(options, 'fitEncoder'), columns });
}

/** Learned categories, made by `fitEncoder` or `Encoder.fromJSON`. `F` are the columns that it was fitted on. */
export class Encoder<F extends AnyCol = AnyCol, E extends Encoding = Encoding> {
  readonly parameters: EncoderParameters;
  /** How it encodes, for the compiler. */
  declare readonly encoding: E;

  constructor(parameters: EncoderParameters) {
    this.parameters = parameters;
  }

  /**
   * The frame with its columns encoded, as ints; nothing runs here. One-hot columns stand where the column stood. A frame
   * that lacks a column or has it as another dtype is `preprocessing.columns`.
   */
  apply<C extends AnyCol>(
    frame: Frame<C> & Having<C, F>,
  ): Frame<string extends F['k'] ? UnknownCols : Encoded<C, F, E>> {
    const fields = fieldsToApply(frame.schema, this.parameters.columns, 'Encoder.apply');
    return derive(frame, encoded(frame.plan, frame.schema, fields, this.parameters, 'Encoder.apply'));
  }

  /** What it learned, as plain data that JSON can hold; `Encoder.fromJSON` reads it. */
  toJSON(): EncoderJson {
    return { format: FORMAT, version: VERSION, ...this.parameters };
  }

  /**
   * An encoder from its JSON, as text or parsed. The compiler does not know its columns, so the frame it gives has
   * columns by name; `withSchema` types them. Anything else is `preprocessing.bad_json`.
   */
  static fromJSON(json: unknown): Encoder {
    const part = openJson(json, FORMAT, 'an encoder');
    const columns = part.at('columns').list((column) => {
      const dtype = column.at('dtype').oneOf(['int', 'string', 'boolean', 'date']);
      const categories = column.at('categories').list((category) => {
        const value = category.scalar();
        const kind = dtype === 'int' ? 'number' : dtype === 'boolean' ? 'boolean' : 'string';
        if (typeof value !== kind) throw category.refused(`of ${dtype}`);
        return value;
      });
      return { name: column.at('name').text(), dtype, categories };
    });
    return new Encoder({
      method: part.at('method').oneOf(METHODS),
      unknown: part.at('unknown').oneOf(UNKNOWN),
      drop: part.at('drop').oneOf(['first', 'none']),
      columns,
    });
  }
}

/**
 * The short spelling of encoding columns whose categories are known before any row is. They are an enum's or declared
 * ones.
 *
 * @example
 * ```ts
 * import { encode, read, t } from 'millrace';
 * const sales = read.rows([{ size: 'S' }, { size: 'L' }], { schema: { size: t.string() } });
 * const sizes = encode({ columns: ['size'], method: 'ordinal', categories: { size: ['S', 'M', 'L'] } });
 * console.log(await sales.pipe(sizes).rows()); // [ { size: 0 }, { size: 2 } ]
 * ```
 *
 * Where only the data tell the categories it is `preprocessing.categories`: use `fitEncoder`.
 */
export function encode<
  const K extends string,
  const M extends EncodingMethod,
  const U extends UnknownCategory = 'error',
  const P extends 'first' | 'none' = 'none',
  const G extends Categories<K> = object,
>(
  options: EncoderOptions<K, M, U, P, G>,
): <C extends AnyCol>(
  frame: Frame<C> & HavingNames<C, K, KeyDType>,
) => Frame<Encoded<C, Only<C, K>, { method: M; unknown: U; drop: P; categories: G }>> {
  return (frame) => {
    const fields = fieldsOf(frame.schema, options, 'encode');
    const columns = fields.map((field) => {
      const categories = knownCategories(field, options, 'encode');
      if (categories !== undefined) return { name: field.name, dtype: field.dtype.id, categories };
      throw new MillraceError({
        code: 'preprocessing.categories',
        message: `encode: the categories of ${field.name} are not known before the plan runs. Declare them, make the column an enum, or use fitEncoder.`,
        details: { column: field.name },
      });
    });
    return derive(
      frame,
      encoded(frame.plan, frame.schema, fields, { ...choices(options, 'encode'), columns }, 'encode'),
    );
  };
}

type AnyOptions = EncoderOptions<string, EncodingMethod, UnknownCategory, 'first' | 'none', Categories<string>>;

function choices(options: AnyOptions, verb: string): Omit<EncoderParameters, 'columns'> {
  return {
    method: checkChoice(options.method, METHODS, 'method', verb),
    unknown: checkChoice(options.unknown ?? 'error', UNKNOWN, 'unknown', verb),
    drop: checkChoice(options.drop ?? 'none', ['first', 'none'], 'drop', verb),
  };
}

function fieldsOf(schema: Schema, options: AnyOptions, verb: string): Field[] {
  choices(options, verb);
  const fields = fieldsToFit(schema, options.columns, isKey, 'a string, an int, a boolean or a date', verb);
  const foreign = Object.keys(options.categories ?? {}).find((name) => !options.columns.includes(name));
  if (foreign === undefined) return fields;
  throw new MillraceError({
    code: 'preprocessing.categories',
    message: `${verb}: categories names ${foreign}, which is none of the columns ${options.columns.join(', ')}.`,
  });
}

/** The categories that are known without the data. */
function knownCategories(field: Field, options: AnyOptions, verb: string): readonly Key[] | undefined {
  const declared = options.categories?.[field.name];
  if (declared === undefined) return field.dtype.id === 'string' ? field.dtype.values : undefined;
  for (const value of declared) literalAs(value, field.dtype, field.name, { wide: true });
  if (declared.length === 0 || new Set(declared).size !== declared.length || declared.length > MAX_CATEGORIES) {
    throw new MillraceError({
      code: 'preprocessing.categories',
      message: `${verb}: the categories of ${field.name} are ${JSON.stringify(declared)}. Give 1 to ${MAX_CATEGORIES} different values.`,
    });
  }
  return declared;
}

async function foundCategories(
  field: Field,
  train: { readonly plan: Relation; readonly executor: Executor },
  options: FitOptions,
): Promise<readonly Key[]> {
  const groups: Relation = { kind: 'aggregate', input: train.plan, keys: [field.name], aggregates: [] };
  const frame = new Frame<Col<string, KeyDType, null>>(groups, train.executor);
  const rows = await frame
    .sort(field.name)
    .limit(MAX_CATEGORIES + 2)
    .rows(options);
  const categories = rows.flatMap((row) => row[field.name] ?? []);
  if (categories.length > MAX_CATEGORIES) {
    throw new MillraceError({
      code: 'preprocessing.too_many_categories',
      message: `fitEncoder: ${field.name} has more than ${MAX_CATEGORIES} different values. Group them into fewer, or leave ${field.name} out.`,
      details: { column: field.name, limit: MAX_CATEGORIES },
    });
  }
  if (categories.length > 0) return categories;
  throw noValues('fitEncoder', field.name, await new Frame(train.plan, train.executor).count(options));
}

/** Each column as the position of its category, and of that, for one-hot, a column a category. */
function encoded(
  input: Relation,
  schema: Schema,
  fields: readonly Field[],
  parameters: EncoderParameters,
  verb: string,
): Relation {
  const codes = new Map<string, { readonly code: Expression; readonly categories: readonly Key[] }>();
  for (const [i, field] of fields.entries()) {
    const categories = parameters.columns[i]?.categories ?? [];
    codes.set(field.name, { code: codeOf(field, categories, parameters.unknown, verb), categories });
  }
  const positions = schema.map((field): NamedExpression => {
    return { name: field.name, expression: codes.get(field.name)?.code ?? columnNode(field) };
  });
  const coded = project(input, positions, verb);
  if (parameters.method === 'ordinal') return coded;
  const columns = schema.flatMap((field): NamedExpression[] => {
    const made = codes.get(field.name);
    if (made === undefined) return [{ name: field.name, expression: columnNode(field) }];
    const { code, categories } = made;
    const column: Expression = { ...columnNode(field), dtype: INT, nullable: code.nullable };
    const names = [
      ...categories.map((category, i) => ({ name: `${field.name}_${category}`, position: i })),
      ...(parameters.unknown === 'other' ? [{ name: `${field.name}_other`, position: categories.length }] : []),
    ];
    return names
      .slice(parameters.drop === 'first' ? 1 : 0)
      .map(({ name, position }) => ({ name, expression: indicator(column, position) }));
  });
  return project(coded, columns, verb);
}

function indicator(code: Expression, position: number): Expression {
  const is = cases([{ when: eq(code, whole(position)), value: whole(1) }], whole(0));
  return code.nullable ? nullWhere(isNull(code), is) : is;
}

function codeOf(field: Field, categories: readonly Key[], unknown: UnknownCategory, verb: string): Expression {
  const column = columnNode(field);
  const entries = categories.map((key, i) => ({ key, value: whole(i) }));
  return lookup(column, entries, codeOfUnknown(column, categories, unknown, verb));
}

function codeOfUnknown(
  column: Expression & { readonly kind: 'column' },
  categories: readonly Key[],
  unknown: UnknownCategory,
  verb: string,
): Expression {
  if (unknown === 'null') return nullLiteral(INT);
  if (unknown === 'other') return whole(categories.length);
  const some = categories.slice(0, 10).map((category) => JSON.stringify(category));
  const more = categories.length > some.length ? ` and ${categories.length - some.length} more` : '';
  const parts = [
    text(`${verb}: ${column.name} holds "`),
    { ...shown(column), nullable: false },
    text(
      `", which is none of its categories ${some.join(', ')}${more}. Give unknown: 'null' or unknown: 'other' for such values.`,
    ),
  ];
  return fail('preprocessing.unknown_category', parts, INT);
}
