import { setTimeout as sleep } from 'node:timers/promises';
import type { DuckDBConnection, DuckDBPendingResult, DuckDBResult } from '@duckdb/node-api';

/** How long a statement is left to the engine's threads before it is looked at again, in milliseconds. */
const LOOK_AGAIN = 1;

/**
 * Runs a statement on the engine's own threads. Awaited as others are, it has one more, which turns round and round while there
 * is nothing to do for it: a core that the server of the rows, or what reads them, may need.
 */
export async function inBackground(
  connection: DuckDBConnection,
  ...statement: Parameters<DuckDBConnection['start']>
): Promise<DuckDBResult> {
  const pending = await connection.start(...statement);
  do await sleep(LOOK_AGAIN);
  while (!hasEnded(pending));
  return pending.getResult();
}

/** Where no thread has taken a task yet, this takes it. */
function hasEnded(pending: DuckDBPendingResult): boolean {
  try {
    return pending.runTask() === READY;
  } catch (error) {
    if (error instanceof Error) error.message = error.message.replace(/^Failure running pending result task: /, '');
    throw error;
  }
}

/** `DuckDBPendingResultState.RESULT_READY`, whose package is not loaded by what imports this. */
const READY = 0;
