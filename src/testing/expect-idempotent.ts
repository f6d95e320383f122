import { Frame } from '../frame/frame.ts';
import type { Pipeline } from '../pipeline/pipeline.ts';
import { type RunPipelineOptions, runPipeline } from '../pipeline/run.ts';
import type { AnyCol } from '../schema/columns.ts';
import { FrameAssertionError } from './assertion-error.ts';
import { differenceTable } from './difference-table.ts';
import { type PlainRow, rowDifferences } from './row-differences.ts';

/** What reads a target: a frame, or rows that were read in another way. It is called after each run. */
export type ReadTarget = () => TargetRows | Promise<TargetRows>;
type TargetRows = Pick<Frame<AnyCol>, 'plan' | 'executor'> | readonly PlainRow[];

/**
 * Runs a pipeline twice in one interval, as a run that is repeated, and compares what its targets hold after each. What
 * was loaded once may not be there twice, nor be another. The order of rows does not count. The pipeline's hooks are not
 * called.
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * import { pipeline } from 'millrace/pipeline';
 * import { expectIdempotent } from 'millrace/testing';
 * const schema = { sku: t.string(), sold: t.int() };
 * const sales = pipeline('sales', {}, (p) => {
 *   const raw = p.step('raw', ({ read }) => read.rows([{ sku: 'desk', sold: 2 }], { schema }));
 *   p.load('lake', { raw }, ({ raw }, { loadId }) => load.parquet(raw, 'warehouse/idempotent', { mode: 'append', loadId }));
 * });
 * await expectIdempotent(sales, { lake: () => read.parquet('warehouse/idempotent', { schema }) });
 * ```
 *
 * Errors: an assertion that shows which rows are missing, extra and changed; what a run fails with.
 */
export async function expectIdempotent<P>(
  pipeline: Pipeline<P>,
  targets: { readonly [name: string]: ReadTarget },
  options: Pick<RunPipelineOptions<P>, 'params' | 'interval' | 'store'> = {},
): Promise<void> {
  const now = new Date();
  const run = { interval: { from: now, to: now }, ...options, trigger: 'test' as const };
  const { options: own } = pipeline;
  const unheard: Pipeline<P> = Object.create(pipeline, { options: { value: { ...own, hooks: {} } } });
  (await runPipeline(unheard, run)).orThrow();
  const once = await rowsOf(targets);
  (await runPipeline(unheard, run)).orThrow();
  const twice = await rowsOf(targets);
  for (const [name, expected] of once) {
    const actual = twice.get(name) ?? [];
    const differences = rowDifferences(actual, expected, { ordered: false, tolerance: 1e-12 });
    const table = differenceTable(differences, 1e-12);
    if (table === undefined) continue;
    throw new FrameAssertionError(
      `pipeline ${pipeline.name} is not idempotent: after it ran twice, ${name} holds ${actual.length} rows, and after it ran once ${expected.length}. Load with a key, or with context.loadId.\n${table}`,
      actual,
      expected,
    );
  }
}

async function rowsOf(targets: { readonly [name: string]: ReadTarget }): Promise<Map<string, readonly PlainRow[]>> {
  const rows = new Map<string, readonly PlainRow[]>();
  for (const [name, read] of Object.entries(targets)) {
    const target = await read();
    rows.set(name, target instanceof Frame ? ((await target.rows()) as PlainRow[]) : (target as readonly PlainRow[]));
  }
  return rows;
}
