import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Connections } from './connections.ts';
import type { Workshop } from './staging/staged.ts';

/** The tables of a session's scratch: each is held by those who use it, and dropped when the last of them gives it up. */
export class Scratch {
  readonly #connections: Connections;
  readonly #holders = new Map<string, number>();
  readonly #owned = new FinalizationRegistry<readonly string[]>((tables) => {
    for (const table of tables) this.drop(table).catch(() => undefined);
  });
  #tables = 0;

  constructor(connections: Connections) {
    this.#connections = connections;
  }

  /** A new name, quoted, held by who asks. */
  newTable(): string {
    this.#tables += 1;
    const table = `scratch."t${this.#tables}"`;
    this.#holders.set(table, 1);
    return table;
  }

  /** Holds a table once more; false where it is gone already. */
  hold(table: string): boolean {
    const holders = this.#holders.get(table);
    if (holders === undefined) return false;
    this.#holders.set(table, holders + 1);
    return true;
  }

  /** Gives back names of which no tables were made. */
  giveBack(...names: readonly string[]): void {
    for (const name of names) this.#holders.delete(name);
  }

  /** Gives up a table, which need not have been made. */
  async drop(table: string): Promise<void> {
    const holders = this.#holders.get(table);
    if (holders === undefined) return;
    if (holders > 1) {
      this.#holders.set(table, holders - 1);
      return;
    }
    this.#holders.delete(table);
    await this.#connections.ifOpen(`DROP TABLE IF EXISTS ${table}`);
  }

  /** Gives up tables when nothing refers to their owner any more, in the place of those of the same `token` before. */
  dropWith(owner: object, tables: readonly string[], token: object = owner): void {
    this.#owned.unregister(token);
    this.#owned.register(owner, tables, token);
  }

  /** Does not give them up by itself any more. */
  keep(token: object): void {
    this.#owned.unregister(token);
  }

  /**
   * Runs a task with tables and a folder of its own. What it does not give to be kept goes when it has ended, all of it
   * where it fails.
   */
  async within<T>(
    task: (shop: Workshop) => Promise<T>,
    kept: (result: T) => readonly (string | undefined)[] = () => [],
  ): Promise<T> {
    const made = new Set<string>();
    const newTable = (): string => {
      const table = this.newTable();
      made.add(table);
      return table;
    };
    let making: Promise<string> | undefined;
    const folder = (): Promise<string> => {
      making ??= this.#connections.folder().then((parent) => mkdtemp(join(parent, 'work-')));
      return making;
    };
    try {
      const result = await task({ connections: this.#connections, newTable, folder });
      for (const table of kept(result)) if (table !== undefined) made.delete(table);
      return result;
    } finally {
      for (const table of made) await this.drop(table);
      const path = await making?.catch(() => undefined);
      if (path !== undefined) await rm(path, { recursive: true, force: true });
    }
  }
}
