import { describe, expect, test } from 'vitest';
import { load, MillraceError, notNull, read, t } from '../src/index.ts';

const schema = { id: t.int() };
const frame = read.rows([{ id: 1 }], { schema });

/** Options as a notebook gives them, whose types nobody checks. */
const unchecked = (options: object): never => options as never;

describe('an option that is none is refused, with the nearest that is', () => {
  const refused: readonly [call: string, run: () => unknown, code: string, nearest: string | undefined][] = [
    ['read.csv: "sep"', () => read.csv('x.csv', unchecked({ schema, sep: ';' })), 'plan.argument', 'delimiter'],
    ['read.csv: "delimeter"', () => read.csv('x.csv', unchecked({ delimeter: ';' })), 'plan.argument', 'delimiter'],
    ['read.csv: "usecols"', () => read.csv('x.csv', unchecked({ usecols: ['id'] })), 'plan.argument', 'schema'],
    ['read.json: "record"', () => read.json('x', unchecked({ schema, record: 'a' })), 'plan.argument', 'records'],
    ['read.ndjson: "records"', () => read.ndjson('x', unchecked({ schema, records: 'a' })), 'plan.argument', undefined],
    ['read.excel: "sheetName"', () => read.excel('x', unchecked({ schema, sheetName: 'a' })), 'plan.argument', 'sheet'],
    ['read.arrow: "schma"', () => read.arrow('x', unchecked({ schma: schema })), 'plan.argument', 'schema'],
    [
      'read.parquet without a schema: "incremental"',
      () => read.parquet('x', unchecked({ incremental: {} })),
      'plan.argument',
      undefined,
    ],
    [
      'read.sql: "orderd"',
      () => read.sql('postgres://h', 'SELECT 1', unchecked({ schema, orderd: true })),
      'plan.argument',
      'ordered',
    ],
    ['read.rows: "onBadRows"', () => read.rows([], unchecked({ schema, onBadRows: '' })), 'plan.argument', 'onBadRow'],
    ['read.api: "param"', () => read.api('http://h', unchecked({ schema, param: {} })), 'plan.argument', 'params'],
    [
      'read.api, paginate: "parm"',
      () => read.api('http://h', unchecked({ schema, paginate: { kind: 'page', parm: 'p' } })),
      'api.option',
      'param',
    ],
    [
      'incremental: "curser"',
      () => read.csv('x.csv', unchecked({ schema, incremental: { name: 'a', curser: 'name' } })),
      'incremental.option',
      'cursor',
    ],
    ['dedupe: "orderby"', () => frame.dedupe(unchecked({ orderby: 'id' })), 'plan.argument', 'orderBy'],
    ['join: "onn"', () => frame.join(frame, unchecked({ onn: 'id' })), 'plan.argument', 'on'],
    [
      'check: "severty"',
      () => frame.check({ id: notNull }, unchecked({ severty: 'warn' })),
      'plan.argument',
      'severity',
    ],
    ['load.csv: "sep"', () => load.csv(frame, 'x', unchecked({ mode: 'fail', sep: ';' })), 'load.option', 'delimiter'],
    ['load.duckdb: "tabel"', () => load.duckdb(frame, 'x', unchecked({ tabel: 'a' })), 'load.option', 'table'],
    [
      'load.postgres: "keys"',
      () => load.postgres(frame, 'postgres://h', unchecked({ table: 'a', mode: 'upsert', keys: 'id' })),
      'load.option',
      'key',
    ],
  ];

  test.each(refused)('%s', async (call, run, code, nearest) => {
    const error = await (async () => run())().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(MillraceError);
    const { message } = error as MillraceError;
    expect((error as MillraceError).code).toBe(code);
    const [caller = '', option = ''] = call.split(/: (?=")/);
    const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
    expect(message).toContain(`${caller}: there is no option ${option}.${hint} The options are `);
  });
});

test('an option that is undefined is as good as left out', async () => {
  const options = unchecked({ schema, later: undefined });
  expect(await read.rows([{ id: 1 }], options).count()).toBe(1);
});
