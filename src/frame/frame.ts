import { mimeBundle, showAs } from '../notebook/preview.ts';
import { describeSchema, type SchemaSpec } from '../schema/column-type.ts';
import type { AnyCol, Col, ColsOf } from '../schema/columns.ts';
import type { DType, Text } from '../schema/dtype.ts';
import { showCount } from '../show-count.ts';
import './expr.ts';
import { ReshapingVerbs } from './verbs/reshaping.ts';

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
 * `count`, ..) run the plan.
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
export class Frame<out C extends AnyCol, out Named = { readonly [P in C['k']]: Both<C, P> }> extends ReshapingVerbs {
  // `C` is a union of columns; `Named` holds them by name, so that a frame that lacks one is refused with its name; no
  // alias, or the compiler would compare the unions alone.
  declare readonly columns: { readonly one: C; readonly all: Named };

  /** A step, written as a function from frame to frame: `sales.pipe(clean).pipe(withRevenue)`. */
  pipe<R>(step: (frame: Frame<C, Named>) => R): R {
    return step(this);
  }

  /** Its columns; nothing runs. */
  override toString(): string {
    const columns = describeSchema(this.schema).replaceAll(/^/gm, '  ');
    return `a frame of ${showCount(this.schema.length, 'column')}:\n${columns}\na plan: nothing is computed before an action such as .rows() or .head()`;
  }
}

// In a notebook a frame shows its first rows: its plan is run for them.
showAs<Frame<AnyCol>>(Frame, async (frame) => {
  const table = await frame.head(NOTEBOOK_ROWS + 1);
  const { nulls, ...first } = table.preview(NOTEBOOK_ROWS);
  const isWhole = table.numRows <= NOTEBOOK_ROWS;
  if (isWhole) return mimeBundle({ ...first, ...(nulls === undefined ? {} : { nulls }) });
  // How many rows and nulls there are would take the whole run.
  return mimeBundle({ ...first, footer: `the first ${NOTEBOOK_ROWS} rows; more follow` });
});
