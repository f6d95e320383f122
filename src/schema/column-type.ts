import { MillraceError } from '../errors.ts';
import { checkOptionNames, type OptionNames } from '../option-names.ts';
import type {
  AnyDType,
  BigInteger,
  Binary,
  Bool,
  DataType,
  Day,
  Decimal,
  Enum,
  Field,
  Float,
  Int,
  Json,
  List,
  Schema,
  Struct,
  Text,
  Timestamp,
} from './dtype.ts';
import { describeDType, MAX_PRECISION } from './dtype.ts';
import { isWellFormed } from './from-js.ts';
import { formatFault } from './strptime.ts';

/** How a column is written in text: which characters, which formats, which zone. */
export interface TextFormat {
  /** strptime patterns, tried in turn. */
  readonly formats?: readonly string[];
  /** The zone of a timestamp written without one; an IANA name. */
  readonly timeZone?: string;
  /** What becomes of a local time that clocks leave out: it is read by the offset before, or does not fit. */
  readonly skippedTimes?: 'shift';
  /** The decimal point. */
  readonly decimal?: string;
  /** The character between groups of three digits. */
  readonly thousands?: string;
  /** What may stand before or after an amount: `$`, `EUR`. */
  readonly currency?: readonly string[];
  /** Whether an amount in parentheses is negative. */
  readonly parentheses?: boolean;
  /** Whether a number is a percentage, `%` behind it. */
  readonly percent?: boolean;
  /** The spellings of true and of false. */
  readonly true?: readonly string[];
  readonly false?: readonly string[];
}

/**
 * A declared column: its dtype, whether it may be null, its name outside and how it is written in text.
 * `D` is the dtype; `N` is `null` where the column may be null, `never` where it may not.
 */
export class ColumnType<out D extends AnyDType, out N extends null> {
  declare readonly d: D;
  declare readonly n: N;
  readonly dtype: DataType;
  readonly isNullable: boolean;
  readonly outsideName: string | undefined;
  readonly format: TextFormat;

  constructor(dtype: DataType, isNullable = false, outsideName?: string, format: TextFormat = {}) {
    this.dtype = dtype;
    this.isNullable = isNullable;
    this.outsideName = outsideName;
    this.format = format;
    Object.freeze(this);
  }

  /** Lets the column be null. */
  nullable(): ColumnType<D, null> {
    return new ColumnType(this.dtype, true, this.outsideName, this.format);
  }

  /** The column's name outside; for JSON a key or else a path, such as `'customer.email'`. */
  from(name: string): ColumnType<D, N> {
    return new ColumnType(this.dtype, this.isNullable, name, this.format);
  }
}

/** Any declared column. */
export type AnyColumnType = ColumnType<AnyDType, null>;

/** What a user declares: column names and their types. */
export type SchemaSpec = { readonly [name: string]: AnyColumnType };

/** The dtype of a declared column. */
export type DTypeOf<T> = T extends ColumnType<infer D, null> ? D : never;
/** `null` or `never`: whether a declared column may be null. */
export type NullOf<T> = T extends ColumnType<AnyDType, infer N> ? N : never;

type FieldsOf<S extends SchemaSpec> = {
  readonly [K in keyof S]: { readonly d: DTypeOf<S[K]>; readonly n: NullOf<S[K]> };
};

interface NumberFormat {
  readonly decimal?: string;
  readonly thousands?: string;
}

/** How amounts of money and percentages are written. */
export interface AmountFormat extends NumberFormat {
  /** Signs of a currency that may stand before or after the amount, a blank between: `'$'`, `['€', 'EUR']`. */
  readonly currency?: string | readonly string[];
  /** Whether an amount in parentheses is negative, as in accounting: `'(12.50)'` is -12.50. */
  readonly parentheses?: boolean;
  /** Whether the texts are percentages, which end in `%`: `'12.5%'` is 0.125, exactly. */
  readonly percent?: boolean;
}

