import { expect, test } from 'vitest';
import { read, t } from '../../../src/index.ts';

const numbers = read.rows([{ n: 1 }, { n: 2 }], { schema: { n: t.int() } });
const schema = { n: t.int().nullable() };

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
