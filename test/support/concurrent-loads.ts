import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';
import { createSession, type LoadReport, load, type Session, t } from '../../src/index.ts';

/** Loads that many processes do at the same moment, and the process that does some of them. */

export const SCHEMA = { id: t.int(), loader: t.int(), note: t.string() };

/** Rows that others have too, in an order of their own; each says who loaded it. */
export function rowsOf(loader: number): { id: number; loader: number; note: string }[] {
  return Array.from({ length: 300 }, (_, i) => {
    // Odd steps around a circle of 400 keys: each loader leaves out some.
    const id = (loader * 37 + i * (2 * loader + 1)) % 400;
    return { id, loader, note: `key ${id} by ${loader}` };
  }).filter((row, i, rows) => rows.findIndex(({ id }) => id === row.id) === i);
}

type Task = (
  session: Session,
  loader: number,
  target: { readonly url: string; readonly folder: string },
) => Promise<LoadReport>;

/** What can be asked of all at once. */
export const TASKS = {
  once: ({ read }, loader, { url }) =>
    load.postgres(read.rows(rowsOf(loader), { schema: SCHEMA }), url, { table: 'once', mode: 'append', loadId: 'one' }),
  upsert: ({ read }, loader, { url }) =>
    load.postgres(read.rows(rowsOf(loader), { schema: SCHEMA }), url, { table: 'shared', mode: 'upsert', key: 'id' }),
  sync: ({ read }, loader, { url }) =>
    load.postgres(read.rows(rowsOf(loader), { schema: SCHEMA }), url, { table: 'mirrored', mode: 'sync', key: 'id' }),
  dataset: ({ read }, loader, { folder }) =>
    load.parquet(read.rows(rowsOf(loader), { schema: SCHEMA }), folder, {
      mode: 'append',
      loadId: `load ${loader % 10}`,
    }),
} as const satisfies Record<string, Task>;

/** What a process says of one load: which task and loader, and whether it was done before, or its error. */
export interface Said {
  readonly loader: number;
  readonly written?: number;
  readonly alreadyLoaded?: boolean;
  readonly error?: string;
}

/** `node concurrent-loads.ts <url> <folder> <loader,loader,..>`: does a task for each loader when a line names it. */
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , url = '', folder = '', loaders = ''] = process.argv;
  const sessions = loaders
    .split(',')
    .map((loader) => ({ loader: Number(loader), session: createSession({ threads: 1 }) }));
  // What is slow at first is done before.
  for (const { session } of sessions) await session.read.rows([{ id: 1 }], { schema: { id: t.int() } }).count();
  const say = (what: object): void => void writeSync(1, `${JSON.stringify(what)}\n`);
  say({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const task: Task = TASKS[line as keyof typeof TASKS];
    await Promise.all(
      sessions.map(({ session, loader }) =>
        task(session, loader, { url, folder }).then(
          ({ rows, alreadyLoaded }) => say({ loader, written: rows.written, alreadyLoaded } satisfies Said),
          (error: unknown) => say({ loader, error: String(error) } satisfies Said),
        ),
      ),
    );
  }
  for (const { session } of sessions) await session.close();
}
