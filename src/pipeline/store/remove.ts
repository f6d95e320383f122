import type { Database } from './database.ts';

/** The tables of what is written down of runs; schemas are of their pipelines. */
const TABLES = ['steps', 'attempts', 'checks', 'quarantine', 'logs', 'lineage'];

/** Removes a run that ended before a moment, and all that is written down of it; false where it is not there, or was gone on with. */
export async function removeRun(database: Database, run: string, before: Date): Promise<boolean> {
  const [removed = []] = await database.run([
    {
      sql: `DELETE FROM millrace_runs WHERE id = ? AND state NOT IN ('queued', 'running') AND finished < ?
        AND NOT EXISTS (SELECT 1 FROM millrace_claims WHERE run = ?) RETURNING id`,
      values: [run, before.getTime(), run],
    },
    ...TABLES.map((table) => ({
      sql: `DELETE FROM millrace_${table} WHERE run = ? AND NOT EXISTS (SELECT 1 FROM millrace_runs WHERE id = ?)`,
      values: [run, run],
    })),
  ]);
  return removed.length > 0;
}
