import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tableToIPC } from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, type FrameOf, load, t } from '../../src/index.ts';
import {
  differences,
  type Limits,
  parquetWriter,
  type RandomTable,
  randomTable,
  schemaOf,
} from '../support/dtype-tables.ts';
import { inputFolder } from '../support/files.ts';
import { toldOf } from '../support/told.ts';

/** Random tables of every dtype are written and come back as they were, to the bit. */

const seed = Number(process.env.MILLRACE_SEED ?? 50_000);
const CASES = Number(process.env.MILLRACE_CASES ?? 20);

const session = createSession({ threads: 2 });
const { read } = session;
const { folder, write } = inputFolder();
const writer = await parquetWriter();
afterAll(async () => {
  writer.close();
  await session.close();
});

let files = 0;
const target = (name: string): string => join(folder, `${++files}-${name}`);

const numbered = { n: t.int() };
type Numbered = FrameOf<typeof numbered>;

interface Given {
  readonly frame: Numbered;
  readonly table: RandomTable;
  /** Of all columns; the compiler knows of the first alone. */
  readonly schema: typeof numbered;
  readonly number: number;
}

const EVERYTHING: Limits = { nonFinite: true, nul: true, farTime: true };
/** Text has no NaN, and years of four digits. */
const TEXT: Limits = { nonFinite: false, nul: true, farTime: false };

/** Writes a frame and gives what reads it. */
type Way = (given: Given) => Promise<Numbered>;

/** The names of folders are text. */
const FOLDERS: Limits = { ...TEXT, nested: EVERYTHING };

const ways: readonly (readonly [name: string, limits: Limits, way: Way])[] = [
  [
    'a Parquet file',
    EVERYTHING,
    async ({ frame, schema, number }) => {
      const path = target('a.parquet');
      const compression = (['zstd', 'snappy', 'gzip', 'uncompressed'] as const)[number % 4] ?? 'zstd';
      await load.parquet(frame, path, { mode: 'fail', compression, rowGroupSize: 1 + (number % 5) * 4 });
      return read.parquet(path, { schema });
    },
  ],
  [
    'a dataset of two loads',
    EVERYTHING,
    async ({ frame, schema }) => {
      const path = target('dataset');
      await load.parquet(
        frame.filter((r) => r.n.lt(5)),
        path,
        { mode: 'append' },
      );
      await load.parquet(
        frame.filter((r) => r.n.gte(5)),
        path,
        { mode: 'append' },
      );
      return read.parquet(path, { schema });
    },
  ],
  [
    'partitions',
    FOLDERS,
    async ({ frame, table, schema, number }) => {
      const path = target('dataset');
      const keys = table.columns.filter(
        ({ name, kind }, c) =>
          name !== 'n' &&
          !['list', 'struct', 'json', 'binary'].includes(kind.id) &&
          // A longer text than a folder's name is refused.
          table.rows.every((cells) => String(cells[c]?.told).length < 100),
      );
      const key = keys[number % Math.max(keys.length, 1)]?.name;
      if (key === undefined || table.rows.length === 0) return frame;
      await load.parquet(frame, path, { mode: 'fail', partitionBy: [key as 'n'] });
      return read.parquet(path, { schema }).sort('n');
    },
  ],
  [
    'an Arrow table',
    EVERYTHING,
    async ({ frame, schema }) => read.arrow(await (await frame.collect()).toArrow(), { schema }),
  ],
  [
    'Arrow IPC',
    EVERYTHING,
    async ({ frame, schema, number }) =>
      read.arrow(tableToIPC(await (await frame.collect()).toArrow(), number % 2 === 0 ? 'file' : 'stream'), { schema }),
  ],
  [
    'a CSV file',
    TEXT,
    async ({ frame, schema, number }) => {
      if (number % 2 === 0) {
        const path = target('a.csv');
        await load.csv(frame, path, { mode: 'fail' });
        return read.csv(path, { schema });
      }
      const path = target('a.csv.gz');
      await load.csv(frame, path, { mode: 'fail', delimiter: ';', nullMarker: 'NULL' });
      return read.csv(path, { schema, delimiter: ';', nullMarkers: ['NULL'] });
    },
  ],
  [
    'a JSON array',
    TEXT,
    async ({ frame, schema }) => {
      const path = target('a.json');
      await load.json(frame, path, { mode: 'fail' });
      return read.json(path, { schema });
    },
  ],
  [
    'NDJSON',
    TEXT,
    async ({ frame, schema, number }) => {
      const path = target(number % 2 === 0 ? 'a.ndjson' : 'a.ndjson.gz');
      await load.json(frame, path, { mode: 'fail' });
      return read.ndjson(path, { schema });
    },
  ],
];

