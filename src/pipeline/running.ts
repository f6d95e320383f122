import type { Backoff, RetryBudget } from '../retry.ts';
import type { Session } from '../session.ts';
import type { FailedRule } from './handles.ts';
import type { Memory } from './memory.ts';
import type { Recorder } from './recorder.ts';
import type { StepResult } from './result.ts';
import type { Interval } from './schedule/schedule.ts';
import { Slots } from './slots.ts';
import type { RunStore, StepKind, Trigger } from './store/store.ts';

/** What the steps of a run under way share. */
export class RunningRun {
  readonly id: string;
  readonly pipeline: string;
  readonly interval: Interval;
  readonly trigger: Trigger;
  readonly session: Session;
  readonly recorder: Recorder;
  readonly store: RunStore | undefined;
  readonly signal: AbortSignal;
  readonly budget: RetryBudget;
  readonly memory: Memory;
  readonly backoff: Backoff;
  /** How steps ended, by their names. */
  readonly results: Map<string, StepResult> = new Map();
  /** The names of the steps of a map's items, in the order of its list. */
  readonly items: Map<string, readonly string[]> = new Map();
  /** Of a map that failed, the item for which it did. */
  readonly failedItems: Map<string, string> = new Map();
  readonly #slots: Slots;
  readonly #pools: ReadonlyMap<string, Slots>;
  readonly #onStoreError: (error: unknown) => void;

  constructor(
    fields: Pick<
      RunningRun,
      | 'id'
      | 'pipeline'
      | 'interval'
      | 'trigger'
      | 'session'
      | 'recorder'
      | 'store'
      | 'signal'
      | 'budget'
      | 'backoff'
      | 'memory'
    > & {
      readonly concurrency: number;
      readonly pools: Readonly<Record<string, number>>;
      readonly onStoreError: (error: unknown) => void;
    },
  ) {
    this.id = fields.id;
    this.pipeline = fields.pipeline;
    this.interval = fields.interval;
    this.trigger = fields.trigger;
    this.session = fields.session;
    this.recorder = fields.recorder;
    this.store = fields.store;
    this.signal = fields.signal;
    this.budget = fields.budget;
    this.memory = fields.memory;
    this.backoff = fields.backoff;
    this.#slots = new Slots(fields.concurrency);
    this.#pools = new Map(Object.entries(fields.pools).map(([name, places]) => [name, new Slots(places)]));
    this.#onStoreError = fields.onStoreError;
  }

  /** Where checkpoints and quarantined rows go. */
  get folder(): string | undefined {
    return this.store?.folder;
  }

  /** Works in one of the places, and in one of a pool's. */
  slots<R>(pool: string | undefined, task: () => Promise<R>): Promise<R> {
    const shared = pool === undefined ? undefined : this.#pools.get(pool);
    // The pool first: whoever waits for it takes no place from others.
    return shared === undefined ? this.#slots.use(task) : shared.use(() => this.#slots.use(task));
  }

  /** Writes to the store, or nothing where there is none. What cannot be written down ends the run. */
  async write<R>(task: (store: RunStore) => Promise<R>): Promise<R | undefined> {
    if (this.store === undefined) return undefined;
    // What another process has now is not written into.
    if ((this.signal.reason as { code?: unknown } | undefined)?.code === 'pipeline.lost') throw this.signal.reason;
    try {
      return await task(this.store);
    } catch (error) {
      this.#onStoreError(error);
      throw error;
    }
  }

  /** Ends a step that did not run. */
  async endUnrun(step: string, kind: StepKind, state: 'skipped' | 'cancelled', reason: string): Promise<void> {
    await this.write((store) => store.endStep(this.id, step, { state, finished: new Date(), reason }));
    this.recorder.tell({ type: 'step.skipped', step, state, reason });
    const none = { attempts: 0, seconds: 0, rows: null, bytes: 0, value: undefined, error: null };
    this.results.set(step, { name: step, kind, state, reason, ...none });
  }

  async tellCheck(
    step: string,
    attempt: number,
    severity: 'fail' | 'warn',
    rules: readonly FailedRule[],
  ): Promise<void> {
    const time = new Date();
    await this.write((store) => store.addChecks(rules.map((rule) => ({ run: this.id, step, time, severity, rule }))));
    const type = severity === 'fail' ? 'check.failed' : 'check.warned';
    this.recorder.tell({ type, step, attempt, rules });
  }
}
