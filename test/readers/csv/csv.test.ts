import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const text = t.string().nullable();

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('');
}

describe('nothing is guessed from the rows', () => {
  const twoThenThree = lines(100, (i) => `${i},x`) + lines(2900, (i) => `${i},y,z`);

  test('rows of another width than the header fail the run, the first of them named', async () => {
    const path = write('sales.csv', `a,b\n${twoThenThree}`);
    const sales = read.csv(path, { schema: { a: t.int(), b: text } });
    await expect(sales.count()).rejects.toMatchObject({
      code: 'csv.bad_row',
      message: expect.stringContaining(
        `${path}, line 102: the record has more fields than the header. 2,899 more rows`,
      ),
    });
  });

  test('in quarantine mode every such row is kept aside, none is lost', async () => {
    const path = write('sales.csv', `a,b\n${twoThenThree}`);
    const sales = read.csv(path, { schema: { a: t.int(), b: text }, onBadRow: 'quarantine' });
    expect(await sales.count()).toBe(100);
    expect(await sales.quarantine().count()).toBe(2900);
  });

  test('shorter rows under a wide header are kept aside, and the header is the first line', async () => {
    const path = write('sales.csv', `a,b,c\n${twoThenThree}`);
    const sales = read.csv(path, { schema: { a: t.int(), b: text, c: text }, onBadRow: 'quarantine' });
    expect(await sales.limit(1).rows()).toEqual([{ a: 0, b: 'y', c: 'z' }]);
    expect(await sales.count()).toBe(2900);
    expect(await sales.quarantine().limit(1).rows()).toEqual([
      {
        source: path,
        line: 2,
        column: null,
        value: null,
        reason: 'the record has fewer fields than the header',
        raw: '0,x',
      },
    ]);
  });

  test('without a schema every column is a nullable string', async () => {
    const path = write('sales.csv', 'a,b\n1,01/02/2024\n,99999999999999999999\n');
    const sales = read.csv(path);
    expect(await sales.rows()).toEqual([
      { a: '1', b: '01/02/2024' },
      { a: null, b: '99999999999999999999' },
    ]);
    expect(await sales.filter((r) => r.col('a').eq('1')).count()).toBe(1);
  });

  test('withSchema reads the same file as a schema given at once', async () => {
    const path = write('sales.csv', 'a,b\n1,2.50\nx,3\n');
    const schema = { b: t.decimal(5, 2), a: t.int() };
    const typed = read.csv(path, { onBadRow: 'quarantine' }).withSchema(schema);
    expect(await typed.rows()).toEqual([{ b: '2.50', a: 1 }]);
    expect(await typed.quarantine().rows()).toEqual([
      { source: path, line: 3, column: 'a', value: 'x', reason: expect.stringContaining('is not an int'), raw: 'x,3' },
    ]);
  });
});

describe('columns go by name', () => {
  const schema = { a: t.int(), b: t.string() };

  test('wherever they stand', async () => {
    const path = write('swapped.csv', 'b,a\nx,1\n');
    expect(await read.csv(path, { schema }).rows()).toEqual([{ a: 1, b: 'x' }]);
  });

  test('by their name outside where the schema gives one', async () => {
    const path = write('named.csv', '"Invoice No",Menge\nA 1,3\n');
    const sales = read.csv(path, {
      schema: { invoice: t.string().from('Invoice No'), quantity: t.int().from('Menge') },
    });
    expect(await sales.rows()).toEqual([{ invoice: 'A 1', quantity: 3 }]);
  });

  test('in each of several files of their own', async () => {
    const first = write('1.csv', 'a,b\n1,x\n');
    const second = write('2.csv', 'b,a\ny,2\n');
    const third = write('3.csv', 'a,b\n3,z\n');
    expect(await read.csv([first, second, third], { schema }).rows()).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
      { a: 3, b: 'z' },
    ]);
  });

  test.each([
    ['a missing column', 'a,bb\n1,x\n', 'csv.missing_column', 'the header has no column "b".'],
    ['a doubled column', 'a,b,a\n1,x,2\n', 'csv.duplicate_column', 'the header has the column "a" twice'],
    [
      'columns that differ in case alone',
      'a,b,A\n1,x,2\n',
      'csv.duplicate_column',
      'the header has the column "A" twice',
    ],
    ['an unknown column', 'a,b,c\n1,x,2\n', 'csv.unknown_column', 'the schema does not name "c"'],
    ['no header', '\n\n', 'csv.no_header', 'there is no header line'],
    ['an empty file', '', 'csv.no_header', 'there is no header line'],
  ])('%s is an error that names it', async (_, content, code, message) => {
    const path = write('wrong.csv', content);
    await expect(read.csv(path, { schema }).rows()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(`${path}: ${message}`),
    });
  });

  test.each([
    ['"a\r\n",b\n1,x\n2,y\n', 2],
    ['"a\n",b\r\n1,x\r\n', 1],
    ['"a\r",b\n1,x\n', 1],
    ['\r\na,b\n1,x\n', 1],
    ['\n\r\na,b\n1,x\n', 1],
    ['\r\r\na,b\r1,x\r', 1],
  ])('a line end inside the header, or before it, may be another than that of the lines: %j', async (content, rows) => {
    const path = write('ends.csv', content);
    expect(await read.csv(path).count()).toBe(rows);
    const bad = read.csv(write('ends.csv', `${content}3\n`), { onBadRow: 'quarantine' });
    expect(await bad.count()).toBe(rows);
    expect(await bad.quarantine().count()).toBe(1);
  });

  test('unknown columns are passed over where that is asked for', async () => {
    const path = write('wide.csv', 'c,a,b,d\n9,1,x,8\n');
    expect(await read.csv(path, { schema, extraColumns: 'ignore' }).rows()).toEqual([{ a: 1, b: 'x' }]);
  });

  test('a header may be quoted, stand on several lines and come after blank ones', async () => {
    const path = write('header.csv', '\ufeff\r\n\r\n"a\r\nb","say ""b"""\r\n1,x\r\n');
    const sales = read.csv(path, { schema: { a: t.int().from('a\r\nb'), b: t.string().from('say "b"') } });
    expect(await sales.rows()).toEqual([{ a: 1, b: 'x' }]);
  });
});

