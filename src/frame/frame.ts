import { MillraceError } from '../errors.ts';
import { DISPLAY, type MimeBundle, mimeBundle } from '../notebook/preview.ts';
import type { Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import type { AnyColumnType, SchemaSpec } from '../schema/column-type.ts';
import type { AnyCol, Col, ColsOf, Filled, Made, NoOther, Only, Renamed, Row, Without } from '../schema/columns.ts';
import type { Bool, DType, DTypeId, Field, Schema, Text } from '../schema/dtype.ts';
import { type CheckOptions, type CheckRules, check } from './checks.ts';
import {
  type Cols,
  changeColumns,
  checkNames,
  columnNode,
  columnsOf,
  fieldOf,
  namedExpressions,
  project,
  replaceColumns,
} from './columns.ts';
import './expr.ts';
import { concat } from './concat.ts';
import type { Expr } from './expr.ts';
import { type AnyScalar, BaseExpr, call, castNode, make, type Scalar } from './functions/base.ts';
import { type LiteralOf, literalFor } from './functions/literal.ts';
import { type OrderBy, type OrderItem, orderKeys } from './functions/order.ts';
import { Grouped } from './grouped.ts';
import { type Imputations, type Imputed, impute } from './impute.ts';
import { type Joined, type JoinKey, type JoinOptions, join } from './join.ts';
import { Table } from './table.ts';
import type {
  Alike,
  ColsOfFrame,
  Concatenated,
  DTypeById,
  Mapped,
  Recast,
  Replaced,
  Replacements,
  SplitOptions,
} from './verb-types.ts';
import { withSchema } from './with-schema.ts';

/** A column that a union has twice, as a generic step's may have, is both. */
type Both<C, K> = (C extends { readonly k: K } ? (column: C) => void : never) extends (column: infer I) => void
  ? I
  : never;

/** How many rows of a frame a notebook shows. */
const NOTEBOOK_ROWS = 10;

/** The frame of a declared schema, for writing steps: `export type Sales = FrameOf<typeof salesSchema>`. */
export type FrameOf<S extends SchemaSpec> = Frame<ColsOf<S>>;

/** The columns of a frame of rejected rows. */
export type QuarantineCols =
  | Col<'source', Text, never>
  | Col<'line', DType<'int', number>, null>
  | Col<'column', Text, null>
  | Col<'value', Text, null>
  | Col<'reason', Text, never>
  | Col<'raw', Text, null>;

export type { SplitOptions } from './verb-types.ts';

/** A frame that was computed once; its rows are kept until it is disposed of. */
export type Materialized<C extends AnyCol> = Frame<C> & AsyncDisposable;

/**
 * A lazy table: a plan with typed columns. Verbs give a new frame and run nothing; actions (`rows`, `collect`,
 * `count`, ..) run the plan. `C` is a union of columns; `Named` holds them by name, so that a frame that lacks one is
 * refused with its name; no alias, or the compiler would compare the unions alone.
 *
 * @example
 * ```ts
 * import { read, t } from 'millrace';
 * const sales = read.rows(
 *   [{ sku: 'a', quantity: 2 }, { sku: 'b', quantity: null }],
 *   { schema: { sku: t.string(), quantity: t.int().nullable() } },
 * );
 * const filled = sales.fillNulls({ quantity: 0 }).filter(r => r.quantity.lt(5));
 * console.log(await filled.rows()); // [ { sku: 'a', quantity: 2 }, { sku: 'b', quantity: 0 } ]
 * ```
 */
export class Frame<out C extends AnyCol, out Named = { readonly [P in C['k']]: Both<C, P> }> {
  declare readonly columns: { readonly one: C; readonly all: Named };
  readonly plan: Relation;
  readonly executor: Executor;

  constructor(plan: Relation, executor: Executor) {
    this.plan = plan;
    this.executor = executor;
  }

  /** The columns at run time. */
  get schema(): Schema {
    return outputSchema(this.plan);
  }

  /** Only these columns, in this order. */
  select<C extends AnyCol, const N extends C['k']>(this: Frame<C>, ...names: N[]): Frame<Only<C, N>> {
    const schema = outputSchema(this.plan);
    const columns = names.map((name) => ({ name, expression: columnNode(fieldOf(schema, name, 'select')) }));
    return derive(this, project(this.plan, columns, 'select'));
  }

  /** All but these columns. */
  drop<C extends AnyCol, const N extends C['k']>(this: Frame<C>, ...names: N[]): Frame<Without<C, N>> {
    const schema = outputSchema(this.plan);
    const dropped = new Set<string>(names.map((name) => fieldOf(schema, name, 'drop').name));
    const columns = schema
      .filter((f) => !dropped.has(f.name))
      .map((f) => ({ name: f.name, expression: columnNode(f) }));
    return derive(this, project(this.plan, columns, 'drop'));
  }

  /** Columns by new names: `rename({ old: 'new' })`. */
  rename<C extends AnyCol, const M extends { readonly [P in C['k']]?: string }>(
    this: Frame<C>,
    names: M & NoOther<M, C['k']>,
  ): Frame<Renamed<C, M>> {
    const schema = outputSchema(this.plan);
    const renamed = new Map(Object.entries<string | undefined>(names));
    for (const name of renamed.keys()) fieldOf(schema, name, 'rename');
    const columns = schema.map((f) => ({ name: renamed.get(f.name) ?? f.name, expression: columnNode(f) }));
    return derive(this, project(this.plan, columns, 'rename'));
  }

  /** New columns, or new values of old ones; each is computed from the columns as they were before. */
  withColumns<C extends AnyCol, O extends Readonly<Record<string, AnyScalar>>>(
    this: Frame<C>,
    make: (r: Cols<C>) => O,
  ): Frame<Without<C, keyof O> | Made<O>> {
    const made = namedExpressions(make(columnsOf(outputSchema(this.plan), 'withColumns')), 'withColumns');
    return derive(this, replaceColumns(this.plan, made, 'withColumns'));
  }

  /**
   * The same change to every column of a dtype: `mapColumns('string', c => c.trim())`. A nullable column stays
   * nullable, whatever the change does with null.
   */
  mapColumns<C extends AnyCol, const Id extends C['d']['id'], R extends AnyScalar>(
    this: Frame<C>,
    dtype: Id,
    change: (column: Expr<DTypeById<C, Id>, never>) => R,
  ): Frame<Mapped<C, Id, R>> {
    const changed = (field: Field): Expression | undefined => {
      if (field.dtype.id !== (dtype as DTypeId)) return undefined;
      const { node } = change(make(columnNode(field)));
      return field.nullable ? { ...node, nullable: true } : node;
    };
    return derive(this, changeColumns(this.plan, changed, 'mapColumns'));
  }

  /** The rows for which the predicate is true; where it is false or null they are left out. */
  filter<C extends AnyCol>(this: Frame<C>, predicate: (r: Cols<C>) => Scalar<Bool, null>): Frame<C> {
    const made = predicate(columnsOf(outputSchema(this.plan), 'filter'));
    if (!(made instanceof BaseExpr) || made.node.dtype.id !== 'boolean') {
      throw new MillraceError({
        code: 'plan.expression',
        message: 'filter: the predicate did not give a boolean expression, such as r.quantity.gt(0).',
      });
    }
    return derive(this, { kind: 'filter', input: this.plan, predicate: made.node });
  }

  /** Columns as other dtypes; text is read as strictly as a reader reads it, a value that does not fit fails the run. */
  cast<C extends AnyCol, const O extends { readonly [P in C['k']]?: AnyColumnType }>(
    this: Frame<C>,
    types: O & NoOther<O, C['k']>,
  ): Frame<Recast<C, O>> {
    const made = Object.entries<AnyColumnType | undefined>(types).map(([name, type]) => {
      const column = columnNode(fieldOf(outputSchema(this.plan), name, 'cast'));
      return { name, expression: type === undefined ? column : castNode(column, type, 'fail') };
    });
    return derive(this, replaceColumns(this.plan, made, 'cast'));
  }

  /** The rows without a null in these columns, or in any column where none are named. */
  dropNulls<C extends AnyCol, const N extends C['k'] = C['k']>(this: Frame<C>, ...names: N[]): Frame<Filled<C, N>> {
    const schema = outputSchema(this.plan);
    const fields = names.length === 0 ? schema : names.map((name) => fieldOf(schema, name, 'dropNulls'));
    const wanted = new Set(fields.filter((f) => f.nullable).map((f) => f.name));
    let input: Relation = this.plan;
    for (const field of schema) {
      if (!wanted.has(field.name)) continue;
      const predicate = call('is_not_null', [columnNode(field)], { id: 'boolean' }, false);
      input = { kind: 'filter', input, predicate };
    }
    const filled = changeColumns(
      input,
      (f) => (wanted.has(f.name) ? { ...columnNode(f), nullable: false } : undefined),
      'dropNulls',
    );
    return derive(this, filled);
  }

  /** Constants in the place of nulls: `fillNulls({ quantity: 0, region: 'north' })`. */
  fillNulls<C extends AnyCol, const K extends C['k']>(
    this: Frame<C>,
    values: { readonly [P in K]: LiteralOf<Only<C, P>['d']> },
  ): Frame<Filled<C, K>> {
    const constants = Object.entries(values).map(([name, constant]) => [name, { constant }] as const);
    return derive(this, impute(this.plan, Object.fromEntries(constants)));
  }

  /**
   * Values in the place of nulls: a statistic of the column, a constant, or the nearest value in an order. A column
   * whose every value is null has no statistic: the run fails and names it.
   */
  impute<C extends AnyCol, const O extends Imputations<C>>(
    this: Frame<C>,
    imputations: O & NoOther<O, C['k']>,
  ): Frame<Imputed<C, O>> {
    return derive(this, impute(this.plan, imputations));
  }

  /** Values by other values: `replace({ region: { N: 'north' } })`; what is not named stays. */
  replace<C extends AnyCol, const O extends Replacements<C>>(
    this: Frame<C>,
    replacements: O & NoOther<O, C['k']>,
  ): Frame<Replaced<C, O>> {
    const schema = outputSchema(this.plan);
    const made = Object.entries<unknown>(replacements).map(([name, given]) => {
      const column = columnNode(fieldOf(schema, name, 'replace'));
      const wide = column.dtype.id === 'string' ? { ...column, dtype: { id: 'string' } as const } : column;
      const pairs = given instanceof Map ? [...given] : Object.entries(given as Record<string, string>);
      const branches = pairs.map(([from, to]) => ({
        when: call('eq', [column, literalFor(from, wide)], { id: 'boolean' }, column.nullable),
        value: literalFor(to, wide),
      }));
      return { name, expression: { ...wide, kind: 'case', branches, otherwise: wide } as const };
    });
    return derive(this, replaceColumns(this.plan, made, 'replace'));
  }

  /** One row for each value of `by` (of the whole row without it): the first or last in `orderBy`, or in the frame's own order. */
  dedupe<C extends AnyCol>(
    this: Frame<C>,
    options: {
      readonly by?: readonly C['k'][];
      readonly keep?: 'first' | 'last';
      readonly orderBy?: OrderBy<C['k']>;
    } = {},
  ): Frame<C> {
    const { by = [], keep = 'first', orderBy = [] } = options;
    if (keep !== 'first' && keep !== 'last') {
      throw new MillraceError({
        code: 'plan.dedupe',
        message: `dedupe: keep is ${JSON.stringify(keep)}. The choices are 'first' and 'last'.`,
      });
    }
    for (const name of by) fieldOf(outputSchema(this.plan), name, 'dedupe');
    return derive(this, { kind: 'dedupe', input: this.plan, by, keep, orderBy: this.#order(orderBy, 'dedupe') });
  }

  /** In an order: `sort('sold_at', { desc: 'revenue', nulls: 'last' })`. Ties keep the order they had. */
  sort<C extends AnyCol>(this: Frame<C>, ...keys: readonly OrderItem<C['k']>[]): Frame<C> {
    return derive(this, { kind: 'sort', input: this.plan, keys: this.#order(keys, 'sort') });
  }

  /** The first `count` rows after `offset`. */
  limit<C extends AnyCol>(this: Frame<C>, count: number, offset = 0): Frame<C> {
    for (const [name, value] of [
      ['count', count],
      ['offset', offset],
    ] as const) {
      if (!Number.isSafeInteger(value) || value < 0) {
        throw new MillraceError({
          code: 'plan.limit',
          message: `limit: ${name} is ${value}. Give a whole number from 0.`,
        });
      }
    }
    return derive(this, { kind: 'limit', input: this.plan, count, offset });
  }

  /** A share of the rows, chosen by a hash of the row and the seed: the same rows at every run. */
  sample<C extends AnyCol>(
    this: Frame<C>,
    options: { readonly share: number; readonly seed: number; readonly groups?: readonly C['k'][] },
  ): Frame<C> {
    checkShare(options.share, 'sample', 'share');
    return derive(this, this.#sampled(options.groups ?? [], options.seed, 0, options.share, 'sample'));
  }

  /**
   * Two frames without a row in common, the same at every run. By `seed`: by a hash of `groups`, or of the whole row,
   * so that equal rows stay together. By `orderBy`: the last rows are the test.
   */
  split<C extends AnyCol>(
    this: Frame<C>,
    options: SplitOptions<C['k']>,
  ): { readonly train: Frame<C>; readonly test: Frame<C> } {
    checkShare(options.test, 'split', 'test');
    // 1 - 0.9 is a little less than 0.1, which would cost a row.
    const edge = Number((1 - options.test).toPrecision(15));
    const part = (from: number, to: number): Relation =>
      options.orderBy === undefined
        ? this.#sampled(options.groups ?? [], options.seed, from, to, 'split')
        : { kind: 'slice', input: this.plan, orderBy: this.#order(options.orderBy, 'split'), from, to };
    return { train: derive(this, part(0, edge)), test: derive(this, part(edge, 1)) };
  }

  /** Groups of rows with equal values in these columns, nulls being equal; without columns, all rows as one group. */
  groupBy<C extends AnyCol, const N extends C['k'] = never>(this: Frame<C>, ...names: N[]): Grouped<C, N> {
    for (const name of names) fieldOf(outputSchema(this.plan), name, 'groupBy');
    return new Grouped<C, N>(this.plan, names, (plan) => derive(this, plan));
  }

  /** Rows of two frames that agree in `on`; null agrees with nothing. */
  join<
    C extends AnyCol,
    D extends AnyCol,
    const On extends JoinKey<C, D>,
    const How extends 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti' = 'inner',
    const Suffix extends string = '',
  >(
    this: Frame<C>,
    other: Frame<D>,
    options: JoinOptions<C, D, On, How, Suffix>,
  ): Frame<Joined<C, D, On, How, Suffix>> {
    refuseOther(this, other, 'join');
    return derive(this, join(this.plan, other.plan, options));
  }

  /** The rows of this frame, then those of the others, which have the same columns. */
  concat<C extends AnyCol, const F extends readonly Frame<Alike<C>>[]>(
    this: Frame<C>,
    ...others: F
  ): Frame<Concatenated<C, ColsOfFrame<F[number]>>> {
    for (const other of others) refuseOther(this, other, 'concat');
    const inputs = concat(
      this.plan,
      others.map((other) => other.plan),
    );
    return derive(this, { kind: 'union', inputs });
  }

  /** Checks rules on the data when the plan runs: `check({ quantity: [notNull, between(1, 1000)], invoice: unique })`. */
  check<C extends AnyCol>(this: Frame<C>, rules: CheckRules<C>, options: CheckOptions<C> = {}): Frame<C> {
    return derive(this, check(this.plan, rules, options));
  }

  /** A step, written as a function from frame to frame. */
  pipe<R>(step: (frame: Frame<C, Named>) => R): R {
    return step(this);
  }

  /** A function of your own over batches of rows, in order; the only verb whose rows pass through JavaScript. */
  mapBatches<C extends AnyCol, const S extends SchemaSpec>(
    this: Frame<C>,
    map: (
      rows: readonly Row<C>[],
    ) => readonly Readonly<Record<string, unknown>>[] | Promise<readonly Readonly<Record<string, unknown>>[]>,
    options: { readonly schema: S; readonly batchSize?: number },
  ): FrameOf<S> {
    const schema = Object.entries(options.schema).map(([name, type]) => ({
      name,
      dtype: type.dtype,
      nullable: type.isNullable,
    }));
    checkNames(
      schema.map((f) => f.name),
      'mapBatches',
    );
    const { batchSize = 10_000 } = options;
    if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
      throw new MillraceError({
        code: 'plan.batch_size',
        message: `mapBatches: batchSize is ${batchSize}. Give a whole number of rows from 1.`,
      });
    }
    const run = map as (rows: readonly Record<string, unknown>[]) => unknown;
    return derive(this, {
      kind: 'map-batches',
      input: this.plan,
      schema,
      batchSize,
      map: run,
    });
  }

  /** Types the columns: text is parsed as the schema says, other dtypes are checked against it; columns not named are left out. */
  withSchema<const S extends SchemaSpec>(schema: S): FrameOf<S> {
    return new Frame(withSchema(this.plan, schema), this.executor);
  }

  /** Runs the plan and holds the result in memory. */
  async collect<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): Promise<Table<C>> {
    return new Table(await this.executor.collect(this.plan, options));
  }

  /** Runs the plan and gives its rows as plain objects. */
  async rows<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): Promise<Row<C>[]> {
    return (await this.collect(options)).rows();
  }

  /** How many rows the plan gives. */
  count(options: RunOptions = {}): Promise<number> {
    return this.executor.count(this.plan, options);
  }

  /** The first rows, for looking. */
  head<C extends AnyCol>(this: Frame<C>, count = 10, options: RunOptions = {}): Promise<Table<C>> {
    return this.limit(count).collect(options);
  }

  /** The result in tables of at most 122,880 rows, as they are asked for. */
  async *batches<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): AsyncGenerator<Table<C>> {
    const schema = outputSchema(this.plan);
    for await (const block of this.executor.stream(this.plan, options)) yield new Table({ schema, blocks: [block] });
  }

  /** Runs the plan once; the frame it gives reads the kept result. Dispose of it with `await using`. */
  async materialize<C extends AnyCol>(this: Frame<C>, options: RunOptions = {}): Promise<Materialized<C>> {
    const { source, release } = await this.executor.materialize(this.plan, options);
    const frame = new Frame<C>({ kind: 'source', source }, this.executor);
    return Object.assign(frame, { [Symbol.asyncDispose]: release });
  }

  /** The rows that readers, casts and checks of this plan rejected, each with its reason. */
  quarantine(): Frame<QuarantineCols> {
    return new Frame<QuarantineCols>({ kind: 'source', source: this.executor.quarantine(this.plan) }, this.executor);
  }

  /** Forgets what was read once and kept (an API's answer, a SQL result): the next run reads it again. */
  refresh(): Promise<void> {
    return this.executor.refresh(this.plan);
  }

  /** The plan and the SQL it compiles to. */
  explain(): Promise<string> {
    return this.executor.explain(this.plan);
  }

  #order(orderBy: OrderBy, verb: string): ReturnType<typeof orderKeys> {
    const keys = orderKeys(orderBy);
    for (const key of keys) fieldOf(outputSchema(this.plan), key.column, verb);
    return keys;
  }

  #sampled(by: readonly string[], seed: number, from: number, to: number, verb: string): Relation {
    for (const name of by) fieldOf(outputSchema(this.plan), name, verb);
    if (!Number.isSafeInteger(seed)) {
      throw new MillraceError({ code: 'plan.seed', message: `${verb}: seed is ${seed}. Give a whole number.` });
    }
    return { kind: 'sample', input: this.plan, by, seed, from, to };
  }
}

// In a notebook a frame shows its first rows: its plan is run for them.
Object.defineProperty(Frame.prototype, DISPLAY, {
  async value(this: Frame<AnyCol>): Promise<MimeBundle> {
    const table = await this.head(NOTEBOOK_ROWS + 1);
    const preview = table.preview(NOTEBOOK_ROWS);
    return mimeBundle(
      table.numRows > NOTEBOOK_ROWS ? { ...preview, footer: `the first ${NOTEBOOK_ROWS} rows` } : preview,
    );
  },
});

function derive<C extends AnyCol>(frame: { readonly executor: Executor }, plan: Relation): Frame<C> {
  return new Frame<C>(Object.freeze(plan), frame.executor);
}

/** The scratch tables of another session would be looked for in this one, which may have others of their names. */
function refuseOther(
  frame: { readonly executor: Executor },
  other: { readonly executor: Executor },
  verb: string,
): void {
  if (other.executor === frame.executor) return;
  throw new MillraceError({
    code: 'plan.session',
    message: `${verb}: the two frames belong to different sessions. Read both with the same session.`,
  });
}

function checkShare(share: number, verb: string, name: string): void {
  if (!(share > 0 && share < 1)) {
    throw new MillraceError({
      code: 'plan.share',
      message: `${verb}: ${name} is ${share}. Give a share between 0 and 1.`,
    });
  }
}