describe(`random tables (seed ${seed})`, () => {
  test.each(ways)('%s reads back as it was', { timeout: 120_000 + 500 * CASES }, async (_, limits, way) => {
    for (let number = seed; number < seed + CASES; number++) {
      const table = randomTable(limits, number);
      const path = target('given.parquet');
      await writer.write(table, path);
      const schema = schemaOf(table) as typeof numbered;
      const frame: Numbered = read.parquet(path, { schema });
      const found = await way({ frame, table, schema, number })
        .then(toldOf)
        .catch((cause: unknown) => {
          throw new Error(`MILLRACE_SEED=${number}`, { cause });
        });
      expect(differences(table, found), `MILLRACE_SEED=${number}`).toEqual([]);
      for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
    }
  });
});

test.each([3, 12, 15, 18, 38])('decimals of %i digits after their point have one before it', async (digits) => {
  const d = t.decimal(digits, digits).nullable();
  const schema = { d, s: t.struct({ d }), l: t.list(d) };
  const least = `0.${'0'.repeat(digits - 1)}1`;
  const rows = ['-0.5', '0.25', '0', least, null].map((d) => ({ d, s: { d }, l: [d] }));
  const frame = read.rows(rows, { schema });
  const [json, csv] = [target('fractions.json'), target('fractions.csv')];
  await load.json(frame, json, { mode: 'fail' });
  await load.csv(frame, csv, { mode: 'fail' });
  const numbers = [-0.5, 0.25, 0, Number(least), null].map((d) => ({ d, s: { d }, l: [d] }));
  expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(numbers);
  expect(readFileSync(csv, 'utf8')).not.toMatch(/(^|[^0-9])[.]/m);
  const given = await frame.rows();
  for (const back of [read.json(json, { schema }), read.csv(csv, { schema })]) expect(await back.rows()).toEqual(given);
  const texts = await frame.withColumns((r) => ({ text: r.d.cast(t.string()) })).rows();
  expect(texts.map(({ text }) => text)).toEqual(given.map((row) => row.d));
});

test('JSON is written digit for digit, alone and inside a list or struct, and binary inside one as base64', async () => {
  const json = '{"a":[12345678901234567890,0.1000000000000000055,1.50,-0,"0.10"],"b":"\\u00011"}';
  const schema = {
    n: t.int(),
    j: t.json(),
    s: t.struct({ j: t.list(t.json()), text: t.string(), bytes: t.binary(), at: t.timestamp() }),
    bytes: t.list(t.binary().nullable()),
    at: t.timestamp(),
  };
  const nested = `{"j":[${json}],"text":"\\u00012","bytes":"AP8=","at":"2024-01-05T10:00:00.000001Z"}`;
  const record = `{"n":1,"j":${json},"s":${nested},"bytes":["AAE=",null],"at":"1969-12-31T23:59:59.999999Z"}`;
  const given = read.ndjson(write('a.ndjson', `${record}\n${record.replace('1', '2')}\n`), { schema });
  const [lines, array, text] = [target('b.ndjson'), target('b.json'), target('b.csv')];
  await load.json(given, lines, { mode: 'fail' });
  await load.json(given, array, { mode: 'fail' });
  await load.csv(given, text, { mode: 'fail' });
  expect(readFileSync(lines, 'utf8')).toBe(`${record}\n${record.replace('1', '2')}\n`);
  expect(readFileSync(array, 'utf8')).toBe(`[\n\t${record},\n\t${record.replace('1', '2')}\n]\n`);
  expect(readFileSync(text, 'utf8')).toContain(json.replaceAll('"', '""'));
  const rows = await given.rows();
  expect(rows[0]).toMatchObject({ s: { text: '\u00012', bytes: new Uint8Array([0, 255]) }, j: JSON.parse(json) });
  for (const back of [read.ndjson(lines, { schema }), read.json(array, { schema }), read.csv(text, { schema })]) {
    expect(await back.rows()).toEqual(rows);
  }
  const none = target('none.json');
  await load.json(
    given.filter((r) => r.n.gt(2)),
    none,
    { mode: 'fail' },
  );
  expect(JSON.parse(readFileSync(none, 'utf8'))).toEqual([]);
});
