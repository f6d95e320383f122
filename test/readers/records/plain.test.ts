import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { skipValue } from '../../../src/readers/records/json-bytes.ts';
import { RecordScanner } from '../../../src/readers/records/plain.ts';
import { patternOf } from '../../../src/readers/records/plain-pattern.ts';
import { type PlainShape, plainShape } from '../../../src/readers/records/plain-shape.ts';
import { scanColumns } from '../../../src/readers/scan-columns.ts';
import { inputFolder } from '../../support/files.ts';
import { json, TestServer } from '../../support/http.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const server = new TestServer();
const { write } = inputFolder();

afterAll(() => session.close());

const schema = {
  id: t.int(),
  big: t.bigint().nullable(),
  price: t.decimal(6, 2).nullable(),
  share: t.float().nullable(),
  paid: t.boolean().nullable(),
  name: t.string().from('customer.name').nullable(),
  mail: t.string().from('customer.address.mail').nullable(),
  kind: t.enum(['a', 'b']).nullable(),
  day: t.date().nullable(),
  at: t.timestamp().nullable(),
};

const shape = plainShape(scanColumns(schema)) as PlainShape;
const isPlain = (text: string): boolean => {
  const bytes = Buffer.from(text);
  expect(skipValue(bytes, 0, 0)).toBe(bytes.length);
  const scanner = new RecordScanner(shape);
  const end = scanner.plainRecord(bytes, 0);
  expect([bytes.length, -1]).toContain(end);
  // What is as a pattern says that is made of it is plain, and its times are spelled as the pattern says.
  for (const isoTimes of [true, false]) {
    const { expression } = patternOf(shape, bytes, 0, bytes.length, isoTimes) ?? {};
    if (expression?.test(bytes.toString('latin1')) !== true) continue;
    expect([end, expression.lastIndex]).toEqual([bytes.length, bytes.length]);
    if (isoTimes) expect(scanner.isoTimes).toBe(true);
  }
  return end > 0;
};
const record = (extra: string): string => `{"id": 1${extra === '' ? '' : `, ${extra}`}}`;

