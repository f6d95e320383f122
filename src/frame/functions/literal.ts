import { MillraceError } from '../../errors.ts';
import type { Expression, LiteralNode } from '../../plan/expression.ts';
import type { AnyDType } from '../../schema/dtype.ts';
import { type DataType, decimal, describeDType } from '../../schema/dtype.ts';

/** The JavaScript values that stand for a value of a dtype in a plan. */
export type LiteralOf<D extends AnyDType> = D['id'] extends 'decimal'
  ? number | string
  : D['id'] extends 'date' | 'timestamp'
    ? string | Date
    : D['id'] extends 'bigint'
      ? bigint | number
      : D['js'];

/** The dtype of a literal that stands by itself. */
export type DTypeOfLiteral<L> = L extends string
  ? { readonly id: 'string'; readonly js: L }
  : L extends number
    ? `${L}` extends `${bigint}`
      ? { readonly id: 'int'; readonly js: number }
      : { readonly id: 'float'; readonly js: number }
    : L extends boolean
      ? { readonly id: 'boolean'; readonly js: boolean }
      : L extends bigint
        ? { readonly id: 'bigint'; readonly js: bigint }
        : L extends Date
          ? { readonly id: 'timestamp'; readonly js: Date }
          : never;

export type AnyLiteral = string | number | boolean | bigint | Date;

/** What to call an expression in a message: its column, or the column inside it. */
export function labelOf(node: Expression): string {
  switch (node.kind) {
    case 'column':
      return node.name;
    case 'literal':
      return JSON.stringify(typeof node.value === 'bigint' ? String(node.value) : node.value);
    case 'call':
    case 'aggregate':
      return `${node.fn}(${node.args.map(labelOf).join(', ')})`;
    case 'case':
      return 'when(..)';
    case 'cast':
      return labelOf(node.input);
    case 'window':
      return `${labelOf(node.call)}.over(..)`;
  }
}

/** A literal typed by itself. */
export function literal(value: unknown): LiteralNode {
  switch (typeof value) {
    case 'string':
      return made(value, { id: 'string', values: [value] });
    case 'boolean':
      return made(value, { id: 'boolean' });
    case 'bigint':
      return literalAs(value, { id: 'bigint' }, 'literal');
    case 'number':
      return literalAs(value, { id: Number.isInteger(value) ? 'int' : 'float' }, 'literal');
    default:
      if (value instanceof Date) return literalAs(value, { id: 'timestamp' }, 'literal');
      throw refuse('literal', 'a string, a number, a bigint, a boolean or a Date', value);
  }
}

/** A literal typed by the expression it meets. */
export function literalFor(value: unknown, meets: Expression, options: { readonly wide?: boolean } = {}): LiteralNode {
  return literalAs(value, meets.dtype, labelOf(meets), options);
}

/** A literal of a dtype; refused, with the column named, where the value is none. */
export function literalAs(
  value: unknown,
  dtype: DataType,
  label: string,
  options: { readonly wide?: boolean } = {},
): LiteralNode {
  const expected = `${label} is ${describeDType(dtype)}`;
  switch (dtype.id) {
    case 'int':
      if (!Number.isSafeInteger(value)) {
        throw refuse(expected, 'a whole number (cast the column to float or decimal for a fraction)', value);
      }
      return made(BigInt(value as number), dtype);
    case 'bigint': {
      const whole = typeof value === 'bigint' || Number.isSafeInteger(value) ? BigInt(value as bigint) : undefined;
      if (whole === undefined || BigInt.asIntN(64, whole) !== whole) {
        throw refuse(expected, 'a bigint of 64 bits or a whole number', value);
      }
      return made(whole, dtype);
    }
    case 'float':
      if (typeof value !== 'number' || !Number.isFinite(value)) throw refuse(expected, 'a finite number', value);
      return made(value, dtype);
    case 'decimal':
      return decimalLiteral(value, expected);
    case 'string':
      if (typeof value !== 'string') throw refuse(expected, 'a string', value);
      if (dtype.values !== undefined && !dtype.values.includes(value) && options.wide !== true) {
        throw refuse(expected, `one of ${dtype.values.map((v) => JSON.stringify(v)).join(', ')}`, value);
      }
      return made(value, dtype.values?.includes(value) === false ? { id: 'string' } : dtype);
    case 'boolean':
      if (typeof value !== 'boolean') throw refuse(expected, 'a boolean', value);
      return made(value, dtype);
    case 'date':
      return made(dayText(value, expected), dtype);
    case 'timestamp':
      return made(instantText(value, expected), dtype);
    case 'binary':
      if (!(value instanceof Uint8Array)) throw refuse(expected, 'a Uint8Array', value);
      return made(value, dtype);
    case 'json':
      return made(JSON.stringify(value), dtype);
    default:
      throw refuse(expected, 'another column (a literal of this dtype cannot be written)', value);
  }
}

