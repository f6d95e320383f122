import { expect, test } from 'vitest';
import { t } from '../../src/index.ts';
import { fixture } from '../../src/testing/index.ts';
import { inputFolder } from '../support/files.ts';

const input = inputFolder();
const path = input.write('a.csv', 'schema,n\nx,1\ny,two\n');

test('the schema stands by itself or among the options', async () => {
  const schema = { schema: t.string(), n: t.int() };
  const alone = fixture(path, schema, { onBadRow: 'quarantine' });
  const among = fixture(path, { schema, onBadRow: 'quarantine' });
  expect(await alone.rows()).toEqual([{ schema: 'x', n: 1 }]);
  expect(await among.rows()).toEqual([{ schema: 'x', n: 1 }]);
  const names: ('schema' | 'n')[] = (await among.rows()).flatMap((row) => Object.keys(row) as (keyof typeof row)[]);
  expect(names).toEqual(['schema', 'n']);
});

test('a column may be called schema', async () => {
  expect(await fixture(path, { schema: t.string() }, { extraColumns: 'ignore' }).rows()).toEqual([
    { schema: 'x' },
    { schema: 'y' },
  ]);
});

test('without a schema the error says how to give one', () => {
  // @ts-expect-error: no schema
  expect(() => fixture(path)).toThrow(/the schema is undefined\. Give \{ sku: t\.string\(\) \} or/);
});
