import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { differenceTable } from '../../src/testing/difference-table.ts';
import { type PlainRow, rowDifferences } from '../../src/testing/row-differences.ts';

const inOrder = { ordered: true, tolerance: 1e-12 };
const asSet = { ordered: false, tolerance: 1e-12 };

const told = (actual: readonly PlainRow[], expected: readonly PlainRow[], options = inOrder, key?: string[]): string =>
  differenceTable(
    rowDifferences(actual, expected, key === undefined ? options : { ...options, key }),
    options.tolerance,
    key,
  ) ?? 'equal';

describe('what is told', () => {
  test('one changed value, with the row it stands in', () => {
    expect(
      told(
        [
          { id: 1, name: 'a' },
          { id: 2, name: 'b' },
        ],
        [
          { id: 1, name: 'a' },
          { id: 2, name: 'c' },
        ],
      ),
    ).toBe(
      ['1 changed', '', '           row  id  name', '  changed  2    2   "c" -> "b"', '(expected -> got)'].join('\n'),
    );
  });

  test('a row put in at the front is one extra row, not a change of all', () => {
    const rows = [1, 2, 3].map((id) => ({ id, name: `n${id}` }));
    expect(told([{ id: 0, name: 'new' }, ...rows], rows)).toBe(
      ['1 extra', '', '         row  id  name', '  extra  1    0   "new"'].join('\n'),
    );
    expect(told(rows.slice(1), rows)).toContain('  missing  1    1   "n1"');
  });

  test('equal rows in another order, where the order counts', () => {
    const rows = [{ id: 1 }, { id: 2 }, { id: 3 }];
    const text = told([rows[2], rows[0], rows[1]] as PlainRow[], rows);
    expect(text).toContain('3 in another place');
    expect(text).toContain('  moved  1 -> 2  1');
    expect(told([...rows].reverse(), rows, asSet)).toBe('equal');
  });

  test('by a key, rows of the same key are one that changed, whatever else differs', () => {
    const text = told(
      [
        { id: 2, a: 9, b: 9 },
        { id: 1, a: 1, b: 1 },
      ],
      [
        { id: 1, a: 1, b: 1 },
        { id: 2, a: 2, b: 2 },
        { id: 3, a: 3, b: 3 },
      ],
      asSet,
      ['id'],
    );
    expect(text).toContain('1 missing, 1 changed');
    expect(text).toMatch(/missing {2}3 +3 +3 +3/);
    expect(text).toMatch(/changed {2}2 -> 1 +2 +2 -> 9 +2 -> 9/);
  });

  test('a key that names two rows is an error', () => {
    const rows = [{ id: 1 }, { id: 1 }];
    expect(() => told(rows, [{ id: 1 }], asSet, ['id'])).toThrow(
      'The key (id) must name one row: 1 stands in rows 1 and 2 of the frame.',
    );
  });

  test('a column that one side lacks', () => {
    expect(told([{ id: 1, x: 1 }], [{ id: 1 }])).toContain('(no column) -> 1');
  });

  test('of many rows the first are shown, and the others counted', () => {
    const rows = Array.from({ length: 30 }, (_, id) => ({ id }));
    const text = told(rows, []);
    expect(text.match(/^ {2}extra/gm)).toHaveLength(10);
    expect(text).toContain('and 20 more extra');
  });

  test('of many columns those that differ are shown', () => {
    const wide = (last: number): PlainRow =>
      Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`c${i}`, i === 39 ? last : 0]));
    expect(told([wide(1)], [wide(2)])).toContain('2 -> 1');
  });

  test('dates, bigints, bytes, NaN and nested values', () => {
    const row = {
      at: new Date(0),
      big: 1n,
      bytes: Uint8Array.of(1),
      nan: Number.NaN,
      list: [1, null],
      deep: { a: 1, b: 2 },
    };
    expect(told([{ ...row, deep: { b: 2, a: 1 } }], [row])).toBe('equal');
    expect(told([{ ...row, big: 2n }], [row])).toContain('1n -> 2n');
    expect(told([{ ...row, at: new Date(1) }], [row])).toContain(
      '1970-01-01T00:00:00.000Z -> 1970-01-01T00:00:00.001Z',
    );
    expect(told([{ ...row, bytes: Uint8Array.of(2) }], [row])).toContain('bytes 01 -> bytes 02');
  });
});

describe('whatever the rows are', () => {
  const rows = fc.array(
    fc.record({
      id: fc.integer({ min: 0, max: 5 }),
      text: fc.constantFrom('a', 'b', null),
      x: fc.constantFrom(0.5, 2),
    }),
    { maxLength: 12 },
  );

  test('rows are equal to themselves, and in any order to a set', () => {
    fc.assert(
      fc.property(rows, fc.nat(), (some, turn) => {
        const at = some.length === 0 ? 0 : turn % some.length;
        expect(told(some, some)).toBe('equal');
        expect(told([...some.slice(at), ...some.slice(0, at)], some, asSet)).toBe('equal');
      }),
    );
  });

  test('every row stands on one side, or in one pair', () => {
    fc.assert(
      fc.property(rows, rows, fc.boolean(), (actual, expected, ordered) => {
        const { missing, extra, changed } = rowDifferences(actual, expected, { ordered, tolerance: 0 });
        expect(actual.length - extra.length - changed.length).toBe(expected.length - missing.length - changed.length);
        const count = (list: readonly PlainRow[]): Record<string, number> => {
          const counts: Record<string, number> = {};
          for (const row of list) counts[JSON.stringify(row)] = (counts[JSON.stringify(row)] ?? 0) + 1;
          return counts;
        };
        const equal = (left: Record<string, number>, right: Record<string, number>): number =>
          Object.entries(left).reduce((sum, [text, n]) => sum + Math.min(n, right[text] ?? 0), 0);
        expect(missing.length + changed.length).toBe(expected.length - equal(count(expected), count(actual)));
      }),
    );
  });
});
