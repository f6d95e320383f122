import { MillraceError } from '../errors.ts';
import type { AggregateNode, CastNode, Expression, LiteralNode, OrderKey, WindowNode } from '../plan/expression.ts';
import type { DataType } from '../schema/dtype.ts';
import { castSql } from './cast.ts';
import { type Dialect, quoteName, spelling } from './dialect.ts';
import { dependsOnOrder, frameOf, ORDERED, RANKS } from './window-frame.ts';

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
    if (!ORDERED.has(node.fn)) return sql;
    return sql.replace(/\)$/, ` ORDER BY ${orderSql([...node.orderBy, ...order])})`);
  }

  #window(node: WindowNode, tieBreak: readonly OrderKey[], inner: (e: Expression) => string): string {
    const { call } = node;
    const table = this.dialect.window[call.fn] === undefined ? 'aggregate' : 'window';
    const over = this.#over(node, tieBreak, inner);
    const argTypes = call.args.map((arg) => arg.dtype);
    const context = { options: call.options, dtype: call.dtype, argTypes, over };
    const spelled = spelling(this.dialect, table, call.fn)(call.args.map(inner), context);
    if (spelled.includes(over)) return spelled;
    // The window goes right after the call, inside a cast that the spelling may put around it.
    const cast = /^CAST\((.*) AS ([A-Z0-9(),]+)\)$/s.exec(spelled);
    return cast === null ? `${spelled} ${over}` : `CAST(${cast[1]} ${over} AS ${cast[2]})`;
  }

  #over(node: WindowNode, tieBreak: readonly OrderKey[], inner: (e: Expression) => string): string {
    const { fn } = node.call;
    if (RANKS.has(fn) && node.orderBy.length === 0) {
      throw new MillraceError({
        code: 'compile.order',
        message: `${fn}() needs an order: write .over({ orderBy: ['column'] }).`,
      });
    }
    const keys = dependsOnOrder(node) ? [...node.orderBy, ...tieBreak] : node.orderBy;
    const parts: string[] = [];
    if (node.partitionBy.length > 0) parts.push(`PARTITION BY ${node.partitionBy.map(inner).join(', ')}`);
    if (keys.length > 0) parts.push(`ORDER BY ${orderSql(keys)}`);
    const frame = frameOf(node);
    if (frame !== undefined && keys.length > 0) parts.push(frame);
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

export function orderSql(keys: readonly OrderKey[], as: (column: string) => string = (column) => column): string {
  return keys
    .map(
      (key) =>
        `${as(quoteName(key.column))} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nulls === 'first' ? 'FIRST' : 'LAST'}`,
    )
    .join(', ');
}

function labelOf(node: Expression): string {
  return node.kind === 'column' ? node.name : 'value';
}
