import { join } from 'node:path';
import { expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const { folder } = inputFolder();

const numbers = read.rows([{ n: 1 }, { n: 2 }], { schema: { n: t.int() } });
const schema = { n: t.int().nullable() };

test('mapBatches gives lists and structs as such to the verbs and files that come after it', async () => {
  const nested = { l: t.list(t.int()), o: t.struct({ a: t.string(), b: t.decimal(5, 2) }) };
  const mapped = numbers.mapBatches((rows) => rows.map(({ n }) => ({ l: [n, n + 1], o: { a: `x${n}`, b: '1.50' } })), {
    schema: nested,
  });
  const expected = [
    { l: [1, 2], o: { a: 'x1', b: '1.50' } },
    { l: [2, 3], o: { a: 'x2', b: '1.50' } },
  ];
  expect(await mapped.rows()).toEqual(expected);
  const path = join(folder, 'nested.parquet');
  await load.parquet(mapped, path, { mode: 'replace' });
  expect(await read.parquet(path, { schema: nested }).rows()).toEqual(expected);
});

test.each([
  ['nothing', undefined, 'the function gave a value of type undefined'],
  ['null', null, 'the function gave null'],
  ['an object', { n: 1 }, 'the function gave a value of type object'],
  ['a row that is none', [null], 'the function gave null for a row'],
  ['a misspelt key', [{ N: 1 }], 'the function gave a row with "N", which the schema does not name'],
])('mapBatches refuses %s, and says which columns rows have', async (_, given, message) => {
  const mapped = numbers.mapBatches(() => given as never, { schema });
  await expect(mapped.rows()).rejects.toMatchObject({
    code: 'map.bad_row',
    message: expect.stringMatching(new RegExp(`${message}.*columns n\\.`)),
  });
});

test.each([
  ['NaN', Number.NaN, /, NaN, which is not an int/],
  ['a bigint', 1n, /, "1", which is not an int/],
])('a value that is none is told as it is: %s', async (_, n, message) => {
  await expect(numbers.mapBatches(() => [{ n }], { schema }).rows()).rejects.toMatchObject({
    code: 'map.bad_row',
    message: expect.stringMatching(message),
  });
});
