import type { Client } from 'pg';
import { MillraceError } from '../../errors.ts';
import { isPGlite, isPool, noPostgres, type Postgres, type Transaction } from '../../postgres/connect.ts';
import { postgresError } from '../../postgres/errors.ts';
import type { PGliteLike, PGliteTransaction } from '../../postgres/pglite.ts';
import { ownNamesFirst } from '../../postgres/search-path.ts';
import { connectionOf } from '../../postgres/url.ts';
import { prelude, RAISED } from '../../sql/postgres/prelude.ts';
import { raisedError } from '../../sql/raised-error.ts';

/** The one connection of a session: its temporary tables and our functions are there, and transactions take turns. */
export interface Pinned extends Pick<Connection, 'transaction'> {
  close(): Promise<void>;
}

/** What a transaction sees of others: nothing that they commit while it runs, or all of that. */
export type Isolation = 'REPEATABLE READ' | 'READ COMMITTED';

/** How each connection runs a transaction, and how it ends. */
interface Connection {
  transaction<R>(
    signal: AbortSignal | undefined,
    task: (server: Transaction) => Promise<R>,
    isolation?: Isolation,
  ): Promise<R>;
  end(): Promise<void>;
}

const CALLER = 'postgres';

/** Within a transaction, so that a connection that is the user's stays as it was. */
const SETTINGS = [
  "SET LOCAL TimeZone = 'UTC'",
  "SET LOCAL datestyle = 'ISO, YMD'",
  "SET LOCAL intervalstyle = 'postgres'",
  'SET LOCAL extra_float_digits = 1',
  'SET LOCAL standard_conforming_strings = on',
  'SET LOCAL check_function_bodies = off',
].join('; ');

