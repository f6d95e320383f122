import type { Database, Statement, Value } from './database.ts';
import { isAlive } from './owner.ts';
import type { Owner } from './store.ts';

/** The condition of runs that are somebody's. */
export const OWNED = "state IN ('queued', 'running') AND host IS NOT NULL";

export function ownerValues({ host, pid, process }: Owner): readonly Value[] {
  return [host, pid, process];
}

/** One that looks at a run and its claims at a time: what follows in the transaction sees what those before have written. */
export function locked(run: string): Statement {
  return { sql: 'UPDATE millrace_runs SET heartbeat = heartbeat WHERE id = ?', values: [run] };
}

/** Writes down which runs, and which steps of runs that several share, are nobody's any more. */
export async function reap(database: Database): Promise<void> {
  const [owned = []] = await database.run([
    {
      sql: `SELECT id, CAST(NULL AS TEXT), host, pid, process, {now} - heartbeat FROM millrace_runs WHERE ${OWNED}
        UNION ALL SELECT run, step, host, pid, process, {now} - heartbeat FROM millrace_claims`,
      values: [],
    },
  ]);
  for (const [id, step, host, pid, process, silence] of owned) {
    const owner = { host: String(host), pid: Number(pid), process: String(process) };
    if (isAlive(owner, Number(silence))) continue;
    const run = String(id);
    await database.run(step === null ? runLeft(run, owner) : stepLeft(run, String(step), owner));
  }
}

function runLeft(run: string, owner: Owner): readonly Statement[] {
  const left = (table: string): Statement => ({
    sql: `UPDATE ${table} SET state = 'interrupted' WHERE run = ? AND state = 'running'
      AND EXISTS (SELECT 1 FROM millrace_runs WHERE id = ? AND state = 'interrupted')`,
    values: [run, run],
  });
  return [
    {
      // Whoever took it meanwhile keeps it.
      sql: `UPDATE millrace_runs SET state = 'interrupted', finished = heartbeat, host = NULL, pid = NULL, process = NULL
        WHERE id = ? AND ${OWNED} AND host = ? AND pid = ? AND process = ? RETURNING id`,
      values: [run, ...ownerValues(owner)],
    },
    left('millrace_steps'),
    left('millrace_attempts'),
  ];
}

function stepLeft(run: string, step: string, owner: Owner): readonly Statement[] {
  // What it computed for the step besides is told when nobody else is at work who might compute the same.
  const left = (table: string, name: string): Statement => ({
    sql: `UPDATE ${table} SET state = 'interrupted' WHERE run = ? AND state = 'running' AND NOT EXISTS
      (SELECT 1 FROM millrace_claims c WHERE c.run = ${table}.run AND (c.step = ${table}.${name} OR ${table}.${name} <> ?))`,
    values: [run, step],
  });
  return [
    locked(run),
    {
      sql: 'DELETE FROM millrace_claims WHERE run = ? AND step = ? AND host = ? AND pid = ? AND process = ?',
      values: [run, step, ...ownerValues(owner)],
    },
    left('millrace_steps', 'name'),
    left('millrace_attempts', 'step'),
    {
      sql: `UPDATE millrace_runs SET state = 'interrupted', finished = {now} WHERE id = ? AND state = 'running' AND host IS NULL
        AND NOT EXISTS (SELECT 1 FROM millrace_claims WHERE run = ?)`,
      values: [run, run],
    },
  ];
}
