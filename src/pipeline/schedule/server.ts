import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { codeVersion } from '../fingerprint.ts';
import { tellInterrupted } from '../interrupted.ts';
import { keptParams } from '../kept-params.ts';
import type { Pipeline } from '../pipeline.ts';
import { Redactor } from '../redact.ts';
import { runPipeline } from '../run.ts';
import { thisOwner } from '../store/owner.ts';
import type { StoredRun } from '../store/store.ts';
import { toldError } from '../told-error.ts';
import { dueIntervals, isLeft } from './due.ts';
import { type Schedule, scheduleOf } from './schedule.ts';
import type { ServeOptions } from './serve.ts';

interface Served {
  readonly pipeline: Pipeline<unknown>;
  readonly schedule: Schedule | undefined;
}

/** What is under way in one process that serves. */
export class Server {
  readonly #served: readonly Served[];
  readonly #options: ServeOptions;
  readonly #parallel: number;
  /** By the id of the run. */
  readonly #running = new Map<string, Promise<void>>();
  /** Runs that were gone on with here: one that ends its process is not gone on with for ever. */
  readonly #resumed = new Set<string>();
  #freed = new AbortController();

  constructor(served: readonly Served[], options: ServeOptions) {
    this.#served = served;
    this.#options = options;
    this.#parallel = options.parallel ?? 4;
  }

  /** `options.signal` cancels the runs. */
  static async of(pipelines: readonly Pipeline<unknown>[], options: ServeOptions): Promise<Server> {
    const served = pipelines.map(async (pipeline) => {
      const { schedule, timezone } = pipeline.options;
      // A run of the schedule has no other params than the defaults.
      if (schedule !== undefined) pipeline.checkedParams({});
      return { pipeline, schedule: schedule === undefined ? undefined : await scheduleOf(schedule, timezone) };
    });
    return new Server(await Promise.all(served), options);
  }

  /** Aborted when a run ends. */
  get freed(): AbortSignal {
    return this.#freed.signal;
  }

  /** Milliseconds until an interval is due. */
  untilDue(): number {
    const now = new Date();
    const waits = this.#served.map(({ schedule }) => (schedule?.after(now).getTime() ?? Infinity) - now.getTime());
    return Math.min(...waits);
  }

  /** All runs have ended. */
  async ended(): Promise<void> {
    await Promise.all(this.#running.values());
  }

  /** Begins what is to be run, as far as there is room. */
  async begin(): Promise<void> {
    for (const served of this.#served) {
      const { name } = served.pipeline;
      if (!this.#hasRoom) return;
      if ((await this.#options.store.schedule(name)).paused) continue;
      await tellInterrupted(served.pipeline, this.#options.store, [served.pipeline.options.hooks]);
      await this.#beginLeft(served.pipeline);
      await this.#beginQueued(served.pipeline);
      await this.#beginDue(served);
    }
  }

  get #hasRoom(): boolean {
    return this.#running.size < this.#parallel;
  }

  /** Goes on with what a process left behind that is gone, or was stopped. */
  async #beginLeft(pipeline: Pipeline<unknown>): Promise<void> {
    const states = ['interrupted', 'cancelled'] as const;
    const runs = await this.#options.store.runs({ pipeline: pipeline.name, trigger: 'schedule', states });
    for (const run of runs.filter(isLeft).reverse()) {
      if (!this.#hasRoom || this.#resumed.has(run.id) || !(await this.#claim(pipeline, run))) continue;
      this.#resumed.add(run.id);
      this.#run(pipeline, run.id);
    }
  }

  /** Runs what was queued by hand. */
  async #beginQueued(pipeline: Pipeline<unknown>): Promise<void> {
    const queued = await this.#options.store.runs({ pipeline: pipeline.name, states: ['queued'] });
    for (const run of queued.reverse()) {
      if (!this.#hasRoom || run.owner !== null || !(await this.#claim(pipeline, run))) continue;
      this.#run(pipeline, run.id);
    }
  }

  #claim({ options: { maxRuns = 1 } }: Pipeline<unknown>, run: StoredRun): Promise<boolean> {
    return this.#options.store.claimRun(run, thisOwner(), { maxRuns });
  }

  async #beginDue({ pipeline, schedule }: Served): Promise<void> {
    if (schedule === undefined) return;
    const { store } = this.#options;
    const { name, options, graph } = pipeline;
    for (const interval of await dueIntervals(pipeline, schedule, store, new Date())) {
      if (!this.#hasRoom) return;
      const run = {
        id: randomUUID(),
        pipeline: name,
        interval,
        trigger: 'schedule' as const,
        params: keptParams(pipeline, pipeline.checkedParams({})),
        codeVersion: codeVersion(graph.nodes, options.version),
      };
      const id = await store.claimInterval(run, thisOwner(), { maxRuns: options.maxRuns ?? 1 });
      if (id !== undefined) this.#run(pipeline, id);
    }
  }

  /** Runs what was claimed. */
  #run(pipeline: Pipeline<unknown>, id: string): void {
    const { store, signal, onEvent } = this.#options;
    const run = runPipeline(pipeline, {
      claimed: id,
      store,
      signal,
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    const ended = run.then(
      () => {
        this.#running.delete(id);
        this.#freed.abort();
        this.#freed = new AbortController();
      },
      async (error: unknown) => {
        this.#options.onProblem?.(error);
        await this.#giveBack(id, error).catch(() => {});
        // Nothing is begun in its place before the next look: that may end in the same way.
        this.#running.delete(id);
      },
    );
    this.#running.set(id, ended);
  }

  /** A run that could not begin is queued again where that can help, and has failed otherwise. */
  async #giveBack(id: string, error: unknown): Promise<void> {
    const { store } = this.#options;
    const run = await store.run(id);
    if (run?.state !== 'queued' || !isDeepStrictEqual(run.owner, thisOwner())) return;
    const told = toldError(error, new Redactor());
    const end = told.retryable
      ? ({ state: 'queued', finished: null, error: null } as const)
      : ({ state: 'failed', finished: new Date(), error: told } as const);
    await store.endRun(id, end);
  }
}
