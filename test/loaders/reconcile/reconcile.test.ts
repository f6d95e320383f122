import { mkdtemp, rm, unlink } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { tableFromArrays } from 'apache-arrow';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DuckDBSession } from '../../../src/engines/duckdb/session.ts';
import { createSession, type Frame, fn, load, read, t } from '../../../src/index.ts';
import { readersOf } from '../../../src/readers/read.ts';
import { currentOf } from '../../../src/storage/versions.ts';
import { failure } from '../../support/failure.ts';
import { everyDtype, randomRows } from '../../support/random-tables.ts';
import { scratchOf } from '../../support/scratch.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-reconcile-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
const place = (name: string): string => path.join(folder, name);

/** Loads of any frame, each into a place of its own. */
const targets = {
  parquet: (f: Frame<never>, name: string) => load.parquet(f, place(`${name}.parquet`), { mode: 'replace' }),
  dataset: (f: Frame<never>, name: string) => load.parquet(f, place(name), { mode: 'replace' }),
  csv: (f: Frame<never>, name: string) =>
    load.csv(f, place(`${name}.csv`), { mode: 'replace', nullMarker: 'NULL', delimiter: ';' }),
  'csv without header': (f: Frame<never>, name: string) =>
    load.csv(f, place(`${name}.bare.csv.gz`), { mode: 'replace', header: false, nullMarker: 'NULL' }),
  json: (f: Frame<never>, name: string) => load.json(f, place(`${name}.json`), { mode: 'replace' }),
  ndjson: (f: Frame<never>, name: string) => load.json(f, place(`${name}.ndjson`), { mode: 'replace' }),
  duckdb: (f: Frame<never>, name: string) =>
    load.duckdb(f, place(`${name}.duckdb`), { table: 'Rows of it', mode: 'replace' }),
};
const kinds = Object.keys(targets) as (keyof typeof targets)[];
const anyFrame = (frame: object): Frame<never> => frame as Frame<never>;

const schema = { id: t.int(), price: t.decimal(8, 2), name: t.string().nullable() };
type Row = { readonly id: number; readonly price: string; readonly name: string | null };
const rows: readonly Row[] = [
  { id: 1, price: '1.10', name: 'a' },
  { id: 2, price: '2.20', name: null },
  { id: 3, price: '3.30', name: 'c' },
];
const frameOf = (given: readonly Row[]): Frame<never> => anyFrame(read.rows(given, { schema }));
const [a, b, c] = rows as [Row, Row, Row];

describe.each(kinds)('%s', (kind) => {
  it('is equal to the frame that was loaded, whatever the order of its rows', async () => {
    const report = await targets[kind](frameOf(rows), 'same');
    const found = await report.reconcile();
    expect(found.ok).toBe(true);
    expect(inspect(found)).toBe(String(found));
    expect(found.rows.source).toEqual(found.rows.target);
    expect(found.columns.map(({ name, dtype, source }) => [name, dtype, source.count, source.sum])).toEqual([
      ['id', 'int', 3, '6'],
      ['price', 'decimal(8, 2)', 3, '6.60'],
      ['name', 'string', 2, undefined],
    ]);
    await targets[kind](frameOf([c, a, b]), 'same');
    expect((await report.reconcile()).ok).toBe(true);
  });

  it.each<[string, readonly Row[], readonly string[], boolean]>([
    ['a changed value', [a, b, { ...c, price: '3.31' }], ['price'], false],
    ['a value that became null', [{ ...a, name: null }, b, c], ['name'], false],
    ['a null that became an empty text', [a, { ...b, name: '' }, c], ['name'], false],
    ['a lost row', [a, b], ['id', 'price', 'name'], false],
    ['a doubled row', [a, b, c, c], ['id', 'price', 'name'], false],
    ['a row twice more', [a, b, c, c, c], ['id', 'price', 'name'], false],
    ['a row in the place of another', [a, c, c], ['id', 'price', 'name'], false],
    // No column alone can tell.
    ['two values that changed their rows', [{ ...a, price: c.price }, b, { ...c, price: a.price }], [], false],
    ['no row at all', [], ['id', 'price', 'name'], false],
  ])('tells %s', async (what, changed, columns, ok) => {
    const name = what.replaceAll(' ', '-');
    const report = await targets[kind](frameOf(rows), name);
    await targets[kind](frameOf(changed), name);
    const found = await report.reconcile();
    expect(found.rows.equal).toBe(ok);
    expect(found.columns.filter(({ equal }) => !equal).map((column) => column.name)).toEqual(columns);
    expect(found.ok).toBe(false);
  });

  it('tells rows that stand twice from others that do', async () => {
    // An exclusive or of hashes is nothing for both.
    const report = await targets[kind](frameOf([a, a]), 'twice');
    await targets[kind](
      frameOf([
        { ...a, name: 'b' },
        { ...a, name: 'b' },
      ]),
      'twice',
    );
    const found = await report.reconcile();
    expect(found.columns.filter(({ equal }) => !equal).map(({ name }) => name)).toEqual(['name']);
    expect(found.rows.equal).toBe(false);
  });

  it('knows columns by whatever name', async () => {
    const names = ['k0', 'k1', 's0', 'a.b', 'a"b', "a'b", ' a ', 'a,b;c', 'é😀', 'select'];
    const named = Object.fromEntries(names.map((name) => [name, t.int()]));
    const row = Object.fromEntries(names.map((name, i) => [name, i]));
    const report = await targets[kind](anyFrame(read.rows([row], { schema: named })), 'named');
    const found = await report.reconcile();
    expect([found.ok, found.columns.map(({ source }) => source.sum)]).toEqual([true, names.map((_, i) => String(i))]);
  });

  it('is equal for random rows of every dtype', async () => {
    await fc.assert(
      fc.asyncProperty(randomRows, async (random) => {
        const report = await targets[kind](anyFrame(read.rows(random, { schema: everyDtype })), 'random');
        const found = await report.reconcile();
        expect(found.ok, String(found)).toBe(true);
      }),
      { numRuns: 5 },
    );
  });
});

