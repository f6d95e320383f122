import { Table } from 'apache-arrow';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, load, MillraceError, suggestSchema, t } from '../../src/index.ts';

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

const calls: Readonly<Record<string, unknown[]>> = {
  csv: ['x.csv'],
  json: ['x.json'],
  parquet: ['x.parquet'],
  excel: ['x.xlsx'],
  rows: [[]],
  api: ['http://127.0.0.1:1'],
  sql: ['postgres://127.0.0.1:1/x', 'SELECT 1'],
  stream: [(async function* () {})()],
};

test.each<[string, string, unknown, string]>([
  ['csv', 'header', 'yes', '"yes". Give true or false.'],
  ['csv', 'nullPadding', null, 'null. Give true or false.'],
  ['csv', 'decimal', 5, '5. Give a text.'],
  ['csv', 'dateFormats', '%Y', '"%Y". Give a list.'],
  ['csv', 'nullMarkers', 'NA', '"NA". Give an object or a list.'],
  ['csv', 'delimiter', 1n, '"1". Give one character'],
  ['csv', 'incremental', null, 'null. Give an object.'],
  ['csv', 'headers', 'Bearer hunter2', 'a text. Give an object.'],
  ['json', 'records', 5, '5. Give a text.'],
  ['json', 'records', null, 'null. Give a text.'],
  ['json', 'records', ['a'], 'an object of Array. Give a text.'],
  ['json', 's3', 'eu', '"eu". Give an object.'],
  ['parquet', 'incremental', null, 'null. Give an object.'],
  ['excel', 'header', 1, '1. Give true or false.'],
  ['rows', 'onBadRow', 5, '5. Give a text or an object.'],
  ['sql', 'values', 5, '5. Give a list.'],
  ['sql', 'values', {}, 'an object of Object. Give a list.'],
  ['sql', 'ordered', 'yes', '"yes". Give true or false.'],
  ['stream', 'row', 5, '5. Give a function.'],
  ['stream', 'ack', 5, '5. Give a function.'],
  ['stream', 'batch', null, 'null. Give an object.'],
  ['stream', 'batch', 5, '5. Give an object.'],
  ['api', 'incremental', null, 'null. Give an object.'],
  ['api', 'headers', 'Bearer hunter2', 'a text. Give an object or a function.'],
  ['api', 'headers', null, 'null. Give an object or a function.'],
  ['api', 'body', '{"a":1}', 'a text. Give an object or a function.'],
  ['api', 'body', null, 'null. Give an object or a function.'],
])('read.%s refuses %s of another kind: %s', (name, option, value, message) => {
  const reader = session.read[name as 'rows'] as (...given: unknown[]) => unknown;
  expect(() => reader(...(calls[name] ?? []), { schema, [option]: value })).toThrow(
    expect.objectContaining({
      code: `${name}.option`,
      message: expect.stringContaining(`read.${name}: ${option} is ${message}`),
      details: expect.objectContaining({ option }),
    }),
  );
});

test.each<[unknown, unknown, string, string]>([
  [undefined, {}, 'suggest.option', 'source is undefined. Give a path, a url, a stream of bytes or a connection.'],
  ['x.csv', null, 'plan.argument', 'suggestSchema was given null. Give options, such as { sample: 1000 }.'],
  ['x.csv', { sampel: 5 }, 'plan.argument', 'there is no option "sampel". Did you mean "sample"?'],
  ['x.csv', { records: 5 }, 'suggest.option', 'records is 5. Give a text.'],
  ['x.csv', { sample: 1n }, 'suggest.option', 'sample is "1". Give a whole number from 1.'],
])('suggestSchema refuses %s, %s', async (source, options, code, message) => {
  await expect(suggestSchema(source as never, options as never)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message),
  });
});

test.each<[object, string]>([
  [{ delimiter: 5 }, 'delimiter is 5. Give a text.'],
  [{ header: 'no' }, 'header is "no". Give true or false.'],
  [{ nullMarker: null }, 'nullMarker is null. Give a text.'],
  [{ onProgress: 5 }, 'onProgress is 5. Give a function.'],
])('load.csv refuses %j', async (option, message) => {
  const frame = session.read.rows([{ id: 1 }], { schema });
  const options = { mode: 'fail', ...option } as never;
  await expect(load.csv(frame, 'x.csv', options)).rejects.toMatchObject({
    code: 'load.option',
    message: `load.csv: ${message}`,
  });
});

test('a frame without a column is none', () => {
  const { read } = session;
  const frame = read.rows([{ id: 1 }], { schema });
  const none = { code: 'plan.argument', message: expect.stringContaining('no column is left') };
  expect(() => frame.select()).toThrow(expect.objectContaining(none));
  expect(() => frame.drop('id')).toThrow(expect.objectContaining(none));
  expect(() => frame.select(5 as never)).toThrow(MillraceError);
  expect(() => read.arrow(new Table())).toThrow(expect.objectContaining({ code: 'schema.invalid' }));
});