describe('a record is plain', () => {
  it.each([
    '',
    '"big": 999999999999999',
    '"price": 1234.5, "share": -12.25, "paid": true',
    '"price": -0.5, "share": -0.01',
    '"price": null, "share": 0, "paid": null, "customer": null, "kind": null',
    '"customer": {"name": "Jo \\"x\\" \\u00e9 \\ud83d\\ude00", "address": {"mail": ""}, "other": [1e400, {}]}',
    '"ID": 2, "x": -0.5e-7, "y": "\\ud800"',
    '"at": "tomorrow"',
  ])('%s', (extra) => expect(isPlain(record(extra))).toBe(true));

  it.each([
    ['a number of 16 digits', '"big": 1234567890123456'],
    ['an exponent', '"share": 1e3'],
    ['a whole number with a point', '"big": 1.0'],
    ['digits that the scale has not', '"price": 1.234'],
    ['digits that the precision has not', '"price": 12345'],
    ['minus zero', '"share": -0.0'],
    ['a number in a string', '"big": "5"'],
    ['a string that is a number', '"kind": 5'],
    ['a string that is an object', '"kind": {}'],
    ['a number that is no number', '"paid": 1'],
    ['an object that is none', '"customer": "Jo"'],
    ['a null that may not be', '"x": 1}, "id": null'],
    ['a key that stands twice', '"big": 1, "big": 2'],
    ['a key that stands twice inside', '"customer": {"name": "a", "name": "b"}'],
    ['a key with the dots of a path', '"customer.name": "a"'],
    ['such a key that is null', '"customer.name": null'],
    ['a key with an escape', '"b\\u0069g": 1'],
    ['half a character', '"kind": "\\ud800"'],
    ['two halves in the wrong order', '"kind": "\\udc00\\ud800"'],
    ['U+0000', '"kind": "\\u0000"'],
  ])('not with %s', (_name, extra) => {
    const text = extra.startsWith('"x": 1}') ? '{"id": null}' : record(extra);
    expect(isPlain(text)).toBe(false);
  });

  it.each([
    ['2024-02-29', '2024-02-29T23:59:59Z', true],
    ['2024-02-30', '2024-02-29 00:00:00.125Z', true],
    ['2024-2-29', '2024-02-29T23:59:59Z', false],
    ['29.02.2024', '2024-02-29T23:59:59Z', false],
    ['2024-02-29 ', '2024-02-29T23:59:59Z', false],
    ['2024-13-01', '2024-02-29T23:59:59Z', false],
    ['2024-02-29', '2024-02-29T23:59:59', true],
    ['2024-02-29', '2024-02-29 23:59:59.001', true],
    ['2024-02-29', '2024-02-29T23:59:59.5', false],
    ['2024-02-29', '2024-02-29T23:59:59+02:00', false],
    ['2024-02-29', '2024-02-29T24:00:00Z', false],
    ['2024-02-29', '2024-02-29T23:59:60Z', false],
    ['2024-02-29', '2024-02-29T23:59:59.5Z', false],
    ['2024-02-29', 'epoch', false],
    ['infinity', '2024-02-29T23:59:59Z', false],
  ])('and its times may be spelled as usual: %s, %s', async (day, at, isUsual) => {
    const text = `{"id": 1, "day": "${day}", "at": "${at}"}`;
    const scanner = new RecordScanner(shape);
    expect(scanner.plainRecord(Buffer.from(text), 0)).toBe(text.length);
    expect(scanner.isoTimes).toBe(isUsual);
    server.handle = (response) => json(response, `[${text}]`);
    const api = read.api(server.base, { schema, onBadRow: 'quarantine' });
    const ndjson = read.ndjson(write('one.ndjson', text), { schema, onBadRow: 'quarantine' });
    expect(await api.rows()).toEqual(await ndjson.rows());
  });

  it('and an instant without a zone is not spelled as usual where another zone than UTC is meant', async () => {
    const spec = { at: t.timestamp({ timeZone: 'Europe/Berlin' }) };
    const text = '{"at": "2024-07-01T10:00:00"}\n{"at": "2024-07-01T10:00:00Z"}';
    const scanner = new RecordScanner(plainShape(scanColumns(spec)));
    expect(scanner.plainRecord(Buffer.from(text), 0)).toBe(text.indexOf('\n'));
    expect(scanner.isoTimes).toBe(false);
    const rows = await read.ndjson(write('zones.ndjson', text), { schema: spec }).rows();
    expect(rows).toEqual([{ at: new Date('2024-07-01T08:00:00Z') }, { at: new Date('2024-07-01T10:00:00Z') }]);
  });

  it('not without what must be there', () => expect(isPlain('{"big": 1}')).toBe(false));

  it.each([
    [{ a: t.json() }],
    [{ a: t.list(t.int()) }],
    [{ a: t.struct({ b: t.int() }) }],
    [{ a: t.binary() }],
    [{ a: t.string().from('tags.0') }],
    [{ a: t.string(), b: t.string().from('a.b') }],
    [{ a: t.string(), b: t.string().from('A') }],
    [{ a: t.string(), b: t.string().from('a') }],
  ])('never under some schemas (%#)', (spec) => expect(plainShape(scanColumns(spec))).toBeUndefined());
});

