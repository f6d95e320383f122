import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type AnyColumnType, createSession, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const text = t.string().nullable();

/** The one value of a record, or why the record was put aside. */
async function valueIn(json: string, type: AnyColumnType): Promise<unknown> {
  const path = write('one.ndjson', `{"x": ${json}}\n`);
  const frame = read.ndjson(path, { schema: { x: type }, onBadRow: 'quarantine' });
  const [row] = await frame.rows();
  if (row !== undefined) return row.x;
  return (await frame.quarantine().rows()).map(({ column, value, reason }) => [column, value, reason]);
}

describe('values', () => {
  const int = t.int().nullable();
  const notInt = 'is not an int (a whole number up to 9007199254740991)';
  test.each([
    ['7', int, 7],
    ['1.0', int, 1],
    ['1e3', int, 1000],
    ['"7"', int, 7],
    ['null', int, null],
    ['1.5', int, [['x', '1.5', notInt]]],
    ['"1.0"', int, [['x', '1.0', notInt]]],
    ['9007199254740993', int, [['x', '9007199254740993', notInt]]],
    ['true', int, [['x', 'true', notInt]]],
    ['{"a": 1}', int, [['x', '{"a":1}', `is an object, not an int (a whole number up to 9007199254740991)`]]],
    ['9223372036854775807', t.bigint(), 9223372036854775807n],
    ['123456789012345678.91', t.decimal(20, 2), '123456789012345678.91'],
    ['0.1', t.decimal(20, 2), '0.10'],
    ['1e-2', t.decimal(20, 2), '0.01'],
    ['0.0000001', t.decimal(20, 10), '0.0000001000'],
    ['1.005', t.decimal(20, 2), [['x', '1.005', 'is not a decimal(20, 2)']]],
    ['19.99999999999999999999', t.decimal(20, 2), [['x', '19.99999999999999999999', 'is not a decimal(20, 2)']]],
    ['1.5e-7', t.decimal(20, 2), [['x', '1.5e-7', 'is not a decimal(20, 2)']]],
    ['0.30000000000000004', t.float(), 0.30000000000000004],
    ['NaN', t.float(), [['x', 'NaN', 'is not a float (a finite decimal number)']]],
    ['"a"', text, 'a'],
    ['""', text, ''],
    ['"null"', text, 'null'],
    ['300', text, '300'],
    ['1.10', text, '1.10'],
    ['[1]', text, [['x', '[1]', 'is an array, not a string']]],
    ['true', t.boolean(), true],
    ['1', t.boolean(), [['x', '1', 'is not a boolean (true; false)']]],
    ['"2024-02-30"', t.date(), [['x', '2024-02-30', "is not a date ('YYYY-MM-DD')"]]],
    ['"2024-01-05T10:00:00.5+02:00"', t.timestamp(), new Date('2024-01-05T08:00:00.500Z')],
    ['{"a": [1, null]}', t.json(), { a: [1, null] }],
    ['[1, 2]', t.list(t.int()), [1, 2]],
    ['{"a": "b"}', t.struct({ a: t.string() }), { a: 'b' }],
    ['"a', text, [[null, null, 'the record is not valid JSON']]],
    ['"a",', text, [[null, null, 'the record is not valid JSON']]],
    ['[1, 2,]', t.list(t.int()), [[null, null, 'the record is not valid JSON']]],
    ['-Infinity', t.float(), [['x', '-Infinity', 'is not a float (a finite decimal number)']]],
  ])('%s', async (json, type, expected) => {
    expect(await valueIn(json, type)).toEqual(expected);
  });

  test("a number is not written as the column's texts are", async () => {
    const price = t.decimal(12, 2, { decimal: ',', thousands: '.' });
    expect(await valueIn('1.5', price)).toBe('1.50');
    expect(await valueIn('"1.234,5"', price)).toBe('1234.50');
  });
});

