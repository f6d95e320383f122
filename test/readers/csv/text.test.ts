import { afterAll, describe, expect, test } from 'vitest';
import { type AnyColumnType, createSession, t } from '../../../src/index.ts';
import { isRead, values } from './one-column.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const date = (iso: string) => new Date(iso);

describe('what a dtype reads, and what it refuses', () => {
  const cases: readonly (readonly [string, AnyColumnType, Readonly<Record<string, unknown>>, readonly string[]])[] = [
    [
      'int',
      t.int(),
      {
        '0': 0,
        '-0': 0,
        '+7': 7,
        '007': 7,
        '-12': -12,
        '9007199254740991': 9007199254740991,
        '-9007199254740991': -9007199254740991,
        '0000000000000000000000012': 12,
      },
      [
        '',
        ' 1',
        '1 ',
        '1.5',
        '1.0',
        '1.',
        '1e3',
        '0x1F',
        '1_000',
        '1,000',
        '+-5',
        '--5',
        '-',
        '+',
        'yes',
        'nan',
        'inf',
        'true',
        '٣',
        '9007199254740992',
        '-9007199254740992',
        '9223372036854775808',
        '1'.repeat(60),
      ],
    ],
    [
      'bigint',
      t.bigint(),
      { '9223372036854775807': 9223372036854775807n, '-9223372036854775808': -9223372036854775808n, '+1': 1n },
      ['9223372036854775808', '-9223372036854775809', '1.0', '1e3', '0b1', '1n', ''],
    ],
    [
      'float',
      t.float(),
      {
        '1': 1,
        '1.5': 1.5,
        '-.5': -0.5,
        '5.': 5,
        '1e3': 1000,
        '1E-3': 0.001,
        '+2.5e+1': 25,
        '1e-400': 0,
        '0.1': 0.1,
        '1.7976931348623157e308': 1.7976931348623157e308,
      },
      [
        '',
        '.',
        'e3',
        '1e',
        '1e400',
        '-1e400',
        'nan',
        'NaN',
        'inf',
        '-Infinity',
        '0x1F',
        '1_000',
        '1,5',
        '1 ',
        '+-5',
        '1.5.2',
        '1f',
      ],
    ],
    [
      'decimal',
      t.decimal(6, 2),
      {
        '1': '1.00',
        '1.5': '1.50',
        '-1.25': '-1.25',
        '+0.1': '0.10',
        '9999.99': '9999.99',
        '1.250000': '1.25',
        '5.': '5.00',
        '.5': '0.50',
        '000009999.99': '9999.99',
      },
      ['', '.', '1.005', '1.255', '10000', '10000.00', '99999', '1e3', 'nan', '1,5', '0x1F', '1_0', '+-5', '1 '],
    ],
    [
      'decimal of a fraction alone',
      t.decimal(2, 2),
      { '0.25': '0.25', '.5': '0.50', '0': '0.00' },
      ['1', '1.00', '0.255'],
    ],
    [
      'decimal of 38 digits',
      t.decimal(38, 10),
      { '1234567890123456789012345678.0123456789': '1234567890123456789012345678.0123456789' },
      ['12345678901234567890123456789.0', '0.01234567891'],
    ],
    [
      'boolean',
      t.boolean(),
      { true: true, FALSE: false, True: true },
      ['', 'yes', 'no', '1', '0', 't', 'f', 'on', 'true '],
    ],
    [
      'boolean of other words',
      t.boolean({ true: ['ja', '1'], false: ['nein', '0'] }),
      { ja: true, '0': false },
      ['true', 'Ja', 'j', ''],
    ],
    ['enum', t.enum(['north', "so'uth"]), { north: 'north', "so'uth": "so'uth" }, ['North', 'east', '', 'north ']],
    [
      'date',
      t.date(),
      {
        '2024-01-05': '2024-01-05',
        '2024-02-29': '2024-02-29',
        '0001-01-01': '0001-01-01',
        '9999-12-31': '9999-12-31',
      },
      [
        '2023-02-29',
        '2024-02-30',
        '2024-13-01',
        '2024-00-10',
        '2024-01-05 extra',
        '2024-01-05 10:00:00',
        '2024-1-5',
        '24-01-05',
        '2024/01/05',
        '20240105',
        '05.01.2024',
        'infinity',
        'epoch',
        '',
        '0000-00-00',
      ],
    ],
    [
      'timestamp',
      t.timestamp(),
      {
        '2024-01-05 10:00:00': date('2024-01-05T10:00:00Z'),
        '2024-01-05T10:00': date('2024-01-05T10:00:00Z'),
        '2024-01-05 10:00:00.123456': date('2024-01-05T10:00:00.123Z'),
        '2024-01-05T10:00:00Z': date('2024-01-05T10:00:00Z'),
        '2024-01-05T10:00Z': date('2024-01-05T10:00:00Z'),
        '2024-01-05 10:00-02:30': date('2024-01-05T12:30:00Z'),
        '2024-01-05T10:00:00+02:00': date('2024-01-05T08:00:00Z'),
        '2024-01-05 10:00:00+02': date('2024-01-05T08:00:00Z'),
        '2024-01-05 10:00:00-0330': date('2024-01-05T13:30:00Z'),
        '1969-12-31 23:59:59.5': date('1969-12-31T23:59:59.500Z'),
      },
      [
        '2024-01-05 24:00:00',
        '2024-01-5T 10:00:00',
        '2024-01-5  10:00:00',
        '2024-02-30 10:00:00',
        '2024-01-05 10:60:00',
        '2024-01-05 10:00:60',
        '2024-01-05 10:00 Europe/Paris',
        '2024-01-05 extra',
        '2024-01-05 10',
        '2024-01-05 1:00:00',
        '2024-01-05 10:00:00 +02',
        '2024-01-05 10:00:00.1234567',
        '10:00:00',
        'now',
        'infinity',
        '',
        '2024-01-05 10:00:00+25:00',
        '2024-01-05 10:00:00+02:75',
      ],
    ],
    [
      'json',
      t.json(),
      {
        '{"a":[1,null]}': { a: [1, null] },
        '["1,]", "nan", "a\\\\", "\\",]"]': ['1,]', 'nan', 'a\\', '",]'],
        '"x"': 'x',
        '3': 3,
      },
      [
        '{a:1}',
        '',
        "{'a':1}",
        '[1,]',
        '{"a":1,}',
        'NaN',
        '[nan]',
        'Infinity',
        '-inf',
        '01',
        '1.',
        '.5',
        '+1',
        '/**/1',
        '[1]x',
      ],
    ],
    ['list', t.list(t.int()), { '[1,2]': [1, 2], '[]': [] }, ['1', '{"a":1}', '["x"]', '[1', '']],
    ['binary', t.binary(), { 'AAE=': new Uint8Array([0, 1]), '': new Uint8Array(0) }, ['AAE', '*', 'A===', '====']],
  ];

  test.each(cases)('%s', async (_, type, read_, refused) => {
    const texts = [...Object.keys(read_), ...refused];
    const found = await values(read, type, texts);
    expect(Object.fromEntries(texts.map((text, i) => [text, found[i]]))).toEqual({
      ...read_,
      ...Object.fromEntries(refused.map((text) => [text, undefined])),
    });
    for (const text of texts) expect([text, await isRead(read, type, text)]).toEqual([text, text in read_]);
  });
});