describe('what is as a pattern says is plain, and the other way round', () => {
  const given = (text: string, key: string, value: string): string => text.replace(`"${key}":1`, `"${key}":${value}`);
  const compact = '{"id":1,"big":1,"price":1,"share":1}';
  const spaced = compact.replaceAll(':', ' : ').replaceAll(',', ' ,\n').replace('{', '{ ').replace('}', '\t}');
  const numbers = [
    '0',
    '-0',
    '-0.0',
    '-0.5',
    '-0.05',
    '00',
    '01',
    '-1',
    '1.',
    '.5',
    '1.5',
    '1.50',
    '1.500',
    '1e3',
    '-0e1',
    '-',
    '',
  ]
    .concat([
      '1234',
      '-1234.56',
      '12345',
      '999999999999999',
      '1234567890123456',
      '0.12345678901234',
      '0.123456789012345',
    ])
    .concat(['-12345678901234.5', '123456789012345.1', '1.000000000000000', 'null', 'true', '"1"', '{}']);
  const patterns = [compact, spaced].map((text) => {
    const bytes = Buffer.from(text);
    return patternOf(shape, bytes, 0, bytes.length, true)?.expression as RegExp;
  });
  const found = (expression: RegExp, text: string): boolean => {
    expression.lastIndex = 0;
    return expression.test(text) && expression.lastIndex === text.length;
  };

  it.each(['big', 'price', 'share'].flatMap((key) => numbers.map((number) => [key, number] as const)))(
    '%s: %s',
    (key, number) => {
      const text = given(compact, key, number);
      const plain = new RecordScanner(shape).plainRecord(Buffer.from(text), 0) === text.length;
      for (const expression of patterns) expect(found(expression, text)).toBe(plain);
    },
  );

  it('blanks are looked for where the record has some that it was made of', () => {
    const [without, within] = patterns as [RegExp, RegExp];
    expect([found(without, compact), found(within, compact)]).toEqual([true, true]);
    expect([found(without, spaced), found(within, spaced)]).toEqual([false, true]);
    const named = '{"id":1,"kind":"a b \\" c"}';
    const expression = patternOf(shape, Buffer.from(named), 0, named.length, true)?.expression;
    expect(expression?.source).not.toContain('[ \\t');
  });
});

describe('many records in the same bytes', () => {
  const usual = (id: number): string =>
    `{"id": ${id}, "kind": "a", "customer": {"name": "${'é'.repeat(id % 50)}"}, "x": null}`;

  it('are found as one alone is: where texts end, where keys change, and where one is long', () => {
    const long = `{"id": 1, "customer": {"name": "${'n'.repeat(3_000_000)}"}}`;
    const lines = Array.from({ length: 5000 }, (_, i) => {
      if (i === 2500) return long;
      if (i % 700 === 13) return '{"id": 1.0}';
      return i < 3000 ? usual(i) : `{"day": "2024-02-29", "id": ${i}, "share": 0.25}`;
    });
    const bytes = Buffer.from(`${lines.join('\n')}\n`);
    const scanner = new RecordScanner(shape);
    scanner.begin(bytes);
    let at = 0;
    for (const line of lines) {
      const length = Buffer.byteLength(line);
      expect(scanner.plainRecord(bytes, at)).toBe(line === '{"id": 1.0}' ? -1 : at + length);
      at += length + 1;
    }
    expect(scanner.isoTimes).toBe(true);
  });
});

describe('what is no JSON is seen', () => {
  it.each([
    '{',
    '{"id"}',
    '{"id":}',
    '{"id": 1,}',
    '{"id": 1 "x": 2}',
    '{"id": 01}',
    '{"id": 1.}',
    '{"id": .5}',
    '{"id": +1}',
    '{"id": 1e}',
    '{"id": tru}',
    '{"id": nul}',
    '{"id": "a}',
    '{"id": "\\x"}',
    '{"id": "\\u12g4"}',
    '{"id": "a\tb"}',
    '{id: 1}',
    "{'id': 1}",
    '[1,]',
    '-',
    '',
  ])('%s', (text) => {
    expect(() => JSON.parse(text)).toThrow();
    expect(new RecordScanner(shape).plainRecord(Buffer.from(text), 0)).toBe(-1);
    expect(skipValue(Buffer.from(text), 0, 0)).toBe(-1);
  });

  it('as JSON.parse sees it, of any text that was JSON before it was changed', () => {
    fc.assert(
      fc.property(
        fc.json({ maxDepth: 4 }),
        fc.nat(),
        fc.constantFrom('', '"', ',', '{', '}', ']', '0', '-', 'e', '\\', '.', ' '),
        (text, place, put) => {
          const at = place % (text.length + 1);
          const changed = `${text.slice(0, at)}${put}${text.slice(at + 1)}`.trim();
          const isJson = ((): boolean => {
            try {
              JSON.parse(changed);
              return true;
            } catch {
              return false;
            }
          })();
          const bytes = Buffer.from(changed);
          expect(skipValue(bytes, 0, 0) === bytes.length).toBe(isJson);
          if (!isJson) expect(new RecordScanner(shape).plainRecord(bytes, 0)).not.toBe(bytes.length);
        },
      ),
      { numRuns: 3000, seed: 7 },
    );
  });
});