/** A null of a dtype. */
export function nullLiteral(dtype: DataType): LiteralNode {
  return { kind: 'literal', value: null, dtype, nullable: true };
}

function made(value: LiteralNode['value'], dtype: DataType): LiteralNode {
  return { kind: 'literal', value, dtype, nullable: false };
}

/** A number as the decimal that its shortest text says; 0.1 is 0.1. */
function decimalLiteral(value: unknown, expected: string): LiteralNode {
  const text = typeof value === 'number' && Number.isFinite(value) ? plainDigits(value) : value;
  const match = typeof text === 'string' ? /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(text) : null;
  if (match === null) throw refuse(expected, "a finite number, or its digits as a string such as '19.99'", value);
  const whole = (match[2] ?? '').replace(/^0+(?=\d)/, '');
  const fraction = match[3] ?? '';
  const precision = Math.max(1, (whole === '0' ? 0 : whole.length) + fraction.length);
  if (precision > 38) throw refuse(expected, 'at most 38 digits', value);
  const digits = `${match[1] === '-' ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
  return made(digits, decimal(precision, fraction.length));
}

/** A number without an exponent. */
function plainDigits(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  const [mantissa = '', exponent = '0'] = text.split('e');
  const [whole = '', fraction = ''] = mantissa.replace('-', '').split('.');
  const point = whole.length + Number(exponent);
  const digits = whole + fraction;
  const padded =
    point <= 0
      ? `0.${'0'.repeat(-point)}${digits}`
      : `${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point)}`;
  return (value < 0 ? '-' : '') + padded.replace(/\.$/, '');
}

function dayText(value: unknown, expected: string): string {
  const choices = "a 'YYYY-MM-DD' string or a Date at midnight UTC";
  if (value instanceof Date) {
    const text = Number.isNaN(value.getTime()) ? '' : value.toISOString();
    if (!text.endsWith('T00:00:00.000Z') || text.startsWith('-') || text.startsWith('+'))
      throw refuse(expected, choices, value);
    return text.slice(0, 10);
  }
  if (typeof value !== 'string' || !isDay(value)) throw refuse(expected, choices, value);
  return value;
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC. */
function instantText(value: unknown, expected: string): string {
  const choices =
    "a Date or an ISO 8601 string such as '2024-05-01', '2024-05-01T10:30:00' (UTC) or '2024-05-01T10:30:00+02:00'";
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw refuse(expected, choices, value);
    return value.toISOString().replace('T', ' ').replace('Z', '');
  }
  const match =
    typeof value === 'string'
      ? /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(\.\d{1,6})?)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(value)
      : null;
  if (match === null || !isDay(match[1] ?? '')) throw refuse(expected, choices, value);
  const [, day, minute = '00:00', second = '00', fraction = '', zone = 'Z'] = match;
  const time = Date.parse(
    `${day}T${minute}:${second}${zone.length === 5 ? `${zone.slice(0, 3)}:${zone.slice(3)}` : zone}`,
  );
  if (Number.isNaN(time)) throw refuse(expected, choices, value);
  return new Date(time).toISOString().slice(0, 19).replace('T', ' ') + fraction;
}

function refuse(expected: string, choices: string, value: unknown): MillraceError {
  const shown = typeof value === 'bigint' ? `${value}n` : value instanceof Date ? String(value) : JSON.stringify(value);
  return new MillraceError({
    code: 'expression.literal',
    message: `${expected}: ${shown ?? String(value)} does not fit. Give ${choices}.`,
    details: { value },
  });
}
