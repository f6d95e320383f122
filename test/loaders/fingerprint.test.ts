import { expect, test } from 'vitest';
import { fn, read, t } from '../../src/index.ts';
import { fingerprint } from '../../src/loaders/fingerprint.ts';

const schema = { sku: t.string(), n: t.int() };
const rows = read.rows([{ sku: 'a', n: 1 }], { schema });

test('one plan made twice has one fingerprint', () => {
  const made = () => rows.filter((r) => r.n.gt(1)).withColumns((r) => ({ m: fn.when(r.n.gt(2), 'x').else('y') }));
  expect(fingerprint(made().plan)).toBe(fingerprint(made().plan));
  // Kept in ledgers: where this changes, fingerprint.ts has another form.
  expect(fingerprint(made().plan)).toBe('1:sJQqXfw1gMYJS93sCaOwueokauV5ey4NJx9OSLI2Mm8');
});

test('another value, verb, column or source is another plan', () => {
  const plans = [
    rows,
    rows.filter((r) => r.n.gt(1)),
    rows.filter((r) => r.n.gt(2)),
    rows.filter((r) => r.n.gte(1)),
    rows.filter((r) => r.sku.eq('1')),
    rows.limit(1),
    rows.limit(2),
    rows.drop('n'),
    rows.sort('n'),
    rows.sort({ desc: 'n' }),
    rows.concat(rows),
    rows.check({}, { satisfies: { small: (r) => r.n.lt(5) } }),
    rows.check({}, { satisfies: { small: (r) => r.n.lt(6) } }),
    read.rows([], { schema: { sku: t.string(), n: t.int().nullable() } }),
    read.ndjson('fixtures/no.ndjson', { schema }),
    read.ndjson('fixtures/other.ndjson', { schema }),
  ].map(({ plan }) => fingerprint(plan));
  expect(new Set(plans).size).toBe(plans.length);
});

test('a materialized frame is the plan it was made of', async () => {
  const plan = (n: number) => rows.filter((r) => r.n.gt(n));
  await using one = await plan(0).materialize();
  await using same = await plan(0).materialize();
  await using other = await plan(1).materialize();
  expect(fingerprint(one.plan)).toBe(fingerprint(same.plan));
  expect(fingerprint(one.plan)).not.toBe(fingerprint(other.plan));
});

test('a plan that shares its parts thirty times over is digested once', () => {
  let frame = rows;
  for (let i = 0; i < 30; i++) frame = frame.concat(frame);
  expect(fingerprint(frame.plan)).toMatch(/^1:.{43}$/);
});
