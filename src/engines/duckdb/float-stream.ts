import type { DuckDBConnection, DuckDBDataChunk, DuckDBResult } from '@duckdb/node-api';
import type { RunOptions } from '../../plan/source.ts';
import type { Block, BlockColumn } from '../../schema/block.ts';
import type { Statement } from '../../sql/program.ts';
import { bind } from './bind.ts';
import { type Connections, closedError } from './connections.ts';
import { engineError } from './errors.ts';

/** How often a statement that must end is told so, in milliseconds. */
const TELL_AGAIN = 20;

/**
 * The rows of a query of floats as the engine computes them, in their order and in its own chunks: in no table, and at half of
 * the cost of lists. While the caller works on one chunk the next is fetched.
 */
export async function* streamFloats(
  connections: Connections,
  query: Statement,
  options: RunOptions,
): AsyncGenerator<Block> {
  const { signal } = options;
  signal?.throwIfAborted();
  const { connection, giveBack } = await borrow(connections);
  let again: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    again ??= setInterval(interrupt, TELL_AGAIN);
  };
  signal?.addEventListener('abort', interrupt, { once: true });
  let next: Promise<DuckDBDataChunk | null> | undefined;
  try {
    const { values, types } = bind(query.values);
    const result = await connections.execute(() => connection.stream(query.sql, values, types));
    next = fetch(connections, result);
    for (;;) {
      const chunk = await next;
      signal?.throwIfAborted();
      if (chunk === null || chunk.rowCount === 0) return;
      next = fetch(connections, result);
      yield blockOf(chunk, result.columnCount);
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw connections.closed ? closedError(error) : engineError(error, query.sql);
  } finally {
    clearInterval(again);
    signal?.removeEventListener('abort', interrupt);
    await next?.catch(() => undefined);
    // The next statement of a connection ends a stream that was left before its end.
    if (!connections.closed) await connections.execute(() => connection.run('SELECT 1')).catch(() => undefined);
    giveBack();
  }
}

/** A connection of one's own until it is given back. */
async function borrow(connections: Connections): Promise<{ connection: DuckDBConnection; giveBack: () => void }> {
  return new Promise((resolve, reject) => {
    connections.lend((connection) => new Promise<void>((giveBack) => resolve({ connection, giveBack }))).catch(reject);
  });
}

function fetch(connections: Connections, result: DuckDBResult): Promise<DuckDBDataChunk | null> {
  const chunk = connections.execute(() => result.fetchChunk());
  // A rejection is the reader's when it comes to this chunk; until then it is not unhandled.
  chunk.catch(() => undefined);
  return chunk;
}

/** What a vector of the engine holds inside, as in blocks.ts. */
interface Inside {
  readonly items: Float64Array;
  readonly validity: { readonly data: BigUint64Array | null };
}

function blockOf(chunk: DuckDBDataChunk, count: number): Block {
  const columns = Array.from({ length: count }, (_, i): BlockColumn => {
    const { items, validity } = chunk.getColumnVector(i) as unknown as Inside;
    // The driver has copied both out of the engine's memory.
    const bitmap = validity.data;
    if (bitmap === null) return { values: items };
    return { values: items, validity: new Uint8Array(bitmap.buffer, bitmap.byteOffset, bitmap.byteLength) };
  });
  return { rows: chunk.rowCount, columns };
}