describe('formats', () => {
  test('thousands and decimal characters of their own', async () => {
    const german = t.decimal(12, 2, { decimal: ',', thousands: '.' });
    expect(await values(read, german, ['1.234,50', '1234,5', '1.234.567', '-1.000,00'])).toEqual([
      '1234.50',
      '1234.50',
      '1234567.00',
      '-1000.00',
    ]);
    expect(await values(read, german, ['1234.50', '12.34', '1.2345', '.123', '1,234.5', '1.23,4', '1,2,3'])).toEqual(
      Array(7).fill(undefined),
    );
    expect(await values(read, t.float({ decimal: ',' }), ['1,5', '-,5', '1,5e3', '1.5'])).toEqual([
      1.5,
      -0.5,
      1500,
      undefined,
    ]);
    expect(
      await values(read, t.int({ thousands: ' ' }), ['1 234', '12 345 678', '1234', '1 23', '1  234', ' 123']),
    ).toEqual([1234, 12345678, 1234, undefined, undefined, undefined]);
    expect(
      await values(read, t.int({ thousands: "'" }), ["1'234", "9'007'199'254'740'991", "9'007'199'254'740'992"]),
    ).toEqual([1234, 9007199254740991, undefined]);
  });

  test('several date formats, the first that fits wins', async () => {
    const type = t.date({ formats: ['%d.%m.%Y', '%m/%d/%Y', '%Y-%m-%d', '%d %b %y'] });
    expect(await values(read, type, ['05.01.2024', '5.1.2024', '01/02/2024', '2024-01-05', '05 Jan 24'])).toEqual([
      '2024-01-05',
      '2024-01-05',
      '2024-01-02',
      '2024-01-05',
      '2024-01-05',
    ]);
    expect(
      await values(read, type, [
        '30.02.2024',
        '31/01/2024',
        '05.01.2024 10:00',
        '05.01.24',
        ' 05.01.2024',
        '05-01-2024',
        '5. 1.2024',
        '',
      ]),
    ).toEqual(Array(8).fill(undefined));
  });

  test('a day of the year that there is not, and an offset that no place has, do not fit', async () => {
    expect(
      await values(read, t.date({ formats: ['%Y-%j'] }), ['2024-366', '2023-366', '2023-365', '0000-001']),
    ).toEqual(['2024-12-31', undefined, '2023-12-31', undefined]);
    const zoned = t.timestamp({ formats: ['%Y-%m-%d %H:%M %z'] });
    expect(
      await values(read, zoned, ['2024-05-01 10:00 +0200', '2024-05-01 10:00 +99:00', '2024-05-01 10:00 -0060']),
    ).toEqual([date('2024-05-01T08:00:00Z'), undefined, undefined]);
  });

  test('several timestamp formats, with and without a zone', async () => {
    const type = t.timestamp({
      formats: ['%d.%m.%Y %H:%M', '%Y-%m-%d %H:%M:%S', '%d/%b/%Y:%H:%M:%S %z', '%Y-%m-%d %I:%M %p'],
      timeZone: 'Europe/Berlin',
    });
    expect(
      await values(read, type, [
        '05.01.2024 10:00',
        '2024-07-05 10:00:00',
        '05/Jan/2024:10:00:00 +0530',
        '2024-01-05 01:30 PM',
      ]),
    ).toEqual([
      date('2024-01-05T09:00:00Z'),
      date('2024-07-05T08:00:00Z'),
      date('2024-01-05T04:30:00Z'),
      date('2024-01-05T12:30:00Z'),
    ]);
    expect(
      await values(read, type, [
        '05.01.2024 24:00',
        '05.01.2024 10:60',
        '05.01.2024',
        '2024-07-05 10:00:00 x',
        '31.06.2024 10:00',
      ]),
    ).toEqual(Array(5).fill(undefined));
  });

  test('a time zone, daylight saving included; a written offset goes before it', async () => {
    const berlin = t.timestamp({ timeZone: 'Europe/Berlin' });
    expect(
      await values(read, berlin, [
        '2024-01-05 10:00:00',
        '2024-07-05 10:00:00',
        '2024-07-05 10:00',
        '2024-07-05 10:00:00Z',
        '2024-07-05 10:00:00+05',
      ]),
    ).toEqual([
      date('2024-01-05T09:00:00Z'),
      date('2024-07-05T08:00:00Z'),
      date('2024-07-05T08:00:00Z'),
      date('2024-07-05T10:00:00Z'),
      date('2024-07-05T05:00:00Z'),
    ]);
    const newYork = t.timestamp({ timeZone: 'America/New_York' });
    expect(await values(read, newYork, ['1999-12-31 23:30:00'])).toEqual([date('2000-01-01T04:30:00Z')]);
  });

  test('a time that the clock passes over does not fit, or moves on by the hour; one that it shows twice is the later, in winter time', async () => {
    const strict = t.timestamp({ timeZone: 'Europe/Berlin' });
    expect(await values(read, strict, ['2024-03-31 02:30:00'])).toEqual([undefined]);
    const berlin = t.timestamp({ timeZone: 'Europe/Berlin', skippedTimes: 'shift' });
    expect(await values(read, berlin, ['2024-03-31 02:30:00', '2024-10-27 02:30:00'])).toEqual([
      date('2024-03-31T01:30:00Z'),
      date('2024-10-27T01:30:00Z'),
    ]);
  });

  test('a zone or a character that cannot be is refused where the schema is written', () => {
    expect(() => t.timestamp({ timeZone: 'Europe/Atlantis' })).toThrow(/"Europe\/Atlantis" is not a time zone/);
    expect(() => t.decimal(12, 2, { decimal: ',', thousands: ',' })).toThrow(/both ","/);
    expect(() => t.float({ decimal: '1' })).toThrow(/not one character/);
    expect(() => t.int({ thousands: '1' })).toThrow(/thousands: "1" is not one character/);
    expect(() => t.bigint({ thousands: '-' })).toThrow(/thousands: "-" is not one character/);
    expect(t.int({ thousands: '.' }).format).toEqual({ thousands: '.' });
  });
});
