import type { Expression } from '../plan/expression.ts';
import { t } from '../schema/column-type.ts';
import { BOOLEAN, type DataType, type Field, FLOAT, STRING } from '../schema/dtype.ts';
import { columnNode } from './columns.ts';
import { castNode, castTo, call as node } from './functions/base.ts';
import { literalAs, nullLiteral } from './functions/literal.ts';

/**
 * Arithmetic of plain nodes, floats all. What is learned is written once in these: a fit has the engine compute it and
 * keeps the numbers, the inline form puts it beside the rows.
 */

export const number = (value: number): Expression => literalAs(value, FLOAT, 'number');
export const text = (value: string): Expression => literalAs(value, STRING, 'text');
export const add = (a: Expression, b: Expression): Expression => binary('add', a, b);
export const sub = (a: Expression, b: Expression): Expression => binary('sub', a, b);
export const mul = (a: Expression, b: Expression): Expression => binary('mul', a, b);
/** A quotient whose divisor is known not to be 0. */
export const div = (a: Expression, b: Expression): Expression => binary('div', a, b);
export const sqrt = (a: Expression): Expression => node('sqrt', [a], FLOAT, a.nullable);
export const and = (a: Expression, b: Expression): Expression => compare('and', a, b);
export const or = (a: Expression, b: Expression): Expression => compare('or', a, b);
export const eq = (a: Expression, b: Expression): Expression => compare('eq', a, b);
export const lt = (a: Expression, b: Expression): Expression => compare('lt', a, b);
export const gt = (a: Expression, b: Expression): Expression => compare('gt', a, b);
export const gte = (a: Expression, b: Expression): Expression => compare('gte', a, b);
export const not = (a: Expression): Expression => node('not', [a], BOOLEAN, a.nullable);
export const isNull = (a: Expression): Expression => node('is_null', [a], BOOLEAN, false);
export const isNotNull = (a: Expression): Expression => node('is_not_null', [a], BOOLEAN, false);
export const coalesce = (a: Expression, b: Expression): Expression =>
  node('coalesce', [a, b], a.dtype, a.nullable && b.nullable);

function binary(fn: string, a: Expression, b: Expression): Expression {
  return node(fn, [a, b], FLOAT, a.nullable || b.nullable);
}

function compare(fn: string, a: Expression, b: Expression): Expression {
  return node(fn, [a, b], BOOLEAN, a.nullable || b.nullable);
}

export interface Branch {
  readonly when: Expression;
  readonly value: Expression;
}

/** The value of the first condition that holds. */
export function cases(branches: readonly Branch[], otherwise: Expression): Expression {
  if (branches.length === 0) return otherwise;
  const nullable = otherwise.nullable || branches.some((branch) => branch.value.nullable);
  return { kind: 'case', branches, otherwise, dtype: otherwise.dtype, nullable };
}

/** Null where a condition holds, the value otherwise. */
export function nullWhere(when: Expression, value: Expression): Expression {
  return cases([{ when, value: nullLiteral(value.dtype) }], value);
}

/** Ends the run with an error of this code; `parts` are texts. */
export function fail(code: string, parts: readonly Expression[], dtype: DataType): Expression {
  const all = [text(`[${code}] `), ...parts];
  return node('fail', [node('concat', all, STRING, false)], dtype, false);
}

/** A value as text, for a message. */
export function shown(value: Expression): Expression {
  return value.dtype.id === 'string' ? { ...value, dtype: STRING } : castNode(value, t.string(), 'fail');
}

/** The expression as another dtype. */
export function as(value: Expression, dtype: DataType): Expression {
  return value.dtype === dtype ? value : castTo(value, dtype);
}

/** What is known to be null or not, where the arithmetic cannot tell. */
export function nullableAs(value: Expression, nullable: boolean): Expression {
  return { ...value, nullable };
}

/** A numeric or boolean column, or an expression, as a float; true is 1. */
export function asFloat(of: Field | Expression): Expression {
  const node = 'kind' in of ? of : columnNode(of);
  return node.dtype.id === 'float' ? node : castNode(node, t.float(), 'fail');
}
