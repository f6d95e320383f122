import {
  type Bool,
  type Expr,
  type Float,
  type Frame,
  fn,
  type OrderBy,
  type Text,
  t,
  type UnknownCols,
} from '../../src/index.ts';
import type { Node } from './row-function.ts';

export type OrderKey = Extract<OrderBy, { readonly desc: string }> | string;
type Call = Extract<Node, { kind: 'call' }>;

/** A frame of which nothing is known at compile time, and its columns. */
export type AnyFrame = Frame<UnknownCols>;
type NumberColumn = Expr<Float, null>;
type TextColumn = Expr<Text, null>;
type BooleanColumn = Expr<Bool, null>;
export type Column = NumberColumn | TextColumn | BooleanColumn;
type Aggregate = ReturnType<Column['count']> | ReturnType<NumberColumn['sum']>;

/** A case asks for something that has no name in the API yet. */
export class Missing extends Error {}

/** The columns of the rows at hand, by side and name, and what the rows are grouped by. */
export interface Scope {
  readonly column: (name: string, side: number) => Column;
  readonly groups: readonly string[];
  /** What the rows are sorted by. */
  readonly order?: readonly OrderKey[];
  readonly rows?: readonly [number | null, number | null];
}

/** The scope of a callback of a verb. */
export function scopeOf(
  r: { readonly col: (name: string) => unknown },
  groups: readonly string[] = [],
  order: readonly OrderKey[] = [],
): Scope {
  return { column: (name) => r.col(name) as Column, groups, order };
}

const AGGREGATES: Readonly<Record<string, (column: Column) => unknown>> = {
  sum: (c) => (c as NumberColumn).sum(),
  mean: (c) => (c as NumberColumn).mean(),
  median: (c) => (c as NumberColumn).median(),
  stdev: (c) => (c as NumberColumn).std(),
  min: (c) => (c as NumberColumn).min(),
  max: (c) => (c as NumberColumn).max(),
  any: (c) => c.first(),
  first: (c) => c.first(),
  last: (c) => c.last(),
  distinct: (c) => c.countDistinct(),
  product: (c) => (c as NumberColumn).product(),
  mode: (c) => (c as NumberColumn).mode(),
  countTrue: (c) => (c as BooleanColumn).countTrue(),
};

export function isAggregate(node: Call): boolean {
  return node.fn === 'count' || node.fn === 'corr' || node.fn in AGGREGATES;
}

export function aggregateOf(node: Call, scope: Scope): Aggregate {
  if (node.fn === 'count') return fn.count();
  const make = AGGREGATES[node.fn];
  const [of, other] = node.args;
  if (node.fn === 'corr' && of !== undefined && other !== undefined) {
    return (expressionOf(of, scope) as NumberColumn).corr(expressionOf(other, scope) as NumberColumn) as Aggregate;
  }
  if (make === undefined || of === undefined) throw new Error(`${node.fn} is no aggregate`);
  return make(expressionOf(of, scope)) as Aggregate;
}

/** A tree whose aggregates are replaced by columns, which it adds to `aggregates`. */
export function withoutAggregates(node: Node, aggregates: Map<string, Call>): Node {
  if (node.kind === 'call' && isAggregate(node)) {
    const name = `aggregate_${aggregates.size + 1}`;
    aggregates.set(name, node);
    return { kind: 'column', side: 0, name };
  }
  if (node.kind === 'call') return { ...node, args: node.args.map((arg) => withoutAggregates(arg, aggregates)) };
  if (node.kind !== 'binary') return node;
  const left = withoutAggregates(node.left, aggregates);
  return { ...node, left, right: withoutAggregates(node.right, aggregates) };
}

