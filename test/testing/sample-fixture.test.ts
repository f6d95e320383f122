import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Frame, read, t } from '../../src/index.ts';
import { fixture, type SampleOptions, sampleFixture } from '../../src/testing/index.ts';
import { inputFolder } from '../support/files.ts';

const { folder } = inputFolder();

type ColumnsOf<F> = F extends Frame<infer C> ? C : never;
const schema = { id: t.int(), email: t.string(), total: t.decimal(8, 2).nullable() };
const customers = read.rows(
  Array.from({ length: 500 }, (_, id) => ({
    id,
    email: `person${id}@example.com`,
    total: id % 7 === 0 ? null : '1.50',
  })),
  { schema },
);

test('the same rows for the same seed, in the order of the frame, masked before they are written', async () => {
  const mask: SampleOptions<ColumnsOf<typeof customers>> = {
    rows: 20,
    seed: 7,
    mask: (r) => ({ email: r.email.redact() }),
  };
  const first = await fixture(await sampleFixture(customers, join(folder, 'a.csv'), mask), schema).rows();
  const second = await fixture(await sampleFixture(customers, join(folder, 'b.parquet'), mask), schema).rows();
  expect(first).toHaveLength(20);
  expect(second).toEqual(first);
  expect(first.map(({ id }) => id)).toEqual(first.map(({ id }) => id).sort((a, b) => a - b));
  expect(new Set(first.map(({ email }) => email))).toEqual(new Set(['***']));
  const other = await fixture(
    await sampleFixture(customers, join(folder, 'c.csv'), { ...mask, seed: 8 }),
    schema,
  ).rows();
  expect(other).not.toEqual(first);
});

test('fewer rows than wanted are all of them', async () => {
  const path = await sampleFixture(customers.limit(3), join(folder, 'few.ndjson'), { rows: 10 });
  expect(await fixture(path, schema).count()).toBe(3);
});

test('rows is a whole number from 1', async () => {
  await expect(sampleFixture(customers, join(folder, 'd.csv'), { rows: 0 })).rejects.toThrow('rows is 0');
});