describe('values', () => {
  const one = async (kind: keyof typeof targets, type: ReturnType<typeof t.json>, was: unknown, is: unknown) => {
    // Plain objects hold no NaN and no infinity.
    const of = (v: unknown): Frame<never> =>
      anyFrame(
        typeof v === 'number'
          ? read.arrow(tableFromArrays({ v: Float64Array.of(v) }), { schema: { v: type.nullable() } })
          : read.rows([{ v }], { schema: { v: type.nullable() } }),
      );
    const report = await targets[kind](of(was), 'value');
    await targets[kind](of(is), 'value');
    return (await report.reconcile()).ok;
  };
  const float = t.float() as never;
  const json = t.json();
  const nan = (): number => new Float64Array(new BigUint64Array([0x7ff8_0000_0000_beefn]).buffer)[0] ?? 0;

  it.each<[string, keyof typeof targets, unknown, unknown, unknown, boolean]>([
    ['a zero and one with a sign', 'parquet', float, 0, -0, false],
    ['a zero and one with a sign', 'csv', float, 0, -0, false],
    ['a zero and one with a sign', 'ndjson', float, 0, -0, false],
    ['zeros with a sign', 'parquet', float, -0, -0, true],
    ['zeros with a sign', 'csv', float, -0, -0, true],
    ['zeros with a sign', 'ndjson', float, -0, -0, true],
    ['zeros with a sign', 'duckdb', float, -0, -0, true],
    ['NaNs of other bits', 'parquet', float, Number.NaN, nan(), true],
    ['NaNs of other bits', 'duckdb', float, Number.NaN, nan(), true],
    ['a NaN and a null', 'parquet', float, Number.NaN, null, false],
    ['infinities of two signs', 'parquet', float, Infinity, -Infinity, false],
    ['neighbouring doubles', 'csv', float, 0.1 + 0.2, 0.3, false],
    ['zeros in lists', 'parquet', t.list(t.float()), [0], [-0], false],
    ['zeros in structs', 'duckdb', t.struct({ x: t.float() }), { x: 0 }, { x: -0 }, false],
    ['an empty list and a null', 'parquet', t.list(t.float()), [], null, false],
    ['lists of another order', 'ndjson', t.list(t.int()), [1, 2], [2, 1], false],
    [
      'timestamps a microsecond apart',
      'csv',
      t.timestamp(),
      '2024-05-01T10:00:00.000001Z',
      '2024-05-01T10:00:00.000002Z',
      false,
    ],
    ['bytes', 'csv', t.binary(), new Uint8Array([0, 255]), new Uint8Array([0, 254]), false],
    ['texts of another case', 'duckdb', t.string(), 'a', 'A', false],
    ['texts that look alike', 'parquet', t.string(), '\u00e9', 'e\u0301', false],
    [
      'JSON of another order of keys',
      'parquet',
      json,
      { a: 1, b: [1, { c: 2, d: 3 }] },
      { b: [1, { d: 3, c: 2 }], a: 1 },
      true,
    ],
    ['JSON of another order of items', 'parquet', json, [1, 2], [2, 1], false],
    ['JSON of a number and its text', 'parquet', json, { a: 1 }, { a: '1' }, false],
    ['JSON that is null and no JSON', 'parquet', json, null, [null], false],
    ['JSON in a list', 'parquet', t.list(json), [{ a: 1, b: 2 }], [{ b: 2, a: 1 }], true],
  ])('%s, %s', async (_, kind, type, was, is, ok) => {
    expect(await one(kind, type as never, was, is)).toBe(ok);
  });
});