describe('values in t.json()', () => {
  const numbers = '[12345678901234567890,0.1000000000000000055,1.50,1e2,-0,"0.10","\\u00011",{"a":1.0,"a":2}]';

  test('come out digit for digit, keys that stand twice among them', async () => {
    const record = `{"x": ${numbers}, "deep": {"x": [${numbers}]}}`;
    const frame = read.ndjson(write('one.ndjson', record), {
      schema: { x: t.json(), y: t.json().from('deep.x.0'), s: t.struct({ x: t.json() }).from('deep') },
    });
    const texts = frame.withColumns((r) => ({ x: r.x.cast(t.string()), y: r.y.cast(t.string()) }));
    expect(await texts.select('x', 'y').rows()).toEqual([{ x: numbers, y: numbers }]);
    const values = JSON.parse(numbers);
    expect(await frame.rows()).toEqual([{ x: values, y: values, s: { x: [values] } }]);
  });
});

describe('keys', () => {
  test('of which one leads into another', async () => {
    const path = write('prefix.ndjson', '{"a":"x","a.b":"y"}\n{"a":"x"}\n{"a":{"b":"q"}}\n');
    const frame = read.ndjson(path, { schema: { a: text, 'a.b': text }, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([
      { a: 'x', 'a.b': 'y' },
      { a: 'x', 'a.b': null },
    ]);
    expect((await frame.quarantine().rows()).map(({ line, column }) => [line, column])).toEqual([[3, 'a']]);
  });

  const schema = { a: t.int(), 'b.c': t.int().nullable(), d: t.int().nullable().from('e.f') };

  test('a key that is the whole name goes before a path', async () => {
    const path = write(
      'keys.ndjson',
      [
        '{"a": 1, "b.c": 2, "b": {"c": 3}, "e.f": 4}',
        '{"a": 1, "b": {"c": 3}, "e": {"f": 5}}',
        '{"a": 1, "b.c": null, "b": {"c": 3}}',
        '{"a": 1, "b": 7, "e": [1]}',
      ].join('\n'),
    );
    expect(await read.ndjson(path, { schema }).rows()).toEqual([
      { a: 1, 'b.c': 2, d: 4 },
      { a: 1, 'b.c': 3, d: 5 },
      { a: 1, 'b.c': null, d: null },
      { a: 1, 'b.c': null, d: null },
    ]);
    const typed = { 'x.y': t.string(), 'j.k': t.json(), l: t.list(t.int()).from('j.l'), 'n.o': t.decimal(20, 2) };
    const record = '{"x": {"y": 1.10}, "j.k": [1], "j": {"k": 2, "l": [3]}, "n.o": 12345678901234567.89}';
    expect(await read.ndjson(write('one.ndjson', record), { schema: typed }).rows()).toEqual([
      { 'x.y': '1.10', 'j.k': [1], l: [3], 'n.o': '12345678901234567.89' },
    ]);
  });

  test.each([
    ['{"a": 1, "a": 2}', 'a', '1'],
    ['{"a": 1, "\\u0061": 1}', 'a', '1'],
    ['{"a": 1, "b.c": 2, "b.c": null}', 'b.c', '2'],
    ['{"a": 1, "b": {"c": 2, "c": 3}}', 'b.c', '2'],
    ['{"a": 1, "e": {"f": 2}, "e": null}', 'd', '2'],
    [`{"a": 1, "a": 1, ${Array.from({ length: 40 }, (_, i) => `"k${i}": ${i}`).join(', ')}}`, 'a', '1'],
  ])('one that stands twice: %s', async (record, column, value) => {
    const reason = 'has a key that stands more than once in its object';
    const path = write('twice.ndjson', `{"a": 1, "z": 1, "z": {"y": 1, "y": 2}}\n${record}`);
    await expect(read.ndjson(path, { schema }).rows()).rejects.toMatchObject({
      code: 'json.bad_row',
      details: { file: path, line: 2, column, value, reason },
    });
    expect(await read.ndjson(path, { schema, onBadRow: 'quarantine' }).count()).toBe(1);
  });
});

describe('places', () => {
  test('a bad line is told with its number among all lines, blank ones counted', async () => {
    const path = write(
      'sales.ndjson',
      '\n{"sku": "a", "n": 1}\r\n\n\n{"sku": "b", "n": 1.5}\n  \n{"sku": "c"\n{"n": 3}\n',
    );
    const sales = read.ndjson(path, { schema: { sku: t.string(), n: t.int() }, onBadRow: 'quarantine' });
    expect(await sales.rows()).toEqual([{ sku: 'a', n: 1 }]);
    expect(await sales.quarantine().select('line', 'column', 'value', 'reason', 'raw').rows()).toEqual([
      {
        line: 5,
        column: 'n',
        value: '1.5',
        reason: 'is not an int (a whole number up to 9007199254740991)',
        raw: '{"sku": "b", "n": 1.5}',
      },
      { line: 7, column: null, value: null, reason: 'the record is not valid JSON', raw: '{"sku": "c"' },
      {
        line: 8,
        column: 'sku',
        value: null,
        reason: 'is missing, and the column is not nullable',
        raw: '{"n": 3}',
      },
    ]);
  });

  test('the first bad record fails the run, with file, record, column, value and reason', async () => {
    const path = write('sales.json', '[{"n": 1}, {"n": "x"}, 5]');
    await expect(read.json(path, { schema: { n: t.int() } }).rows()).rejects.toMatchObject({
      code: 'json.bad_row',
      message: expect.stringContaining(`${path}, record 2, column "n": "x" is not an int`),
      details: { line: 2, column: 'n', value: 'x', raw: '{"n": "x"}', count: 2 },
    });
  });

  test('too many bad records stop the run', async () => {
    const path = write('sales.json', '[{"n": 1}, {"n": "x"}]');
    const sales = read.json(path, { schema: { n: t.int() }, onBadRow: { quarantine: { maxShare: 0.4 } } });
    await expect(sales.count()).rejects.toMatchObject({ code: 'quarantine.too_many' });
  });

  test('raw has the line ends that stood in a string, which is no JSON', async () => {
    const broken = ['{"s": "a\nb"}', '{"s": "a\r\nb"}', '{"s": "a\\\nb"}', '{"s": "a\\\n"}'];
    const path = write('line-ends.json', `[{"s": "x"}, ${broken.join(', ')},\n{"s": "y"}]`);
    const frame = read.json(path, { schema: { s: t.string() }, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([{ s: 'x' }, { s: 'y' }]);
    const bad = broken.map((raw, i) => ({ line: i + 2, reason: 'the record is not valid JSON', raw }));
    expect(await frame.quarantine().select('line', 'reason', 'raw').rows()).toEqual(bad);
  });
});

describe('documents', () => {
  const page = `\uFEFF{"meta": {"data": ["} ] \\" x"]}, "data": {"n": 2, "items": [
    {"id": 1, "customer": {"email": "a@b", "a.b/c~d": [5, 6]}},
    {"id": 2,
     "customer": null}
  ]}, "next": null}`;
  const schema = { id: t.int(), email: text.from('customer.email') };

  test('records stand under a path, values under paths of a record', async () => {
    const pages = read.json(write('page.json', page), { schema, records: 'data.items' });
    expect(await pages.rows()).toEqual([
      { id: 1, email: 'a@b' },
      { id: 2, email: null },
    ]);
  });

  test('a document is an array, or one record; many files are one frame in their order; .gz is decompressed', async () => {
    const paths = [
      write('a.json', '[{"id": 3}, {"id": 1}]'),
      write('b.json', '{"id": 2}'),
      write('c.json', '[]'),
      write('d.json.gz', gzipSync('[{"id": 0}]')),
    ];
    const all = read.json(paths, { schema: { id: t.int() } });
    expect((await all.rows()).map((row) => row.id)).toEqual([3, 1, 2, 0]);
  });

  test.each([
    ['{"data": {"itms": []}}', 'json.no_records', '"data" has no "items"; its keys are itms'],
    ['{"data": {"items": [{"id": 1}', 'json.malformed', 'ends too early'],
    ['{"data": {"items": [{"id": 1} {"id": 2}]}}', 'json.malformed', 'no comma between two records'],
    ['{"data": {"items": [{"id": 1},]}}', 'json.malformed', 'a comma too many'],
    ['{"data": {"items": []}} x', 'json.malformed', 'goes on after its end'],
    ['', 'json.malformed', 'ends too early'],
    ['{"data": {"items": [{"id": 1}], "items": [{"id": 2}]}}', 'json.malformed', 'has the key "items" twice'],
    ['{"data": {"items": []}, "data": {"items": []}}', 'json.malformed', 'has the key "data" twice'],
    ['{"data": {"items": []}', 'json.malformed', 'ends too early'],
    ['{"data": {"items": []}, }', 'json.malformed', 'no key where one must be'],
    ['{"data": {"items": []} "x": 1}', 'json.malformed', 'no comma where one must be'],
    ['{"next": , "data": {"items": []}}', 'json.malformed', 'a value that is not valid JSON'],
    ['{"next": tru, "data": {"items": []}}', 'json.malformed', 'a value that is not valid JSON'],
    ['{"next": 1], "data": {"items": []}}', 'json.malformed', 'a value that is not valid JSON'],
    ['{"next": "a" "b", "data": {"items": []}}', 'json.malformed', 'a value that is not valid JSON'],
    ['{"data": {"items": []}, "next": [1] 2}', 'json.malformed', 'a value that is not valid JSON'],
  ])('%s', async (document, code, message) => {
    const frame = read.json(write('bad.json', document), { schema, records: 'data.items' });
    await expect(frame.count()).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
  });

  test.each([
    '{"a": -1.5E+3, "b": null, "c": "]},{", "d": {"items": [{}]}, "data": {"items": ITEMS}}',
    '{"data": {"e": [[]], "items": ITEMS, "x": {"data": {"items": "}"}}}, "items": [{"id": 9}], "f": true}',
    '\ufeff{"data":{"items":ITEMS}}\n',
  ])('what stands around the records is passed over: %s', async (around) => {
    const document = around.replace('ITEMS', '[{"id": 1}, {"id": 2}]');
    const frame = read.json(write('around.json', document), { schema: { id: t.int() }, records: 'data.items' });
    expect((await frame.rows()).map((row) => row.id)).toEqual([1, 2]);
  });

  test('a document longer than what is read at a time is cut into the same records', async () => {
    const records = Array.from({ length: 20_000 }, (_, i) => ({ id: i, note: `${'\\"]},{'.repeat(i % 9)}é😀` }));
    const path = write('long.json', JSON.stringify(records, null, 1));
    const long = read.json(path, { schema: { id: t.int(), note: t.string() } });
    expect(JSON.stringify(await long.rows())).toBe(JSON.stringify(records));
  });
});

test('a small memory limit holds lines of the usual length; without one a line may have 20 MB', async () => {
  await using small = createSession({ threads: 2, memoryLimit: '512MB' });
  const schema = { id: t.int(), note: t.string() };
  const lines = Array.from({ length: 50_000 }, (_, id) => JSON.stringify({ id, note: 'n' }));
  expect(await small.read.ndjson(write('usual.ndjson', lines.join('\n')), { schema }).count()).toBe(50_000);
  const note = 'x'.repeat(20_000_000);
  const long = write('long.ndjson', [lines[0], JSON.stringify({ id: 1, note }), lines[2]].join('\n'));
  const rows = await read
    .ndjson(long, { schema })
    .withColumns((r) => ({ note: r.note.length() }))
    .rows();
  expect(rows).toEqual([
    { id: 0, note: 1 },
    { id: 1, note: note.length },
    { id: 2, note: 1 },
  ]);
});

/** Text of at most 255 bytes as a zstd file: one block, not compressed. */
function zstd(content: string): Buffer {
  const body = Buffer.from(content);
  const block = Buffer.alloc(3);
  block.writeUIntLE((body.length << 3) | 1, 0, 3);
  return Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, body.length]), block, body]);
}

