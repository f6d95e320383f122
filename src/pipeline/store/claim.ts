import type { Database, Statement, Value } from './database.ts';
import { jsonText } from './kept.ts';
import { OWNED, ownerValues } from './reap.ts';
import type { NewRun, Owner } from './store.ts';

/** The columns of a new run. */
export const NEW_RUN = 'id, pipeline, interval_from, interval_to, run_trigger, params, code_version, state';

export function valuesOf({ id, pipeline, interval, trigger, params, codeVersion }: NewRun): readonly Value[] {
  return [id, pipeline, interval.from.getTime(), interval.to.getTime(), trigger, jsonText(params) ?? '{}', codeVersion];
}

const HAS_ROOM = `(SELECT count(*) FROM millrace_runs WHERE pipeline = ? AND (state = 'running' OR ${OWNED})) < CAST(? AS BIGINT)`;

/** Writes a run of an interval down and makes it its owner's; false where the interval has one, or too many are under way. */
export function claimInterval(database: Database, run: NewRun, owner: Owner, maxRuns: number): Promise<boolean> {
  const sql = `INSERT INTO millrace_runs (${NEW_RUN}, host, pid, process, queued, heartbeat)
     SELECT CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), 'queued',
       CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT), {now}, {now}
     WHERE ${HAS_ROOM} ON CONFLICT DO NOTHING RETURNING id`;
  const values = [...valuesOf(run), ...ownerValues(owner), run.pipeline, maxRuns];
  return claimed(database, run.pipeline, { sql, values });
}

/** Makes a run that is nobody's its owner's; false where it is somebody's or has ended, or too many are under way. */
export function claimRun(
  database: Database,
  { id, pipeline }: { readonly id: string; readonly pipeline: string },
  owner: Owner,
  maxRuns: number,
): Promise<boolean> {
  const sql = `UPDATE millrace_runs SET state = 'queued', host = ?, pid = ?, process = ?, heartbeat = {now}
     WHERE id = ? AND host IS NULL AND state IN ('queued', 'interrupted', 'cancelled') AND ${HAS_ROOM} RETURNING id`;
  return claimed(database, pipeline, { sql, values: [...ownerValues(owner), id, pipeline, maxRuns] });
}

async function claimed(database: Database, pipeline: string, claim: Statement): Promise<boolean> {
  const [, rows = []] = await database.run([
    // One claim of a pipeline at a time: two would count the same runs.
    {
      sql: `INSERT INTO millrace_schedules (pipeline, paused) VALUES (?, 0)
        ON CONFLICT (pipeline) DO UPDATE SET paused = millrace_schedules.paused`,
      values: [pipeline],
    },
    claim,
  ]);
  return rows.length > 0;
}
