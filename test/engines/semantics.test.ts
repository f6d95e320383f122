import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AnyScalar } from '../../src/frame/functions/base.ts';
import { type AnyCol, type AnyColumnType, type Cols, type Frame, fn, type Readers, t } from '../../src/index.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';

/* What engines do differently by themselves, and must do alike here. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

const TEXTS = [
  '',
  ' a',
  'a\t\n',
  '\u00a0b\u3000',
  'Z',
  'a',
  'ä',
  'ß',
  'İ',
  'ÀÉ',
  '😀x',
  'e\u0301',
  'a|b',
  '\\d',
  "o'k",
  '12',
  '-7',
  'x1y22',
];
const INTS = [0, 1, -1, 2, 7, -7, 25, -25, 9_007_199_254_740_991, -9_007_199_254_740_991];
const FLOATS = [
  0,
  -0.5,
  0.5,
  1.5,
  2.5,
  -2.5,
  0.125,
  1.005,
  1e15,
  1e16,
  123456789012345680,
  1e-5,
  0.0001,
  -1e300,
  1e-300,
  1 / 3,
];
const DECIMALS = ['0.00', '0.01', '0.05', '-0.05', '1.25', '2.50', '-2.50', '99999999.99', '-99999999.99'];
const DAYS = ['1970-01-01', '2024-02-29', '2024-12-30', '2023-01-01', '1899-12-31', '9999-12-31', '0001-01-01'];
const INSTANTS = [
  '1970-01-01T00:00:00Z',
  '1969-12-31T23:59:59.999Z',
  '2024-03-31T00:30:00Z',
  '2024-03-31T01:30:00Z',
  '2024-10-27T00:30:00Z',
  '2024-10-27T01:30:00Z',
  '2024-02-29T12:34:56.789Z',
  '0001-01-02T00:00:00Z',
  '9999-12-30T23:59:59.999Z',
];

const column = <T>(values: readonly T[]): { id: number; x: T | null; y: T | null }[] => [
  ...values.map((x, i) => ({ id: i, x, y: values[(i * 7 + 3) % values.length] ?? null })),
  { id: values.length, x: null, y: values[0] ?? null },
];

const texts = (read: Readers) =>
  read.rows(column(TEXTS), { schema: { id: t.int(), x: t.string().nullable(), y: t.string().nullable() } });
const ints = (read: Readers) =>
  read.rows(column(INTS), { schema: { id: t.int(), x: t.int().nullable(), y: t.int().nullable() } });
const floats = (read: Readers) =>
  read.rows(column(FLOATS), { schema: { id: t.int(), x: t.float().nullable(), y: t.float().nullable() } });
const decimals = (read: Readers) =>
  read.rows(column(DECIMALS), {
    schema: { id: t.int(), x: t.decimal(12, 2).nullable(), y: t.decimal(12, 2).nullable() },
  });
const days = (read: Readers) =>
  read.rows(column(DAYS), { schema: { id: t.int(), x: t.date().nullable(), y: t.date().nullable() } });
const instants = (read: Readers) =>
  read.rows(column(INSTANTS), { schema: { id: t.int(), x: t.timestamp().nullable(), y: t.timestamp().nullable() } });

/** Each expression over each value. */
function over<C extends AnyCol>(
  name: string,
  of: (read: Readers) => Frame<C>,
  cases: Readonly<Record<string, (r: Cols<C>) => AnyScalar>>,
): void {
  describe(name, () => {
    it.each(Object.entries(cases))('%s', (_, make) =>
      expectAgreement(running, (read) => of(read).withColumns((r) => ({ made: make(r) })) as AnyFrame),
    );
  });
}

