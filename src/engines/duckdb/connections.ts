import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBInstance, DuckDBResult } from '@duckdb/node-api';
import { MillraceError } from '../../errors.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Statement } from '../../sql/program.ts';
import { engineError } from './errors.ts';

export interface EngineSettings {
  /** The most memory the engine uses before it spills to disk, such as `'4GB'`. */
  readonly memoryLimit?: string;
  readonly threads?: number;
  /** Where the session makes its own folder for spilled data; the system's folder for temporary files by default. */
  readonly tempDirectory?: string;
}

/** The engine in the process: started when first used, its connections handed out one to a task. */
export class Connections {
  readonly #settings: EngineSettings;
  readonly #idle: DuckDBConnection[] = [];
  #instance: Promise<DuckDBInstance> | undefined;
  #folder: string | undefined;
  /** One for all who ask before it is there. */
  #making: Promise<string> | undefined;
  #closed = false;

  constructor(settings: EngineSettings) {
    this.#settings = settings;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Lends a connection to one task: a stream or a transaction never shares its own. */
  async lend<R>(task: (connection: DuckDBConnection) => Promise<R>): Promise<R> {
    const connection = await this.take();
    try {
      return await task(connection);
    } finally {
      this.give(connection);
    }
  }

  async take(): Promise<DuckDBConnection> {
    this.#refuseClosed();
    const idle = this.#idle.pop();
    if (idle !== undefined) return idle;
    this.#instance ??= this.#start();
    const instance = await this.#instance;
    this.#refuseClosed();
    return instance.connect();
  }

  give(connection: DuckDBConnection): void {
    if (this.#closed) connection.closeSync();
    else this.#idle.push(connection);
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
  folder(): Promise<string> {
    this.#making ??= this.#makeFolder();
    return this.#making;
  }

  async #makeFolder(): Promise<string> {
    this.#folder = await mkdtemp(join(this.#settings.tempDirectory ?? tmpdir(), 'millrace-'));
    process.once('exit', this.#removeFolder);
    return this.#folder;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    const instance = await this.#instance?.catch(() => undefined);
    instance?.closeSync();
    await this.#making?.catch(() => undefined);
    process.removeListener('exit', this.#removeFolder);
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }

  readonly #removeFolder = (): void => {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  };

  async #start(): Promise<DuckDBInstance> {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const { memoryLimit, threads } = this.#settings;
    const folder = await this.folder();
    const settings = {
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'true',
      ...(memoryLimit === undefined ? {} : { memory_limit: memoryLimit }),
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
    await connection.run("ATTACH ':memory:' AS scratch");
    this.#idle.push(connection);
    return instance;
  }

  #refuseClosed(): void {
    if (this.#closed) {
      throw new MillraceError({
        code: 'session.closed',
        message: 'The session is closed. Make a new one with createSession().',
      });
    }
  }
}

/** Runs a statement on a connection; a signal interrupts it, progress is told while it runs. */
export async function runOn(
  connection: DuckDBConnection,
  statement: Statement,
  options: RunOptions = {},
): Promise<DuckDBResult> {
  const { signal, onProgress } = options;
  // The engine's package is loaded when it is first used.
  const { bind } = await import('./bind.ts');
  signal?.throwIfAborted();
  const { values, types } = bind(statement.values);
  // Without these the engine keeps no count of its progress; its own bar would go to standard output.
  if (onProgress !== undefined) {
    await connection.run(
      'SET enable_progress_bar_print = false; SET enable_progress_bar = true; SET progress_bar_time = 0',
    );
  }
  const interrupt = (): void => connection.interrupt();
  signal?.addEventListener('abort', interrupt, { once: true });
  const timer =
    onProgress === undefined
      ? undefined
      : setInterval(() => {
          const share = connection.progress.percentage;
          if (share >= 0) onProgress(Math.min(1, share / 100));
        }, 100);
  timer?.unref();
  try {
    return await connection.run(statement.sql, values, types);
  } catch (error) {
    signal?.throwIfAborted();
    throw engineError(error, statement.sql);
  } finally {
    clearInterval(timer);
    signal?.removeEventListener('abort', interrupt);
  }
}
