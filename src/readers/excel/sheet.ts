import { readFile } from 'node:fs/promises';
import { MillraceError } from '../../errors.ts';

/** A cell as the file holds it; nothing stands for an empty one. */
export type Cell =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'boolean'; readonly truth: boolean }
  /** A day and a time of no zone. */
  | { readonly kind: 'date'; readonly date: Date }
  | { readonly kind: 'time'; readonly text: string }
  /** What is no value: `#N/A`, or a formula whose result was not stored. */
  | { readonly kind: 'error'; readonly text: string; readonly reason: string };

/** A sheet, or a range of it. */
export interface Sheet {
  readonly name: string;
  /** The rows that hold something, each with its number in the sheet and a cell a column of the range. */
  readonly rows: readonly { readonly number: number; readonly cells: readonly (Cell | undefined)[] }[];
  /** The letters of the range's columns. */
  readonly letters: readonly string[];
}

/** A part of a sheet: columns and rows from 0, the last ones included. */
export interface Range {
  readonly columns: readonly [first: number, last: number];
  readonly rows: readonly [first: number, last: number];
}

const LAST_COLUMN = 16_383;
const LAST_ROW = 1_048_575;
export const WHOLE_SHEET: Range = { columns: [0, LAST_COLUMN], rows: [0, LAST_ROW] };

/** `B3:F200`, `B3:F` or `B:F`; undefined where a text is none. */
export function rangeOf(text: string): Range | undefined {
  const [, from = '', top, to = '', bottom] = /^([A-Z]{1,3})(\d+)?:([A-Z]{1,3})(\d+)?$/i.exec(text) ?? [];
  const [first, last] = [columnOf(from), columnOf(to)];
  const rows: [number, number] = [
    top === undefined ? 0 : Number(top) - 1,
    bottom === undefined ? LAST_ROW : Number(bottom) - 1,
  ];
  const isSound = from !== '' && first <= last && last <= LAST_COLUMN && rows[0] >= 0 && rows[0] <= rows[1];
  return isSound && rows[1] <= LAST_ROW ? { columns: [first, last], rows } : undefined;
}

function columnOf(letters: string): number {
  return [...letters.toUpperCase()].reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1;
}

export function lettersOf(column: number): string {
  const letter = String.fromCharCode(65 + (column % 26));
  return column < 26 ? letter : lettersOf(Math.floor(column / 26) - 1) + letter;
}

/** Opens a sheet by name or position (from 1); formulas stand for the results that were stored with them. */
export async function openSheet(path: string, wanted: string | number, range: Range): Promise<Sheet> {
  const { readXlsx } = await peer();
  const bytes = await readFile(path);
  const names: string[] = [];
  const isWanted = (name: string, position: number): boolean =>
    typeof wanted === 'number' ? position === wanted : name === wanted;
  let book: Awaited<ReturnType<typeof readXlsx>>;
  try {
    book = await readXlsx(bytes, {
      sheets: ({ name }) => {
        names.push(name);
        return isWanted(name, names.length);
      },
    });
  } catch (cause) {
    throw unreadable(path, cause);
  }
  const [sheet] = book.sheets;
  if (sheet === undefined) throw noSheet(path, wanted, names);
  const [first, last] = range.columns;
  const width = Math.min(last, sheet.rows.reduce((most, row) => Math.max(most, row.length), 0) - 1) - first + 1;
  const rows: { number: number; cells: (Cell | undefined)[] }[] = [];
  for (let r = range.rows[0]; r <= Math.min(range.rows[1], sheet.rows.length - 1); r++) {
    const values = sheet.rows[r] ?? [];
    const cells = Array.from({ length: Math.max(0, width) }, (_, c) => {
      const column = first + c;
      const type = sheet.cells?.get(`${r},${column}`)?.type;
      return cellOf(values[column] ?? null, type, book.dateSystem === '1904');
    });
    if (cells.some((cell) => cell !== undefined)) rows.push({ number: r + 1, cells });
  }
  const letters = Array.from({ length: Math.max(0, width) }, (_, c) => lettersOf(first + c));
  return { name: sheet.name, rows, letters };
}

function cellOf(value: unknown, type: string | undefined, since1904: boolean): Cell | undefined {
  if (type === 'error') return { kind: 'error', text: String(value), reason: 'is an error of the sheet' };
  if (type === 'formula' && value === null) {
    return {
      kind: 'error',
      text: 'a formula',
      reason: 'has no stored result; open and save the file where it was made',
    };
  }
  if (typeof value === 'string') return value === '' ? undefined : { kind: 'text', text: value };
  if (typeof value === 'number') return { kind: 'number', number: value };
  if (typeof value === 'boolean') return { kind: 'boolean', truth: value };
  if (!(value instanceof Date)) return undefined;
  const start = since1904 ? Date.UTC(1904, 0, 1) : Date.UTC(1899, 11, 31);
  const isTime = value.getTime() < start + 86_400_000 && (!since1904 || value.getTime() > start);
  if (!isTime) return { kind: 'date', date: value };
  return {
    kind: 'time',
    text: value
      .toISOString()
      .slice(11, 23)
      .replace(/[.]000$/, ''),
  };
}

async function peer(): Promise<typeof import('hucre/xlsx')> {
  try {
    return await import('hucre/xlsx');
  } catch (cause) {
    throw new MillraceError({
      code: 'excel.peer',
      message: 'read.excel needs the package hucre, which is not installed. Install it: npm install hucre',
      cause,
    });
  }
}

function noSheet(path: string, wanted: string | number, names: readonly string[]): MillraceError {
  return new MillraceError({
    code: 'excel.no_sheet',
    message: `${path} has no sheet ${JSON.stringify(wanted)}. Its sheets are ${names.map((name) => JSON.stringify(name)).join(', ')}; a number counts them from 1.`,
    details: { file: path, sheet: wanted, sheets: names },
  });
}

function unreadable(path: string, cause: unknown): MillraceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError({
    code: 'excel.unreadable',
    message: `${path}: the file is no .xlsx workbook, or is cut off, damaged or locked by a password (${reason.replace(/[.]$/, '')}). Save or copy it again.`,
    details: { file: path },
    cause,
  });
}
