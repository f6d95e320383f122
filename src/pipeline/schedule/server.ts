import { randomUUID } from 'node:crypto';
import { MillraceError } from '../../errors.ts';
import { codeVersion } from '../fingerprint.ts';
import type { Pipeline } from '../pipeline.ts';
import { type RunPipelineOptions, runPipeline } from '../run.ts';
import { thisOwner } from '../store/owner.ts';
import type { StoredRun } from '../store/store.ts';
import { dueIntervals } from './due.ts';
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
    const left = runs.filter(({ state, error }) => state === 'interrupted' || error?.code === 'pipeline.stopped');
    for (const { id } of left.reverse()) {
      if (!this.#hasRoom || this.#resumed.has(id) || this.#running.has(id)) continue;
      this.#resumed.add(id);
      this.#run(pipeline, id, { resume: id });
    }
  }

  /** Runs what was queued by hand. */
  async #beginQueued(pipeline: Pipeline<unknown>): Promise<void> {
    const queued = await this.#options.store.runs({ pipeline: pipeline.name, states: ['queued'] });
    for (const run of queued.reverse()) {
      if (!this.#hasRoom || this.#running.has(run.id) || !isFree(run)) continue;
      this.#run(pipeline, run.id, { claimed: run.id });
    }
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
        params: pipeline.checkedParams({}),
        codeVersion: codeVersion(graph.nodes, options.version),
      };
      const id = await store.claimInterval(run, thisOwner(), { maxRuns: options.maxRuns ?? 1 });
      if (id !== undefined) this.#run(pipeline, id, { claimed: id });
    }
  }

  #run(pipeline: Pipeline<unknown>, id: string, options: RunPipelineOptions<unknown>): void {
    const { store, signal, onEvent, onProblem } = this.#options;
    const run = runPipeline(pipeline, {
      ...options,
      store,
      ...(signal === undefined ? {} : { signal }),
      ...(onEvent === undefined ? {} : { onEvent }),
    });
    const ended = run.then(
      () => {},
      (error: unknown) => {
        // Another process that serves was quicker.
        if (!(error instanceof MillraceError && error.code === 'pipeline.run_busy')) onProblem?.(error);
      },
    );
    const freed = ended.then(() => {
      this.#running.delete(id);
      this.#freed.abort();
      this.#freed = new AbortController();
    });
    this.#running.set(id, freed);
  }
}

/** Whether a queued run is nobody's yet. */
function isFree({ owner }: StoredRun): boolean {
  return owner === null;
}
