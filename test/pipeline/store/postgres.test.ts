import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { postgres } from '../../../src/index.ts';
import { openRunStore, pipeline, type RunStore, runPipeline } from '../../../src/pipeline/index.ts';
import { freshDatabase } from '../../support/postgres.ts';

/** A store whose database goes with it. */
async function withDatabase(): Promise<RunStore> {
  const database = await freshDatabase();
  const store = await openRunStore(database.url);
  const close = store.close.bind(store);
  store.close = async () => {
    await close();
    await database[Symbol.asyncDispose]();
  };
  return store;
}

describe('a run store in PostgreSQL', async () => {
  const { contractOf } = await import('./contract.ts');
  contractOf(withDatabase);

  it('may be a pool, or a PGlite', async () => {
    await using database = await freshDatabase();
    const pool = new pg.Pool({ connectionString: database.url });
    const pglite = new PGlite();
    const hello = pipeline('hello', {}, (p) => {
      p.task('greet', ({ log }) => log.info('hello'));
    });
    for (const connection of [pool, pglite]) {
      await using store = await openRunStore(postgres(connection));
      const run = await runPipeline(hello, { store });
      expect(run.state).toBe('succeeded');
      expect(await store.run(run.id)).toMatchObject({ state: 'succeeded' });
      expect(await store.logs(run.id)).toMatchObject([{ message: 'hello' }]);
    }
    await expect(openRunStore(pglite as never)).rejects.toThrow(/^openRunStore: an object of \w+ is no place for runs/);
    const hidden = new pg.Pool({ connectionString: 'postgres://jo:hunter2@127.0.0.1/x' });
    await expect(openRunStore(hidden as never)).rejects.toThrow(
      /^(?!.*hunter2).*postgres\(\.\.\) with a Pool or a PGlite/,
    );
    await pool.end();
    await pglite.close();
  });

  it('is made once, however many open it first', async () => {
    await using database = await freshDatabase();
    const stores = await Promise.all(Array.from({ length: 5 }, () => openRunStore(database.url)));
    expect(await stores[0]?.runs()).toEqual([]);
    for (const store of stores) await store.close();
  });
});
