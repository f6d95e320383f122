import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createSession, type Frame, type FrameOf, load } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { everyDtype, randomRows } from '../support/random-tables.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
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
