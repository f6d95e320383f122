import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { AnyColumnType, SchemaSpec } from '../../schema/column-type.ts';
import type { AnyCol, Col, Made, NoOther, Only, Renamed, Without } from '../../schema/columns.ts';
import type { DTypeId, Field, Int } from '../../schema/dtype.ts';
import { Actions } from '../actions.ts';
import { answerOf, checkOptions, entriesOf } from '../arguments.ts';
import {
  type Cols,
  changeColumns,
  columnNode,
  columnsOf,
  fieldOf,
  namedExpressions,
  project,
  replaceColumns,
  scalarOf,
} from '../columns.ts';
import { derive } from '../derive.ts';
import type { Expr } from '../expr.ts';
import type { Frame, FrameOf } from '../frame.ts';
import { type AnyScalar, castNode, make } from '../functions/base.ts';
import { fn } from '../functions/fn.ts';
import type { OneOrMore, OrderBy } from '../functions/order.ts';
import type { DTypeById, Mapped, Recast } from '../verb-types.ts';
import { withSchema } from '../with-schema.ts';

const COMPUTED = 'r => ({ total: r.price.mul(2) })';

/** Verbs that choose, name, type and compute columns. */
export class ColumnVerbs extends Actions {
  /** Only these columns, in this order: `select('sku', 'price')`. */
  select<C extends AnyCol, const N extends C['k']>(this: Frame<C>, ...names: N[]): Frame<Only<C, N>> {
    const schema = outputSchema(this.plan);
    const columns = names.map((name) => ({ name, expression: columnNode(fieldOf(schema, name, 'select')) }));
    return derive(this, project(this.plan, columns, 'select'));
  }

  /** All but these columns: `drop('note')`. */
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
    const renamed = new Map(entriesOf<string | undefined>(names, 'rename', "{ old: 'new' }"));
    for (const name of renamed.keys()) fieldOf(schema, name, 'rename');
    const columns = schema.map((f) => ({ name: renamed.get(f.name) ?? f.name, expression: columnNode(f) }));
    return derive(this, project(this.plan, columns, 'rename'));
  }

  /**
   * New columns, or new values of old ones, each computed from the columns as they were before:
   * `withColumns(r => ({ total: r.price.mul(r.quantity) }))`. What is null in an expression is said at its method.
   */
  withColumns<C extends AnyCol, O extends Readonly<Record<string, AnyScalar>>>(
    this: Frame<C>,
    make: (r: Cols<C>) => O,
  ): Frame<Without<C, keyof O> | Made<O>> {
    const made = namedExpressions(
      answerOf(make, columnsOf<C>(outputSchema(this.plan), 'withColumns'), 'withColumns', COMPUTED),
      'withColumns',
    );
    return derive(this, replaceColumns(this.plan, made, 'withColumns'));
  }

  /**
   * A column of row numbers: `withRowNumber('n', { orderBy: { desc: 'price' }, partitionBy: 'region' })`. It counts from
   * 1, or `from`, in each partition, ties in the frame's order; without `orderBy` in the frame's own order, which fails
   * where it has none. Never null; a column of that name is replaced, nulls in `partitionBy` are one partition.
   */
  withRowNumber<C extends AnyCol, const K extends string>(
    this: Frame<C>,
    name: K,
    options: {
      readonly orderBy?: OrderBy<C['k']>;
      readonly partitionBy?: OneOrMore<C['k']>;
      readonly from?: number;
    } = {},
  ): Frame<Without<C, K> | Col<K, Int, never>> {
    checkOptions(options, 'withRowNumber', "{ orderBy: 'day' }", { orderBy: true, partitionBy: true, from: true });
    const { orderBy = [], partitionBy = [], from = 1 } = options;
    if (!Number.isSafeInteger(from)) {
      throw new MillraceError({
        code: 'plan.argument',
        message: `withRowNumber: from is ${from}. Give a whole number, from which rows are counted.`,
      });
    }
    const number = fn.rowNumber().over({ orderBy, partitionBy });
    const expression = (from === 1 ? number : number.add(from - 1)).node;
    return derive(this, replaceColumns(this.plan, [{ name, expression }], 'withRowNumber'));
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
      const node = scalarOf(
        answerOf(change, make(columnNode(field)), 'mapColumns', 'c => c.trim()'),
        field.name,
        'mapColumns',
      );
      return field.nullable ? { ...node, nullable: true } : node;
    };
    return derive(this, changeColumns(this.plan, changed, 'mapColumns'));
  }

  /**
   * Columns as other dtypes: `cast({ quantity: t.int() })`. Text is read as strictly as a reader reads it; a value that does
   * not fit fails the run with `cast.failed`, null stays null. `r.quantity.cast(t.int(), { onError: 'null' })` lets it pass.
   * A column that the action does not need is not computed, so `count()` and `select` of others pass.
   */
  cast<C extends AnyCol, const O extends { readonly [P in C['k']]?: AnyColumnType }>(
    this: Frame<C>,
    types: O & NoOther<O, C['k']>,
  ): Frame<Recast<C, O>> {
    const made = entriesOf<AnyColumnType | undefined>(types, 'cast', '{ quantity: t.int() }').map(([name, type]) => {
      const column = columnNode(fieldOf(outputSchema(this.plan), name, 'cast'));
      return { name, expression: type === undefined ? column : castNode(column, type, 'fail') };
    });
    return derive(this, replaceColumns(this.plan, made, 'cast'));
  }

  /**
   * Types the columns of a frame that was opened without a schema: `opened.withSchema({ sku: t.string(), sold: t.date() })`.
   * Text is parsed as the schema says, other dtypes are checked against it; columns not named are left out. A null where
   * none may be, and text that does not fit, fails the run.
   */
  withSchema<const S extends SchemaSpec>(schema: S): FrameOf<S> {
    return derive(this, withSchema(this.plan, schema));
  }
}
