import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { type CsvOptions, createSession, MillraceError, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const schema = { a: t.string().nullable(), b: t.string().nullable() };
const MORE = 'the record has more fields than the header';

/** Rows, and of those put aside line and reason, however the file is read. */
async function readTwice(content: string | Uint8Array, options: CsvOptions = {}) {
  const path = write('plain.csv', content);
  const both = [
    read.csv(path, { schema, ...options, onBadRow: 'quarantine' }),
    read.csv(path, { schema, ...options, onBadRow: 'quarantine', origin: { line: 'line' } }).drop('line'),
  ];
  const found = [];
  for (const frame of both) {
    const bad = (await frame.quarantine().rows()).map(({ line, reason }) => [line, reason]);
    found.push({ rows: (await frame.rows()).map(({ a, b }) => [a, b]), bad });
  }
  expect(found[0]).toEqual(found[1]);
  const outcome = await read
    .csv(path, { schema, ...options })
    .rows()
    .catch((error: unknown) => error);
  if (found[0]?.bad.length === 0) expect(outcome).toHaveLength(found[0].rows.length);
  else {
    expect(outcome).toBeInstanceOf(MillraceError);
    expect(outcome).toMatchObject({ code: 'csv.bad_row', details: { line: found[0]?.bad[0]?.[0] } });
  }
  return found[0];
}

describe('what the parser of the engine does not take as it is', () => {
  test.each<[string, CsvOptions]>([
    ['a,b\n1,2,\0\n3,4\n', {}],
    ['a,b\n1,2,\0\0\n3,4\n', {}],
    ['a,b\n1,2,NA\n3,4\n', { nullMarkers: ['', 'NA'] }],
    ['a,b\n1,2,N\n3,4\n', { nullMarkers: ['NA'] }],
    ['a,b\n1,2,N\n3,4\n', { nullMarkers: { a: ['NA'] } }],
  ])('a field too many is never passed over: %j %j', async (content, options) => {
    expect(await readTwice(content, options)).toEqual({ rows: [['3', '4']], bad: [[2, MORE]] });
  });

  test('a null marker is a text in quotes, and a null without', async () => {
    const content = 'a,b\nNA,"NA"\n"NA",NA\n,""\n';
    expect(await readTwice(content, { nullMarkers: ['', 'NA'] })).toEqual({
      rows: [
        [null, 'NA'],
        ['NA', null],
        [null, ''],
      ],
      bad: [],
    });
    expect(await readTwice('a,b\nNA,x\n,""\n', { nullMarkers: ['NA'] })).toEqual({
      rows: [
        [null, 'x'],
        ['', ''],
      ],
      bad: [],
    });
  });

  test('bytes that are no text, in a column that nobody asks for', async () => {
    const content = Buffer.concat([Buffer.from('c,a,b\n'), Buffer.from([0xff]), Buffer.from(',1,2\n\u00e9,3,4\n')]);
    const reason = 'the record is not valid text in utf-8';
    const expected = { rows: [['3', '4']], bad: [[2, reason]] };
    expect(await readTwice(content, { extraColumns: 'ignore' })).toEqual(expected);
    expect(await readTwice(gzipSync(content), { extraColumns: 'ignore' })).toEqual(expected);
  });

  test('records with faults of which a part is asked for', async () => {
    const content = 'c,a,d,b\r1,2,3,4\r1,%,",xx""",",\r\r"",";\u{1f600} ,","",\r';
    const reason = 'a quoted field is not closed, or has text after its closing quote';
    const found = await readTwice(content, { extraColumns: 'ignore' });
    expect(found).toEqual({ rows: [['2', '4']], bad: [[3, reason]] });
  });

  test.each([
    'a,b\n1,"2"\r\n3,4\n',
    'a,b\r\n1,"2"\n3,4\r\n',
    'a,b\r\n1,2\r\n3,"4"\n',
    'a,b\n1,2\r3,4\n',
    'a,b\r1,2\n3,4\r',
    'a,b\r\n1,"2"\r3,4\r\n',
    'a,b\r\n1,2\r3,4\r\n',
    'a,b\r\n1,2\r\n3,"4"\r',
    'a,b\r\n1,2\r\n3,"4"',
  ])('lines that end in different ways: %j', async (content) => {
    const expected = {
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      bad: [],
    };
    expect(await readTwice(content)).toEqual(expected);
    expect(await readTwice(gzipSync(content))).toEqual(expected);
  });

  test.each(['\r\n\n', '\n\r', '', '\n', 'x'])('files of blank lines, or of one line: %j', async (content) => {
    const path = write('blank.csv', content);
    const frame = read.csv(path, { schema: { a: t.string().nullable() }, header: false });
    expect(await frame.count()).toBe(content === 'x' ? 1 : (content.match(/\r\n|\r|\n/g) ?? []).length);
  });

  test('wherever in the file it stands', async () => {
    const chunk = 1 << 20;
    for (const [odd, options] of [
      ['"NA"', { nullMarkers: ['NA'] }],
      ['\u00e9\r\n', {}],
    ] as const) {
      for (let before = chunk - odd.length - 1; before <= chunk; before += 1) {
        const filled = `a,b\r\n${'x'.repeat(before - 7)},`;
        const content = `${filled}${odd}${odd.endsWith('\n') ? '' : '\r\n'}1,2\n`;
        const path = write('chunks.csv', content);
        const rows = await read.csv(path, { schema, ...options }).rows();
        expect(rows.map(({ b }) => b)).toEqual([odd.replaceAll(/["\r\n]/g, ''), '2']);
      }
    }
  });

  test('a file that has changed is looked at again', async () => {
    const path = write('changed.csv', 'a,b\n1,2\n');
    const frame = read.csv(path, { schema });
    expect(await frame.count()).toBe(1);
    writeFileSync(path, 'a,b\n1,2\n3,4,\0\n');
    await expect(frame.rows()).rejects.toMatchObject({ code: 'source.changed' });
    await frame.refresh();
    await expect(frame.rows()).rejects.toMatchObject({ code: 'csv.bad_row', details: { line: 3 } });
  });
});
