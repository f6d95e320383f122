import { afterAll, describe, expect, test } from 'vitest';
import { createSession, MillraceError, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

/** What JavaScript, or a cast, lets through. */
type Reader = (...given: readonly unknown[]) => { rows?(): Promise<unknown> } | Promise<unknown>;
const readers = Object.entries(session.read) as unknown as readonly [string, Reader][];
const schema = { id: t.int() };
const nothings: readonly (readonly unknown[])[] = [[], [undefined, { schema }], [null, { schema }], ['x.csv', null]];

describe.each(readers)('read.%s', (name, reader) => {
  test.each(nothings)('refuses what is no source or no options: %j %j', async (...given) => {
    const error = await (async () => {
      const made = (await reader(...given)) as { rows?(): Promise<unknown>; next?(): Promise<unknown> };
      await (made.rows?.() ?? made.next?.());
    })().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(MillraceError);
    expect((error as MillraceError).message).toContain(`read.${name}`);
  });

  test('refuses what is of another kind', () => {
    if (name === 'csv' || name === 'arrow') return expect(() => reader(undefined, { schema })).toThrow(/Give a path/);
    return expect(() => reader(5, { schema })).toThrow(/ is (5|an object of Object)\. Give /);
  });
});

test('a schema that is none is told', () => {
  expect(() => session.read.rows([], {} as never)).toThrow(
    'The schema is undefined. Give columns, such as { id: t.int() }.',
  );
});

test.each<[string, unknown[]]>([
  ['csv', ['x.csv']],
  ['json', ['x.json']],
  ['ndjson', ['x.ndjson']],
  ['parquet', ['x.parquet']],
  ['arrow', ['x.arrow']],
  ['excel', ['x.xlsx']],
  ['rows', [[]]],
  ['api', ['http://127.0.0.1:1']],
  ['sql', ['postgres://127.0.0.1:1/x', 'SELECT 1']],
])('read.%s refuses a schema without a column', (name, given) => {
  const reader = session.read[name as 'rows'] as (...given: unknown[]) => unknown;
  const error = { code: 'schema.invalid', message: expect.stringContaining('The schema is {}, without a column.') };
  expect(() => reader(...given, { schema: {} })).toThrow(expect.objectContaining(error));
  expect(() => t.struct({})).toThrow(expect.objectContaining(error));
});

test('what JavaScript lets through is told: no path, an object that is no Arrow', async () => {
  const { read } = session;
  await expect(read.parquet([], { schema }).rows()).rejects.toMatchObject({ code: 'parquet.not_found' });
  expect(() => read.arrow({} as never)).toThrow('read.arrow: the source is an object of Object. Give a path,');
});
