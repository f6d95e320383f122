import { MillraceError } from '../../errors.ts';
import type { Expression, LiteralNode } from '../../plan/expression.ts';
import { calledAs } from '../../plan/functions.ts';
import type { AnyDType } from '../../schema/dtype.ts';
import { type DataType, type DTypeId, decimal, describeDType, MAX_PRECISION } from '../../schema/dtype.ts';
import { decimalDigits, fromJs } from '../../schema/from-js.ts';

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
      return `${calledAs(node.fn, node.options)}(${node.args.map(labelOf).join(', ')})`;
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
      throw new MillraceError({
        code: 'expression.literal',
        message: `${String(value)} is no literal. Give a string, a number, a bigint, a boolean or a Date.`,
      });
  }
}

/** A literal typed by the expression it meets. */
export function literalFor(value: unknown, meets: Expression, options: { readonly wide?: boolean } = {}): LiteralNode {
  return literalAs(value, meets.dtype, meets, options);
}

/** What a message calls the column; an expression is spelled only when it is told, for a deep one is long. */
type Label = string | Expression;

/** A literal of a dtype; refused, with the column named, where the value is none. */
export function literalAs(
  value: unknown,
  dtype: DataType,
  label: Label,
  options: { readonly wide?: boolean } = {},
): LiteralNode {
  if (dtype.id === 'decimal') return decimalLiteral(value, label, dtype);
  const wide = dtype.id === 'string' && options.wide === true;
  const accepted: DataType = wide ? { id: 'string' } : dtype;
  const known = fromJs(value, accepted);
  if (known === undefined || dtype.id === 'list' || dtype.id === 'struct') throw refuse(label, dtype, value);
  const foreign = dtype.id === 'string' && dtype.values?.includes(String(value)) === false;
  return made(known, foreign ? accepted : dtype);
}

/** A null of a dtype. */
export function nullLiteral(dtype: DataType): LiteralNode {
  return { kind: 'literal', value: null, dtype, nullable: true };
}

function made(value: LiteralNode['value'], dtype: DataType): LiteralNode {
  return { kind: 'literal', value, dtype, nullable: false };
}

/** A number as the decimal that its shortest text says; 0.1 is 0.1. */
function decimalLiteral(value: unknown, label: Label, dtype: DataType): LiteralNode {
  const digits = decimalDigits(value);
  const [whole = '', fraction = ''] = digits?.replace('-', '').split('.') ?? [];
  const precision = Math.max(1, (whole === '0' ? 0 : whole.length) + fraction.length);
  if (digits === undefined || precision > MAX_PRECISION) throw refuse(label, dtype, value);
  return made(digits, decimal(precision, fraction.length));
}

const CHOICES: Readonly<Record<DTypeId, string>> = {
  int: 'a whole number (cast the column to float or decimal for a fraction)',
  bigint: 'a bigint of 64 bits or a whole number',
  float: 'a finite number',
  decimal: "a finite number, or its digits as a string such as '19.99', at most 38 of them",
  string: 'a string',
  boolean: 'a boolean',
  date: "a 'YYYY-MM-DD' string or a Date at midnight UTC",
  timestamp:
    "a Date or an ISO 8601 string such as '2024-05-01', '2024-05-01T10:30:00' (UTC) or '2024-05-01T10:30:00+02:00'",
  json: 'a JSON value',
  list: 'another column (a literal of this dtype cannot be written)',
  struct: 'another column (a literal of this dtype cannot be written)',
  binary: 'a Uint8Array',
};

function refuse(label: Label, dtype: DataType, value: unknown): MillraceError {
  const asText = typeof value === 'number' || value instanceof Date;
  const shown = typeof value === 'bigint' ? `${value}n` : asText ? String(value) : JSON.stringify(value);
  const known = dtype.id === 'string' && dtype.values !== undefined;
  const choices = known ? `one of ${dtype.values.map((v) => JSON.stringify(v)).join(', ')}` : CHOICES[dtype.id];
  return new MillraceError({
    code: 'expression.literal',
    message: `${typeof label === 'string' ? label : labelOf(label)} is ${describeDType(dtype)}: ${shown ?? String(value)} does not fit. Give ${choices}.`,
    details: { value },
  });
}