describe('datasets that rows are added to', () => {
  it('compares the files of the load alone', async () => {
    const lake = place('added');
    const first = await load.parquet(frameOf([a, b]), lake, { mode: 'append' });
    const second = await load.parquet(frameOf([c]), lake, { mode: 'append' });
    expect([(await first.reconcile()).ok, (await second.reconcile()).ok]).toEqual([true, true]);
    expect((await second.reconcile()).rows.target.count).toBe(1);
    const own = currentOf(lake)?.files.find((file) => file.includes(second.runId.slice(0, 8))) ?? '';
    await unlink(path.join(lake, own));
    expect((await failure(second.reconcile())).code).toBe('reconcile.gone');
    await load.parquet(frameOf([a, b, c]), lake, { mode: 'replace' });
    expect(await second.reconcile()).toMatchObject({ ok: false, rows: { target: { count: 0 } } });
  });

  it('compares the partitions that the frame has rows of, nulls among them', async () => {
    const lake = place('partitions');
    const options = { partitionBy: ['name'] } as const;
    const all = read.rows(rows, { schema });
    const first = await load.parquet(all, lake, { mode: 'replace', ...options });
    const changed = read.rows([{ ...b, price: '9.99' }], { schema });
    const second = await load.parquet(changed, lake, { mode: 'replacePartitions', ...options });
    const found = await second.reconcile();
    expect([found.ok, found.rows.target.count]).toEqual([true, 1]);
    expect((await first.reconcile()).columns.filter(({ equal }) => !equal).map(({ name }) => name)).toEqual(['price']);
    await load.parquet(read.rows([{ ...b, price: '9.98' }], { schema }), lake, { mode: 'append', ...options });
    expect((await second.reconcile()).rows.target.count).toBe(2);
  });

  it('has no rows where the frame had none', async () => {
    const none = read.rows([], { schema });
    const report = await load.parquet(none, place('no-rows'), { mode: 'replace', partitionBy: ['name'] });
    expect(await report.reconcile()).toMatchObject({ ok: true, rows: { source: { count: 0 }, target: { count: 0 } } });
  });

  it('refuses a load whose files are those of another run', async () => {
    const options = { mode: 'append', loadId: 'may' } as const;
    await load.parquet(frameOf(rows), place('replayed'), options);
    const report = await load.parquet(frameOf(rows), place('replayed'), options);
    expect((await failure(report.reconcile())).code).toBe('reconcile.rows_unknown');
  });
});

describe('tables of a DuckDB file that rows are added to', () => {
  const add = (given: readonly Row[]) =>
    load.duckdb(read.rows(given, { schema }), place('added.duckdb'), { table: 'added', mode: 'append' });

  it('compares all rows where there were none, and those of a key where there were some', async () => {
    const first = await add([a]);
    expect((await first.reconcile()).ok).toBe(true);
    const second = await add([b, c]);
    expect((await failure(second.reconcile())).code).toBe('reconcile.rows_unknown');
    expect(await second.reconcile({ key: 'id' })).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
    // Now there are rows of others, too.
    expect((await first.reconcile()).ok).toBe(false);
    expect((await first.reconcile({ key: ['id'] })).ok).toBe(true);
    await add([c]);
    expect((await second.reconcile({ key: 'id' })).rows.target.count).toBe(3);
    const wrong = await failure(second.reconcile({ key: 'ids' }));
    expect([wrong.code, wrong.message.includes('Did you mean "id"?')]).toEqual(['reconcile.key', true]);
    await rm(place('added.duckdb'));
    expect((await failure(second.reconcile({ key: 'id' }))).code).toBe('reconcile.gone');
  });
});

