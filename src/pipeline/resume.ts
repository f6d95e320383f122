import { rm } from 'node:fs/promises';
import { busy, noRun, noStep } from './begin.ts';
import type { RunStore } from './store/store.ts';

/**
 * Makes a step of a run, and all that depends on it, as if they had not run. `runPipeline` with `resume` runs them again,
 * and so does whoever serves the pipeline. Their loads are other loads then, and load again. Gives the names of the
 * steps.
 *
 * Errors: `pipeline.no_run`, `pipeline.no_step`; `pipeline.run_busy` while the run is under way.
 */
export async function clearStep(
  store: RunStore,
  run: string,
  step: string,
  { downstream = true }: { readonly downstream?: boolean } = {},
): Promise<string[]> {
  const found = await store.run(run);
  if (found === undefined) throw noRun('clear', run, `There is none of this id in ${store.name}.`);
  if (found.state === 'running') throw await busy(run, store);
  const steps = await store.steps(run);
  if (!steps.some(({ name }) => name === step)) {
    throw noStep(
      `The run ${run}`,
      step,
      steps.map(({ name }) => name),
    );
  }
  const cleared = new Set([step]);
  // In their order every step stands behind what it waits for; the items of a map go with it, and it with an item.
  for (const { name, kind, inputs } of steps) {
    const waits = downstream && inputs.some((input) => cleared.has(input));
    const isItem = kind === 'item' && cleared.has(mapOf(name));
    const hasItem = kind === 'map' && mapOf(step) === name;
    if (waits || isItem || hasItem) cleared.add(name);
  }
  for (const { name, output } of steps) {
    if (!cleared.has(name) || output?.kind !== 'checkpoint') continue;
    for (const { path, rejects } of output.frames) {
      await rm(path, { force: true });
      if (rejects !== null) await rm(rejects, { force: true });
    }
  }
  await store.resetSteps(run, [...cleared], { anew: true });
  await store.endRun(run, { state: 'queued', finished: null, error: null });
  return [...cleared];
}

/** The map of an item `file[key]`; a key may have brackets, no other name has. */
function mapOf(name: string): string {
  return name.slice(0, name.indexOf('['));
}
