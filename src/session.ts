import { DuckDBSession, type SessionOptions } from './engines/duckdb/session.ts';
import { type Readers, readersOf } from './readers/read.ts';

/** An engine with its settings and its readers. */
export interface Session extends AsyncDisposable {
  readonly read: Readers;
  /**
   * Ends the session: what it staged is removed. Runs under way, and any use of its frames afterwards, fail with
   * `session.closed`.
   */
  close(): Promise<void>;
}

/**
 * A session of your own, with its own limits; the top-level `read` uses one that is shared.
 *
 * @example
 * ```ts
 * import { createSession, t } from 'millrace';
 * await using session = createSession({ memoryLimit: '1GB', threads: 2 });
 * console.log(await session.read.rows([{ x: 1 }], { schema: { x: t.int() } }).count()); // 1
 * ```
 */
export function createSession(options: SessionOptions = {}): Session {
  const engine = new DuckDBSession(options);
  return {
    read: readersOf(engine),
    close: () => engine.close(),
    [Symbol.asyncDispose]: () => engine.close(),
  };
}

/** The readers of the shared session, which never keeps a process alive. */
export const read: Readers = readersOf(new DuckDBSession());
