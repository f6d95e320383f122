import { MillraceError } from '../errors.ts';
import type { Expression, OrderKey } from '../plan/expression.ts';
import { hasWindow, walkExpression } from '../plan/expression.ts';
import { calledAs } from '../plan/functions.ts';
import { isOrdered } from '../plan/order.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { ProjectRelation, Relation } from '../plan/relation.ts';
import { expressionsOf, inputsOf, useCounts } from '../plan/walk.ts';
import type { Field } from '../schema/dtype.ts';
import { quoteName, quoteText } from './dialect.ts';
import { ExpressionWriter } from './expressions.ts';
import { asofJoinSql, joinSql } from './join.ts';
import { orderSql, reversed } from './order.ts';
import type { CompileContext, Statement, Step } from './program.ts';
import type { QuarantineCast } from './quarantine-casts.ts';
import { type CarriedOrder, carryOrder, list, type Rendered, type Selected, settled, UNORDERED } from './rendered.ts';
import { isPositional, type Requirements } from './requirements.ts';
import { explodeSql, unpivotSql } from './reshape.ts';
import { originOf } from './sort-key.ts';
import { dependsOnOrder } from './window-frame.ts';

/** The hidden column that tells a table's rows apart, in their order. */
const ROW = '__millrace_row';

/** Writes one statement: the CTEs that a node needs, and the query over them. */
export class StatementWriter {
  readonly #plan: Relation;
  readonly #context: CompileContext;
  readonly #requirements: Requirements;
  readonly #tables: ReadonlyMap<Relation, string>;
  readonly #writer: ExpressionWriter;
  readonly #ctes: string[] = [];
  readonly #rendered = new Map<Relation, Rendered>();
  readonly #uses: ReadonlyMap<Relation, number>;
  /** What must be made before the statement runs. */
  readonly sortKeys: (Step & { kind: 'sort-key' })[] = [];
  #keys = 0;

  constructor(
    plan: Relation,
    context: CompileContext,
    requirements: Requirements,
    tables: ReadonlyMap<Relation, string>,
  ) {
    this.#plan = plan;
    this.#context = context;
    this.#requirements = requirements;
    this.#tables = tables;
    this.#writer = new ExpressionWriter(context.dialect, context.now);
    this.#uses = useCounts(this.#plan);
  }

