import type { ToldError } from '../events.ts';
import type { Database, Statement } from './database.ts';
import { jsonText } from './kept.ts';
import { locked, OWNED, ownerValues } from './reap.ts';
import type { NewStep, Owner, RunState } from './store.ts';

/** Runs whose steps several processes run: nobody's as a whole, each step under way is claimed by one. */

export function stepsOf(run: string, steps: readonly NewStep[]): readonly Statement[] {
  return steps.map(({ name, position, kind, inputs, fingerprint }) => ({
    sql: `INSERT INTO millrace_steps (run, name, position, kind, inputs, fingerprint, state, attempts, cleared)
      VALUES (?, ?, ?, ?, ?, ?, 'queued', 0, 0)
      ON CONFLICT (run, name) DO UPDATE SET position = excluded.position, inputs = excluded.inputs, kind = excluded.kind`,
    values: [run, name, position, kind, jsonText(inputs), fingerprint],
  }));
}

/** Claims steps of a run, all or none; false where one of them, or the whole run, is another's. */
export async function joinRun(
  database: Database,
  run: string,
  owner: Owner,
  { adding, only }: { readonly adding: readonly Statement[]; readonly only: readonly string[] },
  time: Date,
): Promise<boolean> {
  const names = only.map(() => '?').join(', ');
  const results = await database.run([
    locked(run),
    ...adding,
    {
      sql: `INSERT INTO millrace_claims (run, step, host, pid, process, heartbeat)
        SELECT run, name, CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), {now} FROM millrace_steps
        WHERE run = ? AND name IN (${names}) AND EXISTS (SELECT 1 FROM millrace_runs WHERE id = ? AND NOT (${OWNED}))
          AND NOT EXISTS (SELECT 1 FROM millrace_claims WHERE run = ? AND step IN (${names})) RETURNING step`,
      values: [...ownerValues(owner), run, ...only, run, run, ...only],
    },
    {
      sql: `UPDATE millrace_runs SET state = 'running', started = COALESCE(started, ?), finished = NULL
        WHERE id = ? AND NOT (${OWNED}) AND EXISTS (SELECT 1 FROM millrace_claims WHERE run = ?)`,
      values: [time.getTime(), run, run],
    },
  ]);
  return (results.at(-2) ?? []).length > 0;
}

/** How a run stands that nobody is at work on, by its steps. */
const STATE = `COALESCE((SELECT CASE state WHEN 'queued' THEN 'partial' WHEN 'running' THEN 'interrupted' ELSE state END
    FROM millrace_steps WHERE run = millrace_runs.id AND kind <> 'item' AND state NOT IN ('succeeded', 'skipped')
    ORDER BY CASE state WHEN 'failed' THEN 1 WHEN 'cancelled' THEN 2 WHEN 'queued' THEN 4 ELSE 3 END LIMIT 1), 'succeeded')`;

/** Gives claims back. The last who does ends the run, as its steps stand; gives that state. */
export async function leaveRun(
  database: Database,
  run: string,
  owner: Owner,
  steps: readonly string[],
  error: ToldError | null,
): Promise<RunState | undefined> {
  const idle =
    "id = ? AND state = 'running' AND host IS NULL AND NOT EXISTS (SELECT 1 FROM millrace_claims WHERE run = ?)";
  const results = await database.run([
    locked(run),
    {
      sql: `DELETE FROM millrace_claims WHERE run = ? AND host = ? AND pid = ? AND process = ? AND step IN (${steps.map(() => '?').join(', ')})`,
      values: [run, ...ownerValues(owner), ...steps],
    },
    { sql: 'UPDATE millrace_runs SET error = COALESCE(?, error) WHERE id = ?', values: [jsonText(error), run] },
    {
      sql: `UPDATE millrace_runs SET state = ${STATE}, finished = {now} WHERE ${idle} RETURNING state`,
      values: [run, run],
    },
    { sql: "UPDATE millrace_runs SET error = NULL WHERE id = ? AND state IN ('succeeded', 'partial')", values: [run] },
  ]);
  return results[3]?.[0]?.[0] as RunState | undefined;
}

/** Says that the owner of a run, or of steps of it, lives; false where it has none any more. */
export async function beat(database: Database, run: string, owner: Owner): Promise<boolean> {
  const beaten = (where: string): Statement => ({
    sql: `UPDATE ${where} = ? AND host = ? AND pid = ? AND process = ? RETURNING 1`,
    values: [run, ...ownerValues(owner)],
  });
  const results = await database.run([
    beaten("millrace_runs SET heartbeat = {now} WHERE state = 'running' AND id"),
    beaten('millrace_claims SET heartbeat = {now} WHERE run'),
  ]);
  return results.some((rows) => rows.length > 0);
}
