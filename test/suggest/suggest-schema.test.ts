import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, fn, load, type SchemaSuggestion, suggestSchema, t } from '../../src/index.ts';
import { dataFolder } from '../support/data.ts';
import { inputFolder } from '../support/files.ts';
import { evaluate } from '../support/suggested.ts';
import { DAY, row, workbook } from '../support/xlsx.ts';

const session = createSession({ threads: 2 });
const { folder, write } = inputFolder();
afterAll(() => session.close());

const suggestions: SchemaSuggestion[] = [];

/** The suggestion for a source, and the rows that its own TypeScript reads. */
async function suggested(...[source, options]: Parameters<typeof suggestSchema>) {
  const found = await suggestSchema(source, options);
  suggestions.push(found);
  const { rows } = evaluate(found, session.read);
  if (rows === undefined) throw new Error('it reads nothing');
  return { found, frame: rows, declarations: declarationsOf(found) };
}

function declarationsOf({ columns }: SchemaSuggestion): Record<string, string> {
  return Object.fromEntries(columns.map((column) => [column.name, column.declaration]));
}

function doubtsOf({ columns }: SchemaSuggestion, name: string) {
  return columns.find((column) => column.name === name)?.doubts ?? [];
}

/** A column of these texts, beside one that numbers the rows. */
async function columnOf(texts: readonly string[]) {
  const lines = texts.map((text, i) => `${i},"${text.replaceAll('"', '""')}"`.replace(/,""$/, ','));
  const path = write('column.csv', `n,x\n${lines.join('\n')}\n`);
  const { found, frame } = await suggested(path);
  expect(await frame.count()).toBe(texts.length);
  return { declaration: declarationsOf(found).x, doubts: doubtsOf(found, 'x'), rows: await frame.rows(), path };
}

describe('a day and a time in two columns', () => {
  const told = (found: SchemaSuggestion, name: string): string | undefined =>
    doubtsOf(found, name).find(({ about }) => about === 'time-of-day')?.reason;

  test('are told with what makes instants of them', async () => {
    const path = write(
      'instants.csv',
      'date,time,Zeit der Tür\n25.01.2024,13:45,7:05 PM\n26.01.2024,08:10:30,11:00 AM\n',
    );
    const { found, frame, declarations } = await suggested(path);
    expect(declarations).toEqual({
      date: "t.date({ formats: ['%d.%m.%Y'] })",
      time: 't.string()',
      'Zeit der Tür': 't.string()',
    });
    const made =
      "fn.concat(r.date.cast(t.string()), ' ', r.time).parse(t.timestamp({ formats: ['%Y-%m-%d %H:%M', '%Y-%m-%d %H:%M:%S'] }))";
    expect(told(found, 'time')).toContain(`\`${made}\``);
    expect(found.source.split('\n').filter((line) => line.includes(made))).toHaveLength(1);
    const other =
      "fn.concat(r.date.cast(t.string()), ' ', r['Zeit der Tür']).parse(t.timestamp({ formats: ['%Y-%m-%d %I:%M %p'] }))";
    expect(told(found, 'Zeit der Tür')).toContain(other);
    // What is told does what it says.
    const joined = (code: string) => new Function('fn', 't', 'r', `return ${code}`) as (...args: unknown[]) => never;
    const rows = await frame.withColumns((r) => ({ at: joined(made)(fn, t, r), door: joined(other)(fn, t, r) })).rows();
    expect(rows).toMatchObject([
      { at: new Date('2024-01-25T13:45:00Z'), door: new Date('2024-01-25T19:05:00Z') },
      { at: new Date('2024-01-26T08:10:30Z'), door: new Date('2024-01-26T11:00:00Z') },
    ]);
  });

  test('a time without a day, and texts of which one is no time, are plain text', async () => {
    const alone = await suggested(write('clock.csv', 'id,time\n1,13:45\n'));
    expect(told(alone.found, 'time')).toBeUndefined();
    const mixed = await suggested(write('noon.csv', 'day,time\n2024-01-05,13:45\n2024-01-06,noon\n'));
    expect(told(mixed.found, 'time')).toBeUndefined();
  });

  test('the nearest day counts', async () => {
    const head = 'ordered,note,sent,time';
    const { found } = await suggested(write('near.csv', `${head}\n2024-01-05,a b,2024-01-06,13:45\n`));
    expect(told(found, 'time')).toContain('r.sent');
  });
});

