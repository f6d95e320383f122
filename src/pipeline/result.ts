import type { RunFinished, StepRows, ToldError } from './events.ts';
import { sum } from './frames.ts';
import type { Interval } from './schedule/schedule.ts';
import type { RunState, StepKind, StepState, StoredStep } from './store/store.ts';

/** What became of a step. */
export interface StepResult {
  readonly name: string;
  readonly kind: StepKind;
  readonly state: StepState;
  /** How many attempts at it there were, those of other processes among them. */
  readonly attempts: number;
  readonly seconds: number;
  readonly rows: StepRows | null;
  readonly bytes: number;
  /** What it gave, where that is JSON. */
  readonly value: unknown;
  /** Why it was skipped, cancelled or failed, or wrote nothing. */
  readonly reason: string | null;
  readonly error: ToldError | null;
}

/** What became of a run. */
export interface RunResult {
  readonly id: string;
  readonly pipeline: string;
  readonly state: RunState;
  readonly interval: Interval;
  /** The steps in the order in which they were declared, those of a map's items behind it. */
  readonly steps: readonly StepResult[];
  readonly seconds: number;
  /** A step by its name. */
  step(name: string): StepResult | undefined;
  /** The run itself where it succeeded; else it throws what the first step failed with, as that was thrown. */
  orThrow(): RunResult;
}

/** A step that another process has ended. */
export function storedResult({
  name,
  kind,
  state,
  attempts,
  started,
  finished,
  rows,
  bytes,
  reason,
  output,
}: StoredStep): StepResult {
  return {
    name,
    kind,
    state,
    attempts,
    seconds: secondsBetween(started, finished) ?? 0,
    rows,
    bytes: bytes ?? 0,
    value: output?.kind === 'json' ? output.value : undefined,
    reason,
    error: null,
  };
}

/** What steps did together: the loads that were done, or found done, and their rows. */
export function figuresOf(
  steps: readonly Pick<StoredStep, 'kind' | 'rows'>[],
): Pick<RunFinished, 'loads' | 'rowsWritten' | 'quarantined'> {
  const loads = steps.filter(({ kind, rows }) => kind === 'load' && rows !== null);
  return {
    loads: loads.length,
    rowsWritten: sum(loads.map(({ rows }) => rows?.out ?? 0)),
    quarantined: sum(steps.map(({ rows }) => rows?.quarantined ?? 0)),
  };
}

/** How long something took by its times as they are kept; nothing where the clock was set back meanwhile. */
export function secondsBetween(started: Date | null, finished: Date | null): number | undefined {
  if (started === null || finished === null) return undefined;
  return Math.max(0, finished.getTime() - started.getTime()) / 1000;
}