/** A row function's tree as one of our expressions; its aggregates are over the group of the row. */
export function expressionOf(node: Node, scope: Scope): Column {
  switch (node.kind) {
    case 'literal':
      if (node.value === null) throw new Error('null stands by itself');
      return fn.lit(node.value) as Column;
    case 'column':
      return scope.column(node.name, node.side);
    case 'framed':
      return expressionOf(node.body, { ...scope, rows: node.rows });
    case 'call':
      if (node.fn === 'avg_rank') {
        return fn.averageRank().over({ partitionBy: scope.groups, orderBy: scope.order ?? [] }) as Column;
      }
      return isAggregate(node) ? overGroup(aggregateOf(node, scope), scope) : called(node.fn, node.args, scope);
    case 'binary':
      return binary(node.op, node.left, node.right, scope);
    case 'unary': {
      const operand = expressionOf(node.operand, scope);
      return node.op === '!' ? truthOf(operand).not() : (operand as NumberColumn).neg();
    }
    case 'conditional': {
      const test = truthOf(expressionOf(node.test, scope));
      const yes = expressionOf(node.yes, scope);
      const isNull = node.otherwise.kind === 'literal' && node.otherwise.value === null;
      return isNull ? when(test, yes).elseNull() : when(test, yes).else(expressionOf(node.otherwise, scope));
    }
    case 'index': {
      if (node.at.kind !== 'literal' || typeof node.at.value !== 'number') throw new Error('an index is a number');
      return (expressionOf(node.of, scope) as TextColumn).slice(node.at.value, node.at.value + 1);
    }
    case 'template':
      return fn.concat(...node.parts.map((part) => textOf(expressionOf(part, scope)))) as Column;
    default:
      throw new Error(`a ${node.kind} is no value of a column`);
  }
}

/** What JavaScript takes as true. */
export function truthOf(column: Column): BooleanColumn {
  switch (column.node.dtype.id) {
    case 'boolean':
      return column as BooleanColumn;
    case 'string':
      return (column as TextColumn).ne('');
    default:
      return (column as NumberColumn).ne(0);
  }
}

const when = fn.when as unknown as (
  condition: BooleanColumn,
  value: Column,
) => { else(value: Column): Column; elseNull(): Column };

function textOf(column: Column): TextColumn {
  return column.node.dtype.id === 'string' ? (column as TextColumn) : column.cast(t.string().nullable());
}

function overGroup(aggregate: Aggregate, scope: Scope): Column {
  const { groups: partitionBy, rows } = scope;
  const window = aggregate as { over(options: object): Column };
  return window.over(rows === undefined ? { partitionBy } : { partitionBy, rows });
}

function called(name: string, nodes: readonly Node[], scope: Scope): Column {
  const [first, second, third] = nodes;
  if (first === undefined) throw new Error(`${name} needs an argument`);
  const column = expressionOf(first, scope);
  switch (name) {
    case 'floor':
      return (column as NumberColumn).floor();
    case 'rate':
      return binary('/', first, second ?? first, scope);
    case 'equal':
      return binary('===', first, second ?? first, scope);
    case 'startswith':
      if (second?.kind !== 'literal') break;
      return (column as TextColumn).startsWith(String(second.value));
    case 'recode':
      if (second?.kind !== 'object') break;
      return second.entries.reduceRight(
        (otherwise: Column, [from, to]) =>
          when((column as TextColumn).eq(from), expressionOf(to, scope)).else(otherwise),
        third === undefined ? column : expressionOf(third, scope),
      );
  }
  throw new Error(`${name} has no translation`);
}

function binary(op: string, left: Node, right: Node, scope: Scope): Column {
  const column = expressionOf(left, scope);
  if (right.kind === 'literal' && right.value === null) {
    return op.startsWith('!') ? column.isNotNull() : column.isNull();
  }
  const other = expressionOf(right, scope) as NumberColumn;
  const number = column as NumberColumn;
  switch (op) {
    case '+':
      if (column.node.dtype.id === 'string') return textOf(column).append(textOf(other));
      return number.add(other);
    case '-':
      return number.sub(other);
    case '*':
      return number.mul(other);
    case '/':
      return number.div(other);
    case '%':
      return number.mod(other);
    case '===':
    case '==':
      return number.eq(other);
    case '!==':
    case '!=':
      return number.ne(other);
    case '<':
      return number.lt(other);
    case '<=':
      return number.lte(other);
    case '>':
      return number.gt(other);
    case '>=':
      return number.gte(other);
    case '&&':
      return truthOf(column).and(truthOf(other));
    case '||':
      return truthOf(column).or(truthOf(other));
    default:
      throw new Error(`${op} has no translation`);
  }
}