describe('columns of text', () => {
  test.each([
    [['1', '-20', '300'], 't.int()'],
    [['1.5', '2', '-0.25'], 't.decimal(18, 2)'],
    [['1,5', '2,25', '-3'], `t.decimal(18, 2, { decimal: ',' })`],
    [['1,234.50', '2.00', '1,000,000.25'], `t.decimal(18, 2, { thousands: ',' })`],
    [['1.234,50', '2,00'], `t.decimal(18, 2, { decimal: ',', thousands: '.' })`],
    [['1,234,567', '2'], `t.int({ thousands: ',' })`],
    [['1e3', '2.5', '-1E-7'], 't.float()'],
    [['0.123456789012', '1.5'], 't.float()'],
    [['true', 'False', 'TRUE'], 't.boolean()'],
    [['yes', 'no', 'Yes'], `t.boolean({ true: ['yes', 'Yes'], false: ['no'] })`],
    [['2024-02-29', '1999-12-31'], 't.date()'],
    [['31.01.2024', '01.02.2024'], `t.date({ formats: ['%d.%m.%Y'] })`],
    [['1/31/2024', '2/1/2024'], `t.date({ formats: ['%m/%d/%Y'] })`],
    [['2024/01/31', '2024/02/01'], `t.date({ formats: ['%Y/%m/%d'] })`],
    [['1 May 2024', '12 Jun 2024'], `t.date({ formats: ['%d %b %Y'] })`],
    [['March 5, 2024', 'May 6, 2024'], `t.date({ formats: ['%B %d, %Y'] })`],
    [['2024-01-31', '31.01.2024'], `t.date({ formats: ['%Y-%m-%d', '%d.%m.%Y'] })`],
    [['2024-01-31T10:00:00Z', '2024-01-31 10:00:00.5+02:00'], 't.timestamp()'],
    [['31.01.2024 10:30', '01.02.2024 9:05'], `t.timestamp({ formats: ['%d.%m.%Y %H:%M'] })`],
    [['1/31/2024 1:05 PM', '1/30/2024 12:00 AM'], `t.timestamp({ formats: ['%m/%d/%Y %I:%M %p'] })`],
    [['$1,234.50', '($3.00)', '-$2'], `t.decimal(18, 2, { thousands: ',', currency: ['$'], parentheses: true })`],
    [['1.234,50 €', '3 €'], `t.decimal(18, 2, { decimal: ',', thousands: '.', currency: ['€'] })`],
    [['12.5%', '3 %', '-1%'], 't.decimal(18, 3, { percent: true })'],
    [['x', 'y', 'it\'s "z"'], 't.string()'],
    [['5', '', '7'], 't.int().nullable()'],
    [['5', 'NA', '-', '7'], 't.int().nullable()'],
  ])('%j', async (texts, declaration) => {
    expect((await columnOf(texts)).declaration).toBe(declaration);
  });

  test.each([
    [
      'day-or-month',
      ['01/02/2024', '03/04/2024'],
      ["t.date({ formats: ['%d/%m/%Y'] })", "t.date({ formats: ['%m/%d/%Y'] })"],
    ],
    ['day-or-month', ['13/02/2024', '02/13/2024'], []],
    [
      'day-or-month',
      ['01.03.2024', '2024-03-04'],
      ["t.date({ formats: ['%d.%m.%Y', '%Y-%m-%d'] })", "t.date({ formats: ['%m.%d.%Y', '%Y-%m-%d'] })"],
    ],
    ['century', ['31.01.24', '01.02.99'], ["t.date({ formats: ['%d.%m.%y'] })"]],
    ['identifier', ['00123', '4567'], ['t.int()']],
    ['identifier', ['1234567890123456', '1'], ['t.bigint()']],
    ['identifier', ['12345678901234567890', '1'], ['t.decimal(20, 0)']],
    ['identifier', ['17850.0', '13047.0'], ['t.decimal(18, 1)', 't.float()']],
    ['separator', ['1.234', '5.678'], ['t.decimal(18, 3)', "t.int({ thousands: '.' })"]],
    ['mixed', ['1', 'two', 'three'], []],
    ['mixed', ['1', '2', 'three'], ['t.int()']],
    ['boolean', ['yes', 'yes'], ["t.boolean({ true: ['yes'], false: ['no'] })"]],
    ['amount', ['$1.50', '€2.50'], ["t.decimal(18, 2, { currency: ['$', '€'] })"]],
    ['padded', [' a', 'b'], []],
    ['null', ['a', 'NA', 'b'], ["nullMarkers: ['', 'NA']"]],
    ['empty', ['', ''], []],
  ])('a string, for it is unsure: %s of %j', async (about, texts, choices) => {
    const { declaration, doubts } = await columnOf(texts);
    expect(declaration?.replace('.nullable()', '')).toBe('t.string()');
    expect(doubts.map((doubt) => doubt.about)).toContain(about);
    expect(doubts.find((doubt) => doubt.about === about)?.choices).toEqual(choices);
  });

  test('identifiers that pandas wrote as floats are told with the way to the text', async () => {
    const { doubts } = await columnOf(['13313.0', '', '9710.0']);
    expect(doubts.map(({ reason }) => reason)).toEqual([
      "whole numbers written with a point, as pandas writes identifiers that some rows lack: replaceMatches(/\\.0$/, '') takes it off",
    ]);
  });

  test('values that do not fit among others are told with their lines', async () => {
    const { doubts } = await columnOf(['1', '2', '3', 'n.v.', '5', 'n.v.']);
    expect(doubts).toContainEqual({
      about: 'mixed',
      reason: "4 of 6 values look like numbers, the others do not: `onBadRow: 'quarantine'` puts those aside",
      choices: ['t.int()'],
      examples: [
        { value: 'n.v.', line: 5 },
        { value: 'n.v.', line: 7 },
      ],
    });
  });

  test.each([
    [
      ['31/01/2024 10:00', '01/02/2024 11:30', '2024-02-03 10:15:00', 'abc'],
      ["t.timestamp({ formats: ['%d/%m/%Y %H:%M', '%Y-%m-%d %H:%M:%S'] })"],
      3,
    ],
    [['1,5', '21', '2,25', 'abc'], ["t.decimal(18, 2, { decimal: ',' })"], 3],
    [['0,123456789', '21', '', 'abc'], ["t.float({ decimal: ',' }).nullable()"], 2],
    [['$1.50', '$2', 'abc'], ["t.decimal(18, 2, { currency: ['$'] })"], 2],
    [
      ['01/02/2024', '03/04/2024', 'abc'],
      ["t.date({ formats: ['%d/%m/%Y'] })", "t.date({ formats: ['%m/%d/%Y'] })"],
      2,
    ],
  ])('of %j one does not hide what the others are', async (texts, choices, count) => {
    const { declaration, doubts, path } = await columnOf(texts);
    expect(declaration?.replace('.nullable()', '')).toBe('t.string()');
    const [mixed] = doubts;
    expect(mixed).toMatchObject({ about: 'mixed', choices, examples: [{ value: 'abc', line: texts.length + 1 }] });
    for (const choice of mixed?.choices ?? []) {
      const type = new Function('t', `return ${choice}`)(t);
      const read = session.read.csv(path, { schema: { n: t.int(), x: type }, onBadRow: 'quarantine' });
      expect(await read.dropNulls().count()).toBe(count);
      expect((await read.quarantine().rows()).map(({ value }) => value)).toEqual(['abc']);
    }
  });

  const times = (count: number, text: string): string[] => Array.from({ length: count }, () => text);
  const upTo = (count: number, made: (i: number) => string = String): string[] =>
    Array.from({ length: count }, (_, i) => made(i));

  test.each([
    [
      [...upTo(100), ...times(4, '-999')],
      ["nullMarkers: { x: ['', '-999'] }"],
      "'-999' (4 times), far from all other values (0 to 99), may mean that there is no value",
    ],
    [
      [...upTo(100, (i) => `${i},5`), 'NA', ...times(3, '-999,0')],
      ["nullMarkers: { x: ['', 'NA', '-999,0'] }"],
      "'-999,0' (3 times), far from all other values (0.5 to 99.5), may mean that there is no value",
    ],
    [
      [...upTo(30, (i) => String(1990 + i)), ...times(3, '9999'), ...times(3, '-99')],
      ["nullMarkers: { x: ['', '9999', '-99'] }"],
      "'9999' (3 times), '-99' (3 times), far from all other values (1990 to 2019), may mean that there is no value",
    ],
    [
      [...upTo(100, (i) => `${i}.25`), ...times(3, '-9999.0')],
      ["nullMarkers: { x: ['', '-9999.0'] }"],
      "'-9999.0' (3 times), far from all other values (0.25 to 99.25), may mean that there is no value",
    ],
  ])('a number that may stand for null is told, %#', async (texts, choices, reason) => {
    const { doubts, path } = await columnOf(texts);
    expect(doubts).toMatchObject([{ about: 'null', reason, choices }]);
    expect(doubts[0]?.examples[0]?.line).toBeGreaterThan(30);
    const [choice = ''] = choices;
    const { nullMarkers } = new Function(`return { ${choice} }`)();
    const decimal = texts.some((text) => text.includes(',')) ? ',' : '.';
    const numbers = session.read.csv(path, {
      schema: { n: t.int(), x: t.float({ decimal }).nullable() },
      nullMarkers,
    });
    const [{ low } = {}] = await numbers
      .groupBy()
      .agg((r) => ({ low: r.x.min() }))
      .rows();
    expect(low).toBeGreaterThanOrEqual(0);
  });

  test.each([
    ['twice alone', [...upTo(100), '-999', '-999']],
    ['near to the others', [...upTo(600), ...times(5, '999')]],
    ['no others', times(20, '-999')],
    ['a price', [...upTo(20, (i) => `${i}.50`), ...times(5, '99.00')]],
  ])('and is not where it may be a number: %s', async (_, texts) => {
    expect((await columnOf(texts)).doubts).toEqual([]);
  });

  test.each([
    [
      ['OK', 'ok', 'bad'],
      "'OK', 'ok' differ in case or blanks alone: `r.x.lower().parse(t.enum(['bad', 'ok']))` makes them one",
    ],
    [
      ['urban', 'URBAN ', 'Rural'],
      "'urban', 'URBAN ' differ in case or blanks alone: `r.x.trim().lower().parse(t.enum(['rural', 'urban']))` makes them one",
    ],
    [
      ['A', 'A ', 'b'],
      "'A', 'A ' differ in case or blanks alone: `r.x.trim().parse(t.enum(['A', 'b']))` makes them one",
    ],
  ])('words that differ in case or blanks alone are told with what unites them: %j', async (words, reason) => {
    const texts = Array.from({ length: 60 }, (_, i) => words[i % 3] ?? '');
    const { doubts, path } = await columnOf(texts);
    expect(doubts.filter(({ about }) => about === 'enum').map((doubt) => doubt.reason)).toEqual([reason]);
    const frame = session.read.csv(path, { schema: { n: t.int(), x: t.string() } });
    const [, made = ''] = /`(.*)`/.exec(reason) ?? [];
    const united = frame.withColumns((r) => ({ x: new Function('r', 't', `return ${made}`)(r, t) }));
    expect(await united.select('x').dedupe().count()).toBe(2);
    const sampled = await suggestSchema(path, { sample: 59 });
    expect(doubtsOf(sampled, 'x').find(({ about }) => about === 'enum')?.reason).toBe(
      reason.replace(/[.]parse.*[)]`/, '`'),
    );
  });

  test('a time without a zone is told so; few different texts may be an enum', async () => {
    const { declaration, doubts } = await columnOf(['2024-01-31 10:00', '2024-01-31T10:00Z']);
    expect(declaration).toBe('t.timestamp()');
    expect(doubts).toMatchObject([{ about: 'zone', examples: [{ value: '2024-01-31 10:00', line: 2 }] }]);
    const regions = await columnOf(Array.from({ length: 40 }, (_, i) => (i % 2 === 0 ? 'north' : "o'the\nsouth")));
    expect(regions.doubts).toMatchObject([{ about: 'enum', choices: ["t.enum(['north', 'o\\'the\\nsouth'])"] }]);
  });

  test('values that no dtype of their kind holds are strings', async () => {
    const { declaration, doubts } = await columnOf(['123456789012345678901234567890.123456789012', '1.5']);
    expect(declaration).toBe('t.string().nullable()');
    expect(doubts[0]).toMatchObject({ about: 'mixed', reason: 'one value does not fit t.decimal(38, 12)' });
  });
});