over('texts', texts, {
  lower: (r) => r.x.lower(),
  upper: (r) => r.x.upper(),
  title: (r) => r.x.title(),
  'strip accents': (r) => r.x.stripAccents(),
  trim: (r) => r.x.trim(),
  'trim the start': (r) => r.x.trimStart(),
  'trim the end': (r) => r.x.trimEnd(),
  length: (r) => r.x.length(),
  'slice from the end': (r) => r.x.slice(-2),
  'slice to the end': (r) => r.x.slice(1, -1),
  'slice of nothing': (r) => r.x.slice(3, 1),
  'slice far beyond': (r) => r.x.slice(-100, 4_294_967_000),
  'compare by code point': (r) => r.x.lt(r.y),
  'compare with a literal': (r) => r.x.gte('a'),
  contains: (r) => r.x.contains(r.y),
  'starts with': (r) => r.x.startsWith(r.y),
  'ends with': (r) => r.x.endsWith(r.y),
  'replace text': (r) => r.x.replace('a', 'bb'),
  'replace nothing': (r) => r.x.replace('', 'bb'),
  append: (r) => r.x.append('|').append(r.y),
  'match digits': (r) => r.x.matches(/^\d+$/),
  'match a word boundary': (r) => r.x.matches('\\bk'),
  'match without case': (r) => r.x.matches(/^z|K/i),
  'match any character': (r) => r.x.matches('a.'),
  'match any character, line ends too': (r) => r.x.matches(/\t./s),
  'match a class': (r) => r.x.matches('^[^a-z\\d]+$'),
  'match a quantified group': (r) => r.x.matches('^(?:x\\d){1,2}'),
  'match code points': (r) => r.x.matches('\\x{1F600}'),
  'match at the start of lines': (r) => r.x.matches(/^$/m),
  extract: (r) => r.x.extract(/\d+/),
  'extract a group': (r) => r.x.extract(/([a-z])(\d)/, 2),
  'extract a group that takes no part': (r) => r.x.extract(/(q)?[a-z]/, 1),
  'replace matches': (r) => r.x.replaceMatches(/[a-z](\d)/, '<\\1\\0\\\\>'),
  'parse an int': (r) => r.x.parse(t.int(), { onError: 'null' }),
  'parse a float': (r) => r.x.parse(t.float(), { onError: 'null' }),
  'parse a decimal': (r) => r.x.parse(t.decimal(4, 1), { onError: 'null' }),
  'in a list': (r) => r.x.in(['a', 'ä', '']),
  'null if': (r) => r.x.nullIf('a').coalesce(r.y),
});

over('whole numbers', ints, {
  'divide, also by zero': (r) => r.x.div(r.y),
  'remainder, also by zero': (r) => r.x.mod(r.y),
  'as text': (r) => r.x.cast(t.string()),
  'as a decimal': (r) => r.x.cast(t.decimal(20, 2)),
  'as a decimal that is too short': (r) => r.x.cast(t.decimal(3, 1), { onError: 'null' }),
  'as a boolean': (r) => r.x.cast(t.boolean()),
  'as a float': (r) => r.x.cast(t.float()),
  'a root': (r) => r.x.sqrt(),
  'a logarithm': (r) => r.x.abs().log(),
  'a power': (r) => r.x.pow(3),
  'a power of a fraction': (r) => r.x.pow(0.5),
  'a negative power': (r) => r.x.pow(-1),
  'compare with a float': (r) => r.x.cast(t.float()).gt(1.5),
});

over('floats', floats, {
  'round half away from zero': (r) => r.x.round(),
  'round to places': (r) => r.x.round(2),
  floor: (r) => r.x.floor(),
  ceil: (r) => r.x.ceil(),
  'as text': (r) => r.x.cast(t.string()),
  'as a decimal': (r) => r.x.cast(t.decimal(18, 2), { onError: 'null' }),
  'as a whole number': (r) => r.x.cast(t.bigint(), { onError: 'null' }),
  multiply: (r) => r.x.mul(r.y),
  subtract: (r) => r.x.sub(r.y),
  'exponential, to infinity': (r) => r.x.exp(),
  'divide, also by zero': (r) => r.x.div(r.y),
  'a power': (r) => r.x.pow(2),
  'a sum': (r) => r.x.add(r.y),
  'an infinity is larger than all but NaN': (r) => r.x.exp().gt(r.y),
});

