import { didYouMean, MillraceError } from '../../errors.ts';
import { Frame, type FrameOf } from '../../frame/frame.ts';
import type { OptionNames } from '../../option-names.ts';
import type { Scan, ScanColumn } from '../../plan/scan.ts';
import type { Executor, OnBadRow, Source } from '../../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../../schema/column-type.ts';
import { showValue } from '../../schema/show-value.ts';
import { expandPaths } from '../../storage/paths.ts';
import { Parts } from '../records/parts.ts';
import { plainShape } from '../records/plain-shape.ts';
import { scanColumns, TEXT_OPTIONS, type TextDefaults } from '../scan-columns.ts';
import { type PlacedColumn, recordLines, shown } from './records.ts';
import { openSheet, type Range, rangeOf, type Sheet, WHOLE_SHEET } from './sheet.ts';

/** What `read.excel` takes. */
export interface ExcelOptions<S extends SchemaSpec> extends TextDefaults {
  readonly schema: S;
  /** The sheet's name, or its position from 1. Default: the first. */
  readonly sheet?: string | number;
  /** The part of the sheet that is read, such as `'B3:F200'`, `'B3:F'` or `'B:F'`. Default: all of it. */
  readonly range?: string;
  /**
   * Whether the first row that holds something has the names of the columns. If not, they are those of the schema, in its
   * order. Default true.
   */
  readonly header?: boolean;
  /** Whether columns that the schema does not name are passed over. Default: they are an error. */
  readonly extraColumns?: 'fail' | 'ignore';
  /** What a row that does not fit its schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
}

export const EXCEL_OPTIONS: OptionNames<ExcelOptions<SchemaSpec>> = {
  schema: true,
  sheet: true,
  range: true,
  header: 'boolean',
  extraColumns: true,
  onBadRow: 'text|object',
  ...TEXT_OPTIONS,
};

/**
 * Reads a sheet of `.xlsx` workbooks, by path, paths or glob. Needs the package `hucre` (`npm install hucre`), which
 * reads a workbook into memory.
 *
 * @example
 * ```ts
 * import { mkdir, writeFile } from 'node:fs/promises';
 * import { writeXlsx } from 'hucre/xlsx';
 * import { read, t } from 'millrace';
 * const rows = [['Day', 'Sold'], [new Date('2024-05-01'), 12], [new Date('2024-05-02'), null]];
 * await mkdir('warehouse', { recursive: true });
 * await writeFile('warehouse/sales.xlsx', await writeXlsx({ sheets: [{ name: 'May', rows }] }));
 *
 * const sales = read.excel('warehouse/sales.xlsx', { sheet: 'May', schema: { Day: t.date(), Sold: t.int().nullable() } });
 * console.log(await sales.rows()); // [ { Day: '2024-05-01', Sold: 12 }, { Day: '2024-05-02', Sold: null } ]
 * ```
 *
 * A number is read from its digits: a float is the cell's double, all else its 15 digits, as a spreadsheet shows it. A
 * date is a day or a time without a zone (`timeZone`), counted from 1900 or 1904 as the workbook says. A formula is
 * the result that was stored with it. Text is read as strictly as in a CSV file. Empty cells, empty texts and the cells
 * under a merged one are null; rows without a value are passed over. An error (`#N/A`), a formula without a stored
 * result, and a time of day in a column that is no string do not fit.
 *
 * Errors: `excel.bad_row` with file, sheet, row, column and value; `excel.missing_column`, `excel.unknown_column`,
 * `excel.duplicate_column`, `excel.no_header`, `excel.no_sheet`, `excel.unreadable`, `excel.option`, `excel.peer`,
 * `excel.not_found`, `excel.duplicate_path`, `excel.scheme`.
 */
export function readExcel<const S extends SchemaSpec>(
  executor: Executor,
  paths: string | readonly string[],
  options: ExcelOptions<S>,
): FrameOf<S> {
  const { sheet = 1, header = true, extraColumns = 'fail', onBadRow = 'fail' } = options;
  const schema = schemaOf(options.schema);
  const range = checked(options);
  const declared = scanColumns(options.schema, options).map(withCellTexts);
  const source: Source = {
    name: `excel ${typeof paths === 'string' ? paths : paths.join(', ')}`,
    schema,
    ordered: true,
    onBadRow,
    volatile: false,
    prepare: async (context): Promise<Scan> => {
      const sheets: { name: string; found: Sheet; first: number; columns: readonly PlacedColumn[] }[] = [];
      for (const path of expandPaths(paths, 'excel', 'xlsx')) {
        context.signal?.throwIfAborted();
        const found = await openSheet(path, sheet, range);
        const name = `${path}, sheet ${JSON.stringify(found.name)}`;
        sheets.push({ name, found, ...placed(name, found, declared, { header, extraColumns }) });
      }
      return {
        kind: 'records',
        area: 'excel',
        unit: 'row',
        columns: declared,
        read: async (take) => {
          const parts = new Parts(await context.scratchFolder(), take);
          try {
            for (const { name, found, first, columns } of sheets) {
              for (const { runs, ...records } of recordLines(found, first, columns, plainShape(declared))) {
                await parts.add(name, records, runs);
              }
            }
            await parts.end();
          } finally {
            await parts.settled();
          }
        },
      };
    },
  };
  return new Frame({ kind: 'source', source }, executor);
}

/** Dates of cells are written in a way of their own, beside that of the column's texts. */
function withCellTexts(column: ScanColumn): ScanColumn {
  const { dtype, format } = column;
  if (format.formats === undefined || (dtype.id !== 'date' && dtype.id !== 'timestamp')) return column;
  const own = dtype.id === 'date' ? '%Y-%m-%d' : '%Y-%m-%dT%H:%M:%S.%f';
  return { ...column, format: { ...format, formats: [...format.formats.filter((one) => one !== own), own] } };
}

/** Where the columns of a schema stand, and the number of the first row after the header. */
function placed(
  name: string,
  sheet: Sheet,
  declared: readonly ScanColumn[],
  { header, extraColumns }: { readonly header: boolean; readonly extraColumns: 'fail' | 'ignore' },
): { readonly columns: readonly PlacedColumn[]; readonly first: number } {
  const [top] = sheet.rows;
  if (header && top === undefined) {
    throw new MillraceError({
      code: 'excel.no_header',
      message: `${name}: there is no header, for no cell of it holds anything. Read a sheet without one with header: false.`,
    });
  }
  const names = header
    ? (top?.cells ?? []).map((cell) => shown(cell))
    : declared.map((column): string | null => column.outside);
  const doubled = names.find((a, i) => a !== null && names.indexOf(a) !== i);
  if (doubled !== undefined) {
    throw new MillraceError({
      code: 'excel.duplicate_column',
      message: `${name}: the header has the column ${JSON.stringify(doubled)} twice.`,
      details: { column: doubled },
    });
  }
  const columns = declared.map((column): PlacedColumn => {
    const position = names.indexOf(column.outside);
    if (position === -1) throw missing(name, column.outside, names);
    return { ...column, position };
  });
  const first = header ? (top?.number ?? 0) + 1 : 1;
  if (extraColumns === 'fail') refuseExtra(name, sheet, first, { names, columns });
  return { columns, first };
}

function missing(name: string, column: string, names: readonly (string | null)[]): MillraceError {
  const known = names.filter((one) => one !== null);
  return new MillraceError({
    code: 'excel.missing_column',
    message: `${name}: the header has no column ${JSON.stringify(column)}.${didYouMean(column, known)} Its columns are ${known.join(', ')}.`,
    details: { column, header: known },
  });
}

function refuseExtra(
  name: string,
  sheet: Sheet,
  first: number,
  { names, columns }: { readonly names: readonly (string | null)[]; readonly columns: readonly PlacedColumn[] },
): void {
  const used = new Set(columns.map((column) => column.position));
  const rows = sheet.rows.filter((row) => row.number >= first);
  const extra = sheet.letters.flatMap((letter, i) => {
    if (used.has(i)) return [];
    const title = names[i] ?? null;
    if (title !== null) return [JSON.stringify(title)];
    return rows.some((row) => row.cells[i] !== undefined) ? [`column ${letter}, which has no name`] : [];
  });
  if (extra.length === 0) return;
  throw new MillraceError({
    code: 'excel.unknown_column',
    message: `${name}: the schema does not name ${extra.join(', ')}. Add ${extra.length === 1 ? 'it' : 'them'} to the schema, choose a range, or pass over such columns with extraColumns: 'ignore'.`,
    details: { columns: extra },
  });
}

function checked({ sheet = 1, range, extraColumns }: ExcelOptions<SchemaSpec>): Range {
  const isPosition = typeof sheet === 'number' && Number.isInteger(sheet) && sheet >= 1;
  if (typeof sheet !== 'string' && !isPosition) throw optionError('sheet', sheet, 'a name, or a position from 1');
  if (extraColumns !== undefined && extraColumns !== 'fail' && extraColumns !== 'ignore')
    throw optionError('extraColumns', extraColumns, `'fail' or 'ignore'`);
  if (range === undefined) return WHOLE_SHEET;
  const found = typeof range === 'string' ? rangeOf(range) : undefined;
  if (found === undefined) throw optionError('range', range, `one such as 'B3:F200', 'B3:F' or 'B:F'`);
  return found;
}

function optionError(name: string, given: unknown, valid: string): MillraceError {
  return new MillraceError({
    code: 'excel.option',
    message: `read.excel: ${name} is ${showValue(given)}. Give ${valid}.`,
    details: { option: name, value: given },
  });
}