describe('quarantine counts never depend on what is asked of the rows', () => {
  const path = write('counts.csv', `k,n,s\n1,1,a\nx,2,b\n3,y,c\n4\n5,5,e,f\n6,6,"g"h\n7,7,g\n`);
  const schema = { k: t.int(), n: t.int(), s: t.string() };
  const start = () => read.csv(path, { schema, onBadRow: 'quarantine' });

  test.each([
    ['every column', () => start()],
    ['one column', () => start().select('k')],
    ['another column', () => start().select('s')],
    ['a filter', () => start().filter((r) => r.k.gt(100))],
    ['a limit', () => start().limit(1)],
    [
      'an aggregate',
      () =>
        start()
          .groupBy()
          .agg(() => ({}) as Record<string, never>),
    ],
  ])('%s', async (_, derive) => {
    const frame = derive();
    expect((await frame.quarantine().rows()).map((row) => [row.line, row.column, row.value])).toEqual([
      [3, 'k', 'x'],
      [4, 'n', 'y'],
      [5, null, null],
      [6, null, null],
      [7, null, null],
    ]);
  });

  test('one frame that was counted first', async () => {
    const frame = start();
    expect(await frame.count()).toBe(2);
    expect(await frame.quarantine().count()).toBe(5);
    expect(await frame.select('k').rows()).toEqual([{ k: 1 }, { k: 7 }]);
  });

  test('in fail mode a bad row fails the run, though the plan looks at no column or filters it out', async () => {
    const strict = read.csv(path, { schema });
    await expect(strict.count()).rejects.toMatchObject({ code: 'csv.bad_row' });
    const one = write('one.csv', 'k,n\n1,1\n2,x\n3,3\n');
    const bad = read.csv(one, { schema: { k: t.int(), n: t.int() } });
    await expect(bad.count()).rejects.toMatchObject({ code: 'csv.bad_row' });
    await expect(bad.select('k').rows()).rejects.toMatchObject({ code: 'csv.bad_row' });
    await expect(bad.filter((r) => r.k.ne(2)).rows()).rejects.toMatchObject({ code: 'csv.bad_row' });
  });

  test('text in another encoding fails a count of rows too', async () => {
    const latin = write('latin.csv', Buffer.from('k,n\n1,ü\n', 'latin1'));
    await expect(read.csv(latin, { schema: { k: t.int(), n: text } }).count()).rejects.toMatchObject({
      code: 'csv.bad_row',
      message: expect.stringMatching(
        /line 2: the record is not valid text in utf-8\. Name the file's encoding, such as encoding: 'windows-1252'/,
      ),
    });
  });

  test('a bad value past row 20,480, in a column that is not asked for', async () => {
    const far = write('far.csv', `k,n\n${lines(60_000, (i) => `${i},${i === 50_000 ? 'x' : i}`)}`);
    const columns = { k: t.int(), n: t.int() };
    await expect(read.csv(far, { schema: columns }).select('k').count()).rejects.toMatchObject({
      message: expect.stringContaining(`${far}, line 50002, column "n": "x" is not an int`),
    });
    const kept = read.csv(far, { schema: columns, onBadRow: 'quarantine' }).select('k');
    expect(await kept.count()).toBe(59_999);
    expect((await kept.quarantine().rows()).map((row) => row.line)).toEqual([50_002]);
  });

  test('500 bad rows of each kind are all kept, in order', async () => {
    const many = write('many.csv', `k,n\n${lines(2000, (i) => (i % 4 === 0 ? 'x,1' : i % 4 === 1 ? '1' : '1,2'))}`);
    const frame = read.csv(many, { schema: { k: t.int(), n: t.int() }, onBadRow: 'quarantine' });
    expect(await frame.count()).toBe(1000);
    const rejected = await frame.quarantine().rows();
    expect(rejected.map((row) => row.line)).toEqual(
      Array.from({ length: 1000 }, (_, i) => 2 + 4 * Math.floor(i / 2) + (i % 2)),
    );
  });
});

