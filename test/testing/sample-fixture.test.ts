import { writeFileSync } from 'node:fs';
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

test.each(['csv', 'csv.gz', 'json', 'ndjson', 'parquet'])(
  '%s: the schema of a source with names and formats from outside reads what was cut from it',
  async (ending) => {
    const lines = {
      invoice: t.string().from('InvoiceNo'),
      price: t.decimal(8, 2, { decimal: ',' }).from('Unit.Price'),
      sold: t.date({ formats: ['%d.%m.%Y'] }).nullable(),
    };
    const source = join(folder, 'source.csv');
    writeFileSync(source, 'InvoiceNo;Unit.Price;sold\nA1;1,50;31.12.2024\nA2;2,25;\n');
    const frame = read.csv(source, { schema: lines, delimiter: ';' });
    const path = await sampleFixture(frame, join(folder, `cut.${ending}`), { rows: 2 });
    expect(await fixture(path, lines).rows()).toEqual([
      { invoice: 'A1', price: '1.50', sold: '2024-12-31' },
      { invoice: 'A2', price: '2.25', sold: null },
    ]);
  },
);

test('a file with the names from outside is read by those, though it has a column of the own name', async () => {
  const path = join(folder, 'both.csv');
  writeFileSync(path, 'old_id,id\n1,2\n');
  const renamed = { id: t.int().from('old_id') };
  expect(await fixture(path, renamed, { extraColumns: 'ignore' }).rows()).toEqual([{ id: 1 }]);
  writeFileSync(join(folder, 'both.ndjson'), '{"old_id":1,"id":2}\n');
  expect(await fixture(join(folder, 'both.ndjson'), renamed).rows()).toEqual([{ id: 1 }]);
  writeFileSync(path, 'other\n1\n');
  await expect(fixture(path, renamed).rows()).rejects.toThrow('the header has no column "old_id"');
});

test('rows is a whole number from 1', async () => {
  await expect(sampleFixture(customers, join(folder, 'd.csv'), { rows: 0 })).rejects.toThrow('rows is 0');
});
