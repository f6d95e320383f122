import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const days = (...values: (string | null)[]) =>
  session.read.rows(
    values.map((d, i) => ({ i, d })),
    { schema: { i: t.int(), d: t.date().nullable() } },
  );
const instants = (...values: (string | null)[]) =>
  session.read.rows(
    values.map((at) => ({ at: at === null ? null : new Date(at) })),
    { schema: { at: t.timestamp().nullable() } },
  );

test('weeks by ISO 8601, the day of the year, seconds', async () => {
  const rows = await days('2021-01-03', '2020-12-31', '2024-12-30', '2024-12-31', null)
    .withColumns((r) => ({ week: r.d.week(), year: r.d.isoYear(), n: r.d.dayOfYear(), s: r.d.second() }))
    .rows();
  expect(rows.map((r) => [r.week, r.year, r.n, r.s])).toEqual([
    [53, 2020, 3, 0],
    [53, 2020, 366, 0],
    [1, 2025, 365, 0],
    [1, 2025, 366, 0],
    [null, null, null, null],
  ]);
});

test('parts are those of the zone', async () => {
  const zone = { timeZone: 'Asia/Tokyo' };
  const rows = await instants('2024-12-31T15:00:59.999Z', null)
    .withColumns((r) => ({
      year: r.at.year(zone),
      quarter: r.at.quarter(zone),
      week: r.at.week(zone),
      day: r.at.dayOfYear(zone),
      hour: r.at.hour(zone),
      second: r.at.second(zone),
      text: r.at.format('%Y-%m-%d %H:%M:%S.%f', zone),
    }))
    .drop('at')
    .rows();
  expect(rows).toEqual([
    { year: 2025, quarter: 1, week: 1, day: 1, hour: 0, second: 59, text: '2025-01-01 00:00:59.999000' },
    { year: null, quarter: null, week: null, day: null, hour: null, second: null, text: null },
  ]);
});

test('format, with every directive', async () => {
  const rows = await instants('2024-02-29T13:04:05.250Z')
    .withColumns((r) => ({ y: r.at.format("%Y %m %d %H %M %S %y %j %f %I %p %G %V %u %b %B %a %A %% it's") }))
    .rows();
  expect(rows[0]?.y).toBe("2024 02 29 13 04 05 24 060 250000 01 PM 2024 09 4 Feb February Thu Thursday % it's");
  const first = await days('0099-01-01')
    .withColumns((r) => ({ y: r.d.format('%Y-%m') }))
    .rows();
  expect(first[0]?.y).toBe('0099-01');
  for (const wrong of ['%Q', '%', '%-d']) {
    expect(() => days('2024-01-01').withColumns((r) => ({ y: r.d.format(wrong) }))).toThrow(
      /d\.format: .* which is none/,
    );
  }
});

test('endOf: the last day, the last microsecond', async () => {
  const rows = await days('2024-02-01', '2023-02-28', '2024-12-31', null)
    .withColumns((r) => ({
      month: r.d.endOf('month'),
      quarter: r.d.endOf('quarter'),
      year: r.d.endOf('year'),
      week: r.d.endOf('week'),
      day: r.d.endOf('day'),
    }))
    .rows();
  expect(rows.map(({ month, quarter, year, week, day }) => [month, quarter, year, week, day])).toEqual([
    ['2024-02-29', '2024-03-31', '2024-12-31', '2024-02-04', '2024-02-01'],
    ['2023-02-28', '2023-03-31', '2023-12-31', '2023-03-05', '2023-02-28'],
    ['2024-12-31', '2024-12-31', '2024-12-31', '2025-01-05', '2024-12-31'],
    [null, null, null, null, null],
  ]);
  const ends = await instants('2024-03-31T00:30:00Z')
    .withColumns((r) => ({
      day: r.at.endOf('day', { timeZone: 'Europe/Berlin' }).cast(t.string()),
      hour: r.at.endOf('hour').cast(t.string()),
    }))
    .rows();
  // The day on which the clocks go forward has 23 hours.
  expect(ends[0]?.day).toBe('2024-03-31T21:59:59.999999Z');
  expect(ends[0]?.hour).toBe('2024-03-31T00:59:59.999999Z');
});

