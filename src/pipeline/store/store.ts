import type { Schema } from '../../schema/dtype.ts';
import type { LogFields, LogLevel } from '../context.ts';
import type { StepRows, ToldError } from '../events.ts';
import type { FailedRule } from '../handles.ts';
import type { Interval } from '../schedule/schedule.ts';

/** Why a run runs. */
export type Trigger = 'manual' | 'schedule' | 'backfill' | 'retry' | 'test';

/**
 * `interrupted`: whoever ran it is gone, and did not say how it ended. `partial`: some of its steps were run by themselves (`only`),
 * others are left, and nobody is at work.
 */
export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'interrupted' | 'partial';

/** `cancelled`: it was stopped, or what it waited for failed. `skipped`: by `when`, or what it waited for was. */
export type StepState = Exclude<RunState, 'partial'> | 'skipped';

/** Who runs a run. */
export interface Owner {
  readonly host: string;
  readonly pid: number;
  /** Tells this process from another of its id. */
  readonly process: string;
}

/** A run as it is kept. */
export interface StoredRun {
  readonly id: string;
  readonly pipeline: string;
  readonly interval: Interval;
  readonly trigger: Trigger;
  readonly params: Readonly<Record<string, unknown>>;
  readonly state: RunState;
  readonly codeVersion: string;
  readonly queued: Date;
  readonly started: Date | null;
  readonly finished: Date | null;
  readonly owner: Owner | null;
  readonly heartbeat: Date | null;
  /** The first step that failed, and why; or what stopped the run. */
  readonly error: ToldError | null;
}

/** A step of a run as it is kept. */
export interface StoredStep {
  readonly run: string;
  readonly name: string;
  /** Its place among the steps. */
  readonly position: number;
  readonly kind: StepKind;
  /** The names of the steps it waits for. */
  readonly inputs: readonly string[];
  readonly state: StepState;
  readonly started: Date | null;
  readonly finished: Date | null;
  /** How many attempts at it were begun. */
  readonly attempts: number;
  /** How often it was cleared: a cleared load is another load. */
  readonly cleared: number;
  readonly rows: StepRows | null;
  readonly bytes: number | null;
  /** Of the process, in bytes. */
  readonly peakMemory: number | null;
  /** Why it was skipped, cancelled or failed, or wrote nothing. */
  readonly reason: string | null;
  /** The digest of its code, params and inputs, by which its checkpoint is known. */
  readonly fingerprint: string | null;
  readonly output: Output | null;
}

export type StepKind = 'step' | 'load' | 'check' | 'task' | 'map' | 'item' | 'pipeline';

/** What a step gave, as far as it is kept. */
export type Output =
  | { readonly kind: 'json'; readonly value?: unknown }
  /** Frames that stood in scratch and are gone. */
  | { readonly kind: 'scratch' }
  /** Of a map: what the steps of its items gave, by their names. */
  | { readonly kind: 'items'; readonly steps: readonly string[] }
  | { readonly kind: 'checkpoint'; readonly shape: 'one' | 'list' | 'record'; readonly frames: readonly KeptFrame[] };

/** A frame in Parquet files. */
export interface KeptFrame {
  /** Its name in a record; its place in a list. */
  readonly name: string;
  readonly path: string;
  readonly schema: Schema;
  readonly ordered: boolean;
  readonly rows: number;
  readonly counts: { readonly read: number; readonly quarantined: number };
  /** The rows that were rejected on the way, where there are some. */
  readonly rejects: string | null;
}

export interface StoredAttempt {
  readonly run: string;
  readonly step: string;
  readonly number: number;
  readonly started: Date;
  readonly finished: Date | null;
  readonly state: StepState;
  readonly error: ToldError | null;
}

export interface StoredCheck {
  readonly run: string;
  readonly step: string;
  readonly time: Date;
  readonly severity: 'fail' | 'warn';
  readonly rule: FailedRule;
}

export interface StoredQuarantine {
  readonly run: string;
  readonly step: string;
  readonly time: Date;
  readonly rows: number;
  readonly path: string | null;
}

export interface StoredLog {
  readonly run: string;
  readonly step: string | null;
  readonly attempt: number | null;
  readonly time: Date;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export interface StoredLineage {
  readonly run: string;
  readonly step: string;
  /** `source`: what was read; `target`: what was loaded into. */
  readonly role: 'source' | 'target';
  readonly name: string;
}

export interface StoredSchema {
  readonly pipeline: string;
  readonly step: string;
  readonly seen: Date;
  readonly run: string;
  readonly schema: Schema;
}

export interface StoredSchedule {
  readonly pipeline: string;
  readonly paused: boolean;
}

/** What is known of a run before it runs. */
export interface NewRun {
  readonly id: string;
  readonly pipeline: string;
  readonly interval: Interval;
  readonly trigger: Trigger;
  readonly params: Readonly<Record<string, unknown>>;
  readonly codeVersion: string;
}

/** A step before it runs. */
export type NewStep = Pick<StoredStep, 'name' | 'position' | 'kind' | 'inputs' | 'fingerprint'>;

/** What became of an attempt, and of its step where that is the end of it. */
export interface StepEnd extends Partial<Pick<StoredStep, 'rows' | 'bytes' | 'peakMemory' | 'reason' | 'output'>> {
  readonly state: StepState;
  readonly finished: Date;
}

export interface RunFilter {
  readonly pipeline?: string;
  readonly states?: readonly RunState[];
  readonly trigger?: Trigger;
  /** Runs whose interval begins in `[from, to)`. */
  readonly from?: Date;
  readonly to?: Date;
  /** The newest so many; 100 where nothing is said. */
  readonly limit?: number;
}

/**
 * Where runs are kept. Several processes may have it open at once. What is read of it is true: a run whose process is gone is
 * `interrupted`, whoever looks first writes that down.
 */
export interface RunStore extends AsyncDisposable {
  /** How messages call it: a path, or the host and name of a database. */
  readonly name: string;
  /** Where checkpoints and quarantined rows are written; undefined where nothing is. */
  readonly folder: string | undefined;

