import { MillraceError } from '../../errors.ts';
import { labelOf, literalAs, nullLiteral } from '../../frame/functions/literal.ts';
import type { AggregateNode, Expression, LiteralNode, OrderKey, RangeEdge } from '../../plan/expression.ts';
import { type DataType, decimal, describeDType, MAX_PRECISION } from '../../schema/dtype.ts';
import { bad, count, flag, list, oneOf, record, text } from '../checked-json.ts';
import { callOptions, SCALARS, WINDOWS } from './functions-json.ts';

/** An expression as JSON: the nodes of a plan, whole numbers of literals as text. */
export type ExpressionJson = { readonly kind: Expression['kind']; readonly [part: string]: unknown };

const DTYPES = ['int', 'bigint', 'float', 'decimal', 'string', 'boolean', 'date', 'timestamp'] as const;

/** The most nodes inside each other. */
const DEEPEST = 500;

/** An expression for JSON; refused where a reader could not be sure of it. */
export function expressionToJson(node: Expression, feature: string): ExpressionJson {
  const signs = { nullable: node.nullable, dtype: dtypeToJson(node, feature) };
  const inner = (child: Expression): ExpressionJson => expressionToJson(child, feature);
  switch (node.kind) {
    case 'column':
      return { kind: 'column', name: node.name, ...signs };
    case 'literal':
      if (typeof node.value === 'object' && node.value !== null) throw unwritable(node, feature);
      return { kind: 'literal', value: typeof node.value === 'bigint' ? String(node.value) : node.value, ...signs };
    case 'call':
      if (!SCALARS.has(node.fn)) throw unwritable(node, feature);
      return { kind: 'call', fn: node.fn, args: node.args.map(inner), options: node.options, ...signs };
    case 'case':
      return {
        kind: 'case',
        branches: node.branches.map(({ when, value }) => ({ when: inner(when), value: inner(value) })),
        otherwise: inner(node.otherwise),
        ...signs,
      };
    case 'cast':
      if (Object.keys(node.format).length > 0 || node.content === true) throw unwritable(node, feature);
      return { kind: 'cast', input: inner(node.input), onError: node.onError, ...signs };
    case 'aggregate':
      if (!WINDOWS.has(node.fn)) throw unwritable(node, feature);
      return {
        kind: 'aggregate',
        fn: node.fn,
        args: node.args.map(inner),
        options: node.options,
        orderBy: node.orderBy,
        ...signs,
      };
    case 'window':
      return {
        kind: 'window',
        call: inner(node.call),
        partitionBy: node.partitionBy.map(inner),
        orderBy: node.orderBy,
        rows: node.rows ?? null,
        ...(node.range === undefined ? {} : { range: node.range }),
        ...signs,
      };
  }
}

function dtypeToJson(node: Expression, feature: string): DataType {
  const { dtype } = node;
  if ((DTYPES as readonly string[]).includes(dtype.id)) return dtype;
  throw unwritable(node, feature);
}

function unwritable(node: Expression, feature: string): MillraceError {
  const what = node.kind === 'cast' ? `a cast to ${describeDType(node.dtype)} with a format of its own` : labelOf(node);
  return new MillraceError({
    code: 'regression.not_json',
    message: `The model cannot be written as JSON: its feature ${feature} is computed with ${what}. Compute it in a withColumns before, and give the column.`,
    details: { feature, expression: labelOf(node) },
  });
}

/** An expression from JSON, every part of it checked. */
export function expressionFromJson(json: unknown, place: string): Expression {
  const node = read(json, place, 0);
  if (node.kind === 'aggregate') throw bad(`${place}.kind`, node.kind, 'an expression of a row');
  return node;
}