export async function pin(postgres: Postgres): Promise<Pinned> {
  const connection = await connect(postgres);
  let last: Promise<unknown> = Promise.resolve();
  const transaction: Pinned['transaction'] = (signal, task, isolation) => {
    const turn = last.then(async () => {
      signal?.throwIfAborted();
      try {
        return await connection.transaction(signal, task, isolation);
      } catch (error) {
        signal?.throwIfAborted();
        throw sessionError(planError(error));
      }
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  try {
    await transaction(undefined, async (server) => {
      const { rows } = await server.query(
        "SELECT current_setting('server_version_num'), current_setting('server_encoding')",
      );
      const [version, encoding] = rows[0] ?? [];
      if (encoding !== 'UTF8') {
        throw new MillraceError({
          code: 'postgres.encoding',
          message: `The database keeps its text in ${String(encoding)}. A session needs one whose encoding is UTF8.`,
        });
      }
      if (Number(version) < 170000) await refuseWithoutUnicode(server);
      for (const statement of prelude(Number(version))) await server.query(statement);
    });
  } catch (error) {
    await connection.end();
    throw error;
  }
  const close = async (): Promise<void> => {
    await last;
    await connection.end();
  };
  return { transaction, close };
}

/** Servers before 17 know the letters of Unicode by ICU alone, without which some are built. */
async function refuseWithoutUnicode(server: Transaction): Promise<void> {
  const { rows } = await server.query("SELECT 1 FROM pg_collation WHERE collname = 'und-x-icu'");
  if (rows.length > 0) return;
  throw new MillraceError({
    code: 'postgres.unicode',
    message:
      'The server knows no Unicode: it is older than PostgreSQL 17 and has no ICU. Use a newer one, or the embedded engine.',
  });
}

async function connect(postgres: Postgres): Promise<Connection> {
  if (isPGlite(postgres)) return overPGliteItself(postgres);
  const { commit, overClient } = await import('../../postgres/server.ts');
  const client = await takeClient(postgres);
  // A lost connection is told by what runs on it.
  client.on('error', () => {});
  // Only what runs keeps the process alive.
  const { ref, unref } = idling(client);
  unref();
  const transaction: Connection['transaction'] = async (signal, task, isolation = 'REPEATABLE READ') => {
    ref();
    let cancelling: Promise<void> | undefined;
    const cancel = (): void => {
      cancelling = cancelOn(client);
    };
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      await client.query(`BEGIN ISOLATION LEVEL ${isolation}; ${SETTINGS}`);
      const own = overClient(client as never, { caller: CALLER, keepsConnection: true });
      await ownNamesFirst(own.query);
      const result = await task(own);
      signal?.throwIfAborted();
      // What sees others' commits writes for others, too; all else is the session's own, and lost with it.
      await commit(client, { caller: CALLER, readOnly: isolation === 'REPEATABLE READ' });
      return result;
    } catch (error) {
      // Come late, it would stop what runs next.
      await cancelling;
      await client.query('ROLLBACK').catch(() => undefined);
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      await cancelling;
      unref();
    }
  };
  // The server drops what is temporary with the connection; a pool makes another when it needs one.
  const end = async (): Promise<void> => {
    const lent = client as Client & { release?: (destroy: boolean) => void };
    if (lent.release === undefined) await client.end();
    else lent.release(true);
  };
  return { transaction, end };
}

/** The driver has these, its types do not. */
function idling(client: Client): { ref(): void; unref(): void } {
  const socket = client as Client & { ref?(): void; unref?(): void };
  return { ref: () => socket.ref?.(), unref: () => socket.unref?.() };
}

async function takeClient(postgres: Postgres): Promise<Client> {
  const pg = await import('pg');
  if (typeof postgres === 'string') {
    const { connectionString, shown } = await connectionOf(postgres, CALLER);
    const client = new pg.default.Client({ connectionString });
    await client.connect().catch((error: unknown) => {
      throw postgresError(error, CALLER, `cannot connect to ${shown}`);
    });
    return client;
  }
  if (isPool(postgres)) {
    return (await postgres.connect().catch((error: unknown) => {
      throw postgresError(error, CALLER, 'the pool cannot connect');
    })) as Client;
  }
  throw noPostgres('postgres');
}

/** Asks the server, over a connection of its own, to stop what the client runs. */
async function cancelOn(client: Client): Promise<void> {
  const { Client } = (await import('pg')).default;
  const { host, port, user, password, database, ssl } = client as Client & { readonly ssl?: boolean };
  const other = new Client({ host, port, user, password, database, ssl } as ConstructorParameters<typeof Client>[0]);
  other.on('error', () => {});
  const { processID } = client as Client & { readonly processID?: number };
  try {
    await other.connect();
    await other.query('SELECT pg_cancel_backend($1)', [processID]);
  } catch {
    // Then what runs comes to its own end.
  } finally {
    await other.end().catch(() => undefined);
  }
}

/** PGlite has one connection, which is its owner's: only a transaction keeps others out. */
function overPGliteItself(pglite: PGliteLike): Connection {
  return {
    transaction: async (signal, task, isolation = 'REPEATABLE READ') => {
      const { overPGlite } = await import('../../postgres/pglite.ts');
      return pglite.transaction(async (lent: PGliteTransaction) => {
        const server = overPGlite(lent, signal);
        for (const statement of [`SET TRANSACTION ISOLATION LEVEL ${isolation}`, ...SETTINGS.split('; ')]) {
          await server.query(statement);
        }
        await ownNamesFirst(server.query);
        const result = await task(server);
        signal?.throwIfAborted();
        return result;
      });
    },
    end: async () => {},
  };
}

/** What is temporary goes with the connection: a session without it is no session. */
function sessionError(error: unknown): unknown {
  if (!(error instanceof MillraceError) || error.code !== 'postgres.connection_lost') return error;
  return new MillraceError({
    code: 'session.lost',
    message: `The connection of the session was lost, and its temporary tables with it (${error.message}). Make a new session with createSession().`,
    cause: error,
  });
}

/** By SQLSTATE, what a plan's own values did. */
const CODES: Readonly<Record<string, string>> = {
  '22003': 'run.overflow',
  '22P02': 'run.conversion',
  '22007': 'run.conversion',
  '22008': 'run.overflow',
  '22015': 'run.overflow',
};

/** An error of a plan's SQL as one of ours: with the code that the SQL gave it, or by what the server says of it. */
export function planError(error: unknown): unknown {
  if (error instanceof MillraceError) return error;
  const told = error as { readonly code?: string; readonly message?: string };
  const raised = told.code === RAISED ? raisedError(told.message ?? '', error) : undefined;
  if (raised !== undefined) return raised;
  const code = CODES[told.code ?? ''];
  if (code === undefined) return postgresError(error, CALLER);
  return new MillraceError({ code, message: `The engine could not run the plan: ${told.message}`, cause: error });
}