interface Types {
  /** A whole number, 64 bits in the engine, a `number` in JavaScript. */
  int(format?: { readonly thousands?: string }): ColumnType<Int, never>;
  /** A whole number of 64 bits, a `bigint` in JavaScript. */
  bigint(format?: { readonly thousands?: string }): ColumnType<BigInteger, never>;
  /** A double. */
  float(format?: NumberFormat): ColumnType<Float, never>;
  /**
   * An exact number of `precision` digits, `scale` of them after the point; a `string` in JavaScript.
   * `t.decimal(12, 2, { currency: '$', thousands: ',', parentheses: true })` reads `'$1,234.50'` and `'(12.50)'`.
   */
  decimal(precision: number, scale: number, format?: AmountFormat): ColumnType<Decimal, never>;
  /** Text, in a file as it stands there. */
  string(): ColumnType<Text, never>;
  /** A string that is one of `values`. */
  enum<const L extends readonly [string, ...string[]]>(values: L): ColumnType<Enum<L[number]>, never>;
  /** By default `true` and `false`, in any case. */
  boolean(format?: { readonly true: readonly string[]; readonly false: readonly string[] }): ColumnType<Bool, never>;
  /** A calendar day, by default `YYYY-MM-DD`; a string in JavaScript. */
  date(format?: { readonly formats: readonly string[] }): ColumnType<Day, never>;
  /**
   * An instant, by default ISO 8601; text without a zone is in `timeZone`, by default UTC. Of a local time that stands
   * twice, when clocks go back, the later instant is taken: in Berlin `2024-10-27 02:30` is in winter time; write the
   * offset (`%z`) where the other one may be meant. One that is left out, when clocks go forward, does not fit, as
   * 30 February does not; `skippedTimes: 'shift'` reads it by the offset before, `2024-03-31 02:30` as 03:30 there.
   */
  timestamp(format?: {
    readonly formats?: readonly string[];
    readonly timeZone?: string;
    readonly skippedTimes?: 'shift';
  }): ColumnType<Timestamp, never>;
  /** Any JSON, kept as text; numbers become doubles where JavaScript asks for the value. */
  json(): ColumnType<Json, never>;
  /**
   * A list, in text a JSON array. Every item must fit: a JSON number for an int or float (for a bigint or decimal also
   * its digits in a string), true or false for a boolean, a string for every other dtype, in its standard spelling;
   * binary is base64. Null items fit only `t.list(t.int().nullable())`.
   */
  list<T extends AnyColumnType>(item: T): ColumnType<List<DTypeOf<T>, NullOf<T>>, never>;
  /**
   * A struct, in text a JSON object, its values as those of a list. A missing field is null; fields that are not named
   * are passed over; a named one that stands twice does not fit.
   */
  struct<const S extends SchemaSpec>(fields: S): ColumnType<Struct<FieldsOf<S>>, never>;
  /** Bytes, a `Uint8Array` in JavaScript; in text base64. */
  binary(): ColumnType<Binary, never>;
}

/**
 * The column types.
 *
 * @example
 * ```ts
 * import { t } from 'millrace';
 * const schema = {
 *   invoice: t.string().from('Invoice No'),
 *   quantity: t.int().nullable(),
 *   unit_price: t.decimal(12, 2, { decimal: ',', thousands: '.' }),
 *   sold_at: t.timestamp({ formats: ['%d.%m.%Y %H:%M'], timeZone: 'Europe/Berlin' }),
 * };
 * console.log(Object.keys(schema).length); // 4
 * ```
 */
