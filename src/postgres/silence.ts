import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, PoolClient } from 'pg';

/**
 * A connection that is open at one end alone looks like a server that is at work: nothing comes. What a second
 * connection sees of the first tells them apart: a backend that waits for its client, while the client waits for it.
 */
export interface Watch {
  /** Runs what waits for the server. */
  during<R>(task: () => Promise<R>): Promise<R>;
  /** The pieces of a COPY: while one is made, nobody waits for the server. */
  except(blobs: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array>;
  stop(): void;
}

/** Which backend serves a client; a number alone may be another's by now. */
export interface Backend {
  readonly pid: string;
  readonly since: string;
}

/** What tells the backend of a connection, in one row. */
export const BACKEND =
  'SELECT pid::pg_catalog.text, extract(epoch FROM backend_start)::pg_catalog.text AS since FROM pg_catalog.pg_stat_get_activity(pg_catalog.pg_backend_pid())';

interface Watched {
  readonly client: PoolClient;
  /** Milliseconds without a byte after which the connection is given up, unless the server is at work. */
  readonly timeout: number;
  /** The backend, once the server has told it. */
  readonly backend: () => Backend | undefined;
  /** A connection to the same server, not opened yet, that gives up by itself. */
  readonly another: () => Client;
}

/** Ends a connection on which nothing comes, though the server is not at work; the server's end of it, too. */
export function watchSilence(watched: Watched): Watch {
  const { client, timeout } = watched;
  const { stream } = client.connection as unknown as { stream: import('node:net').Socket };
  const stopped = new AbortController();
  let awaited = 0;
  let seen = -1;
  let since = performance.now();
  const touch = (): void => {
    since = performance.now();
  };
  /** For how long nothing has come or gone while something was waited for. */
  const silence = (): number => {
    const bytes = stream.bytesRead + stream.bytesWritten;
    if (bytes !== seen || awaited === 0) touch();
    seen = bytes;
    return performance.now() - since;
  };
  const silentFor = async (span: number): Promise<void> => {
    while (silence() < span) await sleep(Math.max(1, timeout / 8), undefined, { ref: false, signal: stopped.signal });
  };
  const watch = async (): Promise<void> => {
    for (;;) {
      await silentFor(timeout / 2);
      let isLate = false;
      if (!(await isAtWork(watched, false))) {
        // An answer may have been on its way.
        await sleep(timeout / 2, undefined, { ref: false, signal: stopped.signal });
        isLate = silence() >= timeout && !(await isAtWork(watched, true));
      }
      if (stopped.signal.aborted) return;
      if (isLate && silence() >= timeout) break;
      touch();
    }
    const told = new Error(`timeout: the server has not answered for ${timeout} ms, and is not at work on it`);
    stream.destroy(Object.assign(told, { code: 'ETIMEDOUT' }));
  };
  watch().catch(() => {});
  const during: Watch['during'] = async (task) => {
    awaited += 1;
    touch();
    try {
      return await task();
    } finally {
      awaited -= 1;
    }
  };
  return {
    during,
    async *except(blobs) {
      const iterator = blobs[Symbol.asyncIterator]();
      try {
        for (;;) {
          awaited -= 1;
          const step = await iterator.next().finally(() => {
            awaited += 1;
            touch();
          });
          if (step.done === true) return;
          yield step.value;
        }
      } finally {
        await iterator.return?.();
      }
    },
    stop: () => stopped.abort(),
  };
}

/** Whether the server works for the client, and so may be silent; one that cannot be asked does not. */
async function isAtWork({ another, backend, timeout }: Watched, ends: boolean): Promise<boolean> {
  const other = another();
  other.on('error', () => {});
  try {
    await other.connect();
    const { pid, since } = backend() ?? { pid: undefined, since: undefined };
    const of =
      'FROM pg_catalog.pg_stat_get_activity($1::integer) WHERE extract(epoch FROM backend_start)::pg_catalog.text OPERATOR(pg_catalog.=) $2::pg_catalog.text';
    const { rows } = await other.query<{ works: boolean }>(
      `SELECT state OPERATOR(pg_catalog.=) 'active' AND coalesce(wait_event_type OPERATOR(pg_catalog.<>) 'Client', true) AS works ${of}`,
      [pid, since],
    );
    if (rows[0]?.works === true) return true;
    // Otherwise it would hold its locks until the server notices, which may take hours.
    if (ends) await other.query(`SELECT pg_catalog.pg_terminate_backend(pid) ${of}`, [pid, since]);
    return false;
  } catch (error) {
    // A server that refuses, as where too many are connected, is there.
    return (error as { severity?: unknown }).severity !== undefined && backend() !== undefined;
  } finally {
    const ended = other.end().catch(() => undefined);
    await Promise.race([ended, sleep(timeout / 4, undefined, { ref: false })]);
    other.connection.stream.destroy();
  }
}