test('epoch and back', async () => {
  const rows = await instants('1970-01-01T00:00:01.999Z', '1969-12-31T23:59:59.500Z', '9999-12-31T23:59:59.999Z', null)
    .withColumns((r) => ({ s: r.at.epoch(), ms: r.at.epoch('millisecond') }))
    .withColumns((r) => ({ back: fn.fromEpoch(r.ms, 'millisecond'), whole: fn.fromEpoch(r.s) }))
    .rows();
  expect(rows.map((r) => r.s)).toEqual([1, -1, 253_402_300_799, null]);
  expect(rows.map((r) => r.ms)).toEqual([1999, -500, 253_402_300_799_999, null]);
  expect(rows.map((r) => r.back)).toEqual(rows.map((r) => r.at));
  expect(rows[1]?.whole).toEqual(new Date('1969-12-31T23:59:59Z'));
  expect(
    (
      await days('2024-01-01')
        .withColumns((r) => ({ s: r.d.epoch() }))
        .rows()
    )[0]?.s,
  ).toBe(1_704_067_200);
  await expect(
    session.read
      .rows([{ n: Number.MAX_SAFE_INTEGER }], { schema: { n: t.int() } })
      .withColumns((r) => ({ at: fn.fromEpoch(r.n) }))
      .rows(),
  ).rejects.toMatchObject({ code: 'run.overflow' });
});

describe('fn.date', () => {
  const parts = session.read.rows(
    [
      { y: 2024, m: 2, d: 29 },
      { y: 2023, m: 2, d: 29 },
      { y: 2024, m: null, d: 1 },
      { y: 12_024, m: 1, d: 1 },
      { y: 0, m: 1, d: 1 },
      { y: 99, m: 12, d: 31 },
    ],
    { schema: { y: t.int(), m: t.int().nullable(), d: t.int() } },
  );

  test('a day that is none is null where that is asked for', async () => {
    const rows = await parts.withColumns((r) => ({ x: fn.date(r.y, r.m, r.d, { onError: 'null' }) })).rows();
    expect(rows.map((r) => r.x)).toEqual(['2024-02-29', null, null, null, null, '0099-12-31']);
  });

  test('and ends the run where it is not', async () => {
    await expect(parts.withColumns((r) => ({ x: fn.date(r.y, r.m, r.d) })).rows()).rejects.toMatchObject({
      code: 'cast.failed',
      message: expect.stringContaining('2023-2-29 is no day'),
    });
    const rows = await parts
      .limit(1)
      .withColumns((r) => ({ x: fn.date(r.y, r.m, 1) }))
      .rows();
    expect(rows[0]?.x).toBe('2024-02-01');
    expect(() => parts.withColumns((r) => ({ x: fn.date(r.y, 1.5, 1) }))).toThrow(/fn\.date: 1\.5 is float/);
  });
});

