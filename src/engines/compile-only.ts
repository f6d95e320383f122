import type { Relation } from '../plan/relation.ts';
import type { Scan } from '../plan/scan.ts';
import type { Source } from '../plan/source.ts';
import { compile } from '../sql/compile.ts';
import { type Dialect, quoteName } from '../sql/dialect.ts';
import type { Program } from '../sql/program.ts';

/** Where an engine's own tables stand, and the SQL that is spoken there. */
export interface Place {
  readonly dialect: Dialect;
  readonly schema: 'scratch' | 'pg_temp';
}

/** A source as the table that its rows would be in. */
export function tableFor(source: Source, { schema }: Place): Scan & { kind: 'table' } {
  return { kind: 'table', table: `${schema}.${quoteName(source.name)}` };
}

/** A plan's program under names of no run: to be shown, or to be refused before anything is read. */
export function compileOnly(plan: Relation, scans: ReadonlyMap<Source, Scan>, { dialect, schema }: Place): Program {
  let tables = 0;
  const newTable = (): string => `${schema}."t${++tables}"`;
  return compile(plan, { dialect, scans, now: 'now', newTable, rejects: `${schema}."rejects"` });
}
