export const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

/**
 * Runs each of the named tasks some times: the median time of each, their sum, and all rows that they gave. A task
 * gives its rows, or a function that counts them, which is not timed, as `release` is not.
 */
export async function timed(tasks, times) {
  const parts = {};
  let rows = 0;
  for (const [name, task] of Object.entries(tasks)) {
    const taken = [];
    for (let i = 0; i < times; i++) {
      const start = performance.now();
      const result = await task();
      taken.push(performance.now() - start);
      if (i === 0) rows += typeof result.rows === 'function' ? await result.rows() : result.rows;
      await result.release?.();
    }
    parts[name] = median(taken);
  }
  return { ms: Object.values(parts).reduce((sum, ms) => sum + ms, 0), rows, parts };
}
