import { isDeepStrictEqual } from 'node:util';
import { MillraceError } from '../../errors.ts';
import type { Schema } from '../../schema/dtype.ts';
import type { ToldError } from '../events.ts';
import { claimInterval, claimRun, NEW_RUN, valuesOf } from './claim.ts';
import type { Database, Rows, Statement, Value } from './database.ts';
import {
  ATTEMPT_COLUMNS,
  CHECK_COLUMNS,
  jsonText,
  keptAttempt,
  keptCheck,
  keptLineage,
  keptLog,
  keptQuarantine,
  keptRun,
  keptSchema,
  keptStep,
  LINEAGE_COLUMNS,
  LOG_COLUMNS,
  QUARANTINE_COLUMNS,
  RUN_COLUMNS,
  SCHEMA_COLUMNS,
  STEP_COLUMNS,
  timeValue,
} from './kept.ts';
import { locked, OWNED, ownerValues, reap } from './reap.ts';
import { removeRun } from './remove.ts';
import { beat, joinRun, leaveRun, stepsOf } from './share.ts';
import type {
  NewRun,
  NewStep,
  Owner,
  RunFilter,
  RunState,
  RunStore,
  StepEnd,
  StoredAttempt,
  StoredCheck,
  StoredLineage,
  StoredLog,
  StoredQuarantine,
  StoredRun,
  StoredSchedule,
  StoredSchema,
  StoredStep,
} from './store.ts';

