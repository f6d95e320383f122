import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import { MillraceError } from '../../errors.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Statement } from '../../sql/program.ts';
import { asideName, sweep } from '../../storage/aside.ts';
import { type Clock, instantOf } from '../clock.ts';
import { engineError } from './errors.ts';
import { KnownCounts, watched } from './watched.ts';

export interface EngineSettings {
  /** The most memory the engine uses before it spills to disk, such as `'4GB'`. */
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** Where the session makes its own folder for spilled data; the system's folder for temporary files by default. */
  readonly tempDirectory?: string;
  /** What `fn.now()` gives, so that a run can be repeated as of its day. Default: the clock of this machine, at each run. */
  readonly now?: Clock;
}

/** How the name of a session's folder begins; the rest tells whose it is, so that those of killed processes go. */
const FOLDER = 'millrace-';

/** The folders of the sessions that are open: one listener for all of them, for Node warns of an eleventh. */
const FOLDERS = new Set<string>();

function removeAtExit(folder: string): void {
  if (FOLDERS.size === 0 && !process.listeners('exit').includes(removeFolders)) process.once('exit', removeFolders);
  FOLDERS.add(folder);
}

function removeFolders(): void {
  for (const folder of FOLDERS) rmSync(folder, { recursive: true, force: true });
}

/** Whose a connection is: its statements are refused and interrupted when that is closed. */
const OWNERS = new WeakMap<DuckDBConnection, Connections>();

/**
 * Who limits the memory wants what is freed to be free. By default the engine gives it back where a thread has nothing to do
 * or 512 MB are freed at once, so that a long statement would hold up to 300 MB which nobody uses.
 */
const FREED_IS_FREE = {
  allocator_flush_threshold: '8MB',
  allocator_bulk_deallocation_flush_threshold: '1MB',
};

/** How often a statement that must end is told so: one that has not begun yet does not hear it. */
const TELL_AGAIN = 20;

/** The engine in the process: started when first used, its connections handed out one to a task. */
export class Connections {
  readonly counts: KnownCounts = new KnownCounts();
  readonly #settings: EngineSettings;
  readonly #idle: DuckDBConnection[] = [];
  readonly #lent = new Set<DuckDBConnection>();
  readonly #statements = new Set<Promise<unknown>>();
  #instance: Promise<DuckDBInstance> | undefined;
  #folder: string | undefined;
  /** One for all who ask before it is there. */
  #making: Promise<string> | undefined;
  #closing: Promise<void> | undefined;

  constructor(settings: EngineSettings) {
    this.#settings = settings;
  }

  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /**
   * Lends a connection to one task: a stream or a transaction never shares its own. What a task makes of the end of
   * the session is one error.
   */
  async lend<R>(task: (connection: DuckDBConnection) => Promise<R>): Promise<R> {
    const connection = await this.#take();
    this.#lent.add(connection);
    try {
      return await task(connection);
    } catch (error) {
      throw this.closed ? closedError(error) : error;
    } finally {
      this.#lent.delete(connection);
      if (this.closed) connection.closeSync();
      else this.#idle.push(connection);
    }
  }