export const t: Types = {
  int: (format) => new ColumnType({ id: 'int' }, false, undefined, checkThousands('int', format)),
  bigint: (format) => new ColumnType({ id: 'bigint' }, false, undefined, checkThousands('bigint', format)),
  float: (format) => {
    checkNames('float', format, { decimal: true, thousands: true });
    return new ColumnType({ id: 'float' }, false, undefined, checkNumberFormat(format));
  },
  decimal: (precision, scale, format) => {
    if (!Number.isInteger(precision) || precision < 1 || precision > MAX_PRECISION) {
      throw invalid(`t.decimal(${precision}, ${scale}): the precision is a whole number from 1 to ${MAX_PRECISION}.`);
    }
    if (!Number.isInteger(scale) || scale < 0 || scale > precision) {
      throw invalid(`t.decimal(${precision}, ${scale}): the scale is a whole number from 0 to the precision.`);
    }
    checkNames('decimal', format, AMOUNT_OPTIONS);
    return new ColumnType({ id: 'decimal', precision, scale }, false, undefined, amountFormat(format, scale));
  },
  string: () => new ColumnType({ id: 'string' }),
  enum: (values) => {
    if (values.length === 0) throw invalid('t.enum([]): an enum needs at least one value.');
    const other = values.find((value) => typeof value !== 'string');
    if (other !== undefined) throw invalid(`t.enum: ${String(other)} is no string. An enum's values are strings.`);
    const broken = values.find((value) => value.includes('\0') || !isWellFormed(value));
    if (broken !== undefined)
      throw invalid(`t.enum: ${JSON.stringify(broken)} holds a NUL character or half of a surrogate pair.`);
    return new ColumnType({ id: 'string', values: [...new Set<string>(values)] });
  },
  boolean: (format) => {
    checkNames('boolean', format, { true: true, false: true });
    return new ColumnType({ id: 'boolean' }, false, undefined, checkSpellings(format));
  },
  date: (format) => {
    checkNames('date', format, { formats: true });
    checkFormats(format?.formats, 'date');
    return new ColumnType({ id: 'date' }, false, undefined, format);
  },
  timestamp: (format) => {
    checkNames('timestamp', format, { formats: true, timeZone: true, skippedTimes: true });
    checkFormats(format?.formats, 'timestamp');
    const { skippedTimes = 'shift' } = format ?? {};
    if (skippedTimes !== 'shift')
      throw invalid(`t.timestamp: skippedTimes is ${JSON.stringify(skippedTimes)}. Give 'shift', or leave it out.`);
    if (format?.timeZone !== undefined) checkTimeZone(format.timeZone);
    return new ColumnType({ id: 'timestamp' }, false, undefined, format);
  },
  json: () => new ColumnType({ id: 'json' }),
  list: (item) => {
    const [field] = fieldsOf('t.list', { item });
    if (field === undefined) throw new Error('a list without an item');
    return new ColumnType({ id: 'list', item: field.dtype, nullableItem: field.nullable });
  },
  struct: (fields) => new ColumnType({ id: 'struct', fields: fieldsOf('t.struct', fields) }),
  binary: () => new ColumnType({ id: 'binary' }),
};

/** The run-time schema of a declared one, which has a column, as tables have. */
export function schemaOf(spec: SchemaSpec): Schema {
  const schema = paramSchemaOf(spec);
  if (schema.length > 0) return schema;
  throw invalid('The schema is {}, without a column. Give at least one, such as { id: t.int() }.');
}

/** The same of what need not hold anything; engines do not tell `a` from `A`. */
export function paramSchemaOf(spec: SchemaSpec): Schema {
  if (typeof spec !== 'object' || spec === null) {
    throw invalid(`The schema is ${JSON.stringify(spec) ?? String(spec)}. Give columns, such as { id: t.int() }.`);
  }
  const seen = new Map<string, string>();
  for (const [name, type] of Object.entries(spec)) {
    if (!(type instanceof ColumnType)) {
      throw invalid(`The schema's column ${JSON.stringify(name)} is no column type. Give one such as t.string().`);
    }
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new MillraceError({
        code: 'schema.duplicate_column',
        message: `The schema has the columns ${JSON.stringify(other)} and ${JSON.stringify(name)}, which have the same name (case does not count). Rename one; .from() keeps its name outside.`,
        details: { columns: [other, name] },
      });
    }
    seen.set(name.toLowerCase(), name);
  }
  return Object.entries(spec).map(([name, type]): Field => ({ name, dtype: type.dtype, nullable: type.isNullable }));
}

/** What is inside a list or struct: JSON, which has one spelling, its keys the names of the fields. */
function fieldsOf(type: string, spec: SchemaSpec): Schema {
  const fields = schemaOf(spec);
  for (const [name, { outsideName, format }] of Object.entries(spec)) {
    if (outsideName === undefined && Object.values(format).every((setting) => setting === undefined)) continue;
    throw invalid(
      `${type}: ${JSON.stringify(name)} has ${outsideName === undefined ? 'a format' : `the name ${JSON.stringify(outsideName)} outside`}. Values inside lists and structs are JSON: they have their own names and the standard spelling.`,
    );
  }
  return fields;
}

