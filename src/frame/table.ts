import type { Table as ArrowTable } from 'apache-arrow';
import { didYouMean, MillraceError } from '../errors.ts';
import type { BlockResult } from '../plan/source.ts';
import type { AnyCol, Row } from '../schema/columns.ts';
import type { Schema } from '../schema/dtype.ts';
import { describeDType } from '../schema/dtype.ts';
import { blockRows, columnValues } from '../schema/js-value.ts';

/** How many rows and how wide a cell `toString()` shows. */
const SHOWN_ROWS = 20;
const SHOWN_WIDTH = 32;

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

  /** The same values as an Arrow table; `apache-arrow` is loaded when first asked for. */
  async toArrow(): Promise<ArrowTable> {
    const { toArrow } = await import('./arrow.ts');
    return toArrow(this.#result);
  }

  /** The first rows as text, columns side by side. */
  toString(): string {
    const cells = this.#cells();
    const header = this.schema.map((f) => f.name);
    const dtypes = this.schema.map((f) => `${describeDType(f.dtype)}${f.nullable ? '?' : ''}`);
    const right = this.schema.map((f) => ['int', 'bigint', 'float', 'decimal'].includes(f.dtype.id));
    const all = [header, dtypes, ...cells].map((row) => row.map(clip));
    const widths = header.map((_, c) => Math.max(...all.map((row) => (row[c] ?? '').length)));
    const lines = all.map((row) =>
      row
        .map((cell, c) => (right[c] === true ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
        .join('  ')
        .trimEnd(),
    );
    const rule = widths.map((width) => '-'.repeat(width)).join('  ');
    const more = this.numRows - cells.length;
    const footer = more > 0 ? `.. ${more.toLocaleString('en')} more rows` : `${this.numRows} rows`;
    return [...lines.slice(0, 2), rule, ...lines.slice(2), footer].join('\n');
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return this.toString();
  }

  /** The first rows as text, a list of cells a row. */
  #cells(): string[][] {
    const first = this.#result.blocks[0];
    if (first === undefined) return [];
    const rows = Math.min(SHOWN_ROWS, first.rows);
    const columns = this.schema.map((field, c) => {
      const column = first.columns[c];
      return column === undefined ? [] : columnValues(field, column, rows).map(cellText);
    });
    return Array.from({ length: rows }, (_, i) => columns.map((column) => column[i] ?? ''));
  }
}

function cellText(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function clip(cell: string): string {
  const line = cell.replaceAll('\n', '\\n').replaceAll('\t', '\\t');
  return line.length > SHOWN_WIDTH ? `${line.slice(0, SHOWN_WIDTH - 1)}…` : line;
}
