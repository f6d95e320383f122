import type { Hooks, ToldError } from './events.ts';
import type { Pipeline } from './pipeline.ts';
import { Recorder } from './recorder.ts';
import { Redactor } from './redact.ts';
import { figuresOf, secondsBetween } from './result.ts';
import type { RunStore } from './store/store.ts';

const GONE: ToldError = { code: null, message: 'interrupted: its process is gone', retryable: true };

/** Tells the hooks of a pipeline of its runs whose process is gone, each run once, whoever does so first. */
export async function tellInterrupted(
  pipeline: Pipeline<unknown>,
  store: RunStore,
  hooks: readonly (Hooks | undefined)[],
): Promise<void> {
  const { name, options } = pipeline;
  for (const run of await store.runs({ pipeline: name, states: ['interrupted'], limit: Number.MAX_SAFE_INTEGER })) {
    if (run.error?.message === GONE.message || !(await store.explainInterrupted(run.id, GONE))) continue;
    const redactor = new Redactor();
    const recorder = new Recorder({
      run: run.id,
      pipeline: name,
      redactor,
      store,
      hooks,
      onEvent: [],
      progress: false,
    });
    recorder.tell({
      type: 'run.finished',
      trigger: run.trigger,
      interval: run.interval,
      timezone: options.timezone ?? 'UTC',
      state: 'interrupted',
      seconds: secondsBetween(run.started, run.finished) ?? 0,
      ...figuresOf(await store.steps(run.id)),
      stopped: { error: GONE, signal: undefined },
    });
    await recorder.settle();
  }
}
