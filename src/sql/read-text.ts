import type { TextFormat } from '../schema/column-type.ts';
import { type DataType, describeDType } from '../schema/dtype.ts';
import { describeAmount } from './amount.ts';
import { type Dialect, quoteText } from './dialect.ts';
import { failedCast } from './raised-error.ts';

/** How a text is read as a dtype: strictly, its shape first, the cast after it. */
export interface Reading {
  /** Whether a text that is not null has the right shape; of those that have, the cast refuses what does not fit. */
  readonly shape: string;
  /** Tells which texts of the right shape the cast takes, where it does not take all. */
  readonly castable?: string;
  /** The value of a text that fits. */
  readonly value: string;
  /**
   * The engine's lenient cast, null where it refuses a text, and how to tell, by that cast's result, whether the text
   * was strictly right: spelling the result again is cheaper than a pattern. Absent where there is no such way.
   */
  readonly attempt?: { readonly cast: string; accepts(result: string): string };
  /** Shapes and their casts, tried in turn, where several shapes are cast in different ways; together they are `shape`. */
  readonly branches?: readonly { readonly shape: string; readonly value: string }[];
  /** SQL of what is wrong, where more can be told than what is expected. */
  readonly misfit?: string;
}

const ADVICE = "Clean the column before, or parse it with { onError: 'quarantine' } or { onError: 'null' }.";

/** A reading, and all that is made of it. */
export interface TextReading extends Omit<Reading, 'castable' | 'misfit'> {
  /** Whether a text that is not null fits. */
  readonly valid: string;
  /** What fits, for messages. */
  readonly expected: string;
  /** SQL of what is wrong with a text that does not fit. */
  readonly reason: string;
  /** The value, or null where the text does not fit. */
  readonly orNull: string;
  /** The value; the run fails where the text does not fit. */
  orFail(label: string): string;
}

/** All that is made of how a text (SQL of a string) is read. */
export function textReading(
  text: string,
  { dtype, format }: { readonly dtype: DataType; readonly format: TextFormat },
  read: Reading,
  fail: Dialect['fail'],
): TextReading {
  const { shape, castable, value, attempt, branches, misfit } = read;
  const valid = castable === undefined ? shape : `(${shape} AND ${castable})`;
  const expected = describeExpected(dtype, format);
  const reason =
    misfit === undefined ? quoteText(`is not ${expected}`) : `coalesce(${misfit}, ${quoteText(`is not ${expected}`)})`;
  return {
    shape,
    valid,
    value,
    ...(attempt === undefined ? {} : { attempt }),
    ...(branches === undefined ? {} : { branches }),
    expected,
    reason,
    orNull: `CASE WHEN ${valid} THEN ${value} END`,
    orFail: (label) =>
      `CASE WHEN ${text} IS NULL THEN NULL WHEN ${valid} THEN ${value} ELSE ${fail(failedCast(label, dtype, text, `${reason} || ${quoteText(`. ${ADVICE}`)}`), dtype)} END`,
  };
}

/** SQL of what is wrong with a number that has more digits after the point than its decimal. */
export function tooManyDigits(
  isNumber: string,
  isDecimal: string,
  { dtype, format }: { readonly dtype: DataType; readonly format: TextFormat },
): string {
  const reason = quoteText(`is not ${describeExpected(dtype, format)}: it has more digits after the point`);
  return `CASE WHEN ${isNumber} AND NOT ${isDecimal} THEN ${reason} END`;
}

/** The text with its own thousands and decimal characters made plain. */
export function numberText(text: string, format: TextFormat): string {
  let sql = text;
  if (format.thousands !== undefined) sql = `replace(${sql}, ${quoteText(format.thousands)}, '')`;
  if (format.decimal !== undefined && format.decimal !== '.')
    sql = `replace(${sql}, ${quoteText(format.decimal)}, '.')`;
  return sql;
}

/** What fits, for messages. */
export function describeExpected(dtype: DataType, format: TextFormat): string {
  const formats =
    format.formats === undefined ? '' : ` in the format ${format.formats.map((f) => `'${f}'`).join(' or ')}`;
  switch (dtype.id) {
    case 'int':
      return 'an int (a whole number up to 9007199254740991)';
    case 'bigint':
      return 'a bigint (a whole number of 64 bits)';
    case 'decimal':
      return `a ${describeDType(dtype)}${format.decimal === undefined ? '' : ` with the decimal point '${format.decimal}'`}${describeAmount(format)}`;
    case 'float':
      return 'a float (a finite decimal number)';
    case 'string':
      return `one of ${(dtype.values ?? []).map((v) => `'${v}'`).join(', ')}`;
    case 'boolean':
      return `a boolean (${format.true?.join(', ') ?? 'true'}; ${format.false?.join(', ') ?? 'false'})`;
    case 'date':
      return `a date${formats || " ('YYYY-MM-DD')"}`;
    case 'timestamp':
      return `a timestamp${formats || ' (ISO 8601)'}`;
    default:
      return article(describeDType(dtype));
  }
}

export function article(noun: string): string {
  return `${/^[aei]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
