import {
  DateMillisecond,
  Dictionary,
  Field,
  Int8,
  Int32,
  List,
  Null,
  Struct,
  Table,
  TimeMillisecond,
  TimestampMillisecond,
  TimestampNanosecond,
  tableToIPC,
  Uint64,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const table = new Table({
  word: vectorFromArray(['x', null, 'y', 'x'], new Dictionary(new Utf8(), new Int32())),
  ms: vectorFromArray([5, null, -1, 0], new TimestampMillisecond()),
  ns: vectorFromArray([5, null, -1, 0], new TimestampNanosecond()),
  day: vectorFromArray([new Date(0), new Date(-86_400_000), null, new Date(86_400_000)], new DateMillisecond()),
  items: vectorFromArray([[1, 2], [], null, [3]], new List(new Field('item', new Int32(), true))),
  place: vectorFromArray(
    [{ a: 1, b: 'x' }, null, { a: 2, b: null }, { a: 3, b: 'z' }],
    new Struct<{ a: Int32; b: Utf8 }>([new Field('a', new Int32(), true), new Field('b', new Utf8(), true)]),
  ),
  wide: vectorFromArray([18446744073709551615n, 0n, null, 1n], new Uint64()),
  small: vectorFromArray([-1, 2, null, 3], new Int8()),
  none: vectorFromArray([null, null, null, null], new Null()),
});

const rows = [
  {
    word: 'x',
    ms: new Date(5),
    ns: new Date(5),
    day: '1970-01-01',
    items: [1, 2],
    place: { a: 1, b: 'x' },
    wide: '18446744073709551615',
    small: -1,
    none: null,
  },
  { word: null, ms: null, ns: null, day: '1969-12-31', items: [], place: null, wide: '0', small: 2, none: null },
  {
    word: 'y',
    ms: new Date(-1),
    ns: new Date(-1),
    day: null,
    items: null,
    place: { a: 2, b: null },
    wide: null,
    small: null,
    none: null,
  },
  {
    word: 'x',
    ms: new Date(0),
    ns: new Date(0),
    day: '1970-01-02',
    items: [3],
    place: { a: 3, b: 'z' },
    wide: '1',
    small: 3,
    none: null,
  },
];

test('dictionaries, every unit of time, nested values and nulls', async () => {
  expect(await read.arrow(table).rows()).toEqual(rows);
});

test('a slice and several batches', async () => {
  expect(await read.arrow(table.slice(1, 3).concat(table)).rows()).toEqual([...rows.slice(1, 3), ...rows]);
});

test('more rows than a data chunk of the engine', async () => {
  const many = new Table({ i: vectorFromArray(Int32Array.from({ length: 5000 }, (_, i) => i)) });
  const back = await read.arrow(many, { schema: { i: t.int() } }).collect();
  expect(back.column('i')).toEqual(Array.from({ length: 5000 }, (_, i) => i));
});

test('a schema is checked by name, dtype and promise', async () => {
  expect(() => read.arrow(table, { schema: { word: t.int() } })).toThrow('column "word" is Dictionary');
  expect(() => read.arrow(table, { schema: { words: t.string() } })).toThrow('Did you mean "word"?');
  await expect(read.arrow(table, { schema: { small: t.int() } }).rows()).rejects.toMatchObject({
    code: 'arrow.null',
    message: 'the Arrow table, row 3: column "small" is null, and the schema says that it never is.',
  });
  await expect(read.arrow(table, { schema: { word: t.enum(['x']).nullable() } }).rows()).rejects.toMatchObject({
    code: 'arrow.bad_value',
    message: expect.stringContaining('row 3: column "word" is y'),
  });
});

test('a type that no dtype holds is refused by name', () => {
  const times = new Table({ at: vectorFromArray([1], new TimeMillisecond()) });
  expect(() => read.arrow(times)).toThrow('column "at" is Time32<MILLISECOND>, which no dtype holds');
});

describe.each(['file', 'stream'] as const)('IPC in the %s format', (format) => {
  const bytes = tableToIPC(table, format);

  test('bytes and files read as the table does', async () => {
    const path = write('table.arrow', bytes);
    expect(await (await read.arrow(bytes)).rows()).toEqual(rows);
    const frame = await read.arrow(path);
    expect(await frame.rows()).toEqual(rows);
    expect(frame.schema.map((f) => f.dtype.id)).toEqual(read.arrow(table).schema.map((f) => f.dtype.id));
    const small = { small: t.int().nullable() };
    expect(await read.arrow(path, { schema: small }).rows()).toEqual(rows.map((row) => ({ small: row.small })));
  });

  test('several files are one frame in their order; a bad value names its file', async () => {
    const [a, b] = [write('a.arrow', bytes), write('b.arrow', tableToIPC(table.slice(0, 2), format))];
    const schema = { small: t.int().nullable() };
    expect(await read.arrow([b, a], { schema }).rows()).toEqual(
      [...rows.slice(0, 2), ...rows].map((row) => ({ small: row.small })),
    );
    await expect(read.arrow([b, a], { schema: { small: t.int() } }).rows()).rejects.toMatchObject({
      code: 'arrow.null',
      message: `${a}, row 3: column "small" is null, and the schema says that it never is.`,
      details: { file: a, row: 3, column: 'small' },
    });
    await expect(read.arrow(a, { schema: { word: t.int() } }).rows()).rejects.toMatchObject({
      code: 'arrow.dtype',
      message: expect.stringContaining(`${a}: column "word" is Dictionary`),
    });
  });

  test('wherever it is cut off, it is refused by name', async () => {
    const many = tableToIPC(table.concat(table).concat(table), format);
    for (let length = 0; length < many.length; length += 37) {
      const path = write('cut.arrow', many.subarray(0, length));
      const read_ = async (): Promise<unknown> => (await read.arrow(path)).rows();
      await expect(read_(), `${length} of ${many.length} bytes`).rejects.toMatchObject({
        code: 'arrow.unreadable',
        message: expect.stringContaining(path),
      });
    }
  });
});

test('what is no IPC', async () => {
  const path = write('none.arrow', 'id,name\n1,x\n');
  await expect(read.arrow(path)).rejects.toMatchObject({ code: 'arrow.unreadable' });
  await expect(read.arrow('none.arrow')).rejects.toMatchObject({ code: 'arrow.not_found' });
  await expect(read.arrow(new Uint8Array(0))).rejects.toMatchObject({ code: 'arrow.unreadable' });
});
