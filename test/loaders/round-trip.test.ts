import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createSession, type Frame, type FrameOf, load, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { everyDtype, randomRows } from '../support/random-tables.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder, write } = inputFolder();
afterAll(() => session.close());

type Every = FrameOf<typeof everyDtype>;

/** The values as the engine holds them: a JavaScript Date has no microseconds. */
async function exact(frame: Every): Promise<unknown[]> {
  const table = await (await frame.withColumns((r) => ({ at: r.at })).collect()).toArrow();
  const micros = table
    .getChild('at')
    ?.data.flatMap((data) =>
      Array.from({ length: data.length }, (_, i) => (data.getValid(i) ? (data.values as BigInt64Array)[i] : null)),
    );
  return (await frame.rows()).map((row, i) => ({ ...row, at: micros?.[i] }));
}

const options = { numRuns: 8 };
let files = 0;
const target = (name: string): string => join(folder, `${++files}-${name}`);

async function holds(
  name: string,
  write: (frame: Every, path: string) => Promise<unknown>,
  readBack: (path: string) => Frame<never> | Every,
): Promise<void> {
  await fc.assert(
    fc.asyncProperty(randomRows, async (rows) => {
      const frame = read.rows(rows, { schema: everyDtype });
      const path = target(name);
      await write(frame, path);
      expect(await exact(readBack(path) as Every)).toEqual(await exact(frame));
    }),
    options,
  );
}

test('a Parquet file reads back as it was', () =>
  holds(
    'a.parquet',
    (frame, path) => load.parquet(frame, path, { mode: 'fail' }),
    (path) => read.parquet(path, { schema: everyDtype }),
  ));

test('a partitioned dataset reads back as it was, sorted by the row number', () =>
  holds(
    'dataset',
    (frame, path) => load.parquet(frame, path, { mode: 'fail', partitionBy: ['region', 'day'] }),
    (path) => read.parquet(path, { schema: everyDtype }).sort('n'),
  ));

test('partitions of arbitrary strings read back as they were', () =>
  holds(
    'dataset',
    (frame, path) => load.parquet(frame, path, { mode: 'fail', partitionBy: ['text'] }),
    (path) => read.parquet(path, { schema: everyDtype }).sort('n'),
  ));

test('a CSV file reads back as it was', () =>
  holds(
    'a.csv',
    (frame, path) => load.csv(frame, path, { mode: 'fail' }),
    (path) => read.csv(path, { schema: everyDtype }),
  ));

test('a compressed CSV file with its own delimiter and null marker reads back as it was', () =>
  holds(
    'a.csv.gz',
    (frame, path) => load.csv(frame, path, { mode: 'fail', delimiter: ';', nullMarker: 'NULL' }),
    (path) => read.csv(path, { schema: everyDtype, delimiter: ';', nullMarkers: ['NULL'] }),
  ));

test('a JSON array reads back as it was', () =>
  holds(
    'a.json',
    (frame, path) => load.json(frame, path, { mode: 'fail' }),
    (path) => read.json(path, { schema: everyDtype }),
  ));

test('NDJSON reads back as it was', () =>
  holds(
    'a.ndjson.gz',
    (frame, path) => load.json(frame, path, { mode: 'fail' }),
    (path) => read.ndjson(path, { schema: everyDtype }),
  ));

test('an Arrow table reads back as it was', async () => {
  await fc.assert(
    fc.asyncProperty(randomRows, async (rows) => {
      const frame = read.rows(rows, { schema: everyDtype }).drop('tags', 'place');
      const { tags: _, place: __, ...flat } = everyDtype;
      const again = read.arrow(await (await frame.collect()).toArrow(), { schema: flat });
      expect(await exact(again as never)).toEqual(await exact(frame as never));
    }),
    options,
  );
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
