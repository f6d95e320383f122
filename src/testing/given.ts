import type { Frame, FrameOf } from '../frame/frame.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { AnyCol, ColsOf } from '../schema/columns.ts';
import { read } from '../session.ts';
import { expectFrame, type RowsOptions } from './expect-frame.ts';
import type { InputRow } from './input-row.ts';

/** The columns of `C` that a test need not write: those that may be null, and those of `D`. */
type Spared<C extends AnyCol, D> = C extends { readonly k: infer K; readonly n: infer N }
  ? null extends N
    ? K
    : K extends D
      ? K
      : never
  : never;

/** A row of a test, its values as `read.rows` takes them: what may be null, or has a default, may be left out. */
export type GivenRow<C extends AnyCol, D = never> = Omit<InputRow<C>, Spared<C, D> & string> &
  Partial<Pick<InputRow<C>, Spared<C, D> & keyof InputRow<C>>>;

/** Rows that a step is tried on. */
export interface Given<C extends AnyCol> {
  /** The rows as a frame. */
  readonly frame: Frame<C>;
  /** What the step must make of them; see `expectFrame(..).toEqualRows`. */
  expect<O extends AnyCol>(
    step: (frame: Frame<C>) => Frame<O>,
    rows: readonly InputRow<O>[],
    options?: RowsOptions<O['k']>,
  ): Promise<void>;
}

/**
 * Rows for a test. Columns that may be null (they are null then), or that have a default, may be left out. Cases are
 * data: `test.each(cases)('$name', c => given(schema, c.rows).expect(step, c.expected))`.
 *
 * @example
 * ```ts
 * import { t, type FrameOf } from 'millrace';
 * import { given } from 'millrace/testing';
 * const schema = { sku: t.string(), quantity: t.int().nullable(), note: t.string().nullable() };
 * const sold = (sales: FrameOf<typeof schema>) => sales.filter(r => r.quantity.gt(0)).select('sku');
 * await given(schema, [{ sku: 'desk', quantity: 2 }, { sku: 'lamp' }]).expect(sold, [{ sku: 'desk' }]);
 * ```
 *
 * Errors: those of `read.rows` for a value that does not fit, with its row and column.
 */
export function given<const S extends SchemaSpec, const D extends Partial<InputRow<ColsOf<S>>> = Record<never, never>>(
  schema: S,
  rows: readonly GivenRow<ColsOf<S>, keyof D>[],
  options: { readonly defaults?: D } = {},
): Given<ColsOf<S>> {
  const nulls = Object.fromEntries(schemaOf(schema).flatMap(({ name, nullable }) => (nullable ? [[name, null]] : [])));
  const whole = rows.map((row) => ({ ...nulls, ...options.defaults, ...row }));
  const frame: FrameOf<S> = read.rows(whole as never, { schema });
  return { frame, expect: (step, expected, how) => expectFrame(step(frame)).toEqualRows(expected, how) };
}
