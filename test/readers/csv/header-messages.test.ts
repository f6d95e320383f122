import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type CsvOptions, read, type SchemaSpec, t } from '../../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-header-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What reading a text by a schema says. */
async function saidOf(text: string, schema: SchemaSpec, options: CsvOptions = {}): Promise<string> {
  const path = join(folder, 'sales.csv');
  writeFileSync(path, text);
  const error: unknown = await read
    .csv(path, { ...options, schema })
    .count()
    .then(String, (thrown: unknown) => thrown);
  return (error as Error).message.replace(path, 'sales.csv');
}

test.each([
  [';', ','],
  ['\t', ','],
  ['|', ','],
  [',', ';'],
])('a header that is cut at %j, where the delimiter is %j', async (own, given) => {
  const said = await saidOf(`sku${own}price\na${own}1\n`, { sku: t.string() }, { delimiter: given });
  const [one, other] = [own, given].map((character) => JSON.stringify(character));
  expect(said).toContain(
    `Its columns are sku${own}price. It is one field with ${one} in it, and the delimiter is ${other}: give delimiter: ${one},`,
  );
});

test('a header of several fields, or of one without another delimiter, is not cut wrongly', async () => {
  expect(await saidOf('a;b,c\n1,2\n', { sku: t.string() })).toMatch(/Its columns are a;b, c\.$/);
  expect(await saidOf('stock\n1\n', { sku: t.string() })).toMatch(/Its columns are stock\.$/);
});

test.each([
  ['sku,a\n1,2\n', 'does not name "a". Add it to the schema'],
  ['sku,a,b\n1,2,3\n', 'does not name "a", "b". Add them to the schema'],
])('columns that the schema does not name: %j', async (text, message) => {
  expect(await saidOf(text, { sku: t.string() })).toContain(message);
});

test.each([
  ['p\nx\ny\n', '1 more row does not fit either.'],
  ['p\nx\ny\nz\n', '2 more rows do not fit either.'],
])('how many rows more do not fit: %j', async (text, message) => {
  expect(await saidOf(text, { p: t.int() })).toContain(message);
});

test.each([
  ['1.95', '"1.95" is not a decimal(5, 1): it has more digits after the point.'],
  ['-.05', '"-.05" is not a decimal(5, 1): it has more digits after the point.'],
  ['123456.5', '"123456.5" is not a decimal(5, 1).'],
  ['1.9x', '"1.9x" is not a decimal(5, 1).'],
  ['1e-9', '"1e-9" is not a decimal(5, 1).'],
])('a text that is no decimal: %s', async (text, message) => {
  expect(await saidOf(`p\n${text}\n`, { p: t.decimal(5, 1) })).toContain(message);
});

test('a decimal point of its own', async () => {
  expect(await saidOf('p\n"1,95"\n', { p: t.decimal(5, 1) }, { decimal: ',' })).toContain(
    `"1,95" is not a decimal(5, 1) with the decimal point ',': it has more digits after the point.`,
  );
});