describe('dialects', () => {
  const rows = [
    ['id', 'name', 'price'],
    ['1', 'Ann; or | she', '1.5'],
    ['2', 'Bob', '2.25'],
  ];
  const joined = (delimiter: string, end = '\n'): string =>
    rows.map((fields) => fields.map((field) => `"${field}"`).join(delimiter)).join(end) + end;

  test.each([
    ['a comma', joined(','), {}],
    ['a semicolon', joined(';'), { delimiter: ';' }],
    ['a tab', joined('\t', '\r\n'), { delimiter: '\t' }],
    ['a pipe', joined('|'), { delimiter: '|' }],
    ['another quote', joined(';').replaceAll('"', "'"), { delimiter: ';', quote: "'" }],
    ['an escape', joined(',').replace('Ann;', 'Ann \\"A\\",'), { escape: '\\' }],
    ['lines before the header', `Report\n\n${joined(',')}`, { skip: 2 }],
    ['comments', `# by us\n${joined(',')}# the end\n`, { comment: '#' }],
    ['no header', joined(',').slice(joined(',').indexOf('\n') + 1), { header: false }],
    ['utf-16', Buffer.from(`\ufeff${joined(';')}`, 'utf16le'), { delimiter: ';', encoding: 'utf-16le' }],
    [
      'windows-1252',
      Buffer.from(joined(';').replace('Bob', 'Zo\xeb'), 'latin1'),
      { delimiter: ';', encoding: 'windows-1252' },
    ],
    ['gzip', gzipSync(joined(';')), { delimiter: ';' }],
  ])('%s', async (name, content, options) => {
    const { found, frame } = await suggested(write(name === 'gzip' ? 'dialect.csv.gz' : 'dialect.csv', content));
    expect(found.options).toEqual(options);
    expect(found).toMatchObject({ format: 'csv', rows: 2, complete: true });
    expect(Object.values(declarationsOf(found)).map((one) => one.replace(/[.]from.*/, ''))).toEqual([
      't.int()',
      't.string()',
      't.decimal(18, 2)',
    ]);
    expect(await frame.count()).toBe(2);
  });

  test('one column, and one that is all text', async () => {
    const { found } = await suggested(write('one.csv', 'name\nAnn\nBob\n'));
    expect(declarationsOf(found)).toEqual({ name: 't.string()' });
    expect(found.doubts).toMatchObject([{ about: 'header', choices: ['header: false'] }]);
  });

  test('names that stand twice, are empty or cannot be used', async () => {
    const { found, frame } = await suggested(write('names.csv', 'a,A,,rowid,x y\n1,2,3,4,5\n'));
    expect(found.columns.map((column) => column.name)).toEqual(['a', 'A_2', 'column3', 'column4', 'x y']);
    expect(found.doubts[0]).toMatchObject({ about: 'header' });
    expect(await frame.rows()).toEqual([{ a: 1, A_2: 2, column3: 3, column4: 4, 'x y': 5 }]);
  });

  test('records that fit no schema are told', async () => {
    const { found, frame } = await suggested(write('ragged.csv', 'a,b\n1,2\n3\n4,5\n6,7,8\n'));
    expect(found.doubts.map((doubt) => [doubt.about, doubt.choices, doubt.examples])).toEqual([
      ['unreadable', ['nullPadding: true', `onBadRow: 'quarantine'`], [{ value: '3', line: 3 }]],
      ['unreadable', [`onBadRow: 'quarantine'`], [{ value: '6,7,8', line: 5 }]],
    ]);
    await expect(frame.rows()).rejects.toMatchObject({ code: 'csv.bad_row' });
  });

  test('a sample says so, and every column may be null', async () => {
    const lines = Array.from({ length: 500 }, (_, i) => (i < 100 ? String(i) : 'x'));
    const found = await suggestSchema(write('long.csv', `n\n${lines.join('\n')}\n`), { sample: 50 });
    expect(found).toMatchObject({ rows: 50, complete: false });
    expect(declarationsOf(found)).toEqual({ n: 't.int().nullable()' });
    expect(found.source).toContain('the first 50 rows');
  });

  test('a stream is looked at, and its schema printed without a call', async () => {
    const found = await suggestSchema(
      (async function* () {
        yield Buffer.from('a,b\n1,x\n');
      })(),
      { name: 'mySchema' },
    );
    expect(found.source).toBe(
      `import { t } from 'millrace';\n\n// stream: 1 row, all there are.\nexport const mySchema = {\n  a: t.int(),\n  b: t.string(),\n};\n`,
    );
  });

  test('a url is looked at; one that may hold a secret is not printed', async () => {
    const server = createServer((_, response) => response.end('a;b\n1;x\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.csv`;
    const { found, frame } = await suggested(base);
    expect(found.source).toContain(`read.csv('${base}', { schema, delimiter: ';' })`);
    expect(await frame.rows()).toEqual([{ a: 1, b: 'x' }]);
    const secret = await suggestSchema(`${base}?token=sesame`);
    expect(JSON.stringify(secret)).not.toContain('sesame');
    server.close();
  });

  test('what cannot be looked at', async () => {
    await expect(suggestSchema(write('empty.csv', ''))).rejects.toMatchObject({ code: 'suggest.empty' });
    await expect(suggestSchema('none.csv')).rejects.toMatchObject({ code: 'csv.not_found' });
    await expect(suggestSchema('none.parquet')).rejects.toMatchObject({ code: 'parquet.not_found' });
    await expect(suggestSchema('x.csv', { sample: 0 })).rejects.toMatchObject({ code: 'suggest.option' });
    await expect(suggestSchema('postgres://localhost/x')).rejects.toMatchObject({ code: 'suggest.option' });
  });
});

describe('JSON', () => {
  const records = [
    '{"id": 1, "who": {"name": "Ann", "born": "1990-05-01"}, "tags": ["a"], "price": 1.50, "big": 12345678901234567, "ok": true, "lines": [{"sku": "x", "n": 1}], "zip": "01234", "any": 1}',
    '{"id": 2, "who": {"name": null, "born": "1991-05-01"}, "tags": [], "price": 2, "big": 1, "ok": false, "lines": [], "zip": "99999", "any": {"x": 1}}',
  ];
  const declarations = {
    id: 't.int()',
    who_name: `t.string().nullable().from('who.name')`,
    who_born: `t.date().from('who.born')`,
    tags: 't.list(t.string())',
    price: 't.decimal(18, 1)',
    big: 't.bigint()',
    ok: 't.boolean()',
    lines: 't.list(t.struct({ sku: t.string(), n: t.int() }))',
    zip: 't.string()',
    any: 't.json()',
  };

  test.each([
    ['records.ndjson', records.join('\n')],
    ['records.json', `[${records.join(',\n')}]`],
    ['records.jsonl.gz', gzipSync(`${records.join('\n')}\n\n`)],
  ])('%s', async (name, content) => {
    const { found, frame, declarations: given } = await suggested(write(name, content));
    expect(given).toEqual(declarations);
    expect(found).toMatchObject({ rows: 2, complete: true, doubts: [] });
    expect((await frame.rows()).map((r) => r.big)).toEqual([12345678901234567n, 1n]);
  });

  test('a document with records inside', async () => {
    const path = write('inside.json', `{"data": {"items": [${records.join(',')}]}}`);
    expect((await suggestSchema(path)).doubts).toMatchObject([
      { about: 'records', choices: [`records: 'data.items'`] },
    ]);
    const { found, declarations: given } = await suggested(path, { records: 'data.items' });
    expect(given).toEqual(declarations);
    expect(found.options).toEqual({ records: 'data.items' });
  });

  test('records of many keys are columns; objects of many keys are JSON', async () => {
    const keys = Array.from({ length: 150 }, (_, i) => [`k${i}`, i]);
    const record = JSON.stringify({ ...Object.fromEntries(keys), map: Object.fromEntries(keys) });
    const found = await suggestSchema(write('wide.ndjson', `${record}\n${record}`), { sample: 1 });
    expect(found.columns.length).toBe(151);
    expect(found.columns.at(-1)).toMatchObject({ name: 'map', declaration: 't.json().nullable()' });
  });

  test('other values under one key, missing keys, digits in strings, lines that are no record', async () => {
    const lines = ['{"a": 1, "n": "5", "m": 1}', '{"a": "x", "n": "6"}', '[1]', 'oops'];
    const found = await suggestSchema(write('odd.ndjson', lines.join('\n')));
    expect(declarationsOf(found)).toEqual({ a: 't.string()', n: 't.string()', m: 't.int().nullable()' });
    expect(doubtsOf(found, 'a')).toMatchObject([{ about: 'mixed', choices: ['t.json()'] }]);
    expect(doubtsOf(found, 'n')).toMatchObject([{ about: 'number', choices: ['t.int()'] }]);
    expect(found.doubts).toMatchObject([{ about: 'unreadable', examples: [{ line: 3 }, { value: 'oops', line: 4 }] }]);
  });
});

describe('urls', () => {
  const contents = new Map<string, string | Buffer>();
  const server = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    const content = contents.get(path);
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  let base = '';
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());
  const schema = { id: t.int(), name: t.string().nullable(), on: t.date() };
  const rows = [
    { id: 1, name: 'Ann', on: '2024-01-31' },
    { id: 2, name: null, on: '2024-02-01' },
  ];
  const declarations = { id: 't.int()', name: 't.string().nullable()', on: 't.date()' };
  const lines = rows.map((row) => JSON.stringify(row)).join('\n');

  test.each([
    ['/a.json', `[${lines.replace('\n', ',')}]`, 'json'],
    ['/a.ndjson', lines, 'ndjson'],
    ['/a.jsonl.gz', gzipSync(lines), 'ndjson'],
  ])('%s is fetched, looked at, and read by its own suggestion', async (path, content, reader) => {
    contents.set(path, content);
    const { found, frame, declarations: given } = await suggested(`${base}${path}`);
    expect([given, found.rows]).toEqual([declarations, 2]);
    expect(found.source).toContain(`read.${reader}('${base}${path}', { schema })`);
    expect(await frame.rows()).toEqual(rows);
    expect((await suggestSchema(new URL(`${base}${path}`))).source).toBe(found.source);
    const secret = await suggestSchema(`${base}${path}?token=sesame`);
    expect([JSON.stringify(secret).includes('sesame'), secret.source.includes('read.')]).toEqual([false, false]);
  });

  test.each(['/a.parquet', '/a.arrow', '/a.xlsx'])(
    '%s, which no reader fetches, has a schema and no call',
    async (path) => {
      const frame = session.read.rows(rows, { schema });
      const local = join(folder, `elsewhere-${path.slice(1)}`);
      if (path === '/a.parquet') await load.parquet(frame, local, { mode: 'replace' });
      else if (path === '/a.arrow') await load.arrow(frame, local, { mode: 'replace' });
      else {
        const cells = rows.map(({ id, name }, i) =>
          row(i + 2, [id, name, { xml: `<c s="${DAY}"><v>${45_000 + i}</v></c>` }]),
        );
        writeFileSync(local, workbook([{ name: 'A', rows: [row(1, ['id', 'name', 'on']), ...cells].join('') }]));
      }
      contents.set(path, readFileSync(local));
      const found = await suggestSchema(`${base}${path}`);
      const near = await suggestSchema(local);
      expect(declarationsOf(found)).toEqual(declarationsOf(near));
      expect([found.format, found.rows]).toEqual([near.format, near.rows]);
      expect(found.source).toContain(`${base}${path}, which read.${found.format} reads from a file`);
      expect(found.source).not.toContain('export const rows');
    },
  );

  test('several at once, files among them; what is not there, and what is no file of its kind', async () => {
    contents.set('/b.ndjson', '{"id": 3, "name": "Bob", "on": "2024-03-01"}');
    contents.set('/a.ndjson', lines);
    const local = write('near.ndjson', '{"id": "4", "name": "Cy", "on": "2024-04-01"}');
    const found = await suggestSchema([`${base}/a.ndjson`, `${base}/b.ndjson`, local]);
    expect([found.rows, declarationsOf(found).id]).toEqual([4, 't.string()']);
    await expect(suggestSchema(`${base}/none.json`)).rejects.toMatchObject({ code: 'json.status' });
    await expect(suggestSchema(`${base}/none.parquet`)).rejects.toMatchObject({ code: 'parquet.status' });
    await expect(suggestSchema('ftp://host/none.json')).rejects.toMatchObject({ code: 'json.scheme' });
    contents.set('/broken.arrow', 'no arrow at all');
    await expect(suggestSchema(`${base}/broken.arrow`)).rejects.toMatchObject({
      code: 'arrow.unreadable',
      message: expect.stringContaining(`${base}/broken.arrow`),
    });
  });
});

describe('typed sources', () => {
  test('Arrow', async () => {
    const schema = { id: t.int(), wide: t.bigint(), tags: t.list(t.string()), none: t.float().nullable() };
    const rows = [
      { id: 1, wide: 12345678901234567n, tags: ['a'], none: 1.5 },
      { id: 2, wide: -1n, tags: [], none: null },
    ];
    for (const format of ['file', 'stream'] as const) {
      const path = join(folder, `typed.${format === 'file' ? 'arrow' : 'arrows'}`);
      await load.arrow(session.read.rows(rows, { schema }), path, { mode: 'replace', format });
      const { found, frame, declarations } = await suggested(path);
      expect(found).toMatchObject({ format: 'arrow', rows: 2, complete: true });
      expect(declarations).toEqual({
        id: 't.int()',
        wide: 't.bigint()',
        tags: 't.list(t.string().nullable())',
        none: 't.float().nullable()',
      });
      expect(doubtsOf(found, 'wide')).toMatchObject([{ about: 'identifier' }]);
      expect(await frame.rows()).toEqual(rows);
    }
  });

  test('Parquet, with folders that are columns', async () => {
    const schema = { id: t.bigint(), n: t.int().nullable(), tags: t.list(t.int()), at: t.timestamp(), year: t.int() };
    const rows = [
      { id: 12345678901234567n, n: 1, tags: [1], at: '2024-01-01T00:00:00Z', year: 2024 },
      { id: 1n, n: null, tags: [], at: '2024-01-01T00:00:00Z', year: 2023 },
    ];
    const path = join(folder, 'dataset');
    await load.parquet(session.read.rows(rows, { schema }), path, { mode: 'fail', partitionBy: ['year'] });
    const { found, frame, declarations } = await suggested(path);
    expect(declarations).toEqual({
      id: 't.bigint()',
      n: 't.int().nullable()',
      tags: 't.list(t.int().nullable()).nullable()',
      at: 't.timestamp()',
      year: 't.int()',
    });
    expect(found.format).toBe('parquet');
    expect(await frame.count()).toBe(2);
  });

  test('workbooks, by the kinds of their cells', async () => {
    const cells = (day: number, extra: string | number | null) => [
      { xml: `<c s="${DAY}"><v>${day}</v></c>` },
      extra,
      1.25,
      '01.02.2024',
      '30.01.2024',
    ];
    const book = workbook([
      { name: 'A', rows: row(1, ['x']) },
      {
        name: 'B',
        rows: [
          row(1, ['day', 'mixed', 'price', 'text', 'sent']),
          row(2, cells(45_000, 'a')),
          row(3, cells(45_001, 7)),
          row(5, cells(45_002, null)),
        ].join(''),
      },
    ]);
    const { found, frame, declarations } = await suggested(write('book.xlsx', book), { sheet: 'B' });
    expect(declarations).toEqual({
      day: 't.date()',
      mixed: 't.string().nullable()',
      price: 't.decimal(18, 2)',
      text: 't.string()',
      sent: `t.date({ formats: ['%d.%m.%Y'] })`,
    });
    expect(doubtsOf(found, 'mixed')).toMatchObject([
      {
        reason: 'cells of different kinds: 1 text, 1 number',
        examples: [
          { value: 'a', line: 2 },
          { value: '7', line: 3 },
        ],
      },
    ]);
    expect(doubtsOf(found, 'text')).toMatchObject([{ about: 'day-or-month' }]);
    expect(await frame.count()).toBe(3);
  });
});

describe.skipIf(dataFolder() === undefined)('real files are read without a bad row', () => {
  const root = dataFolder() ?? '';
  const spectrum = join(root, 'csv/csv-spectrum/csvs');
  const parquet = join(root, 'parquet/parquet-testing');
  const files = existsSync(spectrum)
    ? [
        ...readdirSync(spectrum).map((file) => join(spectrum, file)),
        ...[
          'alltypes_plain',
          'alltypes_tiny_pages',
          'delta_byte_array',
          'int64_decimal',
          'nested_maps.snappy',
          'list_columns',
        ]
          .map((file) => join(parquet, `${file}.parquet`))
          .filter(existsSync),
      ]
    : [];

  test.each(files)('%s', async (path) => {
    const { found, frame } = await suggested(path);
    const rows = await frame.count();
    if (found.format === 'csv') expect(rows).toBe(found.rows);
    else expect(rows).toBeGreaterThan(0);
  });
});

test('all that was suggested compiles', () => {
  const root = resolve(import.meta.dirname, '../..');
  const target = join(root, 'test', '.suggested');
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  try {
    expect(suggestions.length).toBeGreaterThan(50);
    suggestions.forEach(({ source }, i) => {
      writeFileSync(join(target, `suggested-${i}.ts`), source.replace(`'millrace'`, `'../../src/index.ts'`));
    });
    const base = JSON.parse(readFileSync(join(root, 'tsconfig.json'), 'utf8')) as { compilerOptions: object };
    writeFileSync(
      join(target, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: { ...base.compilerOptions, typeRoots: ['../../node_modules/@types'] },
        include: ['*.ts'],
      }),
    );
    execFileSync(join(root, 'node_modules/.bin/tsc'), ['-p', target], { encoding: 'utf8' });
  } catch (error) {
    throw new Error(`tsc: ${(error as { stdout?: string }).stdout ?? String(error)}`);
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
});
