import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const text = t.string().nullable();
const schema = { a: text, b: text };
const told = ['source', 'line', 'column', 'value', 'reason', 'raw'] as const;

describe('lines that are no records', () => {
  test('those before the header are passed over, whatever they hold', async () => {
    for (const before of ['report', 'it\'s "quoted', 'x,y,z', '', 'dos\r']) {
      const path = write('skip.csv', `${before}\nsecond\na,b\n1,2\n3\n`);
      const frame = read.csv(path, { schema, skip: 2, onBadRow: 'quarantine' });
      expect(await frame.rows()).toEqual([{ a: '1', b: '2' }]);
      expect(await frame.quarantine().rows()).toMatchObject([{ source: path, line: 5, raw: '3' }]);
    }
  });

  test('a comment begins with its character; elsewhere that is text', async () => {
    const path = write('comment.csv', '# "open\na,b\n#x,y\n1,#2\n"#",3 # no\n');
    const frame = read.csv(path, { schema, comment: '#', origin: { line: 'line' } });
    expect(await frame.rows()).toEqual([
      { a: '1', b: '#2', line: 4 },
      { a: '#', b: '3 # no', line: 5 },
    ]);
  });

  test('skip counts lines, comments among them', async () => {
    const path = write('both.csv', 'report\n# x\n# y\na,b\n1,2\n3\n');
    const frame = read.csv(path, { schema, comment: '#', skip: 2, onBadRow: 'quarantine' });
    expect(await frame.count()).toBe(1);
    expect(await frame.quarantine().rows()).toMatchObject([{ line: 6, raw: '3' }]);
  });

  test('a footer of several records is left out; one in which a quote is open is an error', async () => {
    const path = write('footer.csv', 'a,b\n1,2\n3,4\n\ntotal,,,6\n"as of\ntoday"\n\n');
    expect(await read.csv(path, { schema, skipFooter: 2 }).rows()).toEqual([
      { a: '1', b: '2' },
      { a: '3', b: '4' },
    ]);
    expect(await read.csv(path, { schema, skipFooter: 9 }).rows()).toEqual([]);
    const open = write('open.csv', 'a,b\n1,2\n"total\nend\n');
    await expect(read.csv(open, { schema, skipFooter: 2 }).rows()).rejects.toMatchObject({
      code: 'csv.footer',
      message: expect.stringContaining(`${open}, line 3: `),
    });
  });
});

