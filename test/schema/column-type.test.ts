import { expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';

test('two columns whose names differ only in case are refused where the schema is used', () => {
  const schema = { region: t.string(), Region: t.string() };
  for (const use of [
    () => read.rows([], { schema }),
    () => read.csv('no-such.csv', { schema }),
    () => read.rows([], { schema: { place: t.struct(schema) } }),
  ]) {
    expect(use).toThrow(
      expect.objectContaining({
        code: 'schema.duplicate_column',
        message: expect.stringContaining('"region" and "Region"'),
        details: { columns: ['region', 'Region'] },
      }),
    );
  }
});
