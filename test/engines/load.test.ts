import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, type DatabaseReaders, load, type Readers, type Session, t } from '../../src/index.ts';
import { transaction } from '../../src/postgres/connect.ts';
import { engines, type TestEngine } from './engines.ts';

/* `load.postgres` into the database that runs the plan: the same rows and the same report as from the embedded engine. */

const databases = Object.entries(engines).filter(([name]) => name !== 'duckdb');

describe.each(databases)('%s', (_, start) => {
  let engine: TestEngine;
  let embedded: Session;
  beforeAll(async () => {
    engine = await start();
    embedded = createSession();
  });
  afterAll(async () => {
    await embedded.close();
    await engine.close();
  });

  const target = () => engine.database as never;
  const run = (sql: string): Promise<readonly (readonly unknown[])[]> =>
    transaction(target(), { caller: 'test' }, async (server) => (await server.query(sql)).rows);

  const schema = {
    id: t.int(),
    price: t.decimal(10, 2).nullable(),
    at: t.timestamp(),
    tags: t.list(t.string()),
    extra: t.json().nullable(),
    share: t.float(),
    bytes: t.binary(),
  };
  const rows = [
    {
      id: 1,
      price: '1.50',
      at: '2024-02-29T23:30:15.123456Z',
      tags: ['a', 'ä"'],
      extra: { z: 1, a: [null] },
      share: 0.1 + 0.2,
      bytes: new Uint8Array([0, 255]),
    },
    { id: 2, price: null, at: new Date(0), tags: [], extra: null, share: 1e300, bytes: new Uint8Array() },
  ];
  const frame = (read: Readers) => read.rows(rows, { schema });

  it('appends and replaces as from elsewhere, in one statement', async () => {
    for (const [read, table] of [
      [engine.session.read, 'own'],
      [embedded.read, 'other'],
    ] as const) {
      const first = await load.postgres(frame(read), target(), { table, mode: 'append' });
      expect(first.rows).toEqual({ read: 2, filtered: 0, quarantined: 0, written: 2 });
      const again = await load.postgres(
        frame(read).filter((r) => r.id.eq(2)),
        target(),
        { table, mode: 'append' },
      );
      expect(again.rows).toEqual({ read: 2, filtered: 1, quarantined: 0, written: 1 });
      const replaced = await load.postgres(frame(read), target(), { table, mode: 'replace' });
      expect(replaced.rows.written).toBe(2);
    }
    const [own, other] = [await run('SELECT own::text FROM own'), await run('SELECT other::text FROM other')];
    expect(own).toHaveLength(2);
    expect(own).toEqual(other);
  });

  it('upserts; keys are looked at before the table is touched', async () => {
    const { read } = engine.session;
    const options = { table: 'priced', mode: 'upsert', key: 'id' } as const;
    const narrow = (price: string, id = 1) =>
      read.rows([{ id, price }], { schema: { id: t.int(), price: t.decimal(12, 2) } });
    expect((await load.postgres(narrow('1.00'), target(), options)).rows.written).toBe(1);
    expect((await load.postgres(narrow('2.00'), target(), options)).rows.written).toBe(1);
    expect((await load.postgres(narrow('3.00', 2), target(), options)).rows.written).toBe(1);
    expect(await run('SELECT id::text, price::text FROM priced ORDER BY id')).toEqual([
      ['1', '2.00'],
      ['2', '3.00'],
    ]);
    await expect(load.postgres(narrow('1.00').concat(narrow('2.00')), target(), options)).rejects.toMatchObject({
      code: 'load.duplicate_key',
    });
  });

  it('a table that is read is replaced by what was read of it', async () => {
    await run('CREATE TABLE twice (x bigint NOT NULL)');
    await run('INSERT INTO twice VALUES (1), (1), (2)');
    const { read } = engine.session as Session<DatabaseReaders>;
    const twice = read.table('twice', { schema: { x: t.bigint() } });
    const explained = await twice.explain();
    expect(explained).not.toContain('moved');
    expect(explained).toContain('FROM "twice"');
    const once = twice.dedupe();
    await load.postgres(once, target(), { table: 'twice', mode: 'replace' });
    expect(await run('SELECT x::text FROM twice ORDER BY 1')).toEqual([['1'], ['2']]);
  });

  it('a load is done once; one that fails leaves all as it was', async () => {
    const options = { table: 'once', mode: 'append', loadId: 'first' } as const;
    const { read } = engine.session;
    expect((await load.postgres(frame(read), target(), options)).alreadyLoaded).toBe(false);
    const second = await load.postgres(frame(read), target(), options);
    expect(second).toMatchObject({ alreadyLoaded: true, rows: { written: 0 } });
    const failing = frame(read).withColumns((r) => ({
      id: r.id.mul(9_007_199_254_740_991).mul(9_007_199_254_740_991),
    }));
    await expect(load.postgres(failing, target(), { table: 'once', mode: 'replace' })).rejects.toMatchObject({
      code: 'run.overflow',
    });
    expect(await run('SELECT count(*)::text FROM once')).toEqual([['2']]);
  });

  it('rows that were put aside go to their table', async () => {
    const bad = engine.session.read.rows([{ x: 1 }, { x: 'no' }], { schema: { x: t.int() }, onBadRow: 'quarantine' });
    const report = await load.postgres(bad, target(), { table: 'good', mode: 'append', quarantineTable: 'bad' });
    expect(report.rows).toEqual({ read: 2, filtered: 0, quarantined: 1, written: 1 });
    expect(await report.quarantine.select('value', 'column').rows()).toEqual([{ value: 'no', column: 'x' }]);
    for (const aside of [report.quarantine, bad.quarantine()]) {
      const { rows } = await load.postgres(aside, target(), { table: 'aside', mode: 'replace' });
      expect(rows).toEqual({ read: 1, filtered: 0, quarantined: 0, written: 1 });
    }
    expect(await run('SELECT run_id, value FROM bad')).toEqual([[report.runId, 'no']]);
  });
});
