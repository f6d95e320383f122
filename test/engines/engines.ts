import { PGlite } from '@electric-sql/pglite';
import { expect } from 'vitest';
import { createSession, postgres, type Readers, type Session } from '../../src/index.ts';
import { freshDatabase } from '../support/postgres.ts';

/** An engine under test, with a session on it. */
export interface TestEngine {
  readonly name: string;
  readonly session: Session;
  /** The database, where the engine is one: what `load.postgres` and `read.sql` take. */
  readonly database: string | PGlite | undefined;
  close(): Promise<void>;
}

type Start = () => Promise<TestEngine>;

/** One entry an engine; the first is the one that the others must agree with. */
export const engines: Readonly<Record<string, Start>> = {
  duckdb: async () => {
    const session = createSession();
    return { name: 'duckdb', session, database: undefined, close: () => session.close() };
  },
  postgres: async () => {
    const database = await freshDatabase();
    const session = createSession({ engine: postgres(database.url) });
    const close = async (): Promise<void> => {
      await session.close();
      await database.drop();
    };
    return { name: 'postgres', session, database: database.url, close };
  },
  pglite: async () => {
    const database = new PGlite();
    const session = createSession({ engine: postgres(database) });
    const close = async (): Promise<void> => {
      await session.close();
      await database.close();
    };
    return { name: 'pglite', session, database, close };
  },
};

export const REFERENCE = 'duckdb';

export interface Running {
  readonly reference: TestEngine;
  readonly others: readonly TestEngine[];
  readonly all: readonly TestEngine[];
  close(): Promise<void>;
}

/** Every engine, started; closed by the caller's `afterAll`. */
export async function startEngines(): Promise<Running> {
  const all = await Promise.all(Object.values(engines).map((start) => start()));
  const reference = all.find(({ name }) => name === REFERENCE) as TestEngine;
  return {
    reference,
    others: all.filter((engine) => engine !== reference),
    all,
    close: async () => {
      await Promise.all(all.map((engine) => engine.close()));
    },
  };
}

type Rows = readonly Readonly<Record<string, unknown>>[];

/** Whatever a frame's columns are. */
export interface AnyFrame {
  rows(): Promise<Rows>;
}

/** The rows of a plan on every engine, which must be those of the reference; in any order where `unordered`. */
export async function expectAgreement(
  { reference, others }: Running,
  build: (read: Readers) => AnyFrame,
  options: { readonly unordered?: boolean; readonly expected?: Rows } = {},
): Promise<void> {
  const arrange = (rows: Rows): unknown[] => {
    const told = rows.map(comparable);
    return options.unordered === true ? told.sort(byText) : told;
  };
  const answer = arrange(await build(reference.session.read).rows());
  if (options.expected !== undefined) expect(answer).toEqual(arrange(options.expected));
  for (const { name, session } of others) {
    expect({ [name]: arrange(await build(session.read).rows()) }).toEqual({ [name]: answer });
  }
}

function byText(a: unknown, b: unknown): number {
  const [left, right] = [a, b].map((value) => JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? `${v}n` : v)));
  return (left ?? '') < (right ?? '') ? -1 : 1;
}

/** Floats to twelve digits: two engines add them up in different orders. */
function comparable(value: unknown): unknown {
  if (typeof value === 'number' && !Number.isInteger(value)) return Number(value.toPrecision(12));
  if (Object.is(value, -0)) return 0;
  if (Array.isArray(value)) return value.map(comparable);
  if (value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, comparable(inner)]));
  }
  return value;
}
