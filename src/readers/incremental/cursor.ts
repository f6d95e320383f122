import { MillraceError } from '../../errors.ts';
import { type DataType, describeDType, type Field } from '../../schema/dtype.ts';
import { decimalDigits, fromJs, instantOf } from '../../schema/from-js.ts';
import { decimalText } from '../../schema/js-value.ts';
import { showValue } from '../../schema/show-value.ts';

/** What a cursor may be given as. */
export type CursorValue = string | number | bigint | Date;

/** How far behind the greatest cursor the next reading begins: a length of time, or of numbers how many. */
export type Lag =
  | number
  | string
  | {
      readonly weeks?: number;
      readonly days?: number;
      readonly hours?: number;
      readonly minutes?: number;
      readonly seconds?: number;
    };

const UNITS: Readonly<Record<string, bigint>> = {
  weeks: 604_800_000_000n,
  days: 86_400_000_000n,
  hours: 3_600_000_000n,
  minutes: 60_000_000n,
  seconds: 1_000_000n,
};
const DAY = 86_400_000_000n;

const CURSORS = ['int', 'bigint', 'decimal', 'date', 'timestamp', 'string'];

/** The values of a cursor as text, and what can be done with them. */
export interface Cursors {
  /** A value of the user's. */
  of(value: unknown, option: string): string;
  /** Less than 0, 0, or greater. */
  compare(a: string, b: string): number;
  /** The value that lies the lag before another. */
  before(value: string): string;
}

export function cursorsOf({ name, dtype }: Field, lag: Lag | undefined): Cursors {
  if (!CURSORS.includes(dtype.id)) {
    throw optionError(
      `cursor ${JSON.stringify(name)} is ${describeDType(dtype)}. A cursor is one of ${CURSORS.join(', ')}.`,
    );
  }
  const length = lengthOf(lag, name, dtype);
  const units = (text: string): bigint => unitsOf(text, dtype);
  return {
    of: (value, option) => {
      const text = textOf(value, dtype);
      if (text !== undefined) return text;
      throw optionError(
        `${option} is ${showValue(value)}, which is no ${describeDType(dtype)}, as the cursor ${JSON.stringify(name)} is.`,
      );
    },
    compare: (a, b) => {
      if (dtype.id === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
      const [left, right] = [units(a), units(b)];
      return left < right ? -1 : left > right ? 1 : 0;
    },
    before: (value) => (length === 0n ? value : textOfUnits(units(value) - length, dtype)),
  };
}

/** The text of a value as states, statements and reports have it. */
function textOf(value: unknown, dtype: DataType): string | undefined {
  if (dtype.id === 'timestamp') {
    const text = instantOf(value);
    return text === undefined ? undefined : textOfUnits(microsOf(text), dtype);
  }
  if (dtype.id === 'decimal') return decimalDigits(value) === undefined ? undefined : fromJs(value, dtype)?.toString();
  if (dtype.id === 'int' && typeof value === 'bigint') return String(value);
  const known = fromJs(value, dtype);
  return known === undefined ? undefined : String(known);
}

/** Whole numbers that stand in the order of the texts: microseconds, days, or the number without its point. */
function unitsOf(text: string, dtype: DataType): bigint {
  switch (dtype.id) {
    case 'timestamp':
      return microsOf(text);
    case 'date':
      return BigInt(Date.parse(`${text}T00:00:00Z`)) * 1000n;
    case 'decimal':
      return scaled(text, dtype.scale);
    default:
      return BigInt(text);
  }
}

function textOfUnits(units: bigint, dtype: DataType): string {
  switch (dtype.id) {
    case 'timestamp': {
      const micros = ((units % 1_000_000n) + 1_000_000n) % 1_000_000n;
      const iso = new Date(Number((units - micros) / 1000n)).toISOString();
      return `${iso.slice(0, 19)}.${String(micros).padStart(6, '0')}Z`;
    }
    case 'date':
      return new Date(Number(units / 1000n)).toISOString().slice(0, 10);
    case 'decimal':
      return decimalText(units, dtype.scale);
    default:
      return String(units);
  }
}

/** Microseconds of `YYYY-MM-DD HH:MM:SS[.ffffff][Z]`, the parts with a blank or a `T` between them. */
function microsOf(text: string): bigint {
  const [whole = '', fraction = ''] = text.replace('Z', '').split('.');
  return BigInt(Date.parse(`${whole.replace(' ', 'T')}Z`)) * 1000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** A decimal that was written with another scale counts, too. */
function scaled(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(`${whole}${fraction.padEnd(scale, '0').slice(0, scale)}`);
}

function lengthOf(lag: Lag | undefined, cursor: string, dtype: DataType): bigint {
  if (lag === undefined) return 0n;
  const refuse = (choices: string): never => {
    throw optionError(
      `lag is ${showValue(lag)}, and the cursor ${JSON.stringify(cursor)} is ${describeDType(dtype)}. ${choices}`,
    );
  };
  if (dtype.id === 'string') return refuse('Texts have no distance: leave lag out.');
  if (dtype.id === 'date' || dtype.id === 'timestamp') {
    const units = dtype.id === 'date' ? ['weeks', 'days'] : Object.keys(UNITS);
    const choices = `Give a length of time, such as { days: 1 }, in ${units.join(', ')}.`;
    if (typeof lag !== 'object' || lag === null) return refuse(choices);
    let length = 0n;
    for (const [unit, count] of Object.entries(lag)) {
      if (!units.includes(unit) || !Number.isSafeInteger(count) || count < 0) return refuse(choices);
      length += BigInt(count) * (UNITS[unit] ?? DAY);
    }
    return length;
  }
  const digits = typeof lag === 'object' ? undefined : textOf(dtype.id === 'decimal' ? lag : Number(lag), dtype);
  if (digits === undefined || digits.startsWith('-')) return refuse('Give a number from 0.');
  return unitsOf(digits, dtype);
}

export function optionError(message: string): MillraceError {
  return new MillraceError({ code: 'incremental.option', message: `incremental: ${message}` });
}
