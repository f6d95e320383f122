import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MillraceError } from '../../errors.ts';
import type { Increment } from '../../plan/incremental.ts';
import { isPGlite, isPool, type Postgres } from '../../postgres/connect.ts';
import { syncFolder } from '../../storage/sync.ts';
import { optionError } from './cursor.ts';
import { broken, type CursorState, conflict, mayReplace, type Place, parsed } from './state.ts';
import { inDatabase } from './state-table.ts';

/** How the state of one reading is saved. */
export function savingOf(
  place: Place,
  name: string,
  state: CursorState,
  before: CursorState | undefined,
): NonNullable<Increment['state']> {
  // For which target's load it was new in the transaction the last time: where it stands there later, that load has committed.
  let savedFor: string | undefined;
  return {
    database: place.database,
    save: () => place.save(name, state, before),
    saveIn: async (server, target) => {
      const wasThere = await place.saveIn(server, name, state, before);
      if (!wasThere) savedFor = target;
      return wasThere && savedFor === target;
    },
  };
}

/** A PostgreSQL, and the schema of it in which the states are, whatever a connection's search path says. */
export interface StateTable {
  readonly database: Postgres;
  readonly schema: string;
}

/** The path of a JSON file, or a PostgreSQL. */
export function placeOf(given: unknown): Place {
  if (isDatabase(given)) return inDatabase(given, undefined);
  if (typeof given === 'string' && given !== '') return inFile(given);
  const { database, schema } = (given ?? {}) as Partial<StateTable>;
  if (isDatabase(database) && typeof schema === 'string' && schema !== '') return inDatabase(database, schema);
  throw optionError(
    'state says where the cursor is kept: the path of a JSON file, a url of PostgreSQL, a pg Pool or a PGlite, or { database, schema } of these.',
  );
}

function isDatabase(given: unknown): given is Postgres {
  return typeof given === 'string' ? /^postgres(ql)?:\/\//i.test(given) : isPGlite(given) || isPool(given);
}

/** A file holds one state: two loads that share a file would write over each other's. */
function inFile(given: string): Place {
  const path = resolve(given);
  const read = async (name: string): Promise<CursorState | undefined> => {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw broken(path, error.message, error);
    });
    if (text === undefined) return undefined;
    const state = parsed(text, path) as CursorState & { readonly name?: unknown };
    if (state.name === name) return state;
    throw new MillraceError({
      code: 'incremental.state',
      message: `incremental: ${JSON.stringify(given)} holds the state of ${JSON.stringify(state.name)}, not of ${JSON.stringify(name)}. Give each name a file of its own.`,
      details: { path: given, name: state.name },
    });
  };
  const saveIn: Place['saveIn'] = () => Promise.reject(new Error('a file has no transactions'));
  return {
    database: undefined,
    load: read,
    saveIn,
    save: async (name, state, before) => {
      if (!mayReplace((await read(name))?.revision, state, before)) throw conflict(name);
      const aside = join(dirname(path), `.${basename(path)}.${crypto.randomUUID()}`);
      try {
        const file = await open(aside, 'wx');
        try {
          await file.writeFile(`${JSON.stringify({ name, ...state }, null, 2)}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        await rename(aside, path);
        await syncFolder(dirname(path));
      } catch (error) {
        await rm(aside, { force: true });
        throw error;
      }
    },
  };
}
