import { MillraceError } from '../../../errors.ts';
import { showValue } from '../../../schema/show-value.ts';
import { showCount } from '../../../show-count.ts';
import type { Workshop } from './staged.ts';

/** A row that does not fit. */
export interface Misfit {
  /** The column that does not; none where the row as a whole does not. */
  readonly column: string | null;
  readonly value: unknown;
  readonly reason: string;
}

/** What is said around a row that ends a run. */
export interface BadRowNote {
  /** What the code begins with. */
  readonly area: 'api' | 'csv' | 'excel' | 'json' | 'rows' | 'sql';
  /** Where the row stands: `sales.csv, line 3`. */
  readonly place: string;
  /** What a value that is null is called. */
  readonly absent?: string;
  /** How many do not fit in all, and what one is called: row, record. */
  readonly count?: { readonly of: string; readonly all: number };
  /** What can be done about it. */
  readonly advice?: string;
  readonly details: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/** The error that a row which does not fit ends a run with: where it stands, which value, and why. */
export function badRowError({ column, value, reason }: Misfit, note: BadRowNote): MillraceError {
  const { area, place, absent, count, advice, details, cause } = note;
  const where = column === null ? place : `${place}, column ${JSON.stringify(column)}`;
  const shown = value === null && absent !== undefined ? absent : showValue(value);
  const what = column === null ? reason : `${shown} ${reason}`;
  const more = (count?.all ?? 1) - 1;
  const others =
    more === 0 ? '' : ` ${showCount(more, `more ${count?.of}`)} ${more === 1 ? 'does' : 'do'} not fit either.`;
  return new MillraceError({
    code: `${area}.bad_row`,
    message: `${where}: ${what}.${others}${advice === undefined ? '' : ` ${advice}`}`,
    details: { ...details, column, value, reason },
    cause,
  });
}

/** The first row of a table of rejects. */
export async function firstReject(
  shop: Pick<Workshop, 'connections'>,
  rejects: string,
): Promise<
  (Misfit & { readonly file: string; readonly line: number | null; readonly raw: string | null }) | undefined
> {
  const [first] = await shop.connections.values(
    `SELECT source, line, "column", value, reason, raw FROM ${rejects} ORDER BY rowid LIMIT 1`,
  );
  if (first === undefined) return undefined;
  const [file, line, column, value, reason, raw] = first as [string, bigint | null, ...(string | null)[]];
  return {
    file,
    line: line === null ? null : Number(line),
    column: column ?? null,
    value: value ?? null,
    reason: String(reason),
    raw: raw ?? null,
  };
}
