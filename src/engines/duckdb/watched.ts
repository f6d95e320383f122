import type { DuckDBConnection } from '@duckdb/node-api';
import type { RunOptions } from '../../plan/source.ts';
import { beginPart, type Part } from '../../progress.ts';

/** The engine counts to the rows there are and one for each part of a statement; of few rows any number might be meant. */
const SLACK = 4;
const FEWEST = 10_000;

/** So many numbers of rows are remembered, the latest. */
const MOST_KNOWN = 1000;

/**
 * How many rows tables of scratch have, or had. What the engine counts are rows where it counts to as many as one of them has; of text,
 * and of rows that are filtered or joined, it counts to a guess.
 */
export class KnownCounts {
  readonly #known = new Set<number>();

  add(rows: number): void {
    if (rows < FEWEST) return;
    this.#known.add(rows);
    const [first = 0] = this.#known;
    if (this.#known.size > MOST_KNOWN) this.#known.delete(first);
  }

  near(total: number): number | undefined {
    for (let rows = total; rows >= total - SLACK; rows--) if (this.#known.has(rows)) return rows;
    return undefined;
  }
}

/** Tells how far the next statement of a connection is, to who asked and to who follows. */
export async function watched(
  connection: DuckDBConnection,
  counts: KnownCounts | undefined,
  { onProgress }: RunOptions,
): Promise<Pick<Part, 'end'> | undefined> {
  const part = beginPart();
  if (onProgress === undefined && part === undefined) return undefined;
  // Without these the engine keeps no count of its progress; its own bar would go to standard output.
  await connection.run(
    'SET enable_progress_bar_print = false; SET enable_progress_bar = true; SET progress_bar_time = 0',
  );
  const timer = setInterval(() => {
    const { percentage, rows_processed: done, total_rows_to_process: of } = connection.progress;
    if (percentage < 0) return;
    const share = Math.min(1, percentage / 100);
    onProgress?.(share);
    const rows = counts?.near(Number(of));
    part?.tell({ share, ...(rows === undefined ? {} : { rows: Math.min(Number(done), rows) }) });
  }, 100).unref();
  return {
    end: () => {
      clearInterval(timer);
      part?.end();
    },
  };
}
