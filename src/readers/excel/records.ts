import type { ScanColumn } from '../../plan/scan.ts';
import type { DataType } from '../../schema/dtype.ts';
import type { Aside, RecordLines, Run } from '../records/parts.ts';
import { RecordScanner } from '../records/plain.ts';
import type { PlainShape } from '../records/plain-shape.ts';
import type { Cell, Sheet } from './sheet.ts';

/** A column of a schema, and where it stands in the range. */
export interface PlacedColumn extends ScanColumn {
  readonly position: number;
}

const ROWS_AT_ONCE = 4096;

/** The rows of a sheet from `first` on as records of JSON, each with the number of its row. */
export function* recordLines(
  sheet: Sheet,
  first: number,
  columns: readonly PlacedColumn[],
  shape: PlainShape | undefined,
): Generator<RecordLines & { readonly runs: readonly Run[] }> {
  const rows = sheet.rows.filter(({ number }) => number >= first);
  for (let i = 0; i < rows.length; i += ROWS_AT_ONCE) {
    const scanner = new RecordScanner(shape);
    const lines: Buffer[] = [];
    const aside: Aside[] = [];
    const runs: Run[] = [];
    let [start, longest] = [0, 0];
    for (const [record, { number, cells }] of rows.slice(i, i + ROWS_AT_ONCE).entries()) {
      const refused = refusedOf(cells, columns);
      const line = Buffer.from(`${refused === undefined ? recordOf(cells, columns) : shownRecord(cells, columns)}\n`);
      const end = start + line.length - 1;
      if (refused !== undefined || scanner.plainRecord(line, 0) < 0) aside.push({ record, start, end, refused });
      runs.push({ first: record, number });
      lines.push(line);
      longest = Math.max(longest, line.length);
      start = end + 1;
    }
    yield { lines: Buffer.concat(lines), count: lines.length, longest, isoTimes: scanner.isoTimes, aside, runs };
  }
}

/** Why a row is no record. */
function refusedOf(cells: Sheet['rows'][number]['cells'], columns: readonly PlacedColumn[]): Aside['refused'] {
  for (const { name, position, dtype } of columns) {
    const cell = cells[position];
    const reason = faultOf(cell, dtype);
    if (reason !== undefined) return { column: name, value: shown(cell), reason };
  }
  return undefined;
}

function recordOf(cells: Sheet['rows'][number]['cells'], columns: readonly PlacedColumn[]): string {
  const fields = columns.flatMap(({ outside, position, dtype }) => {
    const cell = cells[position];
    return cell === undefined ? [] : [`${JSON.stringify(outside)}:${written(cell, dtype)}`];
  });
  return `{${fields.join(',')}}`;
}

function shownRecord(cells: Sheet['rows'][number]['cells'], columns: readonly PlacedColumn[]): string {
  return JSON.stringify(Object.fromEntries(columns.map(({ outside, position }) => [outside, shown(cells[position])])));
}

/** Why a cell is a value of no dtype. */
function faultOf(cell: Cell | undefined, dtype: DataType): string | undefined {
  if (cell?.kind === 'error') return cell.reason;
  const isText = dtype.id === 'string' && dtype.values === undefined;
  return cell?.kind === 'time' && !isText ? 'is a time of day, which no dtype but a string holds' : undefined;
}

/** A cell as JSON. */
function written(cell: Cell, dtype: DataType): string {
  switch (cell.kind) {
    case 'number':
      return dtype.id === 'float' ? JSON.stringify(cell.number) : digitsOf(cell.number);
    case 'boolean':
      return String(cell.truth);
    case 'date':
      return JSON.stringify(dtype.id === 'timestamp' ? timeText(cell.date) : dateText(cell.date));
    case 'text':
      return isJson(dtype) && isValid(cell.text)
        ? cell.text.replaceAll(/\s*[\r\n]\s*/g, ' ')
        : JSON.stringify(cell.text);
    case 'time':
    case 'error':
      return JSON.stringify(cell.text);
  }
}

/** A text in such a column holds JSON. */
function isJson({ id }: DataType): boolean {
  return id === 'json' || id === 'list' || id === 'struct';
}

function isValid(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** A number as a spreadsheet shows it: its doubles have 15 digits, and the rest is noise of what was computed. */
function digitsOf(number: number): string {
  if (Number.isInteger(number)) return BigInt(number).toString();
  return JSON.stringify(Number(number.toPrecision(15)));
}

function dateText(date: Date): string {
  return date.getTime() % 86_400_000 === 0 ? date.toISOString().slice(0, 10) : timeText(date);
}

/** A time without a zone: which one it is in, the schema says. */
function timeText(date: Date): string {
  return date.toISOString().slice(0, -1);
}

/** A cell as messages show it. */
export function shown(cell: Cell | undefined): string | null {
  if (cell === undefined) return null;
  switch (cell.kind) {
    case 'number':
      return digitsOf(cell.number);
    case 'boolean':
      return String(cell.truth);
    case 'date':
      return dateText(cell.date);
    default:
      return cell.text;
  }
}
