import type { Table as ArrowTable } from 'apache-arrow';
import { didYouMean, MillraceError } from '../errors.ts';
import { mimeBundle, type Preview, previewText, showAs } from '../notebook/preview.ts';
import type { BlockResult } from '../schema/block.ts';
import type { AnyCol, Row } from '../schema/columns.ts';
import type { Schema } from '../schema/dtype.ts';
import { blockRows, columnValues } from '../schema/js-value.ts';
import { showCount } from '../show-count.ts';

/** How many rows are shown. */
const SHOWN_ROWS = 20;

type ValueOf<C extends AnyCol, K> = C extends { readonly k: K } ? C['d']['js'] | C['n'] : never;

/**
 * A collected result, held column by column in Arrow's layout.
 *
 * @example
 * ```ts
 * import { read, t } from 'millrace';
 * const table = await read.rows([{ x: 1 }, { x: 2 }], { schema: { x: t.int() } }).collect();
 * console.log(table.numRows, table.column('x')); // 2 [ 1, 2 ]
 * ```
 */
export class Table<C extends AnyCol> {
  readonly schema: Schema;
  readonly numRows: number;
  readonly #result: BlockResult;

  constructor(result: BlockResult) {
    this.schema = result.schema;
    this.numRows = result.blocks.reduce((sum, block) => sum + block.rows, 0);
    this.#result = result;
  }

  /** The rows as plain objects. */
  rows(): Row<C>[] {
    return this.#result.blocks.flatMap((block) => blockRows(this.schema, block)) as Row<C>[];
  }

  /** The values of one column, nulls in their places. */
  column<const K extends C['k']>(name: K): ValueOf<C, K>[] {
    const index = this.schema.findIndex((field) => field.name === name);
    const field = this.schema[index];
    if (field === undefined) {
      const names = this.schema.map((f) => f.name);
      throw new MillraceError({
        code: 'plan.unknown_column',
        message: `column: there is no column ${JSON.stringify(name)}.${didYouMean(name, names)} The columns are ${names.join(', ')}.`,
      });
    }
    return this.#result.blocks.flatMap((block) => {
      const column = block.columns[index];
      return column === undefined ? [] : columnValues(field, column, block.rows);
    }) as ValueOf<C, K>[];
  }

  /**
   * The same values as an Arrow table, lists and structs as Arrow's, JSON as text that says so (`arrow.json`).
   * `apache-arrow` is loaded when first asked for.
   */
  async toArrow(): Promise<ArrowTable> {
    const { toArrow } = await import('./arrow.ts');
    return toArrow(this.#result);
  }

  /** The first 20 rows as text, columns side by side. */
  toString(): string {
    const more = this.numRows > SHOWN_ROWS ? `; more of them with .toText({ rows: ${this.numRows} })` : '';
    return `${this.toText()}${more}`;
  }

  /** The first rows as text, as many as wanted: `console.log(table.toText({ rows: 100 }))`. Default 20. */
  toText(options: { readonly rows?: number } = {}): string {
    return previewText(this.preview(options.rows));
  }

  /** What is shown of it: the first rows, and how many there are. */
  preview(most: number = SHOWN_ROWS): Preview {
    const columns = this.schema.map((field, c) => {
      let left = most;
      return this.#result.blocks.flatMap((block) => {
        const column = left > 0 ? block.columns[c] : undefined;
        const shown = Math.min(left, block.rows);
        left -= shown;
        return column === undefined ? [] : columnValues(field, column, shown);
      });
    });
    const rows = Array.from({ length: columns[0]?.length ?? 0 }, (_, i) => columns.map((column) => column[i]));
    const more = this.numRows - rows.length;
    const footer =
      more > 0
        ? `the first ${rows.length.toLocaleString('en')} of ${this.numRows.toLocaleString('en')} rows`
        : showCount(this.numRows, 'row');
    const nulls = this.schema.map((_, c) =>
      this.#result.blocks.reduce((sum, block) => sum + nullsIn(block.columns[c]?.validity, block.rows), 0),
    );
    return { schema: this.schema, rows, footer, nulls };
  }
}

showAs<Table<AnyCol>>(Table, (table) => mimeBundle(table.preview()));

/** How many of the first bits are not set. */
function nullsIn(validity: Uint8Array | undefined, rows: number): number {
  if (validity === undefined) return 0;
  let nulls = 0;
  for (let i = 0; i < rows; i++) nulls += 1 - (((validity[i >> 3] ?? 0) >> (i & 7)) & 1);
  return nulls;
}
