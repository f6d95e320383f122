import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { load, t } from '../../src/index.ts';
import { failureOf, loadPlaces } from '../support/loads.ts';

/* Random loads, one after another, into one table: after each it holds what a few lines of JavaScript say. */

const { places, close } = await loadPlaces();
afterAll(close);

const schema = { id: t.int(), part: t.string(), name: t.string().nullable(), size: t.float().nullable() };
type Given = {
  readonly id: number;
  readonly part: string;
  readonly name: string | null;
  readonly size: number | null;
};

const given: fc.Arbitrary<Given> = fc.record({
  id: fc.integer({ min: 1, max: 6 }),
  part: fc.constantFrom('x', 'y', "z'"),
  name: fc.constantFrom(null, '', 'a', 'a ', 'A', 'ä\\\t"'),
  size: fc.constantFrom(null, 0, -0, 1.5, 0.1 + 0.2, 1e300),
});
const step = fc.record({
  mode: fc.constantFrom('insert-new', 'upsert', 'update', 'sync', 'replace-where', 'replace', 'append'),
  rows: fc.uniqueArray(given, { selector: ({ id }) => id, maxLength: 5 }),
  part: fc.constantFrom('x', 'y', "z'"),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** A row as text that tells all that it holds. */
const textOf = ({ id, part, name, size }: Given): string =>
  [id, part, name === null ? 'null' : `'${name}'`, Object.is(size, -0) ? '-0' : size].join('|');

interface Expected {
  readonly rows: readonly Given[];
  readonly changes: readonly number[] | undefined;
}

/** What a load makes of a table: [inserted, updated, deleted, unchanged]. */
function expected(before: readonly Given[], { mode, rows, part }: Step): Expected {
  const there = new Map(before.map((row) => [row.id, row]));
  const fresh = rows.filter(({ id }) => !there.has(id));
  const met = rows.filter(({ id }) => there.has(id));
  const replaced = (by: (old: Given, row: Given) => Given) => {
    const after = met.map((row) => by(there.get(row.id) as Given, row));
    const changed = after.filter((row) => textOf(row) !== textOf(there.get(row.id) as Given));
    return { after, changed: changed.length };
  };
  const untouched = before.filter(({ id }) => !rows.some((row) => row.id === id));
  switch (mode) {
    case 'append':
      return { rows: [...before, ...rows], changes: undefined };
    case 'replace':
      return { rows, changes: undefined };
    case 'insert-new':
      return { rows: [...before, ...fresh], changes: [fresh.length, 0, 0, met.length] };
    case 'replace-where': {
      const of = rows.map((row) => ({ ...row, part }));
      const kept = before.filter((row) => row.part !== part);
      return { rows: [...kept, ...of], changes: [of.length, 0, before.length - kept.length, 0] };
    }
    case 'sync': {
      const { after, changed } = replaced((_, row) => row);
      return {
        rows: [...after, ...fresh],
        changes: [fresh.length, changed, untouched.length, met.length - changed],
      };
    }
    default: {
      const { after, changed } = replaced((old, row) => (mode === 'upsert' ? row : { ...old, name: row.name }));
      return {
        rows: [...untouched, ...after, ...fresh],
        changes: [fresh.length, changed, 0, met.length - changed],
      };
    }
  }
}

describe.each(places)('$name', ({ name, target, session, rows }) => {
  test('random loads', async () => {
    const stored = async (): Promise<string[]> => {
      const found = await rows('SELECT id::text, part, name, size::text FROM things');
      return found
        .map(([id, part, name, size]) =>
          textOf({ id: Number(id), part: String(part), name: name ?? null, size: size === null ? null : Number(size) }),
        )
        .sort();
    };
    const run = async (steps: readonly Step[]): Promise<void> => {
      await rows('DROP TABLE IF EXISTS things');
      await rows('CREATE TABLE things (id bigint PRIMARY KEY, part text, name text, size double precision)');
      let before: readonly Given[] = [];
      for (const step of steps) {
        const { mode, part } = step;
        const of = mode === 'replace-where' ? step.rows.map((row) => ({ ...row, part })) : step.rows;
        const frame = session.read.rows(of, { schema });
        const options = { table: 'things', onEmpty: 'load' } as const;
        const after = expected(before, step);
        const loading =
          mode === 'append' || mode === 'replace'
            ? load.postgres(frame, target, { ...options, mode })
            : mode === 'replace-where'
              ? load.postgres(frame, target, { ...options, mode, where: (r) => r.part.eq(part) })
              : mode === 'update'
                ? load.postgres(frame, target, { ...options, mode: 'upsert', key: 'id', update: 'name' })
                : load.postgres(frame, target, { ...options, mode, key: 'id' });
        if (new Set(after.rows.map(({ id }) => id)).size < after.rows.length) {
          expect((await failureOf(loading)).code).toBe('postgres.constraint');
        } else {
          const { changes, rows: counts } = await loading;
          expect(changes && [changes.inserted, changes.updated, changes.deleted, changes.unchanged]).toEqual(
            after.changes,
          );
          expect(counts.filtered).toBe(0);
          before = after.rows;
        }
        expect(await stored()).toEqual(before.map(textOf).sort());
      }
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), run), {
      numRuns: name.includes('itself') ? 12 : 25,
      endOnFailure: true,
    });
  }, 120_000);
});
