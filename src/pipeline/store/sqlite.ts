import { closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../errors.ts';
import { missingPeer } from '../peer.ts';
import type { Database, Rows, Statement } from './database.ts';
import { sqliteError, storeClosed } from './errors.ts';
import { migration, type Spelling, spelled } from './tables.ts';

const SPELLING: Spelling = {
  serial: 'INTEGER PRIMARY KEY',
  now: "CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)",
};

/** Milliseconds that another process's writing is waited for, and how long of it without giving way to other work. */
const PATIENCE = 10_000;
const AT_ONCE = 50;

/** What is used of `libsql`, whose interface is that of better-sqlite3. */
interface Connection {
  prepare(sql: string): Prepared;
  exec(sql: string): unknown;
  close(): unknown;
}

interface Prepared {
  readonly reader: boolean;
  raw(on: boolean): Prepared;
  run(...values: readonly unknown[]): unknown;
  all(...values: readonly unknown[]): unknown;
}

/** A file of SQLite, which several processes of one machine may have open at once. */
export async function openSqlite(path: string, folder: string | undefined): Promise<Database> {
  const file = resolve(path);
  const { default: Libsql } = await import('libsql').catch((cause: unknown) => {
    throw missingPeer('libsql', 'A run store in a file', cause);
  });
  return SqliteFile.open(path, file, folder ?? join(dirname(file), 'files'), () => {
    mkdirSync(dirname(file), { recursive: true });
    madePrivate(file);
    return new Libsql(file, { timeout: AT_ONCE }) as unknown as Connection;
  });
}

/** Makes a file that only its owner reads, as what SQLite puts beside it is, too; one that is there stays as it is. */
function madePrivate(file: string): void {
  try {
    closeSync(openSync(file, 'ax', 0o600));
  } catch {
    // SQLite says what is wrong.
  }
}

class SqliteFile implements Database {
  readonly name: string;
  readonly folder: string;
  readonly #connection: Connection;
  readonly #file: string;
  /** Which file that was when it was opened. */
  readonly #inode: bigint | undefined;
  readonly #prepared = new Map<string, Prepared>();
  #isClosed = false;

  private constructor(name: string, file: string, folder: string, connection: Connection) {
    this.name = name;
    this.#file = file;
    this.#inode = inodeOf(file);
    this.folder = folder;
    this.#connection = connection;
  }

  static async open(name: string, file: string, folder: string, connect: () => Connection): Promise<SqliteFile> {
    return patiently(name, () => {
      const connection = connect();
      try {
        // Readers and a writer do not wait for each other, and a killed process leaves nothing half written.
        connection.prepare('PRAGMA journal_mode = WAL').all();
        connection.exec('PRAGMA synchronous = NORMAL');
        return new SqliteFile(name, file, folder, connection);
      } catch (error) {
        connection.close();
        throw error;
      }
    });
  }

  run(statements: readonly Statement[]): Promise<readonly Rows[]> {
    if (this.#isClosed) throw storeClosed(this.name);
    // Nothing is waited for within, so that nothing else gets into the transaction.
    // Of a file that is gone SQLite says nothing: what is written to it is nowhere.
    if (inodeOf(this.#file) !== this.#inode) throw gone(this.name);
    return patiently(this.name, () => {
      const [only, ...others] = statements;
      if (only !== undefined && others.length === 0) return [this.#one(only)];
      return this.#transaction(() => statements.map((statement) => this.#one(statement)));
    });
  }

  migrate(statements: (version: number | undefined) => readonly string[]): Promise<void> {
    return patiently(this.name, () => {
      if (statements(this.#version()).length === 0) return;
      this.#transaction(() => {
        for (const sql of statements(this.#version())) this.#connection.exec(sql);
      });
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#prepared.clear();
    this.#connection.close();
  }

  #version(): number | undefined {
    const has = this.#one({ sql: "SELECT 1 FROM sqlite_master WHERE name = 'millrace_store'", values: [] });
    if (has.length === 0) return undefined;
    return Number(this.#one({ sql: 'SELECT max(version) FROM millrace_store', values: [] })[0]?.[0]);
  }

  #one({ sql, values }: Statement): Rows {
    let prepared = this.#prepared.get(sql);
    if (prepared === undefined) {
      prepared = this.#connection.prepare(spelled(sql, SPELLING));
      if (prepared.reader) prepared.raw(true);
      this.#prepared.set(sql, prepared);
    }
    if (prepared.reader) return prepared.all(...values) as Rows;
    prepared.run(...values);
    return [];
  }

  #transaction<R>(task: () => R): R {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = task();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      try {
        this.#connection.exec('ROLLBACK');
      } catch {
        // What failed may have rolled back already.
      }
      throw error;
    }
  }
}

/** What tells a file from another of its name. */
function inodeOf(file: string): bigint | undefined {
  return statSync(file, { bigint: true, throwIfNoEntry: false })?.ino;
}

function gone(store: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.store_gone',
    message: `The run store ${store} was moved or deleted while it was open. Put it back and resume the run, or run it anew: what was loaded under a loadId is not loaded again.`,
    details: { store },
  });
}

/** Tries again while another process writes. */
async function patiently<R>(path: string, task: () => R): Promise<R> {
  const until = performance.now() + PATIENCE;
  for (;;) {
    try {
      return task();
    } catch (error) {
      const isBusy = (error as { code?: string }).code?.startsWith('SQLITE_BUSY') === true;
      if (!isBusy || performance.now() > until) throw sqliteError(path, error);
      await sleep(5 + 20 * Math.random());
    }
  }
}

export function sqliteMigration(store: string): (version: number | undefined) => readonly string[] {
  return (version) => migration(store, SPELLING, version);
}