over('decimals', decimals, {
  'round half away from zero': (r) => r.x.round(1),
  'to whole numbers': (r) => r.x.round(),
  floor: (r) => r.x.floor(),
  ceil: (r) => r.x.ceil(),
  add: (r) => r.x.add(r.y),
  multiply: (r) => r.x.mul(r.y),
  'multiply by a literal': (r) => r.x.mul(0.195),
  divide: (r) => r.x.div(r.y),
  remainder: (r) => r.x.mod(r.y),
  'as text': (r) => r.x.cast(t.string()),
  'as an int': (r) => r.x.cast(t.int(), { onError: 'null' }),
  'as a shorter decimal': (r) => r.x.cast(t.decimal(4, 1), { onError: 'null' }),
  'a fraction as text': (r) => r.x.cast(t.decimal(2, 2), { onError: 'null' }).cast(t.string()),
  'as a float': (r) => r.x.cast(t.float()),
});

over('days', days, {
  year: (r) => r.x.year(),
  week: (r) => r.x.week(),
  weekday: (r) => r.x.weekday(),
  'start of the week': (r) => r.x.truncate('week'),
  'end of the quarter': (r) => r.x.endOf('quarter'),
  'a month later': (r) => r.x.plus(-1, 'month'),
  'a quarter later': (r) => r.x.plus(-1, 'quarter'),
  'days between': (r) => r.x.diff(r.y, 'day'),
  'weeks between': (r) => r.x.diff(r.y, 'week'),
  'months between': (r) => r.x.diff(r.y, 'month'),
  'quarters between': (r) => r.x.diff(r.y, 'quarter'),
  'years between': (r) => r.x.diff(r.y, 'year'),
  'as text': (r) => r.x.cast(t.string()),
  'as an instant': (r) => r.x.cast(t.timestamp()),
  formatted: (r) => r.x.format('%d/%m/%y %b "q" %j %%'),
});

over('instants', instants, {
  'hour in a zone': (r) => r.x.hour({ timeZone: 'Europe/Berlin' }),
  'day in a zone': (r) => r.x.date({ timeZone: 'America/New_York' }),
  'start of the day in a zone': (r) => r.x.truncate('day', { timeZone: 'Europe/Berlin' }),
  'start of the hour where it comes twice': (r) => r.x.truncate('hour', { timeZone: 'Europe/Berlin' }),
  second: (r) => r.x.second(),
  'hours between': (r) => r.x.diff(r.y, 'hour'),
  'minutes between': (r) => r.x.diff(r.y, 'minute'),
  'days between': (r) => r.x.diff(r.y, 'day'),
  'a day later': (r) => r.x.plus(-1, 'day'),
  'an hour later': (r) => r.x.plus(-1, 'hour'),
  'as text': (r) => r.x.cast(t.string()),
  'as a day': (r) => r.x.cast(t.date()),
});

over(
  'days of the year 0 and before',
  (read) => days(read).withColumns((r) => ({ x: r.x.plus(-2023, 'year').plus(-1, 'day') })),
  {
    year: (r) => r.x.year(),
    'day of the year': (r) => r.x.dayOfYear(),
    weekday: (r) => r.x.weekday(),
    'months between': (r) => r.x.diff(r.y, 'month'),
    'years between': (r) => r.x.diff(r.y, 'year'),
    'whole months between': (r) => r.y.diff(r.x, 'month', { whole: true }),
    'as text': (r) => r.x.cast(t.string()),
    'an instant as text': (r) => r.x.cast(t.timestamp()).plus(-1, 'second').cast(t.string()),
    formatted: (r) => r.x.format('%Y %d/%m %b %j'),
  },
);

it('NaN is one text, whatever its sign', () =>
  expectAgreement(
    running,
    (read) => {
      const rows = read.rows([{ x: 1000 }, { x: -1000 }], { schema: { x: t.float() } });
      return rows
        .withColumns((r) => ({ y: r.x.abs().exp().sub(r.x.abs().exp()), z: r.x.exp() }))
        .withColumns((r) => ({
          x: r.y.cast(t.string()),
          y: fn.concat(r.z.cast(t.string()), r.y.cast(t.string())),
          z: r.y.cast(t.string()).sha256().eq(fn.lit('nan').sha256()),
        }));
    },
    {
      expected: [
        { x: 'nan', y: 'infnan', z: true },
        { x: 'nan', y: '0.0nan', z: true },
      ],
    },
  ));