  /** The rows of a node in its order, its own columns only. */
  ordered(node: Relation): Statement {
    const sorted = this.#sortedFirst(node);
    const rendered = sorted ?? (this.#tables.has(node) ? this.#render(node) : this.#walk(node));
    const inPlace = this.#context.dialect.keepsOrder && this.#tables.has(node);
    const needsSort = sorted === undefined && isOrdered(node) && !this.#requirements.natural.has(node) && !inPlace;
    const order = needsSort && rendered.order.length > 0 ? ` ORDER BY ${this.#sortBy(rendered.order, node)}` : '';
    return this.finish(`SELECT ${settled(outputSchema(node), this.#context.dialect)} FROM ${rendered.name}${order}`);
  }

  /**
   * Where the plan ends in a sort and projections, the sort comes before what the projections compute, so that it
   * carries less; a projection keeps the order of its input. Not where a key is itself computed.
   */
  #sortedFirst(root: Relation): Rendered | undefined {
    const chain: (Relation & { kind: 'sort' | 'project' })[] = [];
    let base = root;
    while (!this.#tables.has(base) && (base.kind === 'sort' || (base.kind === 'project' && !isPositional(base)))) {
      chain.unshift(base);
      base = base.input;
    }
    if (!chain.some((node) => node.kind === 'sort') || !chain.some((node) => node.kind === 'project')) return undefined;
    const input = this.#walk(base);
    let origins = new Map(input.columns.map((name) => [name, name]));
    let order: readonly OrderKey[] = this.#ties(base, input);
    for (const node of chain) {
      if (node.kind === 'sort') {
        const keys = node.keys.map((key) => ({ ...key, column: origins.get(key.column) ?? '' }));
        if (keys.some((key) => key.column === '')) return undefined;
        order = [...keys, ...order];
      } else {
        const passed = node.columns.flatMap(({ name, expression }): [string, string][] => {
          const origin = expression.kind === 'column' ? origins.get(expression.name) : undefined;
          return origin === undefined ? [] : [[name, origin]];
        });
        origins = new Map(passed);
      }
    }
    const sorted = this.#cte(`SELECT * FROM ${input.name} ORDER BY ${this.#sortBy(order, base)}`, base, {
      columns: input.columns,
      order: [],
      hidden: [],
    });
    this.#rendered.set(base, sorted);
    for (const node of chain) {
      const below = this.#input(node.input);
      this.#rendered.set(node, node.kind === 'sort' ? below : this.#project(node));
    }
    return this.#rendered.get(root);
  }

  /** The order of a sort over all rows of a node: strings that a table holds are sorted by a type made for them. */
  #sortBy(order: readonly OrderKey[], node: Relation): string {
    const strings = new Set(outputSchema(node).flatMap((f) => (f.dtype.id === 'string' ? [f.name] : [])));
    const sql = order.map((key) => {
      const origin =
        this.#context.dialect.hasSortKeys && strings.has(key.column)
          ? originOf(node, key.column, this.#tables, this.#context.scans)
          : undefined;
      if (origin === undefined) return orderSql([key]);
      const type = this.#context.newTable();
      this.sortKeys.push({ kind: 'sort-key', type, ...origin });
      return orderSql([key], (column) => `CAST(${column} AS ${type})`);
    });
    return sql.join(', ');
  }

  count(node: Relation): Statement {
    return this.finish(`SELECT count(*) FROM ${this.#walk(node).name}`);
  }

  /**
   * A node whose casts may put rows aside, with a column a cast that holds the text that did not fit, such rows as they
   * came, and what else is told of them by their input's columns.
   */
  marked(
    node: Relation,
    marks: readonly (QuarantineCast & { readonly name: string })[],
    told: readonly string[],
  ): Statement {
    if (node.kind !== 'project' && node.kind !== 'filter') throw new Error(`a ${node.kind} has no casts`);
    const { dialect } = this.#context;
    const input = this.#walk(node.input);
    const columns =
      node.kind === 'project'
        ? node.columns.map(
            (c) =>
              `${dialect.settle(this.#writer.write(c.expression, this.#ties(node.input, input, c.expression)), c.expression.dtype)} AS ${quoteName(c.name)}`,
          )
        : [
            settled(outputSchema(node.input), dialect),
            `coalesce(${this.#writer.write(node.predicate, this.#ties(node.input, input, node.predicate))}, false) AS "__millrace_keep"`,
          ];
    const misfits = marks.map(({ cast, when }) => {
      const write = (part: Expression): string => this.#writer.write(part, this.#ties(node.input, input, part));
      const value = write(cast.input);
      const text = dialect.asText(value, cast.input.dtype);
      const misfit = `CASE WHEN ${value} IS NOT NULL AND ${write(cast)} IS NULL THEN ${text} END`;
      return when === undefined ? misfit : `CASE WHEN ${write(when)} THEN ${misfit} END`;
    });
    const bad = misfits.map((misfit, i) => `${misfit} AS ${quoteName(marks[i]?.name ?? '')}`);
    const anyBad = misfits.map((misfit) => `${misfit} IS NOT NULL`).join(' OR ');
    bad.push(`CASE WHEN ${anyBad} THEN ${dialect.rowAsJson(outputSchema(node.input))} END AS "__millrace_raw"`);
    const order = isOrdered(node) && !this.#requirements.natural.has(node) && input.order.length > 0;
    return this.finish(
      `SELECT ${[...columns, ...bad, ...told].join(', ')} FROM ${input.name}${order ? ` ORDER BY ${orderSql(input.order)}` : ''}`,
    );
  }

  /** SQL of an expression over the table that holds a node's rows, in their order. */
  expression(node: Expression, rows: Relation): string {
    const order = [{ column: this.#context.dialect.rowId, descending: false, nulls: 'last' } as const];
    return this.#writer.write(node, this.#ties(rows, { order }, node));
  }

  /** The name of a node's rows inside the statement. */
  from(node: Relation): string {
    return this.#walk(node).name;
  }

  finish(query: string): Statement {
    const ctes = this.#ctes.length === 0 ? '' : `WITH ${this.#ctes.join(',\n')}\n`;
    return { sql: ctes + query, values: this.#writer.values };
  }

  /** Renders inputs before what uses them, without recursion: a plan may be deep. */
  #walk(root: Relation): Rendered {
    const stack: Relation[] = [root];
    while (stack.length > 0) {
      const node = stack.at(-1) ?? root;
      const waiting = this.#tables.has(node) ? [] : inputsOf(node).filter((input) => !this.#rendered.has(input));
      if (waiting.length > 0) {
        stack.push(...waiting.reverse());
        continue;
      }
      if (!this.#rendered.has(node)) this.#rendered.set(node, this.#render(node));
      stack.pop();
    }
    return this.#rendered.get(root) ?? this.#render(root);
  }

  #input(node: Relation): Rendered {
    return this.#rendered.get(node) ?? this.#walk(node);
  }

  #cte(sql: string, node: Relation, parts: Omit<Rendered, 'name'>): Rendered {
    const name = `c${this.#ctes.length + 1}`;
    // Rows without an order that have several readers are computed once; those with an order stand in a table then.
    const once = (this.#uses.get(node) ?? 0) > 1 && !isOrdered(node);
    this.#ctes.push(`${name} AS ${once ? 'MATERIALIZED ' : 'NOT MATERIALIZED '}(${sql})`);
    return { ...parts, name };
  }

  #select(node: Relation, { sql, ...parts }: Selected): Rendered {
    return this.#cte(sql, node, parts);
  }

  /** The order of an input after a node, where it is demanded of the node. */
  #carry(node: Relation, input: Rendered, kept: (column: string) => string | undefined, prefix = ''): CarriedOrder {
    if (!this.#requirements.demanded.has(node)) return UNORDERED;
    return carryOrder(input, kept, () => `__millrace_key_${++this.#keys}`, prefix);
  }

  #render(node: Relation): Rendered {
    const table = this.#tables.get(node);
    if (table !== undefined) return this.#table(node, table);
    switch (node.kind) {
      case 'source':
        return this.#source(node);
      case 'project':
        return this.#project(node);
      case 'filter': {
        const input = this.#input(node.input);
        const ties = this.#ties(node.input, input, node.predicate);
        const predicate = this.#writer.write(node.predicate, ties);
        const plain = `SELECT * FROM ${input.name} WHERE ${predicate}`;
        return this.#cte(hasWindow(node.predicate) ? this.#filterWindows(input, predicate) : plain, node, input);
      }
      case 'sort': {
        const input = this.#input(node.input);
        return { ...input, order: [...node.keys, ...this.#ties(node.input, input)] };
      }
      case 'limit': {
        const input = this.#input(node.input);
        const order = this.#requirements.natural.has(node.input) ? [] : this.#ties(node.input, input);
        const sorted = order.length === 0 ? '' : ` ORDER BY ${orderSql(order)}`;
        const offset = node.offset === 0 ? '' : ` OFFSET ${node.offset}`;
        return this.#cte(`SELECT * FROM ${input.name}${sorted} LIMIT ${node.count}${offset}`, node, input);
      }
      case 'sample': {
        const input = this.#input(node.input);
        const by = node.by.length === 0 ? outputSchema(node.input).map((f) => f.name) : node.by;
        const columns = by.flatMap((name) => outputSchema(node.input).filter((f) => f.name === name));
        const share = this.#context.dialect.share(columns, node.seed);
        return this.#cte(
          `SELECT * FROM ${input.name} WHERE ${share} >= ${node.from} AND ${share} < ${node.to}`,
          node,
          input,
        );
      }
      case 'slice': {
        const input = this.#input(node.input);
        const order = [...node.orderBy, ...this.#ties(node.input, input)];
        const rank = `(row_number() OVER (ORDER BY ${orderSql(order)}) - 1)`;
        const edge = (share: number): string => `floor(${share} * count(*) OVER ())`;
        const inside = `${rank} >= ${edge(node.from)} AND ${rank} < ${edge(node.to)}`;
        return this.#cte(this.#filterWindows(input, inside), node, { ...input, order });
      }
      case 'aggregate':
        return this.#aggregate(node);
      case 'attach': {
        const input = this.#input(node.input);
        const stats = node.aggregates.map(({ name, expression, required }) => {
          const value = this.#writer.aggregate(expression, []);
          if (required === undefined) return `${value} AS ${quoteName(name)}`;
          return `CASE WHEN count(*) > 0 AND ${value} IS NULL THEN ${this.#context.dialect.fail(quoteText(`[impute.all_null] ${required}`), expression.dtype)} ELSE ${value} END AS ${quoteName(name)}`;
        });
        const name = `c${this.#ctes.length + 1}`;
        this.#ctes.push(`${name} AS MATERIALIZED (SELECT ${stats.join(', ')} FROM ${input.name})`);
        const columns = [...input.columns, ...node.aggregates.map((a) => a.name)];
        return this.#cte(`SELECT * FROM ${input.name}, ${name}`, node, { ...input, columns });
      }
      case 'join': {
        const [left, right] = [this.#input(node.left), this.#input(node.right)];
        return this.#select(
          node,
          joinSql(node, left, right, (where) => this.#writer.write(where), this.#context.dialect),
        );
      }
      case 'asof-join': {
        const [left, right] = [this.#input(node.left), this.#input(node.right)];
        const at = fieldOf(node.left, node.at.left);
        const carried = this.#carry(node, left, (column) => column, 'l.');
        return this.#select(node, asofJoinSql(node, left, right, carried, at, this.#context.dialect));
      }
      case 'unpivot':
      case 'explode': {
        const input = this.#input(node.input);
        const gone = node.kind === 'unpivot' ? node.columns : [node.column];
        const carried = this.#carry(node, input, (column) => (gone.includes(column) ? undefined : column));
        const rows = { input, carried, demanded: this.#requirements.demanded.has(node) };
        const { dialect } = this.#context;
        if (node.kind === 'unpivot') return this.#select(node, unpivotSql(node, rows, dialect));
        return this.#select(node, explodeSql(node, fieldOf(node.input, node.column), rows, dialect));
      }
      case 'union':
        return this.#union(node);
      case 'dedupe':
        return this.#dedupe(node);
      case 'map-batches':
      case 'check':
        throw new Error(`a ${node.kind} is always kept in a table`);
    }
  }

  #filterWindows(input: Rendered, condition: string): string {
    return this.#context.dialect.filterWindows(input.name, [...input.columns, ...input.hidden], condition);
  }

  #table(node: Relation, table: string): Rendered {
    const columns = outputSchema(node).map((f) => f.name);
    if (!this.#requirements.demanded.has(node) || !isOrdered(node))
      return { name: table, columns, order: [], hidden: [] };
    const sql = `SELECT ${list(columns)}, ${this.#context.dialect.rowId} AS ${quoteName(ROW)} FROM ${table}`;
    return this.#cte(sql, node, { columns, order: [rowKey()], hidden: [ROW] });
  }

  #source(node: Relation & { kind: 'source' }): Rendered {
    const scan = this.#context.scans.get(node.source);
    const columns = outputSchema(node).map((f) => f.name);
    if (scan === undefined) throw new Error(`the source ${node.source.name} was not prepared`);
    if (scan.kind === 'table') return this.#table(node, scan.table);
    const sql = this.#context.dialect.scan(scan, { forTable: this.#requirements.castOnce.has(node) });
    return this.#cte(sql, node, { columns, order: [], hidden: [] });
  }

  #project(node: ProjectRelation): Rendered {
    const input = this.#input(node.input);
    const ties = this.#ties(node.input, input, ...node.columns.map((c) => c.expression));
    const selected = node.columns.map((c) => {
      const sql = this.#writer.write(c.expression, ties, c.name);
      return sql === quoteName(c.name) ? sql : `${sql} AS ${quoteName(c.name)}`;
    });
    const {
      order,
      hidden,
      selected: keys,
    } = this.#carry(node, input, (column) => {
      const kept = node.columns.find((c) => c.expression.kind === 'column' && c.expression.name === column);
      return kept?.name;
    });
    selected.push(...keys);
    const columns = node.columns.map((c) => c.name);
    // Rows that are alike in all columns may be told apart by what a window made of them.
    const settled = order.length === 0 || hidden.includes(ROW);
    const windows = settled ? [] : node.columns.filter((c) => hasWindow(c.expression));
    const made = windows.map((c): OrderKey => ({ column: c.name, descending: false, nulls: 'last' }));
    const parts = { columns, order: [...order, ...made], hidden };
    return this.#cte(`SELECT ${selected.join(', ')} FROM ${input.name}`, node, parts);
  }

  #aggregate(node: Relation & { kind: 'aggregate' }): Rendered {
    const input = this.#input(node.input);
    const keys = node.keys.map(quoteName);
    const groupedBy = outputSchema(node.input).flatMap(({ name, dtype }) => (node.keys.includes(name) ? [dtype] : []));
    const aggregates = node.aggregates.map(({ name, expression }) => {
      const ties = this.#ties(node.input, input, expression);
      return `${this.#writer.aggregate(expression, ties, groupedBy)} AS ${quoteName(name)}`;
    });
    const selected = [...keys, ...aggregates];
    const groupBy = keys.length === 0 ? '' : ` GROUP BY ${keys.join(', ')}`;
    const sql = `SELECT ${selected.length === 0 ? '1' : selected.join(', ')} FROM ${input.name}${groupBy}`;
    return this.#cte(sql, node, {
      columns: [...node.keys, ...node.aggregates.map((a) => a.name)],
      order: [],
      hidden: [],
    });
  }

  #union(node: Relation & { kind: 'union' }): Rendered {
    const columns = outputSchema(node).map((f) => f.name);
    const demanded = this.#requirements.demanded.has(node);
    const parts = node.inputs.map((relation, i) => {
      const input = this.#input(relation);
      if (!demanded) return `SELECT ${list(columns)} FROM ${input.name}`;
      const over = input.order.length === 0 ? '' : `ORDER BY ${orderSql(input.order)}`;
      return `SELECT ${list(columns)}, ${i} AS "__millrace_part", row_number() OVER (${over}) AS ${quoteName(ROW)} FROM ${input.name}`;
    });
    const part: OrderKey = { column: '__millrace_part', descending: false, nulls: 'last' };
    return this.#cte(parts.join(' UNION ALL '), node, {
      columns,
      order: demanded ? [part, rowKey()] : [],
      hidden: demanded ? [part.column, ROW] : [],
    });
  }

  #dedupe(node: Relation & { kind: 'dedupe' }): Rendered {
    const input = this.#input(node.input);
    const names = outputSchema(node.input).map((f) => f.name);
    if (node.orderBy.length === 0 && !isOrdered(node.input)) {
      // Rows that are equal in every column are one row, whichever of them stays.
      const wholeRow = node.by.length === 0 || names.every((name) => node.by.includes(name));
      if (!wholeRow) throw noOrder('dedupe');
      return this.#cte(`SELECT DISTINCT ${list(input.columns)} FROM ${input.name}`, node, input);
    }
    const by = (node.by.length === 0 ? names : node.by).map(quoteName).join(', ');
    const ties = this.#ties(node.input, input);
    const single = ties.length === 1 ? ties[0] : undefined;
    if (node.orderBy.length === 0 && single?.column === ROW && input.hidden.length === 1) {
      const pick = node.keep === 'first' ? 'min' : 'max';
      const row = quoteName(ROW);
      const sql = `SELECT * FROM ${input.name} WHERE ${row} IN (SELECT ${pick}(${row}) FROM ${input.name} GROUP BY ${by})`;
      return this.#cte(sql, node, input);
    }
    const order = [...node.orderBy, ...ties].map((key) => (node.keep === 'first' ? key : reversed(key)));
    const isFirst = `row_number() OVER (PARTITION BY ${by} ORDER BY ${orderSql(order)}) = 1`;
    return this.#cte(this.#filterWindows(input, isFirst), node, input);
  }

  /**
   * What settles ties among the rows of an input: its own order, or, where it has none, all its columns. Expressions
   * that need an order and give none are refused for such an input.
   */
  #ties(node: Relation, rendered: Pick<Rendered, 'order'>, ...expressions: readonly Expression[]): readonly OrderKey[] {
    this.#writer.schema = outputSchema(node);
    if (isOrdered(node)) return rendered.order;
    for (const expression of expressions) {
      const calls = new Set<Expression>();
      for (const inner of walkExpression(expression)) {
        // A window comes before its call, which takes the window's order.
        if (inner.kind === 'window') calls.add(inner.call);
        if (!dependsOnOrder(inner) || (inner.kind !== 'window' && inner.kind !== 'aggregate')) continue;
        if (inner.orderBy.length > 0 || calls.has(inner)) continue;
        const fn = inner.kind === 'window' ? inner.call.fn : inner.fn;
        throw noOrder(calledAs(fn), this.#placeOf(inner));
      }
    }
    return outputSchema(node)
      .filter((f) => f.dtype.id !== 'json')
      .map((f) => ({ column: f.name, descending: false, nulls: 'last' }));
  }

  /** Where in the plan an expression stands. */
  #placeOf(expression: Expression): string | undefined {
    for (const placed of expressionsOf(this.#plan)) if (placed.expression === expression) return placed.place;
    return undefined;
  }
}

function rowKey(): OrderKey {
  return { column: ROW, descending: false, nulls: 'last' };
}

function fieldOf(node: Relation, name: string): Field {
  const found = outputSchema(node).find((f) => f.name === name);
  if (found === undefined) throw new Error(`there is no column ${name}`);
  return found;
}

function noOrder(operation: string, place?: string): MillraceError {
  return new MillraceError({
    code: 'compile.order',
    message: `${place === undefined ? '' : `${place}: `}${operation} depends on the order of the rows, and after a join, a groupBy or an unordered source they have none. Give orderBy, or sort first.`,
    details: { operation },
  });
}
