import type { Expression } from '../plan/expression.ts';
import { type DataType, type DType, INT, STRING } from '../schema/dtype.ts';
import { type Branch, cases, eq, isNull, lt } from './formula.ts';
import { literalAs, nullLiteral } from './functions/literal.ts';

/** The dtypes whose values can be kept and looked up again. */
export type KeyDType =
  | DType<'int', number>
  | DType<'string', string>
  | DType<'boolean', boolean>
  | DType<'date', string>;

export type Key = string | number | boolean;

const KEY_IDS: ReadonlySet<string> = new Set(['int', 'string', 'boolean', 'date']);

export function isKey(dtype: DataType): boolean {
  return KEY_IDS.has(dtype.id);
}

/** The most values of one column that are learned: each is a branch of an expression. */
export const MAX_KEYS = 10_000;

/** What stands for a key; null is a key too. */
export interface Entry {
  readonly key: Key | null;
  readonly value: Expression;
}

/** As many are compared one after another; more are found by halving. */
const LINEAR = 8;

/** The value of the entry that a key equals, `otherwise` where it equals none; null without an entry of its own is null. */
export function lookup(key: Expression, entries: readonly Entry[], otherwise: Expression): Expression {
  const plain: Expression = key.dtype.id === 'string' ? { ...key, dtype: STRING } : key;
  const ofNull = entries.find((entry) => entry.key === null)?.value ?? nullLiteral(otherwise.dtype);
  const known = entries.flatMap(({ key: value, value: made }): Known[] =>
    value === null ? [] : [{ key: value, literal: literalAs(value, plain.dtype, 'key'), value: made }],
  );
  if (key.dtype.id !== 'boolean') known.sort((a, b) => compareKeys(a.key, b.key));
  const found = halved(plain, known, otherwise);
  return key.nullable ? cases([{ when: isNull(plain), value: ofNull }], found) : found;
}

interface Known {
  readonly key: Key;
  readonly literal: Expression;
  readonly value: Expression;
}

function halved(key: Expression, known: readonly Known[], otherwise: Expression): Expression {
  if (known.length <= LINEAR || key.dtype.id === 'boolean') {
    const branches = known.map(({ literal, value }): Branch => ({ when: eq(key, literal), value }));
    return cases(branches, otherwise);
  }
  const middle = known.length >> 1;
  const from = known[middle];
  if (from === undefined) return otherwise;
  const [below, above] = [known.slice(0, middle), known.slice(middle)];
  return cases([{ when: lt(key, from.literal), value: halved(key, below, otherwise) }], halved(key, above, otherwise));
}

/** The order of the engine: strings by code point. */
export function compareKeys(a: Key, b: Key): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  return Number(a) - Number(b);
}

/** A position, counted from 0, in a list of values: for a draw from 0 to below `values.length`. */
export function pick(position: Expression, values: readonly Expression[], otherwise: Expression): Expression {
  const known = values.map(
    (value, key): Known => ({ key, literal: literalAs(key, position.dtype, 'position'), value }),
  );
  return halved({ ...position, nullable: false }, known, otherwise);
}

/** A whole number as an expression. */
export const whole = (value: number): Expression => literalAs(value, INT, 'number');