it('the remainder of the least bigint by -1 is 0', () =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows(
          [
            { x: -(2n ** 63n), y: -1n },
            { x: 7n, y: -2n },
            { x: 7n, y: 0n },
          ],
          { schema: { x: t.bigint(), y: t.bigint() } },
        )
        .withColumns((r) => ({ x: r.x.mod(r.y), y: r.x.mod(-1n) })),
    {
      expected: [
        { x: 0n, y: 0n },
        { x: 1n, y: 0n },
        { x: null, y: 0n },
      ],
    },
  ));

it('positions of JSON are whole numbers from 0, of objects any text is a key', () =>
  expectAgreement(
    running,
    (read) => {
      const given = [[1, 2, 3], { '-1': 4, '00': 5, '+1': 6, '1': 7 }, [[8]]].map((j) => ({ j }));
      return read
        .rows(given, { schema: { j: t.json() } })
        .withColumns((r) => {
          const at = (...path: (string | number)[]) => r.j.extract(path, t.int(), { onError: 'null' });
          return { a: at(-1), b: at('00'), c: at('+1'), d: at(1), e: at(0, '-1'), f: at(' 1'), g: at('-0') };
        })
        .drop('j');
    },
    {
      expected: [
        { a: null, b: null, c: null, d: 2, e: null, f: null, g: null },
        { a: 4, b: 5, c: 6, d: 7, e: null, f: null, g: null },
        { a: null, b: null, c: null, d: null, e: null, f: null, g: null },
      ],
    },
  ));

