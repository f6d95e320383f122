import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession } from '../../src/index.ts';
import { dataFolder } from '../support/data.ts';
import { difference, type PeerCase } from './cases.ts';
import { conventions } from './lists.ts';
import { outcomeOf } from './run.ts';

const file = join(dataFolder() ?? '', 'verbs', 'peer-cases.json');
const isThere = existsSync(file);
if (!isThere) console.log("peer cases: skipped, the file of peers' cases is not here (see test/support/data.ts)");
const cases = isThere ? (JSON.parse(readFileSync(file, 'utf8')) as { cases: PeerCase[] }).cases : [];
const page = resolve(import.meta.dirname, '../../docs/peer-cases.md');

const session = createSession({ threads: 2 });
afterAll(() => session.close());

const outcomes = new Map<string, object>(
  conventions.flatMap(({ ids, code }) => ids.map((id) => [id, { is: 'refused', code }] as const)),
);
const listed = conventions.flatMap(({ ids }) => ids);
const passing = cases.filter(({ id }) => !outcomes.has(id));

describe.skipIf(!isThere)("peers' cases", () => {
  test.each(passing)('$id passes', async (peerCase) => {
    expect(await outcomeOf(peerCase, session)).toEqual({ is: 'equal' });
  });

  test.each(cases.filter(({ id }) => outcomes.has(id)))('$id does not, as listed', async (peerCase) => {
    expect(await outcomeOf(peerCase, session)).toMatchObject(outcomes.get(peerCase.id) ?? {});
  });

  test('every listed id is a case, and listed once', () => {
    expect(listed.filter((id) => !cases.some((peerCase) => peerCase.id === id))).toEqual([]);
    expect(listed.filter((id, i) => listed.indexOf(id) !== i)).toEqual([]);
  });

  test('docs/peer-cases.md says so; written by this test with `--update`', async () => {
    await expect(written()).toMatchFileSnapshot(page);
  });
});

describe('the comparison', () => {
  const expected = [{ a: 1, b: { $undefined: true } }, { a: 0.3 }];
  const rows = [
    { a: 0.1 + 0.2, b: null },
    { a: 1, b: null },
  ];

  test('takes missing as null, floats to 1e-12, and rows in any order unless they have one', () => {
    expect(difference(rows, expected, false)).toBeUndefined();
    expect(difference(rows, expected, true)).toContain('not [1,null]');
    expect(difference([...rows].reverse(), expected, true)).toBeUndefined();
  });

  test('tells other values, rows and columns', () => {
    expect(difference([{ a: 0.3000001, b: null }, ...rows.slice(1)], expected, false)).toContain('not [0.3,null]');
    expect(difference(rows.slice(1), expected, false)).toBe('1 rows, not 2');
    expect(difference([...rows, ...rows], expected, false)).toBe('4 rows, not 2');
    expect(
      difference(
        rows.map(({ a }) => ({ a })),
        expected,
        false,
      ),
    ).toBe('columns that are not there: b');
    expect(
      difference(
        rows.map((row) => ({ ...row, c: 1 })),
        expected,
        false,
      ),
    ).toBe('columns that were not expected: c');
  });
});

function written(): string {
  const peers = (['arquero', 'tidyjs'] as const).map((origin) => {
    const own = cases.filter((peerCase) => peerCase.origin === origin);
    const count = (list: readonly { readonly ids: readonly string[] }[]) =>
      own.filter(({ id }) => list.some(({ ids }) => ids.includes(id))).length;
    const counts = [own.length, own.filter(({ id }) => !outcomes.has(id)).length, count(conventions)];
    return { name: origin === 'arquero' ? 'Arquero' : 'tidy.js', counts };
  });
  const total = [0, 1, 2].map((i) => peers.reduce((sum, { counts }) => sum + (counts[i] ?? 0), 0));
  const line = (...cells: readonly (string | number)[]) => `| ${cells.join(' | ')} |`;
  return `# Peers' cases

Tables in, verbs, tables out: ${total[0]} cases recorded from the test suites of Arquero (BSD-3-Clause) and tidy.js (MIT),
run against the public API by \`test/peers/peer-cases.test.ts\`. The file of cases is not part of this repository; where
it is absent the test says so and is skipped. This page is written by the test (\`npx vitest run test/peers --update\`).

${line('peer', 'cases', 'pass', 'another convention')}
|---|--:|--:|--:|
${peers.map(({ name, counts }) => line(name, ...counts)).join('\n')}
${line('together', ...total)}

Rows are compared in their order where the case sorts, else in any; missing values, undefined and NaN are null; floats to
1e-12. A peer's verb is spelled with ours as a user would write it: a union is \`concat\` and \`dedupe\`, a grouped slice a
filter on \`fn.rowNumber().over(..)\`, a suffix on both sides of a join a \`rename\` before it.

## Another convention

${line('cases', 'reason')}
|---|---|
${conventions.map(({ ids, reason }) => line(ids.join(', '), reason)).join('\n')}
`;
}