describe('where a rejected row stands', () => {
  const schema = { a: t.int(), b: text };
  const rejected = async (content: string | Uint8Array, name = 'x.csv', options = {}) => {
    const frame = read.csv(write(name, content), { schema, onBadRow: 'quarantine', ...options });
    return (await frame.quarantine().rows()).map((row) => [row.line, row.column, row.raw]);
  };
  const content = 'a,b\n1,"l1\nl2\n\nl3"\n\nx,"m""1\nm2"\n\n\n4,5\n6\n7,7,7\ny,\n8,"8" 8\n9,"9';
  const expected = [
    [7, 'a', 'x,"m""1\nm2"'],
    [12, null, '6'],
    [13, null, '7,7,7'],
    [14, 'a', 'y,'],
    [15, null, '8,"8" 8'],
    [16, null, '9,"9'],
  ];
  const withReturns = (raw: unknown) => (typeof raw === 'string' ? raw.replaceAll('\n', '\r\n') : raw);

  test('records and blank lines count their physical lines', async () => {
    expect(await rejected(content)).toEqual(expected);
  });

  test('with CRLF', async () => {
    expect(await rejected(content.replaceAll('\n', '\r\n'))).toEqual(
      expected.map(([line, column, raw]) => [line, column, withReturns(raw)]),
    );
  });

  test('after a byte order mark', async () => {
    expect(await rejected(`\ufeff${content}`)).toEqual(expected);
  });

  test('in a compressed file', async () => {
    expect(await rejected(gzipSync(content), 'x.csv.gz')).toEqual(expected);
  });

  test.each([
    ['utf-16', Buffer.from(`\ufeff${content}`, 'utf16le')],
    ['latin-1', Buffer.from(content, 'latin1')],
  ])('in %s', async (encoding, bytes) => {
    expect(await rejected(bytes, 'x.csv', { encoding })).toEqual(expected);
  });

  test('with the line ends of an old Mac', async () => {
    expect(await rejected('a,b\r1,2\r\rx,3\r4\r')).toEqual([
      [4, 'a', 'x,3'],
      [5, null, '4'],
    ]);
  });

  test('a quote inside a plain field is text', async () => {
    expect(await rejected('a,b\n1,5" pipe\nx,6" pipe\n2,2"\ny,y\n')).toEqual([
      [3, 'a', 'x,6" pipe'],
      [5, 'a', 'y,y'],
    ]);
  });

  test('in a file of one column, where a blank line is a record', async () => {
    const frame = read.csv(write('one.csv', 'n\n1\n\n\nx\n2,3\n\ny'), {
      schema: { n: t.int().nullable() },
      onBadRow: 'quarantine',
    });
    expect(await frame.rows()).toEqual([{ n: 1 }, { n: null }, { n: null }, { n: null }]);
    expect((await frame.quarantine().rows()).map((row) => [row.line, row.raw])).toEqual([
      [5, 'x'],
      [6, '2,3'],
      [8, 'y'],
    ]);
  });

  test('in each of several files', async () => {
    const paths = [write('1.csv', 'a,b\n1,1\nx,1\n'), write('2.csv', 'b,a\n2,2\n\n2,y\n'), write('3.csv', 'a,b\n3\n')];
    const frame = read.csv(paths, { schema, onBadRow: 'quarantine' });
    expect((await frame.quarantine().rows()).map((row) => [row.source, row.line, row.raw])).toEqual([
      [paths[0], 3, 'x,1'],
      [paths[1], 4, '2,y'],
      [paths[2], 2, '3'],
    ]);
  });

  test('where the same record is wrong in two ways it is told once, at its first column', async () => {
    expect(await rejected('a,b\nx,1,2,3,"4"5\n')).toEqual([[2, null, 'x,1,2,3,"4"5']]);
    const frame = read.csv(write('two.csv', 'a,b\nx,y\n'), {
      schema: { a: t.int(), b: t.int() },
      onBadRow: 'quarantine',
    });
    expect((await frame.quarantine().rows()).map((row) => row.column)).toEqual(['a']);
  });

  test('fail mode tells file, line, column, value and reason', async () => {
    const path = write('told.csv', content);
    await expect(read.csv(path, { schema }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      retryable: false,
      message: expect.stringContaining(
        `${path}, line 7, column "a": "x" is not an int (a whole number up to 9007199254740991). 5 more rows do not fit`,
      ),
      details: { file: path, line: 7, column: 'a', value: 'x', raw: 'x,"m""1\nm2"', count: 6 },
    });
  });
});