describe('texts that are read', () => {
  const read_ = (given: readonly string[], type: AnyColumnType): Promise<void> =>
    expectAgreement(
      running,
      (read) =>
        read
          .rows(
            given.map((x, id) => ({ id, x })),
            { schema: { id: t.int(), x: t.string() } },
          )
          .withColumns((r) => ({ made: r.x.parse(type, { onError: 'null' }) as AnyScalar })) as AnyFrame,
    );
  const numbers = [
    '1',
    '+1',
    '-0',
    '1.',
    '.5',
    '1e3',
    ' 1',
    '1 ',
    '0x1F',
    '1_000',
    '9007199254740993',
    '99999999999999999999',
    '1.005',
    '12.50',
    'NaN',
    'inf',
    '1e400',
    '',
    '١',
  ];
  it.each([
    ['int', t.int()],
    ['bigint', t.bigint()],
    ['float', t.float()],
    ['decimal', t.decimal(6, 2)],
    ['boolean', t.boolean()],
    ['json', t.json()],
  ] as const)('%s', (_, type) =>
    read_([...numbers, 'true', 'FALSE', 'yes', '{"a":1}', '[1,]', 'null'], type as AnyColumnType),
  );
  it('numbers with a comma', () =>
    read_(['1.234,50', '1234,5', '1,2,3', '12.34', '1.2345,0'], t.decimal(10, 2, { decimal: ',', thousands: '.' })));
  it('days', () =>
    read_(
      ['2024-02-29', '2023-02-29', '2024-1-1', '24-01-01', '2024-13-01', '2024-01-01 ', '9999-12-31', 'today'],
      t.date(),
    ));
  it('days in formats', () =>
    read_(
      ['29.02.2024', '30.02.2024', '1.2.2024', '2024/03/05', 'Mar 5 2024', '5 March 24', '31.12.99', '060 2024'],
      t.date({ formats: ['%d.%m.%Y', '%Y/%m/%d', '%b %d %Y', '%d %B %y', '%d.%m.%y', '%j %Y'] }),
    ));
  it('years, days of the year and offsets that are none', () =>
    read_(
      [
        ...[
          '0000-01-01',
          '0001-01-01',
          '0100-02-03',
          '2023-366',
          '2024-366',
          '2023-365',
          '2023-000',
          '366 23',
          '366 24',
        ],
        ...['2024-05-01 10:00 +99:00', '2024-05-01 10:00 +15:59', '2024-05-01 10:00 -1160', '2024-366 10:00 +0130'],
      ].concat('2023-366 10:00 +0130'),
      t.timestamp({ formats: ['%Y-%m-%d', '%Y-%j', '%j %y', '%Y-%m-%d %H:%M %z', '%Y-%j %H:%M %z'] }),
    ));
  it('instants', () =>
    read_(
      [
        '2024-02-29 10:00',
        '2024-02-29T10:00:30.125Z',
        '2024-02-29T10:00:00+05:30',
        '2024-02-29 24:00',
        '2024-02-29',
        '2024-02-29 10:00:61',
        '2024-02-29T10:00-0800',
      ],
      t.timestamp(),
    ));
  const inBerlin = (skippedTimes?: 'shift'): AnyColumnType =>
    t.timestamp({
      formats: ['%d.%m.%Y %H:%M', '%d.%m.%Y %I:%M %p', '%d.%m.%Y %H:%M %z'],
      timeZone: 'Europe/Berlin',
      ...(skippedTimes === undefined ? {} : { skippedTimes }),
    });
  const clocks = ['31.03.2024 02:30', '31.03.2024 02:00 AM', '31.03.2024 03:00', '31.03.2024 02:30 +0100']
    .concat(['27.10.2024 02:30', '01.07.2024 12:00 PM', '01.07.2024 12:00 AM', '01.07.2024 25:00'])
    .concat(['31.03.1900 02:30', '01.04.1893 00:03']);
  it('instants in a zone', () => read_(clocks, inBerlin()));
  it('instants in a zone, those that clocks leave out shifted', () => read_(clocks, inBerlin('shift')));
  it.each(['Europe/Berlin', 'Australia/Lord_Howe', 'Pacific/Apia', 'America/Sao_Paulo', 'Etc/GMT-3'])(
    'instants of ISO 8601 in %s',
    (timeZone) =>
      read_(
        [
          ...['2024-03-31 02:30', '2024-03-31T02:30:00', '2024-03-31 02:30:00.5', '2024-03-31T02:30:00Z'],
          ...['2024-03-31 02:30+01', '2024-10-06 02:15', '2024-10-06 02:30', '2011-12-30 12:00', '2011-12-31 00:00'],
          ...['2018-11-04 00:00', '2018-11-04 01:00', '2024-02-30 12:00', '2024-10-27 02:30', 'x'],
        ],
        t.timestamp({ timeZone }),
      ),
  );
  it('a time that the clocks of its zone leave out is told so', async () => {
    for (const { session, name } of running.all) {
      for (const type of [t.timestamp({ timeZone: 'Europe/Berlin' }), inBerlin()]) {
        const text = type.format.formats === undefined ? '2024-03-31 02:00' : '31.03.2024 02:00';
        const parsed = session.read
          .rows([{ x: text }], { schema: { x: t.string() } })
          .withColumns((r) => ({ x: r.x.parse(type, { onError: 'quarantine' }) }));
        const told = /is not a timestamp .*: the clocks of Europe\/Berlin leave it out/;
        await expect(parsed.quarantine().rows(), name).resolves.toMatchObject([
          { reason: expect.stringMatching(told) },
        ]);
        const failing = session.read.rows([{ x: text }], { schema: { x: t.string() } }).cast({ x: type });
        await expect(failing.rows(), name).rejects.toThrow(told);
      }
    }
  });
  it('instants in formats with days of the week, offsets and signs that patterns give a meaning', () =>
    read_(
      ['Mon 05 Feb 2024', 'Monday, 05 February 2024 +0130', '[5]^2\\2024|%z-é😀', '[5]^2/2024|%z-é😀', '5.2.2024 UTC'],
      t.timestamp({
        formats: ['%a %d %b %Y', '%A, %d %B %Y %z', '[%d]^%m\\%Y|%%z-é😀', '%d.%m.%Y UTC'],
        timeZone: 'Asia/Tokyo',
      }),
    ));
});

