/** The names of steps whose functions have not ended, whatever became of their runs; and whether any step ran in this process. */
const AT_WORK = new Set<{ readonly step: string }>();
let hasRun = false;

/** Follows the work of a step to its end. */
export function followedToEnd<R>(step: string, work: Promise<R>): Promise<R> {
  const one = { step };
  hasRun = true;
  AT_WORK.add(one);
  const ended = (): void => void AT_WORK.delete(one);
  work.then(ended, ended);
  return work;
}

/** The steps that are at work; undefined where none ever ran. */
export function stepsAtWork(): string[] | undefined {
  return hasRun ? [...AT_WORK].map(({ step }) => step) : undefined;
}
