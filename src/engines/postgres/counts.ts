import type { Increment } from '../../plan/incremental.ts';
import type { Scan } from '../../plan/scan.ts';
import type { Source } from '../../plan/source.ts';
import type { Transaction } from '../../postgres/connect.ts';

/** A source's rows in a scratch table. */
export interface Staged {
  readonly table: string;
  readonly rejects: string | undefined;
  readonly read: number;
  readonly quarantined: number;
  /** What was read of an incremental source. */
  readonly increments: readonly Increment[];
}

export async function countOf(server: Transaction, table: string): Promise<number> {
  const { rows } = await server.query(`SELECT count(*)::text FROM ${table}`);
  return Number(rows[0]?.[0]);
}

export async function countRead(
  server: Transaction,
  scans: ReadonlyMap<Source, Scan>,
  staged: readonly Staged[],
): Promise<number> {
  let read = staged.reduce((sum, s) => sum + s.read, 0);
  const counted = new Set(staged.map((s) => s.table));
  for (const [source, scan] of scans) {
    if (source.origin !== undefined) read += source.origin.counts.read;
    else if (scan.kind === 'query') read += await countOf(server, `(${scan.sql}) AS read`);
    else if (scan.kind === 'table' && !counted.has(scan.table)) read += await countOf(server, scan.table);
  }
  return read;
}
