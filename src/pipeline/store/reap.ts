import type { Database, Value } from './database.ts';
import { isAlive } from './owner.ts';
import type { Owner } from './store.ts';

/** The condition of runs that are somebody's. */
export const OWNED = "state IN ('queued', 'running') AND host IS NOT NULL";

export function ownerValues({ host, pid, process }: Owner): readonly Value[] {
  return [host, pid, process];
}

/** Writes down which runs are nobody's any more. */
export async function reap(database: Database): Promise<void> {
  const [owned = []] = await database.run([
    { sql: `SELECT id, host, pid, process, {now} - heartbeat FROM millrace_runs WHERE ${OWNED}`, values: [] },
  ]);
  for (const [id, host, pid, process, silence] of owned) {
    const owner = { host: String(host), pid: Number(pid), process: String(process) };
    if (isAlive(owner, Number(silence))) continue;
    const run = String(id);
    const left = (table: string): string =>
      `UPDATE ${table} SET state = 'interrupted' WHERE run = ? AND state = 'running'
        AND EXISTS (SELECT 1 FROM millrace_runs WHERE id = ? AND state = 'interrupted')`;
    await database.run([
      {
        // Whoever took it meanwhile keeps it.
        sql: `UPDATE millrace_runs SET state = 'interrupted', finished = heartbeat, host = NULL, pid = NULL, process = NULL
          WHERE id = ? AND ${OWNED} AND host = ? AND pid = ? AND process = ? RETURNING id`,
        values: [run, ...ownerValues(owner)],
      },
      { sql: left('millrace_steps'), values: [run, run] },
      { sql: left('millrace_attempts'), values: [run, run] },
    ]);
  }
}