describe('differences and sums', () => {
  const pairs = (...values: [string, string][]) =>
    session.read.rows(
      values.map(([a, b]) => ({ a, b })),
      { schema: { a: t.date(), b: t.date() } },
    );

  test('an age is the years that have passed in full; without whole, the turns of the year', async () => {
    const rows = await pairs(
      ['2000-06-15', '2024-06-14'],
      ['2000-06-15', '2024-06-15'],
      ['2004-02-29', '2005-02-28'],
      ['2004-02-29', '2005-03-01'],
      ['2023-12-31', '2024-01-01'],
      ['2024-01-31', '2024-02-29'],
      ['2024-06-15', '2000-06-16'],
    )
      .withColumns((r) => ({
        age: r.b.diff(r.a, 'year', { whole: true }),
        turns: r.b.diff(r.a, 'year'),
        months: r.b.diff(r.a, 'month', { whole: true }),
      }))
      .rows();
    expect(rows.map((r) => r.age)).toEqual([23, 24, 1, 1, 0, 0, -23]);
    expect(rows.map((r) => r.turns)).toEqual([24, 24, 1, 1, 1, 0, -24]);
    // As `plus` sees it: a month after 31 January is 29 February.
    expect(rows[5]?.months).toBe(1);
  });

  test('a whole day has 24 hours, a day begins in its zone', async () => {
    const frame = session.read.rows([{ a: new Date('2024-01-01T22:30Z'), b: new Date('2024-01-02T22:29Z') }], {
      schema: { a: t.timestamp(), b: t.timestamp() },
    });
    const rows = await frame
      .withColumns((r) => ({
        whole: r.b.diff(r.a, 'day', { whole: true }),
        days: r.b.diff(r.a, 'day'),
        there: r.b.diff(r.a, 'day', { timeZone: 'Europe/Athens' }),
        hours: r.b.diff('2024-01-02T22:00:00Z', 'hour', { timeZone: 'Asia/Kolkata' }),
      }))
      .select('whole', 'days', 'there', 'hours')
      .rows();
    expect(rows).toEqual([{ whole: 0, days: 1, there: 1, hours: 0 }]);
  });

  test('months end where they end', async () => {
    const rows = await days('2024-01-31', '2023-01-31', '2024-02-29', '2024-03-31', null)
      .withColumns((r) => ({
        next: r.d.plus(1, 'month'),
        before: r.d.plus(-1, 'month'),
        year: r.d.plus(1, 'year'),
        quarter: r.d.plus(-1, 'quarter'),
        by: r.d.plus(r.i, 'month'),
        quarters: r.d.plus(r.i, 'quarter'),
      }))
      .rows();
    expect(rows.map((r) => r.next)).toEqual(['2024-02-29', '2023-02-28', '2024-03-29', '2024-04-30', null]);
    expect(rows.map((r) => r.before)).toEqual(['2023-12-31', '2022-12-31', '2024-01-29', '2024-02-29', null]);
    expect(rows.map((r) => r.year)).toEqual(['2025-01-31', '2024-01-31', '2025-02-28', '2025-03-31', null]);
    expect(rows.map((r) => r.quarter)).toEqual(['2023-10-31', '2022-10-31', '2023-11-29', '2023-12-31', null]);
    expect(rows.map((r) => r.by)).toEqual(['2024-01-31', '2023-02-28', '2024-04-29', '2024-06-30', null]);
    expect(rows.map((r) => r.quarters)).toEqual(['2024-01-31', '2023-04-30', '2024-08-29', '2024-12-31', null]);
    expect(() => days('2024-01-01').withColumns((r) => ({ y: r.d.plus(0.5, 'day') }))).toThrow(/give a whole number/);
    expect(() => days('2024-01-01').withColumns((r) => ({ y: r.d.plus(r.d as never, 'day') }))).toThrow(
      /give a whole number/,
    );
  });
});

describe('several date formats in one column', () => {
  const parsed = async (texts: (string | null)[], formats: readonly string[]): Promise<unknown[]> => {
    const frame = session.read.rows(
      texts.map((x) => ({ x })),
      { schema: { x: t.string().nullable() } },
    );
    const type = t.date({ formats });
    return (await frame.withColumns((r) => ({ y: r.x.parse(type, { onError: 'null' }) })).rows()).map((row) => row.y);
  };

  test('each text by the first format that fits', async () => {
    const texts = ['2024-03-01', '01.03.2024', '3/1/2024', '1 Mar 2024', 'March 1, 2024', '20240301', null, 'soon'];
    const formats = ['%Y-%m-%d', '%d.%m.%Y', '%m/%d/%Y', '%d %b %Y', '%B %d, %Y', '%Y%m%d'];
    expect(await parsed(texts, formats)).toEqual([...Array(6).fill('2024-03-01'), null, null]);
  });

  test('a text that two formats read is read by the one before, in every row alike', async () => {
    const texts = ['03/04/2024', '13/04/2024', '04/13/2024', '31/02/2024', '13/13/2024'];
    expect(await parsed(texts, ['%d/%m/%Y', '%m/%d/%Y'])).toEqual([
      '2024-04-03',
      '2024-04-13',
      '2024-04-13',
      null,
      null,
    ]);
    expect(await parsed(texts, ['%m/%d/%Y', '%d/%m/%Y'])).toEqual([
      '2024-03-04',
      '2024-04-13',
      '2024-04-13',
      null,
      null,
    ]);
  });

  test('a year of two digits, and of four where two are asked for', async () => {
    expect(await parsed(['01.03.24', '01.03.69', '01.03.2024', '01.03.1924'], ['%d.%m.%y', '%d.%m.%Y'])).toEqual([
      '2024-03-01',
      '1969-03-01',
      '2024-03-01',
      '1924-03-01',
    ]);
  });
});
