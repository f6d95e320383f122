import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const schema = { id: t.int(), b: t.string().nullable(), c: t.string().nullable() };
const cell = fc.string({
  unit: fc.constantFrom('a', 'ü', '€', '1', ' ', ',', '"', '\n', '\r\n', "'", '#', '\t', ';'),
  maxLength: 6,
});
const lineEnd = fc.constantFrom('\n', '\r\n');

function quoted(value: string, always: boolean): string {
  return always || /[",\r\n]|^ |^$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
}

describe('every record is a row or a reject', () => {
  test('well-formed text is what csv-parse reads, in both modes', { timeout: 30_000 }, async () => {
    const record = fc.tuple(cell, cell, fc.boolean());
    await fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 40 }), lineEnd, fc.boolean(), async (records, eol, lastEnd) => {
        const lines = records.map(([b, c, always], i) => `${i},${quoted(b, always)},${quoted(c, always)}`);
        const content = ['id,b,c', ...lines].join(eol) + (lastEnd ? eol : '');
        const expected = parse(content, { columns: true, skip_empty_lines: true }) as Record<string, string>[];
        expect(expected.length).toBe(records.length);
        const path = write('well-formed.csv', content);
        const rows = expected.map((row) => ({ ...row, id: Number(row.id) }));
        expect(await read.csv(path, { schema }).rows()).toEqual(rows);
        const kept = read.csv(path, { schema, onBadRow: 'quarantine' });
        expect(await kept.rows()).toEqual(rows);
        expect(await kept.quarantine().count()).toBe(0);
      }),
      { numRuns: 60, seed: 7, endOnFailure: true },
    );
  });

  test('empty fields after the last column hold nothing and are passed over, in both modes; quoted ones are too many', async () => {
    const rows = [
      { id: 1, b: 'x', c: null },
      { id: 2, b: 'y', c: 'z' },
      { id: 3, b: null, c: null },
    ];
    const passed = write('trailing.csv', 'id,b,c\n1,x,,\n2,y,z,,\n3,,,,,\n');
    for (const nullMarkers of [[''], ['', 'NULL']]) {
      expect(await read.csv(passed, { schema, nullMarkers }).rows()).toEqual(rows);
      const kept = read.csv(passed, { schema, nullMarkers, onBadRow: 'quarantine' });
      expect(await kept.rows()).toEqual(rows);
      expect(await kept.quarantine().count()).toBe(0);
    }
    const refused = write('refused.csv', 'id,b,c\n1,x,,\n2,y,z,""\n3,,, \n');
    await expect(read.csv(refused, { schema }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      details: { line: 3 },
    });
    const kept = read.csv(refused, { schema, onBadRow: 'quarantine' });
    expect(await kept.count()).toBe(1);
    expect((await kept.quarantine().rows()).map((row) => [row.line, row.reason])).toEqual([
      [3, 'the record has more fields than the header'],
      [4, 'the record has more fields than the header'],
    ]);
  });

  test('malformed text loses no record, and each reject stands on the line that is told', {
    timeout: 60_000,
  }, async () => {
    const raw = fc.string({ unit: fc.constantFrom('a', '€', '1', ' ', ',', ',', '"', '"'), maxLength: 9 });
    const line = fc.oneof(
      { weight: 3, arbitrary: raw },
      { weight: 3, arbitrary: fc.tuple(cell, cell).map(([b, c]) => `${quoted(b, false)},${quoted(c, false)}`) },
      { weight: 1, arbitrary: fc.constant('x,y\n\n') },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 30 }), lineEnd, async (records, eol) => {
        const body = records.map(
          (text, i) => `${i % 7 === 3 ? 'no' : ''}${1000 + i},${text.replaceAll(/\r?\n/g, eol)}`,
        );
        const content = ['id,b,c', ...body].join(eol) + eol;
        const path = write('malformed.csv', content);
        const frame = read.csv(path, { schema, onBadRow: 'quarantine' });
        const rows = await frame.rows();
        const rejects = await frame.quarantine().rows();
        const told = [...rows.map((row) => `${row.id} ${row.b} ${row.c}`), ...rejects.map((row) => row.raw)].join('\n');
        const lost = records.map((_, i) => String(1000 + i)).filter((id) => !told.includes(id));
        expect(lost).toEqual([]);
        const physical = content.split(eol);
        for (const reject of rejects) {
          const [first = ''] = (reject.raw ?? '').split(eol);
          expect([reject.line, physical[(reject.line ?? 0) - 1]]).toEqual([reject.line, first]);
        }
        expect(rejects.map((row) => row.line)).toEqual(
          rejects.map((row) => row.line).sort((x, y) => (x ?? 0) - (y ?? 0)),
        );
        // Fail mode reads the file exactly where nothing was rejected.
        const strict = read.csv(path, { schema }).count();
        if (rejects.length === 0) expect(await strict).toBe(rows.length);
        else await expect(strict).rejects.toMatchObject({ code: 'csv.bad_row', details: { count: rejects.length } });
      }),
      { numRuns: 100, seed: 7, endOnFailure: true },
    );
  });

  test('where the engine goes astray, the records are those of a copy', async () => {
    // The engine refuses the second record for bytes that are sound, and gives text from inside the third.
    const path = write('astray.csv', "n0|n1\r'x|'\r'\r'\u2028|||'|'\u20281|\r'\r'xyz\r#'|1\r");
    const columns = { n0: t.string().nullable(), n1: t.string().nullable() };
    const options = { schema: columns, delimiter: '|', quote: "'", onBadRow: 'quarantine' } as const;
    const frame = read.csv(path, options);
    expect(await frame.rows()).toEqual([{ n0: "#'", n1: '1' }]);
    expect((await frame.quarantine().rows()).map((row) => row.line)).toEqual([2, 3, 5]);
    await expect(read.csv(path, { ...options, onBadRow: 'fail' }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      details: { line: 2, count: 3 },
    });
  });
});
