import type { RowsBeginning } from '../../plan/incremental.ts';
import type { ScanColumn } from '../../plan/scan.ts';
import type { DataType } from '../../schema/dtype.ts';
import type { Request } from './server.ts';

/**
 * Rows of a query from a cursor on. What the database leaves out is only what it need not send: every row is looked at
 * again, so that it may send too many, and never too few.
 */
export interface Since {
  /** The cursor's name in the result. */
  readonly column: string;
  readonly dtype: DataType;
  readonly timeZone: string | undefined;
  /** How its texts are written, where that is not as by default. */
  readonly formats: readonly string[] | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
}

export function sinceOf({ outside, dtype, format }: ScanColumn, { from, to }: RowsBeginning): Since {
  return { column: outside, dtype, timeZone: format.timeZone, formats: format.formats, from, to };
}

/** A condition, and the values of its placeholders. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly string[];
}

/** Cursors in a span, and where it has no end those without one; `value` spells the placeholder of the n-th value. */
export function sinceSql(since: Since, column: string, value: (n: number) => string): Condition {
  const { from, to } = since;
  const values = [from, to].filter((cursor) => cursor !== undefined);
  const parts: string[] = [];
  if (from !== undefined) parts.push(`${column} >= ${value(1)}`);
  if (to !== undefined) parts.push(`${column} < ${value(values.length)}`);
  const inSpan = parts.join(' AND ');
  return { sql: to === undefined ? `(${inSpan} OR ${column} IS NULL)` : `(${inSpan})`, values };
}

/** A request for the rows alone that a condition holds for, where the database can tell. */
export function narrowed(request: Request, condition: Condition | undefined): Request {
  if (condition === undefined) return request;
  const { sql, values } = request;
  return {
    sql: `SELECT * FROM (${sql}\n) AS millrace WHERE ${condition.sql}`,
    values: [...values, ...condition.values],
  };
}

const MARGIN = 86_400_000;

/** The same span a day wider on both sides: for wall clocks, which stand elsewhere than UTC and are put back. */
export function aDayWider(since: Since): Since {
  const moved = (text: string | undefined, by: number): string | undefined => {
    if (text === undefined) return undefined;
    const whole = text.length > 10 ? text.slice(0, 19) : `${text}T00:00:00`;
    const time = new Date(Date.parse(`${whole}Z`) + by).toISOString();
    return `${time.slice(0, whole === text.slice(0, 19) ? 19 : 10)}${text.slice(19)}`;
  };
  return { ...since, from: moved(since.from, -MARGIN), to: moved(since.to, MARGIN) };
}
