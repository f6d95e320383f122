import { MillraceError } from '../errors.ts';
import type {
  AggregateNode,
  CallNode,
  CastNode,
  ColumnNode,
  Expression,
  LiteralNode,
  OrderKey,
  WindowNode,
} from '../plan/expression.ts';
import { calledAs, ORDERED, RANKS } from '../plan/functions.ts';
import type { DataType, Schema } from '../schema/dtype.ts';
import { type CallContext, type Dialect, listOption, quoteName, spelling } from './dialect.ts';
import { orderSql } from './order.ts';
import { dependsOnOrder, frameOf } from './window-frame.ts';

/** A value bound to a statement, with its dtype. */
export interface BoundValue {
  readonly value: LiteralNode['value'];
  readonly dtype: DataType;
}

/** Writes expressions, collecting the values they bind. */
export class ExpressionWriter {
  readonly values: BoundValue[] = [];
  readonly dialect: Dialect;
  /** The columns of the rows that are written of. */
  schema: Schema = [];
  readonly #now: string;
  readonly #column: (node: ColumnNode) => string;
  readonly #bound = new Map<LiteralNode, string>();

  /** `now` is the instant of the run, as `YYYY-MM-DD HH:MM:SS.mmm` in UTC; `column` writes columns that are not what the plan says of them. */
  constructor(dialect: Dialect, now: string, column: (node: ColumnNode) => string = columnName) {
    this.dialect = dialect;
    this.#now = now;
    this.#column = column;
  }

  /** `tieBreak` are the keys that complete a window's order; `made` is the column that the value becomes, for messages. */
  write(node: Expression, tieBreak: readonly OrderKey[] = [], made = 'value'): string {
    const inner = (child: Expression): string => this.write(child, tieBreak, made);
    switch (node.kind) {
      case 'column':
        return this.#column(node);
      case 'literal':
        return this.#bind(node);
      case 'call': {
        if (node.fn === 'now') return `CAST('${this.#now}' AS TIMESTAMP)`;
        if (node.fn === 'row_share') return this.#share(node);
        const spelled = spelling(this.dialect, 'scalar', node.fn);
        const call = this.dialect.rewrites[node.fn]?.(node) ?? node;
        return spelled(call.args.map(inner), contextOf(call));
      }
      case 'case': {
        const branches = node.branches.map((b) => `WHEN ${inner(b.when)} THEN ${this.#as(b.value, node.dtype, inner)}`);
        return `CASE ${branches.join(' ')} ELSE ${this.#as(node.otherwise, node.dtype, inner)} END`;
      }
      case 'cast':
        return this.#cast(node, inner(node.input), made);
      case 'aggregate':
        return this.aggregate(node, tieBreak);
      case 'window':
        return this.#window(node, tieBreak, inner);
    }
  }

  /** An aggregate over a group; `first` and `last` take an order, by default the one given. */
  aggregate(node: AggregateNode, order: readonly OrderKey[], groupedBy: readonly DataType[] = []): string {
    const args = node.args.map((arg) => this.write(arg));
    const keys = ORDERED.has(node.fn) ? [...node.orderBy, ...order] : [];
    return spelling(this.dialect, 'aggregate', node.fn)(args, { ...contextOf(node), order: keys, groupedBy });
  }

  #window(node: WindowNode, tieBreak: readonly OrderKey[], inner: (e: Expression) => string): string {
    const { call } = node;
    const table = this.dialect.window[call.fn] === undefined ? 'aggregate' : 'window';
    const over = ` ${this.#over(node, tieBreak, inner)}`;
    const spelled = spelling(this.dialect, table, call.fn)(call.args.map(inner), { ...contextOf(call), over });
    if (!spelled.includes(over)) throw new Error(`the spelling of ${call.fn} leaves its window out`);
    return spelled;
  }

  #over(node: WindowNode, tieBreak: readonly OrderKey[], inner: (e: Expression) => string): string {
    const { fn } = node.call;
    if (RANKS.has(fn) && node.orderBy.length === 0) {
      throw new MillraceError({
        code: 'compile.order',
        message: `${calledAs(fn)}() needs an order: write .over({ orderBy: ['column'] }).`,
      });
    }
    const keys = dependsOnOrder(node) ? [...node.orderBy, ...tieBreak] : node.orderBy;
    const parts: string[] = [];
    if (node.partitionBy.length > 0) parts.push(`PARTITION BY ${node.partitionBy.map(inner).join(', ')}`);
    const key = node.range === undefined ? undefined : this.schema.find(({ name }) => name === keys[0]?.column)?.dtype;
    const as = key === undefined ? undefined : (column: string): string => this.dialect.rangeKey(column, key);
    if (keys.length > 0) parts.push(`ORDER BY ${orderSql(keys, as)}`);
    const frame = frameOf(node, key);
    if (frame !== undefined && keys.length > 0) parts.push(frame);
    return `OVER (${parts.join(' ')})`;
  }

  /** A number from 0 to 1 by a seed and the columns that the call names. */
  #share(node: CallNode): string {
    const columns = node.args.flatMap((arg) =>
      arg.kind === 'column' ? [{ name: arg.name, dtype: arg.dtype, nullable: arg.nullable }] : [],
    );
    return this.dialect.share(columns, Number(node.options.seed));
  }

  #cast(node: CastNode, input: string, made: string): string {
    const { dtype: target, format, onError, content } = node;
    const label = labelOf(node.input, made);
    const inJson = content === true ? { content } : {};
    return this.dialect.cast(input, { from: node.input.dtype, target, format, onError, label, ...inJson });
  }

  #as(node: Expression, dtype: DataType, inner: (e: Expression) => string): string {
    const sql = inner(node);
    const differs = node.dtype.id !== dtype.id || dtype.id === 'decimal';
    return differs ? this.dialect.widen(sql, node.dtype, dtype) : sql;
  }

  #bind(node: LiteralNode): string {
    if (node.value === null) return `CAST(NULL AS ${this.dialect.typeName(node.dtype)})`;
    let placeholder = this.#bound.get(node);
    if (placeholder === undefined) {
      this.values.push({ value: node.value, dtype: node.dtype });
      placeholder = this.dialect.bound(this.values.length, node.dtype);
      this.#bound.set(node, placeholder);
    }
    return placeholder;
  }
}

function columnName({ side, name }: ColumnNode): string {
  return `${side === undefined ? '' : side === 'left' ? 'l.' : 'r.'}${quoteName(name)}`;
}

/** What a spelling knows of a call; where it stands over a window or in an order, that is added. */
function contextOf(call: CallNode | AggregateNode): CallContext {
  const { options, dtype } = call;
  return { options, dtype, argTypes: call.args.map((arg) => arg.dtype), order: [], groupedBy: [], over: '' };
}

function labelOf(node: Expression, made: string): string {
  if (node.kind === 'column') return node.name;
  const [of] = node.kind === 'call' && node.fn === 'json_at' ? node.args : [];
  if (of === undefined || node.kind !== 'call') return made;
  return `${labelOf(of, made)}, ${listOption(node, 'path').join('.')}`;
}
