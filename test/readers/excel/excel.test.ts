import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';
import { DAY, DAY_AND_TIME, row, workbook } from '../../support/xlsx.ts';

const session = createSession({ threads: 1 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const cell = {
  day: (serial: number) => ({ xml: `<c s="${DAY}"><v>${serial}</v></c>` }),
  time: (serial: number) => ({ xml: `<c s="${DAY_AND_TIME}"><v>${serial}</v></c>` }),
  truth: (value: 0 | 1) => ({ xml: `<c t="b"><v>${value}</v></c>` }),
  error: (code: string) => ({ xml: `<c t="e"><v>${code}</v></c>` }),
  number: (digits: string) => ({ xml: `<c><v>${digits}</v></c>` }),
  formula: (formula: string, type: string, result: string) => ({ xml: `<c${type}><f>${formula}</f>${result}</c>` }),
};

let books = 0;
/** A workbook with one sheet of these rows, from row 1 on. */
function book(
  rows: readonly Parameters<typeof row>[1][],
  options: { readonly since1904?: boolean; readonly merges?: readonly string[] } = {},
): string {
  const { merges = [] } = options;
  const sheet = { name: 'Data', rows: rows.map((cells, i) => row(i + 1, cells)).join(''), merges };
  return write(`book-${++books}.xlsx`, workbook([sheet], options));
}

describe('cells', () => {
  test('numbers by their digits, texts, booleans and empty cells', async () => {
    const path = book([
      ['id', 'name', 'price', 'ratio', 'ok', 'code'],
      [1, 'a', cell.number('1.0049999999999999'), cell.number('0.30000000000000004'), cell.truth(1), 7],
      [cell.number('9007199254740991'), ' b ', 1e-3, 1e300, cell.truth(0), cell.number('0.10000000000000001')],
      [2, null, null, null, null, null],
    ]);
    const schema = {
      id: t.int(),
      name: t.string().nullable(),
      price: t.decimal(12, 3).nullable(),
      ratio: t.float().nullable(),
      ok: t.boolean().nullable(),
      code: t.string().nullable(),
    };
    expect(await read.excel(path, { schema }).rows()).toEqual([
      { id: 1, name: 'a', price: '1.005', ratio: 0.30000000000000004, ok: true, code: '7' },
      { id: 9007199254740991, name: ' b ', price: '0.001', ratio: 1e300, ok: false, code: '0.1' },
      { id: 2, name: null, price: null, ratio: null, ok: null, code: null },
    ]);
  });

  test.each([
    [false, [2, 45_351, 45_351.4375, 45_351.430555555555]],
    [true, [0, 43_889, 43_889.4375, 43_889.430555555555]],
  ])('dates by their serial numbers, since 1904: %s', async (since1904, [old = 0, day = 0, half = 0, third = 0]) => {
    const path = book(
      [
        ['old', 'day', 'at', 'told'],
        [cell.day(old), cell.day(day), cell.time(half), cell.time(third)],
      ],
      { since1904 },
    );
    const schema = {
      old: t.date(),
      day: t.date(),
      at: t.timestamp({ timeZone: 'Europe/Berlin' }),
      told: t.string(),
    };
    expect(await read.excel(path, { schema }).rows()).toEqual([
      {
        old: since1904 ? '1904-01-01' : '1900-01-02',
        day: '2024-02-29',
        at: new Date('2024-02-29T09:30:00Z'),
        told: '2024-02-29T10:20:00.000',
      },
    ]);
  });

  test('a column of dates and of texts in a format of their own', async () => {
    const path = book([
      ['day', 'at'],
      [cell.day(45_351), cell.time(45_351.5)],
      ['01.03.2024', '01.03.2024 13:00'],
    ]);
    const schema = { day: t.date({ formats: ['%d.%m.%Y'] }), at: t.timestamp({ formats: ['%d.%m.%Y %H:%M'] }) };
    expect(await read.excel(path, { schema }).rows()).toEqual([
      { day: '2024-02-29', at: new Date('2024-02-29T12:00:00Z') },
      { day: '2024-03-01', at: new Date('2024-03-01T13:00:00Z') },
    ]);
    expect(await read.excel(path, { schema: { ...schema, day: t.date() }, dateFormats: ['%d.%m.%Y'] }).count()).toBe(2);
  });

  test('formulas are the results that were stored with them', async () => {
    const path = book([
      ['n', 's', 'b', 'blank'],
      [
        cell.formula('1+1', '', '<v>2</v>'),
        cell.formula('"a"&amp;"b"', ' t="str"', '<v>ab</v>'),
        cell.formula('TRUE()', ' t="b"', '<v>1</v>'),
        cell.formula('""', ' t="str"', '<v></v>'),
      ],
    ]);
    const schema = { n: t.int(), s: t.string(), b: t.boolean(), blank: t.int().nullable() };
    expect(await read.excel(path, { schema }).rows()).toEqual([{ n: 2, s: 'ab', b: true, blank: null }]);
  });

  test('the cells under a merged one are null; rows without a value are passed over', async () => {
    const path = book(
      [
        ['region', 'n'],
        ['north', 1],
        [null, 2],
        [null, null],
        ['south', 3],
      ],
      { merges: ['A2:A3'] },
    );
    expect(await read.excel(path, { schema: { region: t.string().nullable(), n: t.int() } }).rows()).toEqual([
      { region: 'north', n: 1 },
      { region: null, n: 2 },
      { region: 'south', n: 3 },
    ]);
  });

  test('JSON in texts', async () => {
    const path = book([
      ['tags', 'any'],
      ['[1,\n 2]', '{"a": 1.10}'],
      ['[]', 'no JSON'],
    ]);
    const schema = { tags: t.list(t.int()), any: t.json() };
    const frame = read.excel(path, { schema });
    expect(await frame.rows()).toEqual([
      { tags: [1, 2], any: { a: 1.1 } },
      { tags: [], any: 'no JSON' },
    ]);
  });
});

describe('what does not fit', () => {
  const path = book([
    ['id', 'day', 'name'],
    [1, cell.day(45_351), 'a'],
    [2, cell.day(45_351), cell.error('#N/A')],
    [null, null, null],
    ['x', cell.day(45_351), 'b'],
    [3, cell.time(0.5), 'c'],
    [4, 45_351, 'd'],
    [5, cell.formula('NOW()', '', ''), 'e'],
    [6, cell.day(45_351), 'f'],
  ]);
  const schema = { id: t.int(), day: t.date(), name: t.string() };

  test('names file, sheet, row, column and value', async () => {
    await expect(read.excel(path, { schema }).rows()).rejects.toMatchObject({
      code: 'excel.bad_row',
      message: `${path}, sheet "Data", row 3, column "name": "#N/A" is an error of the sheet. 4 more records do not fit either. Mend the source or the schema, or read with onBadRow: 'quarantine' to put such records aside.`,
      details: { file: `${path}, sheet "Data"`, line: 3, column: 'name', value: '#N/A', count: 5 },
    });
  });

  test('goes to quarantine, in the order of the sheet; every row is accounted for', async () => {
    const frame = read.excel(path, { schema, onBadRow: 'quarantine' });
    expect((await frame.rows()).map((r) => r.id)).toEqual([1, 6]);
    const rejected = await frame.quarantine().rows();
    expect(rejected.map(({ line, column, value, reason }) => [line, column, value, reason])).toEqual([
      [3, 'name', '#N/A', 'is an error of the sheet'],
      [5, 'id', 'x', 'is not an int (a whole number up to 9007199254740991)'],
      [6, 'day', '12:00:00', 'is a time of day, which no dtype but a string holds'],
      [7, 'day', '45351', "is not a date ('YYYY-MM-DD')"],
      [8, 'day', 'a formula', 'has no stored result; open and save the file where it was made'],
    ]);
    expect(rejected[0]?.raw).toBe('{"id":"2","day":"2024-02-29","name":"#N/A"}');
    expect(new Set(rejected.map((r) => r.source))).toEqual(new Set([`${path}, sheet "Data"`]));
  });

  test('an error in a column that nobody asked for is passed over', async () => {
    const id = book([
      ['id', 'note'],
      [1, cell.error('#REF!')],
    ]);
    expect(await read.excel(id, { schema: { id: t.int() }, extraColumns: 'ignore' }).rows()).toEqual([{ id: 1 }]);
  });

  test('more than maxShare', async () => {
    const frame = read.excel(path, { schema, onBadRow: { quarantine: { maxShare: 0.5 } } });
    await expect(frame.rows()).rejects.toMatchObject({
      code: 'quarantine.too_many',
      details: { read: 7, quarantined: 5 },
    });
  });
});

describe('sheets and ranges', () => {
  const path = write(
    'two.xlsx',
    workbook([
      { name: 'About', rows: row(1, ['a report']) },
      {
        name: 'May &amp; June',
        rows: [
          row(1, ['Sales of May']),
          row(3, [null, 'sku', 'n', null, 'x']),
          row(4, [null, 'desk', 1, null, 5]),
          row(5, [null, 'lamp', 2, null, 6]),
          row(7, [null, 'sum', 3]),
        ].join(''),
      },
    ]),
  );
  const schema = { sku: t.string(), n: t.int() };
  const rows = [
    { sku: 'desk', n: 1 },
    { sku: 'lamp', n: 2 },
  ];

  test('a sheet by name and by position, a range, and columns without a name', async () => {
    const sheet = 'May & June';
    expect(await read.excel(path, { sheet, range: 'B3:C5', schema }).rows()).toEqual(rows);
    expect(await read.excel(path, { sheet: 2, range: 'b4:c5', header: false, schema }).rows()).toEqual(rows);
    expect(await read.excel(path, { sheet, range: 'B3:C', schema }).count()).toBe(3);
    expect(await read.excel(path, { sheet, range: 'B3:E5', schema, extraColumns: 'ignore' }).rows()).toEqual(rows);
    const renamed = { what: t.string().from('sku'), n: t.int() };
    expect((await read.excel(path, { sheet, range: 'B3:C5', schema: renamed }).rows())[0]).toEqual({
      what: 'desk',
      n: 1,
    });
  });

  test.each([
    [{ sheet: 'June' }, 'excel.no_sheet', 'Its sheets are "About", "May & June"; a number counts them from 1.'],
    [{ sheet: 3 }, 'excel.no_sheet', 'has no sheet 3'],
    [{ sheet: 2, range: 'B3:E5' }, 'excel.unknown_column', 'the schema does not name "x"'],
    [{ sheet: 2, range: 'B4:E5', header: false }, 'excel.unknown_column', 'column E, which has no name'],
    [{ sheet: 2, range: 'C3:C5' }, 'excel.missing_column', 'sheet "May & June": the header has no column "sku"'],
    [{ sheet: 2, range: 'F1:G9' }, 'excel.no_header', 'there is no header'],
  ])('%j', async (options, code, message) => {
    const error = { code, message: expect.stringContaining(message) };
    await expect(read.excel(path, { ...options, schema }).rows()).rejects.toMatchObject(error);
  });

  test.each([[{ range: 'B3' }], [{ range: 'C1:B2' }], [{ sheet: 0 }], [{ sheet: 1.5 }]])(
    '%j is no option',
    (options) => {
      expect(() => read.excel(path, { ...options, schema })).toThrow(expect.objectContaining({ code: 'excel.option' }));
    },
  );

  test('a header that stands twice', async () => {
    const twice = book([
      ['a', 'b', 'a'],
      [1, 2, 3],
    ]);
    const error = { code: 'excel.duplicate_column', message: expect.stringContaining('the column "a" twice') };
    await expect(read.excel(twice, { schema: { a: t.int() } }).rows()).rejects.toMatchObject(error);
  });
});

describe('files', () => {
  const schema = { n: t.int() };

  test('several are one frame in their order; bad rows are told by file', async () => {
    const [a, b] = [book([['n'], [1], ['x']]), book([['n'], [cell.error('#DIV/0!')], [2]])];
    const frame = read.excel([a, b], { schema, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([{ n: 1 }, { n: 2 }]);
    expect((await frame.quarantine().rows()).map((r) => [r.source, r.line, r.value])).toEqual([
      [`${a}, sheet "Data"`, 3, 'x'],
      [`${b}, sheet "Data"`, 2, '#DIV/0!'],
    ]);
  });

  test('a workbook that is cut off, or none', async () => {
    const whole = workbook([{ name: 'Data', rows: row(1, ['n']) + row(2, [1]) }]);
    for (const bytes of [whole.subarray(0, whole.length - 100), Buffer.from('n\n1\n'), Buffer.alloc(0)]) {
      const path = write('broken.xlsx', bytes);
      await expect(read.excel(path, { schema }).rows()).rejects.toMatchObject({
        code: 'excel.unreadable',
        message: expect.stringContaining(path),
      });
    }
    await expect(read.excel('none.xlsx', { schema }).rows()).rejects.toMatchObject({ code: 'excel.not_found' });
  });

  test('a sheet of a header alone has no rows', async () => {
    expect(await read.excel(book([['n']]), { schema }).rows()).toEqual([]);
  });
});