  /**
   * Writes a new run down. It is queued, for whoever serves; with an owner for that process alone; `'partial'` for those
   * that run steps of it.
   */
  addRun(run: NewRun, by?: Owner | 'partial'): Promise<void>;
  /**
   * The run of an interval for whoever asks first: its id, or undefined where the interval has a run, or `maxRuns` of
   * the pipeline are under way. A claimed run is queued and owned; give its id to `runPipeline` as `claimed`.
   */
  claimInterval(run: NewRun, owner: Owner, options?: { readonly maxRuns?: number }): Promise<string | undefined>;
  /**
   * Makes a run one's own that is queued, or was left by a process that is gone or was stopped. False where it is
   * another's, has ended, or `maxRuns` of its pipeline are under way. Give its id to `runPipeline` as `claimed`.
   */
  claimRun(
    run: Pick<StoredRun, 'id' | 'pipeline'>,
    owner: Owner,
    options?: { readonly maxRuns?: number },
  ): Promise<boolean>;
  /** Makes a run one's own and running, with its steps; false where another process runs it, or a step of it. @internal */
  takeRun(id: string, owner: Owner, steps: readonly NewStep[], time: Date): Promise<boolean>;
  /**
   * Begins to run some of its steps, without making it one's own: other processes run others. False where another process has
   * one of them under way, or the whole run.
   * @internal
   */
  joinRun(
    id: string,
    owner: Owner,
    steps: { readonly steps: readonly NewStep[]; readonly only: readonly string[] },
    time: Date,
  ): Promise<boolean>;
  /** Ends that; gives the state of the run, or undefined while other processes are at work on it. @internal */
  leaveRun(id: string, owner: Owner, only: readonly string[], error: ToldError | null): Promise<RunState | undefined>;
  /** Says that the owner of a run, or of steps of it, lives; false where they were taken from it. */
  beat(id: string, owner: Owner): Promise<boolean>;
  /** Writes down how a run ended. @internal */
  endRun(
    id: string,
    end: { readonly state: RunState; readonly finished: Date | null; readonly error: ToldError | null },
  ): Promise<void>;
  /** Writes down why a run is `interrupted`; false where that was done before, or it is no more. @internal */
  explainInterrupted(id: string, error: ToldError): Promise<boolean>;

  /** Adds steps that were not known when the run began, as those of a map's items. @internal */
  addSteps(run: string, steps: readonly NewStep[]): Promise<void>;
  /** Writes down that an attempt at a step has begun. @internal */
  startAttempt(run: string, step: string, number: number, time: Date, fingerprint: string | null): Promise<void>;
  /** An attempt that failed and will be followed by another. @internal */
  endAttempt(
    run: string,
    step: string,
    number: number,
    end: { readonly finished: Date; readonly error: ToldError },
  ): Promise<void>;
  /** The end of a step, and of its attempt where there was one. @internal */
  endStep(
    run: string,
    step: string,
    end: StepEnd,
    attempt?: { readonly number: number; readonly error: ToldError | null },
  ): Promise<void>;
  /** Makes steps queued again, as if they had not run; `anew`: their loads are other loads. @internal */
  resetSteps(run: string, steps: readonly string[], options: { readonly anew: boolean }): Promise<void>;

  /** Writes down rules that did not hold. @internal */
  addChecks(checks: readonly StoredCheck[]): Promise<void>;
  /** Writes down how many rows a step put aside, and where they are. @internal */
  addQuarantine(quarantine: StoredQuarantine): Promise<void>;
  /** Writes lines of a log down. @internal */
  addLogs(logs: readonly StoredLog[]): Promise<void>;
  /** Writes down what a step read or loaded into. @internal */
  addLineage(lineage: readonly StoredLineage[]): Promise<void>;
  /** Keeps the schema of a step's frame; gives the one before, where it was another. @internal */
  seeSchema(schema: StoredSchema): Promise<Schema | undefined>;

  /** One run; undefined where there is none of this id. */
  run(id: string): Promise<StoredRun | undefined>;
  /** The newest first. */
  runs(filter?: RunFilter): Promise<StoredRun[]>;
  /** The steps of a run, in their order. */
  steps(run: string): Promise<StoredStep[]>;
  /** The attempts at the steps of a run, or at one of them. */
  attempts(run: string, step?: string): Promise<StoredAttempt[]>;
  /** The rules that did not hold in a run. */
  checks(run: string): Promise<StoredCheck[]>;
  /** What the steps of a run put aside. */
  quarantined(run: string): Promise<StoredQuarantine[]>;
  /** The log of a run, or of one of its steps. */
  logs(run: string, step?: string): Promise<StoredLog[]>;
  /** What a run read and loaded into. */
  lineage(run: string): Promise<StoredLineage[]>;
  /** The schemas that were seen of the steps of a pipeline. */
  schemas(pipeline: string, step?: string): Promise<StoredSchema[]>;

  /** Removes a run that ended before a moment, with all that is written down of it; false where there is no such run. @internal */
  removeRun(id: string, before: Date): Promise<boolean>;
  /** Keeps a pipeline from being run by its schedule, or lets it run again. */
  setPaused(pipeline: string, paused: boolean): Promise<void>;
  /** Whether a pipeline is paused. */
  schedule(pipeline: string): Promise<StoredSchedule>;
  /** Closes what the store holds open. */
  close(): Promise<void>;
}