describe('plain records are read as all others', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 12 }).map((value) => value.replaceAll('\0', '')),
    fc.constantFrom('', ' ', 'null', '{}', '[1]', '5', 'true', '\n', '\\', '"', 'é', '\u{1f600}'),
  );
  const digits = fc
    .tuple(fc.integer({ min: -999_999, max: 999_999 }), fc.constantFrom(0, 1, 2, 3))
    .map(([n, places]) => (n / 10 ** places).toFixed(places));
  const day = fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((d) => d.toISOString());
  const quoted = text.map((value) => JSON.stringify(value));
  const odd = fc.oneof(
    quoted,
    digits,
    fc.constantFrom(
      'null',
      'true',
      '{}',
      '[]',
      '1e2',
      '1.0',
      '-0',
      '12345678901234567890',
      '0.1234567890123456789',
      '"5"',
    ),
  );
  const key = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
    fc.option(value, { freq: 8 }).map((found) => (found === null ? '' : `${JSON.stringify(name)}: ${found}`));
  /** A record whose values are of the right kind, but for one in so many. */
  const records = (rarely: number): fc.Arbitrary<string> => {
    const or = (usual: fc.Arbitrary<string>): fc.Arbitrary<string> =>
      fc.oneof({ arbitrary: usual, weight: rarely }, { arbitrary: odd, weight: rarely > 1000 ? 0 : 1 });
    const whole = fc.integer({ min: -999_999_999, max: 999_999_999 }).map(String);
    return fc
      .tuple(
        or(whole).map((value) => `"id": ${value}`),
        key('big', or(whole)),
        key('price', or(fc.integer({ min: -99_999, max: 99_999 }).map((n) => (n / 100).toFixed(2)))),
        key('share', or(digits.map((value) => value.replace(/^-(?=[0.]*$)/, '')))),
        key('paid', or(fc.constantFrom('true', 'false', 'null'))),
        key(
          'customer',
          or(
            fc
              .tuple(
                key('name', or(quoted)),
                key(
                  'address',
                  quoted.map((mail) => `{"mail": ${mail}}`),
                ),
              )
              .map((inner) => `{${inner.filter(Boolean).join()}}`),
          ),
        ),
        key('kind', or(fc.constantFrom('"a"', '"b"', 'null'))),
        key('day', or(day.map((value) => JSON.stringify(value.slice(0, 10))))),
        key('at', or(day.map((value) => JSON.stringify(value)))),
        key('unknown', fc.json({ maxDepth: 2 })),
      )
      .chain((members) => fc.shuffledSubarray(members.filter(Boolean), { minLength: members.filter(Boolean).length }))
      .map((members) => `{${members.join(', ')}}`);
  };

  it.each([
    ['all plain', 1001],
    ['some odd', 100],
  ])('%s', async (_name, rarely) => {
    const allPlain = rarely > 1000;
    const pages = fc.sample(fc.array(records(rarely), { minLength: 20, maxLength: 40 }), { numRuns: 12, seed: rarely });
    const known = pages.flat().map(isPlain);
    expect(known.every(Boolean)).toBe(allPlain);
    server.handle = (response, url) => {
      const page = pages[Number(url.searchParams.get('page')) - 1];
      json(response, `{"items": [${page?.join(',\n ') ?? ''}]}`);
    };
    const paginate = { kind: 'page', param: 'page', unevenPages: 'accept' } as const;
    const api = read.api(server.base, { schema, records: 'items', paginate, onBadRow: 'quarantine' });
    // No record is plain under a schema with JSON.
    const file = write('pages.ndjson', `${pages.flat().join('\n')}\n`);
    const strict = { ...schema, nothing: t.json().nullable() };
    const ndjson = read.ndjson(file, { schema: strict, onBadRow: 'quarantine' }).drop('nothing');
    expect(await api.rows()).toEqual(await ndjson.rows());
    const told = async (frame: Pick<typeof api, 'quarantine'>): Promise<unknown> =>
      (await frame.quarantine().rows()).map(({ column, value, reason }) => ({ column, value, reason }));
    expect(await told(api)).toEqual(await told(ndjson));
    expect((await api.quarantine().count()) > 0).toBe(!allPlain);
    expect(await api.count()).toBeGreaterThan(0);
  });
});
