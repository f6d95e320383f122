import type { Rows, Value } from './database.ts';
import type {
  Output,
  RunState,
  StepKind,
  StepState,
  StoredAttempt,
  StoredCheck,
  StoredLineage,
  StoredLog,
  StoredQuarantine,
  StoredRun,
  StoredSchema,
  StoredStep,
  Trigger,
} from './store.ts';

/** Rows of the store's tables as what they stand for, and the columns in which each is read. */

export const RUN_COLUMNS =
  'id, pipeline, interval_from, interval_to, run_trigger, params, state, code_version, queued, started, finished, host, pid, process, heartbeat, error';

export function keptRun(row: Rows[number]): StoredRun {
  const [
    id,
    pipeline,
    from,
    to,
    trigger,
    params,
    state,
    version,
    queued,
    started,
    finished,
    host,
    pid,
    own,
    beat,
    error,
  ] = row;
  return {
    id: String(id),
    pipeline: String(pipeline),
    interval: { from: timeOf(from), to: timeOf(to) },
    trigger: trigger as Trigger,
    params: jsonOf(params) as StoredRun['params'],
    state: state as RunState,
    codeVersion: String(version),
    queued: timeOf(queued),
    started: timeOrNull(started),
    finished: timeOrNull(finished),
    owner: host === null ? null : { host: String(host), pid: Number(pid), process: String(own) },
    heartbeat: timeOrNull(beat),
    error: jsonOf(error) as StoredRun['error'],
  };
}

export const STEP_COLUMNS =
  'run, name, position, kind, inputs, state, started, finished, attempts, cleared, rows_in, rows_out, rows_quarantined, bytes, peak_memory, reason, fingerprint, output';

export function keptStep(row: Rows[number]): StoredStep {
  const [
    run,
    name,
    position,
    kind,
    inputs,
    state,
    started,
    finished,
    attempts,
    cleared,
    rowsIn,
    out,
    rejected,
    ...rest
  ] = row;
  const [bytes, memory, reason, fingerprint, output] = rest;
  return {
    run: String(run),
    name: String(name),
    position: Number(position),
    kind: kind as StepKind,
    inputs: jsonOf(inputs) as readonly string[],
    state: state as StepState,
    started: timeOrNull(started),
    finished: timeOrNull(finished),
    attempts: Number(attempts),
    cleared: Number(cleared),
    rows: rowsIn === null ? null : { in: Number(rowsIn), out: Number(out), quarantined: Number(rejected) },
    bytes: numberOrNull(bytes),
    peakMemory: numberOrNull(memory),
    reason: textOrNull(reason),
    fingerprint: textOrNull(fingerprint),
    output: jsonOf(output) as Output | null,
  };
}

export const ATTEMPT_COLUMNS = 'run, step, number, started, finished, state, error';

export function keptAttempt([run, step, number, started, finished, state, error]: Rows[number]): StoredAttempt {
  return {
    run: String(run),
    step: String(step),
    number: Number(number),
    started: timeOf(started),
    finished: timeOrNull(finished),
    state: state as StepState,
    error: jsonOf(error) as StoredAttempt['error'],
  };
}

export const CHECK_COLUMNS = 'run, step, time, severity, rule';

export function keptCheck([run, step, time, severity, rule]: Rows[number]): StoredCheck {
  return {
    run: String(run),
    step: String(step),
    time: timeOf(time),
    severity: severity as StoredCheck['severity'],
    rule: jsonOf(rule) as StoredCheck['rule'],
  };
}

export const QUARANTINE_COLUMNS = 'run, step, time, rejected, path';

export function keptQuarantine([run, step, time, rows, path]: Rows[number]): StoredQuarantine {
  return { run: String(run), step: String(step), time: timeOf(time), rows: Number(rows), path: textOrNull(path) };
}

export const LOG_COLUMNS = 'run, step, attempt, time, level, message, fields';

export function keptLog([run, step, attempt, time, level, message, fields]: Rows[number]): StoredLog {
  return {
    run: String(run),
    step: textOrNull(step),
    attempt: numberOrNull(attempt),
    time: timeOf(time),
    level: level as StoredLog['level'],
    message: String(message),
    fields: jsonOf(fields) as StoredLog['fields'],
  };
}

export const LINEAGE_COLUMNS = 'run, step, role, name';

export function keptLineage([run, step, role, name]: Rows[number]): StoredLineage {
  return { run: String(run), step: String(step), role: role as StoredLineage['role'], name: String(name) };
}

export const SCHEMA_COLUMNS = 'pipeline, step, seen, run, columns';

export function keptSchema([pipeline, step, seen, run, columns]: Rows[number]): StoredSchema {
  return {
    pipeline: String(pipeline),
    step: String(step),
    seen: timeOf(seen),
    run: String(run),
    schema: jsonOf(columns) as StoredSchema['schema'],
  };
}

/** JSON as text. What it cannot say, such as bigints in rows that break a rule, is said as text. */
export function jsonText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return JSON.stringify(value, (_, part: unknown) => {
    if (part instanceof Uint8Array) return Buffer.from(part).toString('base64');
    return typeof part === 'bigint' ? String(part) : part;
  });
}

export function timeValue(time: Date | null): Value {
  return time === null ? null : time.getTime();
}

function jsonOf(text: unknown): unknown {
  return text === null ? null : JSON.parse(String(text));
}

function timeOf(value: unknown): Date {
  return new Date(Number(value));
}

function timeOrNull(value: unknown): Date | null {
  return value === null ? null : timeOf(value);
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value);
}

function textOrNull(value: unknown): string | null {
  return value === null ? null : String(value);
}
