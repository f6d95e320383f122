import { MillraceError } from '../../errors.ts';

/** The version of the tables. One that only adds what others pass over keeps its number. */
export const VERSION = 2;

/** What databases write in other ways. */
export interface Spelling {
  /** The type of a number that counts up by itself. */
  readonly serial: string;
  /** Milliseconds since 1970, by the clock of the database. */
  readonly now: string;
}

/** What version 2 added: who is at work on which step of runs that several processes share. */
const CLAIMS = `
CREATE TABLE millrace_claims (
  run TEXT NOT NULL, step TEXT NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL, process TEXT NOT NULL, heartbeat BIGINT NOT NULL,
  PRIMARY KEY (run, step))`;

/** The tables, all of them; times are milliseconds since 1970. */
const TABLES = `${CLAIMS};
CREATE TABLE millrace_runs (
  id TEXT PRIMARY KEY, pipeline TEXT NOT NULL, interval_from BIGINT NOT NULL, interval_to BIGINT NOT NULL, run_trigger TEXT NOT NULL,
  params TEXT NOT NULL, state TEXT NOT NULL, code_version TEXT NOT NULL, queued BIGINT NOT NULL, started BIGINT, finished BIGINT,
  host TEXT, pid BIGINT, process TEXT, heartbeat BIGINT, error TEXT);
CREATE UNIQUE INDEX millrace_intervals ON millrace_runs (pipeline, interval_from, interval_to) WHERE run_trigger IN ('schedule', 'backfill');
CREATE INDEX millrace_runs_of ON millrace_runs (pipeline, queued);
CREATE INDEX millrace_runs_in ON millrace_runs (state);
CREATE TABLE millrace_steps (
  run TEXT NOT NULL, name TEXT NOT NULL, position BIGINT NOT NULL, kind TEXT NOT NULL, inputs TEXT NOT NULL, state TEXT NOT NULL,
  started BIGINT, finished BIGINT, attempts BIGINT NOT NULL, cleared BIGINT NOT NULL, rows_in BIGINT, rows_out BIGINT,
  rows_quarantined BIGINT, bytes BIGINT, peak_memory BIGINT, reason TEXT, fingerprint TEXT, output TEXT, PRIMARY KEY (run, name));
CREATE TABLE millrace_attempts (
  run TEXT NOT NULL, step TEXT NOT NULL, number BIGINT NOT NULL, started BIGINT NOT NULL, finished BIGINT, state TEXT NOT NULL,
  error TEXT, PRIMARY KEY (run, step, number));
CREATE TABLE millrace_checks (
  id {serial}, run TEXT NOT NULL, step TEXT NOT NULL, time BIGINT NOT NULL, severity TEXT NOT NULL, rule TEXT NOT NULL);
CREATE INDEX millrace_checks_of ON millrace_checks (run);
CREATE TABLE millrace_quarantine (
  id {serial}, run TEXT NOT NULL, step TEXT NOT NULL, time BIGINT NOT NULL, rejected BIGINT NOT NULL, path TEXT);
CREATE INDEX millrace_quarantine_of ON millrace_quarantine (run);
CREATE TABLE millrace_logs (
  id {serial}, run TEXT NOT NULL, step TEXT, attempt BIGINT, time BIGINT NOT NULL, level TEXT NOT NULL, message TEXT NOT NULL,
  fields TEXT NOT NULL);
CREATE INDEX millrace_logs_of ON millrace_logs (run, step);
CREATE TABLE millrace_lineage (
  run TEXT NOT NULL, step TEXT NOT NULL, role TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (run, step, role, name));
CREATE TABLE millrace_schemas (
  pipeline TEXT NOT NULL, step TEXT NOT NULL, seen BIGINT NOT NULL, run TEXT NOT NULL, columns TEXT NOT NULL,
  PRIMARY KEY (pipeline, step, seen));
CREATE TABLE millrace_schedules (pipeline TEXT PRIMARY KEY, paused BIGINT NOT NULL);
CREATE TABLE millrace_store (version BIGINT NOT NULL);
INSERT INTO millrace_store VALUES (${VERSION})`;

/** What makes the tables of this version out of those of another; none at all where there are none yet. */
export function migration(store: string, spelling: Spelling, version: number | undefined): readonly string[] {
  if (version === undefined) return TABLES.split(';').map((sql) => spelled(sql.trim(), spelling));
  if (version === VERSION) return [];
  if (version === 1) return [CLAIMS, `UPDATE millrace_store SET version = ${VERSION}`];
  throw new MillraceError({
    code: 'pipeline.store_newer',
    message: `The run store ${store} has version ${version}, and this millrace knows those up to ${VERSION}. Install the millrace that wrote it, or name another store.`,
    details: { store, version, known: VERSION },
  });
}

export function spelled(sql: string, { serial, now }: Spelling): string {
  return sql.replaceAll('{serial}', serial).replaceAll('{now}', now);
}
