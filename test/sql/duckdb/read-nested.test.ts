import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyColumnType, createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';
import { everyDtype, randomRows } from '../../support/random-tables.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
let server: Server;
let body = '';
beforeAll(async () => {
  server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, resolve));
});
afterAll(async () => {
  server.close();
  await session.close();
});

/** What a text of JSON becomes; a text that does not fit becomes nothing. */
type Found = Record<string, unknown>;
type Way = (type: AnyColumnType, texts: readonly string[]) => Promise<Found>;

const byNumber = (texts: readonly string[], rows: readonly { readonly n: number; readonly x: unknown }[]): Found =>
  Object.fromEntries(rows.map(({ n, x }) => [texts[n], x]));
const records = (texts: readonly string[]): string[] => texts.map((text, n) => `{"n": ${n}, "x": ${text}}`);
const csv = (texts: readonly string[]): string =>
  write('x.csv', `n,x\n${texts.map((text, n) => `${n},"${text.replaceAll('"', '""')}"\n`).join('')}`);

const readers: Record<string, Way> = {
  csv: async (type, texts) => {
    const frame = read.csv(csv(texts), { schema: { n: t.int(), x: type }, onBadRow: 'quarantine' });
    return byNumber(texts, await frame.rows());
  },
  ndjson: async (type, texts) => {
    const path = write('x.ndjson', records(texts).join('\n'));
    const frame = read.ndjson(path, { schema: { n: t.int(), x: type }, onBadRow: 'quarantine' });
    return byNumber(texts, await frame.rows());
  },
  json: async (type, texts) => {
    const path = write('x.json', `[${records(texts).join(',\n')}]`);
    const frame = read.json(path, { schema: { n: t.int(), x: type }, onBadRow: 'quarantine' });
    return byNumber(texts, await frame.rows());
  },
  api: async (type, texts) => {
    body = `[${records(texts).join(',')}]`;
    const url = `http://localhost:${(server.address() as AddressInfo).port}/`;
    const frame = read.api(url, { schema: { n: t.int(), x: type }, onBadRow: 'quarantine' });
    return byNumber(texts, await frame.rows());
  },
  parse: async (type, texts) => {
    const frame = read.csv(csv(texts), { schema: { n: t.int(), x: t.string() } });
    const parsed = frame.withColumns((r) => ({ x: r.x.parse(type, { onError: 'null' }) }));
    return byNumber(texts, await parsed.filter((r) => r.x.isNotNull()).rows());
  },
  'cast of json': async (type, texts) => {
    const frame = read.csv(csv(texts), { schema: { n: t.int(), x: t.json() } });
    const cast = frame.withColumns((r) => ({ x: r.x.cast(type, { onError: 'null' }) }));
    return byNumber(texts, await cast.filter((r) => r.x.isNotNull()).rows());
  },
};

const deep = t.list(t.struct({ a: t.int(), b: t.list(t.struct({ c: t.date().nullable() })).nullable() }));

const cases: [name: string, type: AnyColumnType, fit: Found, others: string[]][] = [
  [
    'int',
    t.list(t.int()),
    { '[1, 2.0, 1e3]': [1, 2, 1000], '[]': [], '[9007199254740991]': [9007199254740991] },
    ['[1.5]', '["1"]', '[true]', '[null]', '[9007199254740993]', '[1e400]', '{"a": 1}', '[[1]]', '1', '"[1]"'],
  ],
  ['items that may be null', t.list(t.int().nullable()), { '[null, 1]': [null, 1] }, ['["null"]', '[1, 1.5]']],
  [
    'bigint',
    t.list(t.bigint()),
    { '[9223372036854775807, "-9223372036854775808"]': [9223372036854775807n, -9223372036854775808n] },
    ['[9223372036854775808]', '["1.0"]', '[1.5]', '[false]'],
  ],
  [
    'float',
    t.list(t.float()),
    { '[0.30000000000000004, 1, -1.5e-7]': [0.30000000000000004, 1, -1.5e-7] },
    ['["1"]', '[1e400]', '["NaN"]', '[true]'],
  ],
  [
    'decimal',
    t.list(t.decimal(24, 4)),
    { '[12345678901234567890.1234, "0.10", 1e-2]': ['12345678901234567890.1234', '0.1000', '0.0100'] },
    ['[1.00005]', '[0.10000000000000000001]', '["1,5"]', '["1e2"]', '[100000000000000000000]', '[true]'],
  ],
  ['string', t.list(t.string()), { '["a", "", "null", "1", "é\\n"]': ['a', '', 'null', '1', 'é\n'] }, ['[1]', '[{}]']],
  ['enum', t.list(t.enum(['a', "b'"])), { '["a", "b\'"]': ['a', "b'"] }, ['["c"]', '["A"]', '[""]']],
  ['boolean', t.list(t.boolean()), { '[true, false]': [true, false] }, ['["true"]', '[1]', '[0]']],
  ['date', t.list(t.date()), { '["2024-02-29"]': ['2024-02-29'] }, ['["2024-02-30"]', '[20240229]', '["2024-02-29 "]']],
  [
    'timestamp',
    t.list(t.timestamp()),
    { '["2024-01-05T10:00:00.5+02:00"]': [new Date('2024-01-05T08:00:00.500Z')] },
    ['["now"]', '["2024-01-05 25:00:00"]', '[1704448800]'],
  ],
  ['binary', t.list(t.binary()), { '["AAE=", ""]': [new Uint8Array([0, 1]), new Uint8Array()] }, ['["*"]', '[1234]']],
  ['json', t.list(t.json().nullable()), { '[{"a": [1]}, "x", null]': [{ a: [1] }, 'x', null] }, ['{}']],
  [
    'struct',
    t.struct({ a: t.int(), "b.'c": t.string().nullable() }),
    {
      '{"a": 1}': { a: 1, "b.'c": null },
      '{"a": 1, "b.\'c": "x", "d": 1, "d": 2}': { a: 1, "b.'c": 'x' },
    },
    [
      '{}',
      '{"a": null}',
      '{"A": 1}',
      '{"a": "1"}',
      '{"a": 1, "b.\'c": 2}',
      '[1]',
      '{"a": 1, "a": 1}',
      '{"a": 1, "\\u0061": 1}',
    ],
  ],
  [
    'lists in structs in lists',
    deep,
    {
      '[{"a": 1, "b": [{"c": "2024-01-01"}, {}]}, {"a": 2}]': [
        { a: 1, b: [{ c: '2024-01-01' }, { c: null }] },
        { a: 2, b: null },
      ],
    },
    ['[{"a": 1, "b": [{"c": 1}]}]', '[{"a": 1, "b": [null]}]', '[{"a": 1, "b": {"c": null}}]', '[{"a": 1}, {"b": []}]'],
  ],
  [
    'strings that begin as marked numbers do',
    t.struct({ a: t.int().nullable(), s: t.list(t.string()), j: t.json() }),
    {
      '{"s": ["\\u00011", "\\u0001\\u00012", "x\\"\\u00013", "1234567890123456789"], "j": ["\\u00014", "\\"\\u00015", 1234567890.5]}':
        {
          a: null,
          s: ['\u00011', '\u0001\u00012', 'x"\u00013', '1234567890123456789'],
          j: ['\u00014', '"\u00015', 1234567890.5],
        },
    },
    ['{"a": "\\u00011", "s": [], "j": 12345678901234567890}'],
  ],
];

/** These read records as the reader of NDJSON does: how they are cut out is tested elsewhere. */
const alike = ['json', 'api'];
const few = ['int', 'struct', 'lists in structs in lists'];

describe.each(Object.entries(readers))('%s', (way_, way) => {
  test.each(cases.filter(([name]) => !alike.includes(way_) || few.includes(name)))(
    '%s',
    async (_name, type, fit, others) => {
      expect(await way(type, [...Object.keys(fit), ...others])).toEqual(fit);
    },
  );
});

describe('what does not fit is told with its path', () => {
  test.each<[string, AnyColumnType, string]>([
    ['[1,1.5]', t.list(t.int()), 'does not fit at [1]: 1.5 is not an int (a whole number up to 9007199254740991)'],
    ['[1,null]', t.list(t.int()), 'does not fit at [1]: it is null, and not nullable'],
    ['{"a":1}', t.list(t.int()), 'is an object, not a list(int)'],
    ['3', t.list(t.int()), 'is not a list(int)'],
    ['[{"a":1,"b":[{"c":"x"}]}]', deep, `does not fit at [0].b[0].c: "x" is not a date ('YYYY-MM-DD')`],
    ['[{"a":1},{}]', deep, 'does not fit at [1].a: it is missing, and not nullable'],
    ['{"x":["a"]}', t.struct({ x: t.string() }), 'does not fit at x: is an array, not a string'],
    ['{"x":"a","x":"b"}', t.struct({ x: t.string() }), 'does not fit at x: the key stands more than once'],
    [
      '{"x":12345678901234567890}',
      t.struct({ x: t.bigint() }),
      'does not fit at x: 12345678901234567890 is not a bigint (a whole number of 64 bits)',
    ],
  ])('%s', async (value, type, reason) => {
    const schema = { n: t.int(), x: type };
    const ndjson = write('x.ndjson', `{"n": 1, "x": null}\n${records([value])[0]}\n`);
    const files = [
      {
        name: ndjson,
        code: 'json.bad_row',
        read: (path: string) => read.ndjson(path, { schema: { ...schema, x: type.nullable() } }),
      },
      { name: csv([value]), code: 'csv.bad_row', read: (path: string) => read.csv(path, { schema }) },
    ];
    for (const { name, code, read: from } of files) {
      const error = { code, details: { file: name, line: 2, column: 'x', value, reason } };
      await expect(from(name).rows()).rejects.toMatchObject(error);
    }
    const parsed = read
      .rows([{ x: value }], { schema: { x: t.string() } })
      .withColumns((r) => ({ x: r.x.parse(type) }));
    await expect(parsed.rows()).rejects.toMatchObject({
      code: 'cast.failed',
      message: expect.stringContaining(`x: '${value}' ${reason}. Clean the column`),
    });
  });

  test('what JSON has no word for is not read', async () => {
    const path = write('nan.ndjson', records(['[NaN]', '[-inf]', '[1, Infinity]', '["nan"]']).join('\n'));
    const bad = async (type: AnyColumnType): Promise<number> =>
      read
        .ndjson(path, { schema: { x: type }, onBadRow: 'quarantine' })
        .quarantine()
        .count();
    expect([await bad(t.json()), await bad(t.list(t.json())), await bad(t.list(t.float()))]).toEqual([3, 3, 4]);
  });
});

describe('JavaScript rows', () => {
  test('each value is kept as it is', async () => {
    const schema = {
      x: t.list(
        t.struct({
          b: t.binary(),
          f: t.float(),
          at: t.timestamp(),
          d: t.decimal(38, 10),
          big: t.bigint(),
          j: t.json().nullable(),
          s: t.string(),
        }),
      ),
    };
    const value = {
      f: -0,
      d: '1234567890123456789012345678.0123456789',
      big: -(2n ** 63n),
      j: { k: ['\u00015', 0.1] },
    };
    const given = { ...value, b: new Uint8Array([0, 255, 34, 92]), at: '2024-01-05T10:00+02:00', s: '\u00011' };
    const x = [given, { ...given, f: 5e-324, j: null, b: new Uint8Array() }];
    const at = new Date('2024-01-05T08:00:00Z');
    expect(await read.rows([{ x }], { schema }).rows()).toEqual([{ x: x.map((item) => ({ ...item, at })) }]);
  });

  test.each<[unknown, AnyColumnType]>([
    [[null], t.list(t.int())],
    [[undefined], t.list(t.int())],
    // biome-ignore lint/suspicious/noSparseArray: a hole is what is tested
    [[1, , 2], t.list(t.int())],
    [[1.5], t.list(t.int())],
    [['1'], t.list(t.int())],
    [['c'], t.list(t.enum(['a', 'b']))],
    [[{ a: null }], t.list(t.struct({ a: t.int() }))],
    [{}, t.struct({ constructor: t.json() })],
    [{ a: '1.005' }, t.struct({ a: t.decimal(9, 2) })],
  ])('%j does not fit', async (x, type) => {
    await expect(read.rows([{ x }], { schema: { x: type } }).rows()).rejects.toMatchObject({ code: 'rows.bad_row' });
  });

  test('items that may be null', async () => {
    const rows = [{ x: [null, 1] }];
    expect(await read.rows(rows, { schema: { x: t.list(t.int().nullable()) } }).rows()).toEqual(rows);
  });
});

describe('casts between lists and structs', () => {
  const rows = [
    { x: [1.5, 2], s: { a: 'x', d: '1.25', at: new Date(0) } },
    { x: [3], s: { a: 'y', d: '2.50', at: new Date(0) } },
  ];
  const schema = { x: t.list(t.float()), s: t.struct({ a: t.string(), d: t.decimal(9, 2), at: t.timestamp() }) };
  const frame = read.rows(rows, { schema });

  test('each value is cast', async () => {
    const target = t.struct({ d: t.decimal(20, 4), a: t.enum(['x', 'y']), more: t.int().nullable() });
    expect(await frame.cast({ x: t.list(t.decimal(9, 1)), s: target }).rows()).toEqual([
      { x: ['1.5', '2.0'], s: { d: '1.2500', a: 'x', more: null } },
      { x: ['3.0'], s: { d: '2.5000', a: 'y', more: null } },
    ]);
  });

  test('a value that does not fit fails the run, or makes the whole null', async () => {
    await expect(frame.cast({ x: t.list(t.int()) }).rows()).rejects.toMatchObject({ code: 'cast.failed' });
    for (const type of [t.struct({ a: t.enum(['x']) }), t.struct({ a: t.string(), more: t.int() })]) {
      await expect(frame.cast({ s: type }).rows()).rejects.toMatchObject({ code: 'cast.failed' });
    }
    const whole = frame.withColumns((r) => ({ x: r.x.cast(t.list(t.int()), { onError: 'null' }) })).select('x');
    expect(await whole.rows()).toEqual([{ x: null }, { x: [3] }]);
  });
});

describe('random values', () => {
  const type = t.list(t.struct(everyDtype));
  type Row = Record<string, unknown>;
  const literal = (value: unknown): string => {
    if (typeof value === 'bigint') return String(value);
    if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'));
    return Object.is(value, -0) ? '-0.0' : JSON.stringify(value);
  };
  const json = (rows: readonly Row[], wrong?: { row: number; key: string; text: string }): string => {
    const object = (row: Row, i: number): string => {
      const fields = Object.entries(row).map(([key, value]) => {
        const exact = key === 'money' && value !== null ? String(value) : literal(value);
        return `${JSON.stringify(key)}: ${wrong?.row === i && wrong.key === key ? wrong.text : exact}`;
      });
      return `{${fields.join(', ')}}`;
    };
    return `[${rows.map(object).join(', ')}]`;
  };
  const asRead = (rows: readonly Row[]): Row[] =>
    rows.map((row) => ({ ...row, at: row.at === null ? null : new Date(String(row.at)) }));

  test('what JSON says is what is read', async () => {
    await fc.assert(
      fc.asyncProperty(randomRows, async (rows) => {
        const text = json(rows);
        for (const name of ['csv', 'ndjson'] as const) {
          expect((await readers[name]?.(type, [text]))?.[text]).toEqual(asRead(rows));
        }
        const [given] = await read.rows([{ x: rows }], { schema: { x: type } }).rows();
        expect(given?.x).toEqual(asRead(rows));
      }),
      { numRuns: 8 },
    );
  }, 30_000);

  const wrong: Record<string, readonly string[]> = {
    n: ['null', '"1"'],
    int: ['"1"', '1.5', 'true', '{}', '[1]'],
    big: ['1.5', 'true', '"x"', '9223372036854775808'],
    float: ['"1"', 'true', '1e400'],
    money: ['true', '"x"', '0.00000000001', '1e-11'],
    small: ['1000', '"a"', '0.0049'],
    text: ['1', 'true', '[]'],
    region: ['"west"', '1'],
    yes: ['1', '"true"'],
    day: ['"2024-02-30"', '20240101'],
    at: ['"now"', '1'],
    bytes: ['"*"', '1234'],
    tags: ['["a", 1]', '{}', '"a"'],
    place: ['{"city": 1}', '[]', '{"floor": "1"}', '{"floor": 1, "floor": 1}'],
  };

  test('a single value that does not fit is refused where it stands', async () => {
    const leaf = fc.constantFrom(...Object.entries(wrong).flatMap(([key, all]) => all.map((text) => ({ key, text }))));
    const mutant = fc.record({ rows: randomRows, leaf, at: fc.nat() });
    await fc.assert(
      fc.asyncProperty(fc.array(mutant, { minLength: 20, maxLength: 20 }), async (mutants) => {
        const texts = mutants.map((m) => json(m.rows, { row: m.at % m.rows.length, ...m.leaf }));
        const path = write('x.ndjson', records([json([]), ...texts]).join('\n'));
        const frame = read.ndjson(path, { schema: { n: t.int(), x: type }, onBadRow: 'quarantine' });
        expect(await frame.rows()).toEqual([{ n: 0, x: [] }]);
        const rejected = await frame.quarantine().rows();
        const places = mutants.map((m) => `does not fit at [${m.at % m.rows.length}].${m.leaf.key}`);
        expect(rejected.map(({ reason }, i) => String(reason).slice(0, places[i]?.length))).toEqual(places);
      }),
      { numRuns: 3 },
    );
  }, 30_000);
});
