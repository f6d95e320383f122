import type { Schema } from '../schema/dtype.ts';
import type { Log, LogFields, LogLevel } from './context.ts';
import type { FailedRule } from './handles.ts';
import type { Interval } from './schedule/schedule.ts';
import type { RunState, RunStore, StepState, Trigger } from './store/store.ts';

/** Of what run an event is, and when it happened. */
interface OfRun {
  readonly run: string;
  readonly pipeline: string;
  readonly time: Date;
}

interface OfStep extends OfRun {
  readonly step: string;
  readonly attempt: number;
}

/** An error as it is told and kept: data. */
export interface ToldError {
  /** The code of a MillraceError. */
  readonly code: string | null;
  readonly message: string;
  readonly retryable: boolean;
  readonly stack?: string;
}

/** How many rows went through a step. */
export interface StepRows {
  readonly in: number;
  readonly out: number;
  readonly quarantined: number;
}

/** What happens in a run, told by `type`. */
export type RunEvent =
  | RunStarted
  | RunFinished
  | StepStarted
  | StepProgress
  | StepRetried
  | StepFinished
  | StepSkipped
  | CheckEvent
  | QuarantineWritten
  | SchemaChanged
  | LogLine;

export interface RunStarted extends OfRun {
  readonly type: 'run.started';
  readonly trigger: Trigger;
  readonly interval: Interval;
  /** The zone of the pipeline's schedule. */
  readonly timezone?: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The names of its steps, in the order in which they were declared. */
  readonly steps: readonly string[];
  /** Whether it goes on with a run that was begun before. */
  readonly resumed: boolean;
  /** The steps that are run alone. */
  readonly only?: readonly string[];
}

export interface RunFinished extends OfRun {
  readonly type: 'run.finished';
  readonly trigger: Trigger;
  readonly interval: Interval;
  readonly timezone?: string;
  readonly state: RunState;
  /** The steps that were run alone. */
  readonly only?: readonly string[];
  readonly seconds: number;
  /** How many loads it did, or found done. */
  readonly loads: number;
  /** Rows that its loads wrote. */
  readonly rowsWritten: number;
  readonly quarantined: number;
  /** The first step that failed, and why. */
  readonly failed?: { readonly step: string; readonly error: ToldError };
  /** All steps that failed, in the order in which they were declared. */
  readonly failures?: readonly { readonly step: string; readonly error: ToldError }[];
  /** What ended it before its end, and the signal of the process where that did. */
  readonly stopped?: { readonly error: ToldError; readonly signal: string | undefined };
}

export interface StepStarted extends OfStep {
  readonly type: 'step.started';
}

/** How far a step is with what it is doing, which may be one of several things; told where `progress` is asked for, or a hook is. */
export interface StepProgress extends OfStep {
  readonly type: 'step.progress';
  /** The share of it that is done, from 0 to 1, where the engine can tell. */
  readonly share?: number;
  /** Rows that it has done, where they are counted. */
  readonly rows?: number;
}

export interface StepRetried extends OfStep {
  readonly type: 'step.retried';
  readonly error: ToldError;
  /** Milliseconds until the next attempt. */
  readonly wait: number;
}

export interface StepFinished extends OfStep {
  readonly type: 'step.finished';
  readonly state: StepState;
  readonly seconds: number;
  readonly rows: StepRows;
  /** Whether it gave a frame or loaded, so that `rows` say something. */
  readonly hasRows: boolean;
  readonly bytes: number;
  readonly error?: ToldError;
  /** Why a load wrote nothing: it `had been loaded before`. */
  readonly reason?: string;
  /** Why a step that has retries left was not tried again. */
  readonly notAgain?: string;
}

export interface StepSkipped extends OfRun {
  readonly type: 'step.skipped';
  readonly step: string;
  readonly state: 'skipped' | 'cancelled';
  /** `when` was false; or the step it waited for, and what became of that. */
  readonly reason: string;
}

export interface CheckEvent extends OfStep {
  readonly type: 'check.failed' | 'check.warned';
  readonly rules: readonly FailedRule[];
}

export interface QuarantineWritten extends OfStep {
  readonly type: 'quarantine.written';
  readonly rows: number;
  /** The Parquet file in which they are, where the run has a folder. */
  readonly path: string | null;
}

export interface SchemaChanged extends OfStep {
  readonly type: 'schema.changed';
  readonly before: Schema;
  readonly after: Schema;
}

export interface LogLine extends OfRun {
  readonly type: 'log';
  readonly step: string | null;
  readonly attempt: number | null;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

/** What is called at events: one by the name of each. One that fails is logged, and fails no run. */
export type Hooks = {
  readonly [T in RunEvent['type']]?: (
    event: Extract<RunEvent, { readonly type: T }>,
    context: HookContext,
  ) => void | Promise<void>;
};

/** What a hook is given besides the event. */
export interface HookContext {
  /** Where the run is kept, and those before it; undefined where it is kept nowhere. */
  readonly store: RunStore | undefined;
  /** The log of the run. */
  readonly log: Log;
}

/** Called at every event. */
export type OnEvent = (event: RunEvent, context: HookContext) => void | Promise<void>;
