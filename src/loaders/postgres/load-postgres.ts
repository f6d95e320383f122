import type { Frame } from '../../frame/frame.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol } from '../../schema/columns.ts';
import { type LoadReport, runLoad } from '../report.ts';

interface TargetTable {
  /** The table, `'table'` or `'schema.table'`; names are taken as they stand, capitals included. */
  readonly table: string;
}

/** How rows meet those that are there. */
export type PostgresMode<K extends string> =
  | { readonly mode: 'append' | 'replace'; readonly key?: never }
  | { readonly mode: 'upsert'; readonly key: readonly K[] };

export type PostgresOptions<K extends string> = RunOptions & TargetTable & PostgresMode<K>;

/** Loads a frame into a table of PostgreSQL. */
export async function loadPostgres<C extends AnyCol>(
  frame: Frame<C>,
  _target: string,
  options: PostgresOptions<C['k']>,
): Promise<LoadReport> {
  return runLoad(frame, options, async () => ({ written: 0, bytes: 0 }));
}
