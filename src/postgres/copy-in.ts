import { once } from 'node:events';
import type { PoolClient } from 'pg';
import { Failure } from '../failure.ts';
import { quoteIdentifier } from './types.ts';

export interface CopyInOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether the connection outlives an error of the server, which ends the COPY by itself: then ROLLBACK. */
  readonly keepsConnection?: boolean;
}

/**
 * Sends COPY text into a table, inside the transaction that the client is in, and gives the number of rows that the
 * server counted. The client is nobody else's until it returns. CopyDone is sent only after `blobs` has ended.
 *
 * On any failure (of `blobs`, of the server, of the connection, by `signal`) the connection is cut, so that the server
 * rolls back whatever it is doing, and the first error is thrown: release the client with `release(true)`, without ROLLBACK.
 *
 * @param table the target as SQL, quoted
 */
export async function copyIn(
  client: PoolClient,
  table: string,
  columns: readonly string[],
  blobs: AsyncIterable<Uint8Array>,
  options: CopyInOptions = {},
): Promise<number> {
  const { from } = await import('pg-copy-streams');
  const names = columns.map(quoteIdentifier).join(', ');
  const { signal } = options;
  const iterator = blobs[Symbol.asyncIterator]();
  const failure = new Failure();
  const abort = (): void => failure.tell(signal?.reason);
  // A client taken from a pool has no listener of its own: the end of its connection would end the process.
  client.on('error', failure.tell);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    signal?.throwIfAborted();
    const stream = client.query(from(`COPY ${table} (${names}) FROM STDIN (FORMAT text, ENCODING 'UTF8')`));
    stream.on('error', failure.tell);
    for (;;) {
      const step = await failure.before(iterator.next());
      if (step.done === true) break;
      if (!stream.write(step.value)) await failure.before(once(stream, 'drain'));
    }
    const finished = once(stream, 'finish');
    stream.end();
    await failure.before(finished);
    client.off('error', failure.tell);
    return stream.rowCount;
  } catch (error) {
    // Not `stream.destroy()`: it waits for an answer that a dead server never gives.
    const isServers = (error as { readonly severity?: unknown }).severity === 'ERROR';
    if (!(isServers && options.keepsConnection === true)) client.connection.stream.destroy();
    await iterator.return?.().catch(() => {});
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