function read(json: unknown, place: string, depth: number): Expression {
  if (depth > DEEPEST) throw bad(place, '..', `an expression of at most ${DEEPEST} nodes inside each other`);
  const node = record(json, place);
  const dtype = dtypeFromJson(node.dtype, `${place}.dtype`);
  const signs = { dtype, nullable: flag(node.nullable, `${place}.nullable`) };
  const inner = (child: unknown, at: string): Expression => {
    const made = read(child, at, depth + 1);
    if (made.kind === 'aggregate') throw bad(`${at}.kind`, made.kind, 'an expression of a row');
    return made;
  };
  const kind = oneOf(node.kind, `${place}.kind`, ['column', 'literal', 'call', 'case', 'cast', 'aggregate', 'window']);
  switch (kind) {
    case 'column':
      return { kind, name: text(node.name, `${place}.name`), ...signs };
    case 'literal':
      return literalFromJson(node.value, dtype, `${place}.value`);
    case 'call':
    case 'aggregate': {
      const known = kind === 'call' ? SCALARS : WINDOWS;
      const fn = text(node.fn, `${place}.fn`);
      const signature = known.get(fn);
      if (signature === undefined) throw bad(`${place}.fn`, fn, 'a function that a model may hold');
      const args = list(node.args, `${place}.args`, inner);
      if (args.length < signature.least || args.length > signature.most)
        throw bad(`${place}.args`, args.length, `${signature.least} or more arguments of ${fn}`);
      const options = callOptions(signature, node.options, `${place}.options`);
      if (kind === 'call') return { kind, fn, args, options, ...signs };
      return { kind, fn, args, options, orderBy: list(node.orderBy, `${place}.orderBy`, orderKey), ...signs };
    }
    case 'case': {
      const branches = list(node.branches, `${place}.branches`, (branch, at) => {
        const { when, value } = record(branch, at);
        return { when: inner(when, `${at}.when`), value: inner(value, `${at}.value`) };
      });
      return { kind, branches, otherwise: inner(node.otherwise, `${place}.otherwise`), ...signs };
    }
    case 'cast':
      return {
        kind,
        input: inner(node.input, `${place}.input`),
        format: {},
        onError: oneOf(node.onError, `${place}.onError`, ['fail', 'null']),
        ...signs,
      };
    case 'window': {
      const call = read(node.call, `${place}.call`, depth + 1);
      if (call.kind !== 'aggregate') throw bad(`${place}.call.kind`, call.kind, "'aggregate'");
      return {
        kind,
        call: call satisfies AggregateNode,
        partitionBy: list(node.partitionBy, `${place}.partitionBy`, inner),
        orderBy: list(node.orderBy, `${place}.orderBy`, orderKey),
        rows: node.rows === null ? undefined : pair(node.rows, `${place}.rows`, rowEdge),
        ...(node.range === undefined ? {} : { range: pair(node.range, `${place}.range`, rangeEdge) }),
        ...signs,
      };
    }
  }
}

function literalFromJson(value: unknown, dtype: DataType, place: string): LiteralNode {
  if (value === null) return nullLiteral(dtype);
  const whole = dtype.id === 'int' || dtype.id === 'bigint';
  if (whole && !(typeof value === 'string' && /^-?\d{1,19}$/.test(value)))
    throw bad(place, value, 'the digits of a whole number');
  try {
    return literalAs(whole ? (dtype.id === 'int' ? Number(value) : BigInt(value as string)) : value, dtype, place);
  } catch (cause) {
    if (!(cause instanceof MillraceError)) throw cause;
    throw bad(place, value, describeDType(dtype));
  }
}

function orderKey(value: unknown, place: string): OrderKey {
  const { column, descending, nulls } = record(value, place);
  return {
    column: text(column, `${place}.column`),
    descending: flag(descending, `${place}.descending`),
    nulls: oneOf(nulls, `${place}.nulls`, ['first', 'last']),
  };
}

function pair<V>(value: unknown, place: string, read: (edge: unknown, place: string) => V): readonly [V, V] {
  const [from, to, ...others] = list(value, place, read);
  if (from === undefined || to === undefined || others.length > 0) throw bad(place, value, 'two edges');
  return [from, to];
}

function rowEdge(value: unknown, place: string): number | null {
  if (value === null || Number.isSafeInteger(value)) return value as number | null;
  throw bad(place, value, 'a whole number or null');
}

function rangeEdge(value: unknown, place: string): RangeEdge {
  if (value === null || (typeof value === 'number' && Number.isFinite(value))) return value;
  const { unit, count: given } = record(value, place);
  const units = ['year', 'month', 'week', 'day', 'hour', 'minute', 'second'] as const;
  return { unit: oneOf(unit, `${place}.unit`, units), count: rowEdge(given, `${place}.count`) ?? 0 };
}

/** A dtype from JSON. */
export function dtypeFromJson(value: unknown, place: string): DataType {
  const dtype = record(value, place);
  const id = oneOf(dtype.id, `${place}.id`, DTYPES);
  if (id === 'decimal') {
    const [precision, scale] = [count(dtype.precision, `${place}.precision`), count(dtype.scale, `${place}.scale`)];
    if (precision < 1 || precision > MAX_PRECISION || scale > precision)
      throw bad(place, value, 'a decimal of up to 38 digits');
    return decimal(precision, scale);
  }
  if (id === 'string' && dtype.values !== undefined) return { id, values: list(dtype.values, `${place}.values`, text) };
  return { id };
}