describe('header: false', () => {
  test("names the columns by the schema, in its order, and a record's width is the schema's", async () => {
    const path = write('bare.csv', '1,x\n2,y,z\n3\n');
    const columns = { id: t.int().from('ID'), name: text };
    const frame = read.csv(path, { schema: columns, header: false, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([{ id: 1, name: 'x' }]);
    for (const origin of [false, { line: 'line' }] as const) {
      const rejects = read.csv(path, { schema: columns, header: false, onBadRow: 'quarantine', origin }).quarantine();
      expect((await rejects.rows()).map((row) => [row.line, row.reason])).toEqual([
        [2, 'the record has more fields than the schema'],
        [3, 'the record has fewer fields than the schema'],
      ]);
    }
  });

  test('an empty file has no rows, in place and copied', async () => {
    const path = write('empty.csv', '');
    expect(await read.csv(path, { schema, header: false }).rows()).toEqual([]);
    expect(await read.csv(path, { schema, header: false, comment: '#' }).rows()).toEqual([]);
  });

  test('needs a schema', () => {
    expect(() => read.csv(write('bare.csv', '1,x\n'), { header: false })).toThrow(
      expect.objectContaining({ code: 'csv.schema' }),
    );
  });
});

describe('records', () => {
  test('an escape makes a quote text, and itself; before anything else it is text', async () => {
    const path = write('escape.csv', 'a,b\n"say \\"hi\\"","c:\\\\x\\n"\n\\"x,"y"\n"a""b",1\n');
    const frame = read.csv(path, { schema, escape: '\\', onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([
      { a: 'say "hi"', b: 'c:\\x\\n' },
      { a: '\\"x', b: 'y' },
    ]);
    expect(await frame.quarantine().rows()).toMatchObject([{ line: 4, raw: '"a""b",1' }]);
  });

  test("quote: '' takes quotes for text", async () => {
    const path = write('plain.tsv', 'a\tb\n"x\t1"2\n\t"\n');
    for (const origin of [false, { line: 'line' }] as const) {
      const frame = read.csv(path, { schema, delimiter: '\t', quote: '', origin });
      expect(await frame.rows()).toMatchObject([
        { a: '"x', b: '1"2' },
        { a: null, b: '"' },
      ]);
    }
  });

  test('short records are padded where that is asked for, and long ones never cut', async () => {
    const path = write('ragged.csv', 'a,b,c\n1\n1,2\n1,2,3\n1,2,3,4\n1,2,3,,\n\n');
    const columns = { a: t.int(), b: t.int().nullable(), c: t.int().nullable() };
    const frame = read.csv(path, { schema: columns, nullPadding: true, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([
      { a: 1, b: null, c: null },
      { a: 1, b: 2, c: null },
      { a: 1, b: 2, c: 3 },
      { a: 1, b: 2, c: 3 },
    ]);
    expect(await frame.quarantine().rows()).toMatchObject([{ line: 5, raw: '1,2,3,4' }]);
    await expect(read.csv(path, { schema: columns, nullPadding: true }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      details: { file: path, line: 5 },
    });
  });

  test('lines end as they like where a copy is made, NUL is text, and quotes hold every line end', async () => {
    const path = write('ends.csv', 'a,b\r\n1,"x\r\ny"\r2,"\n"\n3,\0z\r\n');
    expect(await read.csv(path, { schema, origin: { line: 'at' } }).rows()).toEqual([
      { a: '1', b: 'x\r\ny', at: 2 },
      { a: '2', b: '\n', at: 4 },
      { a: '3', b: '\0z', at: 6 },
    ]);
  });

  test('a bad value in a copy is told as in place, its text as it stood', async () => {
    const path = write('bad.csv', "a;b\n# note\n1;'it\\'s'\nx;'\\\\\ny'\n");
    const columns = { a: t.int(), b: text };
    const options = { schema: columns, delimiter: ';', quote: "'", escape: '\\', comment: '#' };
    const raw = "x;'\\\\\ny'";
    const kept = read.csv(path, { ...options, onBadRow: 'quarantine' });
    expect(await kept.rows()).toEqual([{ a: 1, b: "it's" }]);
    expect((await kept.quarantine().rows()).map((row) => told.map((name) => row[name]))).toEqual([
      [path, 4, 'a', 'x', expect.stringContaining('is not an int'), raw],
    ]);
    await expect(read.csv(path, options).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      message: expect.stringContaining(`${path}, line 4, column "a": "x" is not an int`),
      details: { file: path, line: 4, column: 'a', value: 'x', raw, count: 1 },
    });
  });

  test('a record longer than 16 MiB ends the run with its line', async () => {
    const path = write('long.csv', `a,b\n1,2\n3,"${'x'.repeat(17 << 20)}\n`);
    await expect(read.csv(path, { schema, comment: '#', onBadRow: 'quarantine' }).rows()).rejects.toMatchObject({
      code: 'csv.record_size',
      details: { file: path, line: 3 },
    });
  });

  test('a header whose quotes are wrong is an error', async () => {
    for (const header of ['"a"x,b', '"a,b']) {
      const path = write('header.csv', `${header}\n1,2\n`);
      await expect(read.csv(path, { schema }).rows()).rejects.toMatchObject({
        code: 'csv.header',
        details: { line: 1 },
      });
    }
  });
});

describe('null markers', () => {
  test('by column; one that is not named has the empty text alone', async () => {
    const path = write('nulls.csv', 'a,b,c\n-,-,-\n,,\n"","",""\n"-","-","-"\nn/a,n/a,n/a\n');
    const columns = { a: text, b: text, c: text };
    const frame = read.csv(path, { schema: columns, nullMarkers: { a: ['-', ''], b: ['n/a'] } });
    expect(await frame.rows()).toEqual([
      { a: null, b: '-', c: '-' },
      { a: null, b: '', c: null },
      { a: '', b: '', c: '' },
      // Stated: where columns differ, a marker in quotes is null too.
      { a: null, b: '-', c: '-' },
      { a: 'n/a', b: null, c: 'n/a' },
    ]);
  });

  test('of a column that is not in the schema are refused', () => {
    expect(() => read.csv('x.csv', { schema, nullMarkers: { z: ['-'] } })).toThrow(/nullMarkers of "z".*a, b/);
  });
});

describe('how texts are written in the whole file', () => {
  const path = write(
    'german.csv',
    'day;at;n;d;f;yes;own\n01.02.2024;3.4.2024 5:06;1.234;1.234,50;0,5;ja;1,5\n2024-02-01;2024-04-03 05:06;7;7;7;nein;2\n',
  );
  const options = {
    delimiter: ';',
    decimal: ',',
    thousands: '.',
    dateFormats: ['%d.%m.%Y', '%Y-%m-%d'],
    timestampFormats: ['%d.%m.%Y %H:%M', '%Y-%m-%d %H:%M'],
    timeZone: 'Europe/Berlin',
    trueValues: ['ja'],
    falseValues: ['nein'],
  };

  test('is what a column does not say itself', async () => {
    const columns = {
      day: t.date(),
      at: t.timestamp(),
      n: t.int(),
      d: t.decimal(8, 2),
      f: t.float(),
      yes: t.boolean(),
      own: t.decimal(4, 1, { decimal: ',' }),
    };
    const at = new Date('2024-04-03T03:06:00Z');
    expect(await read.csv(path, { schema: columns, ...options }).rows()).toEqual([
      { day: '2024-02-01', at, n: 1234, d: '1234.50', f: 0.5, yes: true, own: '1.5' },
      { day: '2024-02-01', at, n: 7, d: '7.00', f: 7, yes: false, own: '2.0' },
    ]);
  });

  test('is checked as the formats of columns are', () => {
    const columns = { day: t.date() };
    expect(() => read.csv(path, { schema: columns, decimal: ',', thousands: ',' })).toThrow(/both ","/);
    expect(() => read.csv(path, { schema: columns, dateFormats: ['%Q'] })).toThrow(/%Q/);
    expect(() => read.csv(path, { schema: columns, trueValues: ['x'] })).toThrow(/at least one spelling/);
  });
});

describe('encodings and compression', () => {
  const content = 'a,b\né,"x\ny"\nü,\n';
  const rows = [
    { a: 'é', b: 'x\ny' },
    { a: 'ü', b: null },
  ];
  const utf16 = Buffer.from(content, 'utf16le');
  const big = Buffer.from(utf16).swap16();

  test.each([
    ['utf-16 by its mark', Buffer.concat([Buffer.from([0xff, 0xfe]), utf16]), {}],
    ['big-endian by its mark', Buffer.concat([Buffer.from([0xfe, 0xff]), big]), {}],
    ['utf-16 by name', utf16, { encoding: 'utf-16' }],
    ['utf-16le', utf16, { encoding: 'utf-16le' }],
    ['utf-16be', big, { encoding: 'utf-16be' }],
    ['latin-1', Buffer.from(content, 'latin1'), { encoding: 'latin-1' }],
    ['gzip by its first bytes', gzipSync(content), {}],
    ['gzip by name', gzipSync(content), { compression: 'gzip' }],
    ['gzip of utf-16', gzipSync(Buffer.concat([Buffer.from([0xff, 0xfe]), utf16])), {}],
  ] as const)('%s', async (_, bytes, options) => {
    const path = write('encoded.csv', bytes);
    expect(await read.csv(path, { schema, ...options }).rows()).toEqual(rows);
    expect(await read.csv(path, options).rows()).toEqual(rows);
    expect(
      await read
        .csv(path, { ...options, onBadRow: 'quarantine' })
        .withSchema(schema)
        .rows(),
    ).toEqual(rows);
  });

  test('windows-1252 and latin-1 read the bytes from 0x80 on each in its way', async () => {
    const path = write('euro.csv', Buffer.from([...Buffer.from('a,b\n'), 0x80, 0x2c, 0x93, 0x0a]));
    expect(await read.csv(path, { schema, encoding: 'windows-1252' }).rows()).toEqual([{ a: '€', b: '“' }]);
    expect(await read.csv(path, { schema, encoding: 'latin-1' }).rows()).toEqual([{ a: '\x80', b: '\x93' }]);
  });

  test('what is no text in its encoding is a bad row, or an error that names the file', async () => {
    const path = write('wrong.csv', Buffer.from([...Buffer.from('a,b\n1,2\n'), 0xff, 0x2c, 0x31, 0x0a]));
    for (const comment of ['', '#']) {
      const frame = read.csv(path, { schema, comment, onBadRow: 'quarantine' });
      expect(await frame.rows()).toEqual([{ a: '1', b: '2' }]);
      expect(await frame.quarantine().rows()).toMatchObject([
        { line: 3, reason: 'the record is not valid text in utf-8' },
      ]);
    }
    const odd = write('odd.csv', Buffer.concat([utf16, Buffer.from([0x00, 0xd8, 0x61, 0x00, 0x0a, 0x00])]));
    await expect(read.csv(odd, { schema, encoding: 'utf-16le' }).rows()).rejects.toMatchObject({
      code: 'csv.encoding',
      message: expect.stringContaining(odd),
    });
  });

  test('a gzip file that is cut off is an error, copied or not', async () => {
    const whole = gzipSync(`a,b\n${'1,2\n'.repeat(50_000)}`);
    const path = write('cut.csv.gz', whole.subarray(0, whole.length - 20));
    for (const comment of ['', '#'])
      await expect(read.csv(path, { schema, comment }).count()).rejects.toMatchObject({ code: 'csv.gzip' });
  });
});

describe('origin', () => {
  test('file and line stand beside the columns, typed, in both modes', async () => {
    const first = write('1.csv', 'a,b\n1,"x\ny"\n\n2,z\n');
    const second = write('2.csv', 'b,a\nw,3\n');
    for (const onBadRow of ['fail', 'quarantine'] as const) {
      const frame = read.csv([first, second], { schema, onBadRow, origin: true });
      expect(
        await frame
          .filter((r) => r.line.gt(1))
          .select('file', 'line', 'a')
          .rows(),
      ).toEqual([
        { file: first, line: 2, a: '1' },
        { file: first, line: 5, a: '2' },
        { file: second, line: 2, a: '3' },
      ]);
    }
  });

  test('the file alone is told in place', async () => {
    const first = write('1.csv', 'a,b\n1,x\n');
    const second = write('2.csv', 'a,b\n3,w\n');
    const frame = read.csv([first, second], { schema, origin: { file: 'from' } });
    expect(
      await frame
        .groupBy('from')
        .agg((r) => ({ n: r.a.count() }))
        .sort('from')
        .rows(),
    ).toEqual([
      { from: first, n: 1 },
      { from: second, n: 1 },
    ]);
    expect(await frame.explain()).toContain('read_csv');
  });

  test('a name that stands twice is refused', () => {
    expect(() => read.csv('x.csv', { schema, origin: { file: 'A' } })).toThrow(/"A" would stand twice/);
    expect(() => read.csv('x.csv', { schema: { file: text }, origin: true })).toThrow(/"file" would stand twice/);
  });
});

test.each([
  [{ comment: ',' }, 'comment is ","'],
  [{ escape: 'x' }, 'escape is "x"'],
  [{ quote: '', escape: '\\' }, 'escape is'],
  [{ skip: -1 }, 'skip is -1. Give a whole number from 0'],
  [{ skipFooter: 1.5 }, 'skipFooter is 1.5'],
  [{ header: 'no' as never }, 'header is "no". Give true or false'],
  [{ compression: 'lzma' as never }, 'compression is "lzma". Give one of auto, none, gzip, zstd'],
  [{ extraColumns: 'drop' as never }, 'extraColumns is "drop"'],
] as const)('an option that cannot be is refused: %j', (options, message) => {
  expect(() => read.csv('x.csv', { schema, ...options })).toThrow(
    expect.objectContaining({ code: 'csv.option', message: expect.stringContaining(message) }),
  );
});

test('the last record is there, whatever quotes stand in the lines that are skipped', async () => {
  const path = write('last.csv', '`y\r`% ```');
  const options = { schema: { n0: t.string() }, delimiter: ' ', quote: '`', header: false, skip: 1 } as const;
  expect(await read.csv(path, options).rows()).toEqual([{ n0: '% `' }]);
});

test.each(['"r\n\n\n', '"r\nq\n\n\n'])(
  'blank records alone are there, whatever quotes are skipped: %j',
  async (text) => {
    const path = write('blank.csv', text);
    const skip = text.split('\n').length - 3;
    for (const onBadRow of ['fail', 'quarantine'] as const) {
      const frame = read.csv(path, { schema: { a: t.string().nullable() }, header: false, skip, onBadRow });
      expect(await frame.rows()).toEqual([{ a: null }, { a: null }]);
    }
  },
);