const ids = { id: t.int() };

describe('compressed files', () => {
  const lines = '{"id": 1}\n\n{"id": 2}\n{"id": "x"}\n';

  test.each([
    ['lines.ndjson', Buffer.from(lines)],
    ['lines.ndjson.gz', gzipSync(lines)],
    ['lines.ndjson.zst', zstd(lines)],
    ['named-otherwise.ndjson', gzipSync(lines)],
  ])('%s: the same rows, and the same lines of those that do not fit', async (name, content) => {
    const path = write(name, content);
    const frame = read.ndjson(path, { schema: ids, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await frame.quarantine().rows()).toMatchObject([{ source: path, line: 4, column: 'id', value: 'x' }]);
  });

  test('documents', async () => {
    const paths = [write('a.json.zst', zstd('[{"id": 1}]')), write('b.json', gzipSync('{"id": 2}'))];
    expect(await read.json(paths, { schema: ids }).rows()).toEqual([{ id: 1 }, { id: 2 }]);
  });

  test.each([
    ['cut.ndjson.gz', gzipSync(lines).subarray(0, -9), 'json.gzip'],
    ['cut.ndjson', gzipSync(lines).subarray(0, -9), 'json.gzip'],
    ['cut.ndjson.zst', zstd(lines).subarray(0, -9), 'json.zstd'],
    ['none.ndjson.zst', Buffer.from(lines), 'json.zstd'],
    ['none.ndjson.gz', Buffer.from(lines), 'json.gzip'],
  ])('%s is cut off, or none, and named', async (name, content, code) => {
    const path = write(name, content);
    const error = { code, message: expect.stringContaining(path), details: { file: path } };
    await expect(read.ndjson(path, { schema: ids }).rows()).rejects.toMatchObject(error);
    await expect(read.json(path, { schema: ids }).rows()).rejects.toMatchObject(error);
  });

  test('a last line that is cut off is a bad record', async () => {
    const path = write('cut.ndjson', '{"id": 1}\n{"id": 2');
    await expect(read.ndjson(path, { schema: ids }).rows()).rejects.toMatchObject({
      code: 'json.bad_row',
      message: expect.stringContaining(`${path}, line 2: the record is not valid JSON`),
    });
  });
});

describe('urls', () => {
  const servers: Server[] = [];
  afterAll(() => {
    for (const server of servers) server.close();
  });

  async function serve(listener: RequestListener): Promise<string> {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('are fetched once, among files, in their order; secrets are not shown', async () => {
    const asked: (string | undefined)[] = [];
    const base = await serve((request, response) => {
      asked.push(request.headers.authorization);
      response.end(request.url === '/a.ndjson.gz' ? gzipSync('{"id": 1}\n{"id": "x"}\n') : zstd('{"id": 3}\n'));
    });
    const local = write('local.ndjson', '{"id": 2}\n');
    const options = { schema: ids, headers: { authorization: 'Bearer sesame' }, onBadRow: 'quarantine' } as const;
    const frame = read.ndjson([`${base}/a.ndjson.gz`, local, new URL(`${base}/b?token=sesame`)], options);
    expect(await frame.rows()).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(await frame.count()).toBe(3);
    expect(asked).toEqual(['Bearer sesame', 'Bearer sesame']);
    expect(await frame.quarantine().rows()).toMatchObject([{ source: `${base}/a.ndjson.gz`, line: 2 }]);
    expect(await frame.explain()).not.toContain('sesame');
  });

  test('an answer that is cut off, or none, is an error after all attempts', async () => {
    let answers = 0;
    const base = await serve((request, response) => {
      answers += 1;
      if (request.url === '/status') response.writeHead(500).end();
      else {
        response.writeHead(200, { 'content-length': '1000' });
        response.end('[{"id": 1}]', () => response.destroy());
      }
    });
    const document = (path: string) => read.json(`${base}${path}`, { schema: ids, attempts: 2 }).rows();
    await expect(document('/cut')).rejects.toMatchObject({ code: 'json.network', retryable: true });
    await expect(document('/status')).rejects.toMatchObject({ code: 'json.status', details: { status: 500 } });
    expect(answers).toBe(4);
  });

  test('are no files of an incremental source', () => {
    const incremental = { name: 'x', cursor: 'name', state: 'state.json' } as const;
    expect(() => read.ndjson('http://127.0.0.1/x', { schema: ids, incremental })).toThrow(
      expect.objectContaining({ code: 'json.option' }),
    );
  });
});