/** The run store in a database. */
export class SqlRunStore implements RunStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  get name(): string {
    return this.#database.name;
  }

  get folder(): string | undefined {
    return this.#database.folder;
  }

  async addRun(run: NewRun, by?: Owner | 'partial'): Promise<void> {
    const owner = by === undefined || by === 'partial' ? [null, null, null] : ownerValues(by);
    const added = await this.#one(`${INSERT_RUN} ON CONFLICT DO NOTHING RETURNING id`, [
      ...valuesOf(run),
      by === 'partial' ? by : 'queued',
      ...owner,
    ]);
    if (added.length > 0) return;
    const [[id] = []] = await this.#one(
      `SELECT id FROM millrace_runs WHERE id = ? OR (pipeline = ? AND interval_from = ? AND interval_to = ? AND run_trigger IN ('schedule', 'backfill')) ORDER BY id <> ? LIMIT 1`,
      [run.id, run.pipeline, run.interval.from.getTime(), run.interval.to.getTime(), run.id],
    );
    throw new MillraceError({
      code: 'pipeline.run_exists',
      message:
        id === run.id
          ? `pipeline ${run.pipeline}: there is a run ${JSON.stringify(id)} already. Resume that one, or give this one another id.`
          : `pipeline ${run.pipeline}: the interval ${run.interval.from.toISOString()} to ${run.interval.to.toISOString()} has the run ${JSON.stringify(id)} already. Resume or retry that one.`,
      details: { pipeline: run.pipeline, run: id, interval: run.interval },
    });
  }

  async claimInterval(
    run: NewRun,
    owner: Owner,
    { maxRuns = Number.MAX_SAFE_INTEGER }: { readonly maxRuns?: number } = {},
  ): Promise<string | undefined> {
    await this.#reap();
    return (await claimInterval(this.#database, run, owner, maxRuns)) ? run.id : undefined;
  }

  async claimRun(
    run: Pick<StoredRun, 'id' | 'pipeline'>,
    owner: Owner,
    { maxRuns = Number.MAX_SAFE_INTEGER }: { readonly maxRuns?: number } = {},
  ): Promise<boolean> {
    await this.#reap();
    return claimRun(this.#database, run, owner, maxRuns);
  }

  async takeRun(id: string, owner: Owner, steps: readonly NewStep[], time: Date): Promise<boolean> {
    await this.#reap();
    const [, taken = []] = await this.#database.run([
      locked(id),
      {
        sql: `UPDATE millrace_runs SET state = 'running', host = ?, pid = ?, process = ?, heartbeat = {now},
            started = COALESCE(started, ?), finished = NULL, error = NULL
          WHERE id = ? AND (NOT (${OWNED}) OR (host = ? AND pid = ? AND process = ?))
            AND NOT EXISTS (SELECT 1 FROM millrace_claims WHERE run = ?) RETURNING id`,
        values: [...ownerValues(owner), time.getTime(), id, ...ownerValues(owner), id],
      },
    ]);
    if (taken.length === 0) return false;
    await this.addSteps(id, steps);
    return true;
  }

  async joinRun(
    id: string,
    owner: Owner,
    { steps, only }: { readonly steps: readonly NewStep[]; readonly only: readonly string[] },
    time: Date,
  ): Promise<boolean> {
    await this.#reap();
    return joinRun(this.#database, id, owner, { adding: stepsOf(id, steps), only }, time);
  }

  leaveRun(id: string, owner: Owner, only: readonly string[], error: ToldError | null): Promise<RunState | undefined> {
    return leaveRun(this.#database, id, owner, only, error);
  }

  beat(id: string, owner: Owner): Promise<boolean> {
    return beat(this.#database, id, owner);
  }

  async endRun(
    id: string,
    {
      state,
      finished,
      error,
    }: { readonly state: RunState; readonly finished: Date | null; readonly error: ToldError | null },
  ): Promise<void> {
    await this.#one(
      `UPDATE millrace_runs SET state = ?, finished = ?, error = ?, host = NULL, pid = NULL, process = NULL WHERE id = ?`,
      [state, timeValue(finished), jsonText(error), id],
    );
  }

  async explainInterrupted(id: string, error: ToldError): Promise<boolean> {
    const text = jsonText(error);
    const sql =
      "UPDATE millrace_runs SET error = ? WHERE id = ? AND state = 'interrupted' AND COALESCE(error, '') <> ? RETURNING id";
    return (await this.#one(sql, [text, id, text])).length > 0;
  }

  async addSteps(run: string, steps: readonly NewStep[]): Promise<void> {
    if (steps.length > 0) await this.#database.run(stepsOf(run, steps));
  }

  async startAttempt(run: string, step: string, number: number, time: Date, fingerprint: string | null): Promise<void> {
    // One that another process began, and did not end.
    const before = {
      sql: "UPDATE millrace_attempts SET state = 'interrupted' WHERE run = ? AND step = ? AND number < ? AND state = 'running'",
      values: [run, step, number],
    };
    await this.#database.run([
      ...(number > 1 ? [before] : []),
      {
        sql: `UPDATE millrace_steps SET state = 'running', started = ?, finished = NULL, attempts = ?, reason = NULL, fingerprint = ?,
          output = NULL WHERE run = ? AND name = ?`,
        values: [time.getTime(), number, fingerprint, run, step],
      },
      {
        sql: `INSERT INTO millrace_attempts (run, step, number, started, state) VALUES (?, ?, ?, ?, 'running')
          ON CONFLICT (run, step, number) DO UPDATE SET started = excluded.started, state = 'running'`,
        values: [run, step, number, time.getTime()],
      },
    ]);
  }

  async endAttempt(
    run: string,
    step: string,
    number: number,
    { finished, error }: { readonly finished: Date; readonly error: ToldError },
  ): Promise<void> {
    await this.#database.run([attemptEnd(run, step, number, 'failed', finished, error)]);
  }

  async endStep(
    run: string,
    step: string,
    end: StepEnd,
    attempt?: { readonly number: number; readonly error: ToldError | null },
  ): Promise<void> {
    const { state, finished, rows = null, bytes = null, peakMemory = null, reason = null, output = null } = end;
    const ended: Statement = {
      sql: `UPDATE millrace_steps SET state = ?, finished = ?, rows_in = ?, rows_out = ?, rows_quarantined = ?, bytes = ?, peak_memory = ?,
        reason = ?, output = ? WHERE run = ? AND name = ?`,
      values: [
        state,
        finished.getTime(),
        ...(rows === null ? [null, null, null] : [rows.in, rows.out, rows.quarantined]),
        bytes,
        peakMemory,
        reason,
        jsonText(output),
        run,
        step,
      ],
    };
    const attempts =
      attempt === undefined ? [] : [attemptEnd(run, step, attempt.number, state, finished, attempt.error)];
    await this.#database.run([ended, ...attempts]);
  }

  async resetSteps(run: string, steps: readonly string[], { anew }: { readonly anew: boolean }): Promise<void> {
    if (steps.length === 0) return;
    await this.#database.run(
      steps.map((step) => ({
        sql: `UPDATE millrace_steps SET state = 'queued', started = NULL, finished = NULL, rows_in = NULL, rows_out = NULL,
          rows_quarantined = NULL, bytes = NULL, peak_memory = NULL, reason = NULL, output = NULL, cleared = cleared + ?
          WHERE run = ? AND name = ?`,
        values: [anew ? 1 : 0, run, step],
      })),
    );
  }

  async addChecks(checks: readonly StoredCheck[]): Promise<void> {
    await this.#insert(
      'millrace_checks',
      CHECK_COLUMNS,
      checks.map((check) => [check.run, check.step, check.time.getTime(), check.severity, jsonText(check.rule)]),
    );
  }

  async addQuarantine({ run, step, time, rows, path }: StoredQuarantine): Promise<void> {
    await this.#insert('millrace_quarantine', QUARANTINE_COLUMNS, [[run, step, time.getTime(), rows, path]]);
  }

  async addLogs(logs: readonly StoredLog[]): Promise<void> {
    await this.#insert(
      'millrace_logs',
      LOG_COLUMNS,
      logs.map((log) => [
        log.run,
        log.step,
        log.attempt,
        log.time.getTime(),
        log.level,
        log.message,
        jsonText(log.fields),
      ]),
    );
  }

  async addLineage(lineage: readonly StoredLineage[]): Promise<void> {
    await this.#insert(
      'millrace_lineage',
      LINEAGE_COLUMNS,
      lineage.map(({ run, step, role, name }) => [run, step, role, name]),
    );
  }

  async seeSchema({ pipeline, step, seen, run, schema }: StoredSchema): Promise<Schema | undefined> {
    const [before] = (
      await this.#one(
        `SELECT ${SCHEMA_COLUMNS} FROM millrace_schemas WHERE pipeline = ? AND step = ? ORDER BY seen DESC LIMIT 1`,
        [pipeline, step],
      )
    ).map(keptSchema);
    // As JSON has it: what is undefined is left out there.
    const now = JSON.parse(JSON.stringify(schema)) as Schema;
    if (before !== undefined && isDeepStrictEqual(before.schema, now)) return undefined;
    await this.#insert('millrace_schemas', SCHEMA_COLUMNS, [[pipeline, step, seen.getTime(), run, jsonText(schema)]]);
    return before?.schema;
  }

  async run(id: string): Promise<StoredRun | undefined> {
    await this.#reap();
    return (await this.#one(`SELECT ${RUN_COLUMNS} FROM millrace_runs WHERE id = ?`, [id])).map(keptRun)[0];
  }

  async runs({ pipeline, states, trigger, from, to, limit = 100 }: RunFilter = {}): Promise<StoredRun[]> {
    await this.#reap();
    const conditions: (readonly [string, readonly Value[]])[] = [
      ...(pipeline === undefined ? [] : [['pipeline = ?', [pipeline]] as const]),
      ...(states === undefined ? [] : [[`state IN (${states.map(() => '?').join(', ')})`, states] as const]),
      ...(trigger === undefined ? [] : [['run_trigger = ?', [trigger]] as const]),
      ...(from === undefined ? [] : [['interval_from >= ?', [from.getTime()]] as const]),
      ...(to === undefined ? [] : [['interval_from < ?', [to.getTime()]] as const]),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([sql]) => sql).join(' AND ')}`;
    const rows = await this.#one(
      `SELECT ${RUN_COLUMNS} FROM millrace_runs ${where} ORDER BY queued DESC, interval_from DESC, id LIMIT ${Math.trunc(limit)}`,
      conditions.flatMap(([, values]) => values),
    );
    return rows.map(keptRun);
  }

  async steps(run: string): Promise<StoredStep[]> {
    await this.#reap();
    const rows = await this.#one(`SELECT ${STEP_COLUMNS} FROM millrace_steps WHERE run = ? ORDER BY position, name`, [
      run,
    ]);
    return rows.map(keptStep);
  }

  async attempts(run: string, step?: string): Promise<StoredAttempt[]> {
    return (await this.#ofRun('millrace_attempts', ATTEMPT_COLUMNS, 'started, step, number', run, step)).map(
      keptAttempt,
    );
  }

  async checks(run: string): Promise<StoredCheck[]> {
    return (await this.#ofRun('millrace_checks', CHECK_COLUMNS, 'id', run)).map(keptCheck);
  }

  async quarantined(run: string): Promise<StoredQuarantine[]> {
    return (await this.#ofRun('millrace_quarantine', QUARANTINE_COLUMNS, 'id', run)).map(keptQuarantine);
  }

  async logs(run: string, step?: string): Promise<StoredLog[]> {
    return (await this.#ofRun('millrace_logs', LOG_COLUMNS, 'id', run, step)).map(keptLog);
  }

  async lineage(run: string): Promise<StoredLineage[]> {
    return (await this.#ofRun('millrace_lineage', LINEAGE_COLUMNS, 'step, role, name', run)).map(keptLineage);
  }

  async schemas(pipeline: string, step?: string): Promise<StoredSchema[]> {
    const [also, values] = step === undefined ? ['', []] : [' AND step = ?', [step]];
    const rows = await this.#one(
      `SELECT ${SCHEMA_COLUMNS} FROM millrace_schemas WHERE pipeline = ?${also} ORDER BY step, seen`,
      [pipeline, ...values],
    );
    return rows.map(keptSchema);
  }

  removeRun(id: string, before: Date): Promise<boolean> {
    return removeRun(this.#database, id, before);
  }

  async setPaused(pipeline: string, paused: boolean): Promise<void> {
    await this.#one(
      'INSERT INTO millrace_schedules (pipeline, paused) VALUES (?, ?) ON CONFLICT (pipeline) DO UPDATE SET paused = excluded.paused',
      [pipeline, paused ? 1 : 0],
    );
  }

  async schedule(pipeline: string): Promise<StoredSchedule> {
    const [[paused] = [0]] = await this.#one('SELECT paused FROM millrace_schedules WHERE pipeline = ?', [pipeline]);
    return { pipeline, paused: Number(paused) === 1 };
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #one(sql: string, values: readonly Value[]): Promise<Rows> {
    const [rows = []] = await this.#database.run([{ sql, values }]);
    return rows;
  }

  async #insert(table: string, columns: string, rows: readonly (readonly Value[])[]): Promise<void> {
    if (rows.length === 0) return;
    const places = columns.replaceAll(/\w+/g, '?');
    const sql = `INSERT INTO ${table} (${columns}) VALUES (${places}) ON CONFLICT DO NOTHING`;
    await this.#database.run(rows.map((values) => ({ sql, values })));
  }

  #ofRun(table: string, columns: string, order: string, run: string, step?: string): Promise<Rows> {
    const [also, values] = step === undefined ? ['', []] : [' AND step = ?', [step]];
    return this.#one(`SELECT ${columns} FROM ${table} WHERE run = ?${also} ORDER BY ${order}`, [run, ...values]);
  }

  #reap(): Promise<void> {
    return reap(this.#database);
  }
}

const INSERT_RUN = `INSERT INTO millrace_runs (${NEW_RUN}, host, pid, process, queued)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {now})`;

function attemptEnd(
  run: string,
  step: string,
  number: number,
  state: string,
  finished: Date,
  error: ToldError | null,
): Statement {
  return {
    sql: 'UPDATE millrace_attempts SET state = ?, finished = ?, error = ? WHERE run = ? AND step = ? AND number = ?',
    values: [state, finished.getTime(), jsonText(error), run, step, number],
  };
}