describe('the frame', () => {
  it('is what verbs made of it, without what was put aside', async () => {
    const bad = [...rows, { id: 'none', price: '1', name: null }];
    const frame = read.rows(bad, { schema, onBadRow: 'quarantine' }).filter((r) => r.id.gt(1));
    const report = await load.csv(frame, place('verbs.csv'), { mode: 'replace' });
    expect(await report.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
  });

  it('must not ask for the time', async () => {
    const frame = read.rows(rows, { schema }).withColumns(() => ({ at: fn.now() }));
    const report = await load.parquet(frame, place('now.parquet'), { mode: 'replace' });
    const error = await failure(report.reconcile());
    expect(error.code).toBe('reconcile.not_repeatable');
    expect(error.message).toContain('withColumns, column "at"');
    await using kept = await frame.materialize();
    expect((await (await load.parquet(kept, place('now.parquet'), { mode: 'replace' })).reconcile()).ok).toBe(true);
  });

  it('must give as many rows as were loaded', async () => {
    let days = [1, 2];
    const frame = read
      .rows([{ id: 1 }], { schema: { id: t.int() } })
      .mapBatches(() => days.map((id) => ({ id })), { schema: { id: t.int() } });
    const report = await load.csv(frame, place('count.csv'), { mode: 'replace' });
    days = [1, 2, 3];
    const error = await failure(report.reconcile());
    expect([error.code, error.details]).toEqual(['reconcile.source_changed', { loaded: 2, rows: 3 }]);
    days = [1, 3];
    expect((await report.reconcile()).ok).toBe(false);
  });

  it('must be the file that was loaded', async () => {
    await load.csv(frameOf(rows), place('source.csv'), { mode: 'replace' });
    const frame = read.csv(place('source.csv'), { schema });
    const report = await load.parquet(frame, place('source.parquet'), { mode: 'replace' });
    expect((await report.reconcile()).ok).toBe(true);
    await load.csv(frameOf([a]), place('source.csv'), { mode: 'replace' });
    expect((await failure(report.reconcile())).code).toBe('source.changed');
  });

  it('is read from what the session kept of a source that cannot be read again', async () => {
    let asked = 0;
    async function* bytes() {
      asked += 1;
      yield Buffer.from('id\n1\n2\n');
    }
    const frame = read.csv(bytes(), { schema: { id: t.int() } });
    const report = await load.parquet(frame, place('stream.parquet'), { mode: 'replace' });
    expect([(await report.reconcile()).ok, asked]).toEqual([true, 1]);
    await frame.refresh();
    expect((await failure(report.reconcile())).code).toBe('csv.stream_read');
  });

  it('must not be disposed of, nor its session closed', async () => {
    const session = createSession({ threads: 2 });
    const kept = await session.read.rows(rows, { schema }).materialize();
    const report = await load.csv(kept, place('kept.csv'), { mode: 'replace' });
    await kept[Symbol.asyncDispose]();
    expect((await failure(report.reconcile())).code).toBe('frame.disposed');
    await session.close();
    expect((await failure(report.reconcile())).code).toBe('session.closed');
  });

  it('is the extract of load.all, as long as that is kept', async () => {
    const outcome = await load.all(read.rows(rows, { schema }), {
      lake: (f) => load.parquet(f, place('extract'), { mode: 'replace' }),
      sheet: (f) => load.csv(f, place('extract.csv'), { mode: 'replace' }),
    });
    const { lake, sheet } = outcome.reports();
    expect([(await lake.reconcile()).ok, (await sheet.reconcile()).ok]).toEqual([true, true]);
    await outcome.close();
    expect((await failure(lake.reconcile())).code).toBe('frame.disposed');
  });
});

it('leaves nothing in the session, also where it fails', async () => {
  const session = new DuckDBSession({ threads: 2 });
  const frame = readersOf(session).rows(rows, { schema });
  const report = await load.duckdb(frame, place('tidy.duckdb'), { table: 'tidy', mode: 'append' });
  const before = await scratchOf(session);
  await report.reconcile();
  await report.reconcile({ key: 'id' });
  await rm(place('tidy.duckdb'));
  await failure(report.reconcile());
  expect(before).toEqual(expect.arrayContaining(await scratchOf(session)));
  await session.close();
});

it('is printed as a table', async () => {
  const report = await load.csv(frameOf(rows), place('print.csv'), { mode: 'replace' });
  expect(String(await report.reconcile()).split('\n')[0]).toBe(
    `equal: the frame and all rows of ${place('print.csv')}`,
  );
  await load.csv(frameOf([a, b]), place('print.csv'), { mode: 'replace' });
  const lines = String(await report.reconcile())
    .replaceAll(/\d{9,}/g, '#')
    .split('\n')
    .map((line) => line.replaceAll(/ +/g, ' '));
  expect(lines).toEqual([
    `NOT EQUAL: the frame and all rows of ${place('print.csv')}`,
    ' source target',
    'rows count 3 2 ≠',
    ' checksum # # ≠',
    'id (int) count 3 2 ≠',
    ' sum 6 3 ≠',
    ' checksum # # ≠',
    'price (decimal(8, 2)) count 3 2 ≠',
    ' sum 6.60 3.30 ≠',
    ' checksum # # ≠',
    'name (string) count 2 1 ≠',
    ' checksum # # ≠',
  ]);
});
