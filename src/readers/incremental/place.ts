import { open, readFile, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MillraceError } from '../../errors.ts';
import type { Increment } from '../../plan/incremental.ts';
import type { DatabaseServer, RunOptions } from '../../plan/source.ts';
import { isPGlite, isPool, type Postgres, transaction } from '../../postgres/connect.ts';
import { syncFolder } from '../../storage/sync.ts';
import { optionError } from './cursor.ts';

/** How far a source was read for loads that committed. */
export interface CursorState {
  readonly version: 1;
  /** Which saving this is. */
  readonly revision: string;
  /** What it is a state of: `updated_at timestamp by id`. */
  readonly of: string;
  /** The greatest cursor; null where no row had one yet. */
  readonly last: string | null;
  /** No row that was committed after the reading has a cursor before this, where that is known. */
  readonly horizon?: string;
  /** From which cursor on `seen` is complete. */
  readonly seenFrom: string | null;
  /** Digests of what was loaded. */
  readonly seen: readonly string[];
}

/** Where the states of loads are kept. */
export interface Place {
  readonly database: Postgres | undefined;
  load(name: string, options: Pick<RunOptions, 'signal'>): Promise<CursorState | undefined>;
  /** Writes a state in the place of one that was read; another that was saved meanwhile is not written over. */
  save(name: string, state: CursorState, before: CursorState | undefined): Promise<void>;
  /** Tells whether this very state stood there already. */
  saveIn(
    server: Pick<DatabaseServer, 'query'>,
    name: string,
    state: CursorState,
    before: CursorState | undefined,
  ): Promise<boolean>;
}

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

/** The path of a JSON file, or a PostgreSQL. */
export function placeOf(given: unknown): Place {
  if (typeof given === 'string' && given !== '') {
    return /^postgres(ql)?:\/\//i.test(given) ? inDatabase(given) : inFile(given);
  }
  if (isPGlite(given) || isPool(given)) return inDatabase(given);
  throw optionError(
    'state says where the cursor is kept: the path of a JSON file, a url of PostgreSQL, a pg Pool or a PGlite.',
  );
}

const CALLER = 'incremental';
const TABLE = 'millrace_state';

function inDatabase(database: Postgres): Place {
  const saveIn: Place['saveIn'] = async (server, name, state, before) => {
    await server.query('SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext($1))', [`millrace ${TABLE}`]);
    // Who may not make tables may write to one that is there.
    if (!(await isThere(server))) {
      await server.query(
        `CREATE TABLE ${TABLE} (name text PRIMARY KEY, state jsonb NOT NULL, saved_at timestamptz NOT NULL)`,
      );
    }
    const found = await server.query(`SELECT state ->> 'revision' FROM ${TABLE} WHERE name = $1 FOR UPDATE`, [name]);
    if (!mayReplace(found.rows[0]?.[0], state, before)) throw conflict(name);
    await server.query(
      `INSERT INTO ${TABLE} (name, state, saved_at) VALUES ($1, $2::text::jsonb, now())
       ON CONFLICT (name) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at`,
      [name, JSON.stringify(state)],
    );
    return found.rows[0]?.[0] === state.revision;
  };
  return {
    database,
    load: (name, options) =>
      transaction(database, { ...options, caller: CALLER, readOnly: true }, async (server) => {
        if (!(await isThere(server))) return undefined;
        const found = await server.query(`SELECT state::text FROM ${TABLE} WHERE name = $1`, [name]);
        const text = found.rows[0]?.[0];
        return text === undefined ? undefined : parsed(String(text), `${TABLE}, ${JSON.stringify(name)}`);
      }),
    save: async (name, state, before) => {
      await transaction(database, { caller: CALLER }, (server) => saveIn(server, name, state, before));
    },
    saveIn,
  };
}

async function isThere(server: Pick<DatabaseServer, 'query'>): Promise<boolean> {
  const { rows } = await server.query(`SELECT to_regclass('${TABLE}')::text`);
  return rows[0]?.[0] !== null;
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

/** The state that was read may be replaced, and one may be written twice: a frame may be loaded into two targets. */
function mayReplace(found: unknown, state: CursorState, before: CursorState | undefined): boolean {
  return found === before?.revision || found === state.revision;
}

function conflict(name: string): MillraceError {
  return new MillraceError({
    code: 'incremental.conflict',
    message: `incremental: another load of ${JSON.stringify(name)} saved its state since this one was read. Refresh the frame and load again.`,
    retryable: true,
    details: { name },
  });
}

function parsed(text: string, place: string): CursorState {
  let state: Partial<CursorState> | null = null;
  try {
    state = JSON.parse(text) as Partial<CursorState> | null;
  } catch (error) {
    throw broken(place, 'it is not JSON', error);
  }
  if (state?.version !== 1 || typeof state.of !== 'string' || !Array.isArray(state.seen)) {
    throw broken(place, 'it is no state of version 1', undefined);
  }
  return state as CursorState;
}

function broken(place: string, reason: string, cause: unknown): MillraceError {
  return new MillraceError({
    code: 'incremental.state',
    message: `incremental: the state in ${place} cannot be read: ${reason}. Mend it, or remove it to begin at start.`,
    details: { place },
    cause,
  });
}