/** A schema as it is written in messages, a line a column. */
export function describeSchema(schema: Schema): string {
  return schema.map((f) => `${f.name}: ${describeDType(f.dtype)}${f.nullable ? ' or null' : ''}`).join('\n');
}

/** Refuses a zone that the platform does not know. */
export function checkTimeZone(timeZone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone });
  } catch (cause) {
    throw new MillraceError({
      code: 'schema.time_zone',
      message: `${JSON.stringify(timeZone)} is not a time zone. Give an IANA name such as 'Europe/Berlin' or 'UTC'.`,
      details: { timeZone },
      cause,
    });
  }
}

const AMOUNT_OPTIONS: OptionNames<AmountFormat> = {
  decimal: true,
  thousands: true,
  currency: true,
  parentheses: true,
  percent: true,
};

function checkNames<F extends object>(type: string, format: F | undefined, names: NoInfer<OptionNames<F>>): void {
  checkOptionNames(format ?? {}, names, `t.${type}`, 'schema.invalid');
}

function checkFormats(formats: readonly string[] | undefined, dtype: 'date' | 'timestamp'): void {
  if (formats === undefined) return;
  if (!Array.isArray(formats) || formats.length === 0) {
    throw invalid(`t.${dtype}: formats is ${JSON.stringify(formats)}. Give an array such as ['%Y-%m-%d'].`);
  }
  for (const format of formats) {
    const fault = formatFault(format);
    if (fault !== undefined) throw invalid(`t.${dtype}: the format ${JSON.stringify(format)} ${fault}.`);
  }
}

function checkSpellings(format: TextFormat | undefined): TextFormat | undefined {
  if (format === undefined) return undefined;
  const { true: yes = [], false: no = [] } = format;
  if (yes.length === 0 || no.length === 0)
    throw invalid('t.boolean: give at least one spelling of true and one of false.');
  const both = yes.find((text) => no.includes(text));
  if (both !== undefined) throw invalid(`t.boolean: ${JSON.stringify(both)} is a spelling of both true and false.`);
  return format;
}

/** A format of amounts, checked, its currencies a list. */
function amountFormat(format: AmountFormat | undefined, scale: number): TextFormat | undefined {
  if (format === undefined) return undefined;
  const { currency, parentheses, percent, ...number } = format;
  checkNumberFormat(number);
  const currencies: readonly string[] = typeof currency === 'string' ? [currency] : (currency ?? []);
  for (const sign of currencies) {
    if (
      typeof sign === 'string' &&
      /^[^\s\d+()%-]+$/.test(sign) &&
      sign !== number.decimal &&
      sign !== number.thousands
    )
      continue;
    throw invalid(
      `currency: ${JSON.stringify(sign)} is no sign of a currency. Give text such as '$' or 'EUR', without blanks, digits, +, -, % and parentheses.`,
    );
  }
  if (percent === true && scale < 2) {
    throw invalid(`percent: a percentage is divided by 100, which needs a scale of at least 2; it is ${scale}.`);
  }
  return {
    ...number,
    ...(currencies.length === 0 ? {} : { currency: currencies }),
    ...(parentheses === true ? { parentheses } : {}),
    ...(percent === true ? { percent } : {}),
  };
}

/** Of a whole number, which has no decimal point. */
function checkThousands(type: string, format: { readonly thousands?: string } | undefined): TextFormat | undefined {
  checkNames(type, format, { thousands: true });
  const { thousands } = format ?? {};
  checkNumberFormat(thousands === undefined ? {} : { decimal: thousands === '.' ? ',' : '.', thousands });
  return format;
}

function checkNumberFormat(format: NumberFormat | undefined): NumberFormat | undefined {
  const decimal = format?.decimal ?? '.';
  for (const [name, character] of Object.entries(format ?? {})) {
    if (character !== undefined && ([...character].length !== 1 || /[0-9+-]/.test(character))) {
      throw invalid(`${name}: ${JSON.stringify(character)} is not one character that is no digit and no sign.`);
    }
  }
  if (format?.thousands === decimal) throw invalid(`thousands and decimal are both ${JSON.stringify(decimal)}.`);
  return format;
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: 'schema.invalid', message });
}
