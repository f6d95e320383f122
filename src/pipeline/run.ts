import type { Session } from '../session.ts';
import type { Hooks, OnEvent, StepRows, ToldError } from './events.ts';
import type { Pipeline } from './pipeline.ts';
import type { Interval } from './schedule/schedule.ts';
import type { RunState, RunStore, StepKind, StepState, Trigger } from './store/store.ts';

export interface RunPipelineOptions<P = object> {
  readonly params?: Partial<P>;
  /** The time the run is about; its end is the run's clock. Default: from now to now. */
  readonly interval?: Interval;
  /** Where the run is written down. Default: nowhere. */
  readonly store?: RunStore;
  /** The session in which its frames are; it stays its owner's. Default: one of the run's own, whose clock is the run's. */
  readonly session?: Session;
  /** Cancels the run. */
  readonly signal?: AbortSignal;
  /** Whether SIGINT and SIGTERM cancel the run; the second one ends the process. Default false. */
  readonly handleSignals?: boolean;
  readonly hooks?: Hooks;
  readonly onEvent?: OnEvent;
  /** Default `'manual'`. */
  readonly trigger?: Trigger;
  /** The id of a new run. Default: a random one. */
  readonly id?: string;
  /** The run that `claimInterval` gave. */
  readonly claimed?: string;
  /** The run to go on with; its interval and params are its own. */
  readonly resume?: string;
  /** These steps alone; what they take must have been kept, or be computed by steps that load nothing. */
  readonly only?: readonly string[];
}

/** What became of a step. */
export interface StepResult {
  readonly name: string;
  readonly kind: StepKind;
  readonly state: StepState;
  readonly attempts: number;
  readonly seconds: number;
  readonly rows: StepRows | null;
  readonly bytes: number;
  /** What it gave, where that is JSON. */
  readonly value: unknown;
  readonly reason: string | null;
  readonly error: ToldError | null;
}

/** What became of a run. */
export interface RunResult {
  readonly id: string;
  readonly pipeline: string;
  readonly state: RunState;
  readonly interval: Interval;
  readonly steps: readonly StepResult[];
  readonly seconds: number;
  /** A step by its name. */
  step(name: string): StepResult | undefined;
  /** The run itself where it succeeded; else it throws what the first step failed with, as it was thrown. */
  orThrow(): RunResult;
}

export async function runPipeline<P>(_pipeline: Pipeline<P>, _options: RunPipelineOptions<P> = {}): Promise<RunResult> {
  throw new Error('to be written');
}
