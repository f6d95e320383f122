import type { RefusedRecord, ScanColumn } from '../../plan/scan.ts';
import type { DataType } from '../../schema/dtype.ts';
import type { Cell, Sheet } from './sheet.ts';

/** A column of a schema, and where it stands in the range. */
export interface PlacedColumn extends ScanColumn {
  readonly position: number;
}

/** The rows of a sheet from `first` on as lines of JSON, each on the line of its number, and those that hold what is no value. */
export function* recordLines(
  sheet: Sheet,
  first: number,
  columns: readonly PlacedColumn[],
  refuse: (record: Omit<RefusedRecord, 'file'>) => void,
): Generator<string> {
  let line = 1;
  for (const { number, cells } of sheet.rows) {
    if (number < first) continue;
    const bad = columns.find((column) => faultOf(cells[column.position], column.dtype) !== undefined);
    if (bad !== undefined) {
      const cell = cells[bad.position];
      const raw = JSON.stringify(
        Object.fromEntries(columns.map((column) => [column.outside, shown(cells[column.position])])),
      );
      const reason = faultOf(cell, bad.dtype) ?? '';
      refuse({ record: number, column: bad.name, value: shown(cell), reason, raw });
      continue;
    }
    const fields = columns.flatMap((column) => {
      const cell = cells[column.position];
      return cell === undefined ? [] : [`${JSON.stringify(column.outside)}:${written(cell, column.dtype)}`];
    });
    yield `${'\n'.repeat(number - line)}{${fields.join(',')}}`;
    line = number;
  }
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