  async #take(): Promise<DuckDBConnection> {
    this.#refuseClosed();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    this.#instance ??= this.#start();
    const instance = await this.#instance;
    this.#refuseClosed();
    const connection = await instance.connect().catch((error: unknown) => {
      throw this.closed ? closedError(error) : error;
    });
    if (this.closed) connection.closeSync();
    this.#refuseClosed();
    OWNERS.set(connection, this);
    return connection;
  }

  /** Runs a statement of a lent connection; the end of the session waits for it. */
  async execute<R>(statement: () => Promise<R>): Promise<R> {
    this.#refuseClosed();
    const running = statement();
    this.#statements.add(running);
    try {
      return await running;
    } finally {
      this.#statements.delete(running);
    }
  }

  /** Runs a statement unless the session has ended, or ends meanwhile: then there is nothing left to tidy. */
  async ifOpen(sql: string): Promise<void> {
    if (this.closed) return;
    await this.run({ sql, values: [] }).catch((error: unknown) => {
      if (!this.closed) throw error;
    });
  }

  /** Runs a statement to its end. */
  run(statement: Statement, options: RunOptions = {}): Promise<DuckDBResult> {
    return this.lend((connection) => runOn(connection, statement, options));
  }

  /** The rows of a small result, as the engine's own values. */
  async values(sql: string, options: RunOptions = {}): Promise<unknown[][]> {
    return this.lend(async (connection) => {
      const result = await runOn(connection, { sql, values: [] }, options);
      return result.getRowsJS();
    });
  }

  /** The session's own folder, made when first needed and removed at close. */
  async folder(): Promise<string> {
    this.#refuseClosed();
    this.#making ??= this.#makeFolder();
    return this.#making;
  }

  async #makeFolder(): Promise<string> {
    const parent = this.#settings.tempDirectory ?? tmpdir();
    await sweep(parent, FOLDER);
    const folder = join(parent, asideName(FOLDER));
    await mkdir(folder, { mode: 0o700 });
    this.#folder = folder;
    removeAtExit(folder);
    return folder;
  }

  /** Interrupts the statements under way and waits for them, so that nothing is written into the folder any more. */
  close(): Promise<void> {
    this.#closing ??= Promise.resolve().then(() => this.#end());
    return this.#closing;
  }

  async #end(): Promise<void> {
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    const interrupt = (): void => {
      for (const connection of this.#lent) connection.interrupt();
    };
    interrupt();
    const timer = setInterval(interrupt, TELL_AGAIN);
    await Promise.allSettled(this.#statements);
    clearInterval(timer);
    const instance = await this.#instance?.catch(() => undefined);
    instance?.closeSync();
    await this.#making?.catch(() => undefined);
    if (this.#folder === undefined) return;
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 5 });
    FOLDERS.delete(this.#folder);
  }

  /** The instant of a run that starts now. */
  now(): string {
    return instantOf(this.#settings.now);
  }

  async #start(): Promise<DuckDBInstance> {
    const { DuckDBInstance } = (await import('./node-api.ts')).nodeApi;
    const { memoryLimit, threads } = this.#settings;
    const folder = await this.folder();
    const settings = {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'true',
      // A small insert would at times have the engine write every table in memory anew, for a log that is not there.
      checkpoint_threshold: '1TB',
      ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit, ...FREED_IS_FREE }),
      ...(threads === undefined ? {} : { threads: String(threads) }),
    };
    const instance = await DuckDBInstance.create(':memory:', settings).catch((cause: unknown) => {
      this.#instance = undefined;
      throw new MillraceError({
        code: 'session.option',
        message: `The engine does not start with memoryLimit ${JSON.stringify(memoryLimit)} and threads ${JSON.stringify(threads)}. Give a size such as '4GB' and a whole number from 1.`,
        details: { memoryLimit, threads },
        cause,
      });
    });
    const connection = await instance.connect();
    await connection.run("SET GLOBAL TimeZone = 'UTC'");
    // A plan looks at a file's footer when it is made, bound and run: the engine reads it once, and again when the file changes.
    await connection.run('SET GLOBAL parquet_metadata_cache = true');
    await connection.run("ATTACH ':memory:' AS scratch");
    OWNERS.set(connection, this);
    if (this.closed) connection.closeSync();
    else this.#idle.push(connection);
    return instance;
  }

  #refuseClosed(): void {
    if (this.closed) throw closedError();
  }
}

export function closedError(cause?: unknown): MillraceError {
  if (cause instanceof MillraceError && cause.code === 'session.closed') return cause;
  return new MillraceError({
    code: 'session.closed',
    message: 'The session is closed. Make a new one with createSession().',
    cause,
  });
}

/** How a connection runs a statement to its end. */
export type Execute = (
  connection: DuckDBConnection,
  ...call: Parameters<DuckDBConnection['run']>
) => Promise<DuckDBResult>;

/** Runs a statement on a connection; a signal interrupts it, progress is told while it runs. */
export async function runOn(
  connection: DuckDBConnection,
  statement: Statement,
  options: RunOptions = {},
  execute: Execute = (on, ...call) => on.run(...call),
): Promise<DuckDBResult> {
  const { signal } = options;
  // The engine's package is loaded when it is first used.
  const { bind, withValues } = await import('./bind.ts');
  signal?.throwIfAborted();
  const bound = bind(statement.values);
  const whole = withValues(statement.sql, bound);
  const owner = OWNERS.get(connection);
  let watch: Awaited<ReturnType<typeof watched>>;
  let again: NodeJS.Timeout | undefined;
  const interrupt = (): void => {
    connection.interrupt();
    again ??= setInterval(interrupt, TELL_AGAIN);
  };
  try {
    watch = await watched(connection, owner?.counts, options);
    // An event that was before is not heard.
    signal?.throwIfAborted();
    signal?.addEventListener('abort', interrupt, { once: true });
    const run = (): Promise<DuckDBResult> =>
      whole === undefined ? execute(connection, statement.sql, bound.values, bound.types) : execute(connection, whole);
    return await (owner === undefined ? run() : owner.execute(run));
  } catch (error) {
    signal?.throwIfAborted();
    throw engineError(error, statement.sql);
  } finally {
    watch?.end();
    clearInterval(again);
    signal?.removeEventListener('abort', interrupt);
  }
}