it('whole numbers are their own floor, ceiling and round', () => {
  const whole = [9_007_199_254_740_993n, 9_223_372_036_854_775_807n, -9_223_372_036_854_775_807n];
  return expectAgreement(
    running,
    (read) =>
      read
        .rows(
          whole.map((x) => ({ x })),
          { schema: { x: t.bigint() } },
        )
        .sort('x')
        .withColumns((r) => ({ floor: r.x.floor(), ceil: r.x.ceil(), round: r.x.round(), digits: r.x.round(2) })),
    { unordered: true, expected: whole.map((x) => ({ x, floor: x, ceil: x, round: x, digits: x })) },
  );
});

describe('order', () => {
  it('of strings, by code point', () => expectAgreement(running, (read) => texts(read).sort('x')));
  it('of strings, downwards, nulls last', () => expectAgreement(running, (read) => texts(read).sort({ desc: 'x' })));
  it('of computed strings', () =>
    expectAgreement(running, (read) =>
      ints(read)
        .withColumns((r) => ({ s: r.x.cast(t.string()), u: fn.when(r.x.gt(0), 'b').else('Ä') }))
        .sort('u', 's'),
    ));
  it('of floats, infinity and NaN last', () =>
    expectAgreement(running, (read) =>
      floats(read)
        .withColumns((r) => ({ z: r.x.exp().sub(r.y.exp()) }))
        .sort({ desc: 'z' }, 'id'),
    ));
  it('least and greatest of strings', () =>
    expectAgreement(running, (read) =>
      texts(read)
        .groupBy()
        .agg((r) => ({ low: r.x.min(), high: r.x.max() })),
    ));
  it('by code point on both sides of a join', () =>
    expectAgreement(running, (read) =>
      texts(read)
        .join(texts(read).rename({ id: 'other' }), { on: ['x'], suffix: '_r' })
        .sort('id', 'other'),
    ));
});

describe('aggregates', () => {
  it('of every dtype', () =>
    expectAgreement(running, (read) =>
      decimals(read)
        .groupBy()
        .agg((r) => ({
          sum: r.x.sum(),
          mean: r.x.mean(),
          median: r.x.median(),
          q: r.x.quantile(0.9),
          std: r.x.std(),
          n: r.x.countDistinct(),
        })),
    ));
  it('a sum that overflows fails', async () => {
    for (const { session, name } of running.all) {
      const huge = session.read.rows([{ x: 9_223_372_036_854_775_807n }, { x: 1n }], { schema: { x: t.bigint() } });
      await expect(
        huge
          .groupBy()
          .agg((r) => ({ s: r.x.sum() }))
          .rows(),
        name,
      ).rejects.toMatchObject({
        code: 'run.overflow',
      });
    }
  });
});

describe('chance', () => {
  it.each([1, 2, 3])('the same rows of every dtype, seed %s', (seed) =>
    expectAgreement(running, (read) =>
      read
        .rows(
          FLOATS.map((x, id) => ({
            id,
            x,
            s: TEXTS[id] ?? null,
            d: DECIMALS[id % DECIMALS.length],
            day: DAYS[id % DAYS.length],
            at: INSTANTS[id % INSTANTS.length],
            flag: id % 2 === 0,
            l: [id, -id],
            o: { a: 'x|y', b: [1.5] },
            j: { z: 1, a: [null, 'é'] },
            b: new Uint8Array([id, 255]),
          })),
          {
            schema: {
              id: t.int(),
              x: t.float(),
              s: t.string().nullable(),
              d: t.decimal(12, 2),
              day: t.date(),
              at: t.timestamp(),
              flag: t.boolean(),
              l: t.list(t.int()),
              o: t.struct({ a: t.string(), b: t.list(t.float()) }),
              j: t.json(),
              b: t.binary(),
            },
          },
        )
        .sample({ share: 0.5, seed }),
    ),
  );
});
