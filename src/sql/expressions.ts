import { MillraceError } from '../errors.ts';
import type { AggregateNode, CastNode, Expression, LiteralNode, OrderKey, WindowNode } from '../plan/expression.ts';
import type { DataType } from '../schema/dtype.ts';
import { castSql } from './cast.ts';
import { type Dialect, quoteName, spelling } from './dialect.ts';

/** A value bound to a statement, with its dtype. */
export interface BoundValue {
  readonly value: LiteralNode['value'];
  readonly dtype: DataType;
}

/** Writes expressions, collecting the values they bind. */
export class ExpressionWriter {
  readonly values: BoundValue[] = [];
  readonly dialect: Dialect;
  readonly #now: string;
  readonly #bound = new Map<LiteralNode, string>();

  /** `now` is the instant of the run, as `YYYY-MM-DD HH:MM:SS.mmm` in UTC. */
  constructor(dialect: Dialect, now: string) {
    this.dialect = dialect;
    this.#now = now;
  }

  /** `tieBreak` are the keys that complete a window's order. */
  write(node: Expression, tieBreak: readonly OrderKey[] = []): string {
    const inner = (child: Expression): string => this.write(child, tieBreak);
    switch (node.kind) {
      case 'column':
        return quoteName(node.name);
      case 'literal':
        return this.#bind(node);
      case 'call':
        if (node.fn === 'now') return `CAST('${this.#now}' AS TIMESTAMP)`;
        return spelling(
          this.dialect,
          'scalar',
          node.fn,
        )(node.args.map(inner), {
          options: node.options,
          dtype: node.dtype,
          argTypes: node.args.map((arg) => arg.dtype),
        });
      case 'case': {
        const branches = node.branches.map((b) => `WHEN ${inner(b.when)} THEN ${this.#as(b.value, node.dtype, inner)}`);
        return `CASE ${branches.join(' ')} ELSE ${this.#as(node.otherwise, node.dtype, inner)} END`;
      }
      case 'cast':
        return this.#cast(node, inner(node.input));
      case 'aggregate':
        return this.aggregate(node, tieBreak);
      case 'window':
        return this.#window(node, tieBreak, inner);
    }
  }

  /** An aggregate over a group; `first` and `last` take an order, by default the one given. */
  aggregate(node: AggregateNode, order: readonly OrderKey[]): string {
    const args = node.args.map((arg) => this.write(arg));
    const sql = spelling(
      this.dialect,
      'aggregate',
      node.fn,
    )(args, {
      options: node.options,
      dtype: node.dtype,
      argTypes: node.args.map((arg) => arg.dtype),
    });
    if (node.fn !== 'first' && node.fn !== 'last') return sql;
    return sql.replace(/\)$/, ` ORDER BY ${orderSql([...node.orderBy, ...order])})`);
  }

  #window(node: WindowNode, tieBreak: readonly OrderKey[], inner: (e: Expression) => string): string {
    const { call } = node;
    const table = this.dialect.window[call.fn] === undefined ? 'aggregate' : 'window';
    const context = { options: call.options, dtype: call.dtype, argTypes: call.args.map((arg) => arg.dtype) };
    // The window goes right after the call, inside a cast that the spelling may put around it.
    const over = this.#over(node, tieBreak, inner);
    const args = call.args.map(inner);
    const spelled = spelling(this.dialect, table, call.fn)(args, context);
    const cast = /^CAST\((.*) AS ([A-Z0-9(),]+)\)$/s.exec(spelled);
    return cast === null ? `${spelled} ${over}` : `CAST(${cast[1]} ${over} AS ${cast[2]})`;
  }

  #over(node: WindowNode, tieBreak: readonly OrderKey[], inner: (e: Expression) => string): string {
    const { fn } = node.call;
    // Ranks tell ties apart by giving them the same number: for them ties must stay ties.
    const ranked = fn === 'rank' || fn === 'dense_rank';
    const positional = POSITIONAL.has(fn) || node.rows !== undefined;
    const keys = positional && !ranked ? [...node.orderBy, ...tieBreak] : node.orderBy;
    if (ranked && keys.length === 0) {
      throw new MillraceError({
        code: 'compile.order',
        message: `${fn}() needs an order: write .over({ orderBy: ['column'] }).`,
      });
    }
    const parts: string[] = [];
    if (node.partitionBy.length > 0) parts.push(`PARTITION BY ${node.partitionBy.map(inner).join(', ')}`);
    if (keys.length > 0) parts.push(`ORDER BY ${orderSql(keys)}`);
    if (node.rows !== undefined)
      parts.push(`ROWS BETWEEN ${bound(node.rows[0], 'PRECEDING')} AND ${bound(node.rows[1], 'FOLLOWING')}`);
    else if (fn === 'last' || fn === 'first') parts.push('ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING');
    else if (keys.length > 0 && !POSITIONAL.has(fn) && !ranked)
      parts.push('ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW');
    return `OVER (${parts.join(' ')})`;
  }

  #cast(node: CastNode, input: string): string {
    const { dtype: target, format, onError } = node;
    const label = labelOf(node.input);
    return castSql(input, { from: node.input.dtype, target, format, onError, label }, this.dialect);
  }

  #as(node: Expression, dtype: DataType, inner: (e: Expression) => string): string {
    const sql = inner(node);
    const differs = node.dtype.id !== dtype.id || dtype.id === 'decimal';
    return differs ? `CAST(${sql} AS ${this.dialect.typeName(dtype)})` : sql;
  }

  #bind(node: LiteralNode): string {
    if (node.value === null) return `CAST(NULL AS ${this.dialect.typeName(node.dtype)})`;
    let placeholder = this.#bound.get(node);
    if (placeholder === undefined) {
      this.values.push({ value: node.value, dtype: node.dtype });
      placeholder = `$${this.values.length}`;
      this.#bound.set(node, placeholder);
    }
    return placeholder;
  }
}

/** The functions whose answer depends on which of two tied rows comes first. */
const POSITIONAL: ReadonlySet<string> = new Set([
  'row_number',
  'lag',
  'lead',
  'first',
  'last',
  'first_not_null',
  'last_not_null',
]);

/** Whether an expression's answer depends on an order that it does not give in full. */
export function dependsOnOrder(node: Expression): boolean {
  if (node.kind === 'window') return POSITIONAL.has(node.call.fn) || node.rows !== undefined;
  if (node.kind === 'aggregate') return node.fn === 'first' || node.fn === 'last';
  return false;
}

export function orderSql(keys: readonly OrderKey[], as: (column: string) => string = (column) => column): string {
  return keys
    .map(
      (key) =>
        `${as(quoteName(key.column))} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nulls === 'first' ? 'FIRST' : 'LAST'}`,
    )
    .join(', ');
}

function bound(rows: number | null, side: 'PRECEDING' | 'FOLLOWING'): string {
  if (rows === null) return `UNBOUNDED ${side}`;
  if (!Number.isSafeInteger(rows)) {
    throw new MillraceError({
      code: 'compile.window',
      message: `rows: ${rows} is not a whole number of rows or null.`,
    });
  }
  if (rows === 0) return 'CURRENT ROW';
  return rows < 0 ? `${-rows} PRECEDING` : `${rows} FOLLOWING`;
}

function labelOf(node: Expression): string {
  return node.kind === 'column' ? node.name : 'value';
}
