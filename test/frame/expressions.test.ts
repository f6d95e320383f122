import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../src/index.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const one = read.rows([{ x: 0 }], { schema: { x: t.int() } });

describe('strings', () => {
  const frame = read.rows([{ s: '  Größe\t ', n: null }], { schema: { s: t.string(), n: t.string().nullable() } });

  test('every function, null in null out', async () => {
    const made = frame.withColumns((r) => ({
      trim: r.s.trim(),
      start: r.s.trimStart(),
      end: r.s.trimEnd(),
      lower: r.s.trim().lower(),
      upper: r.s.trim().upper().slice(0, 2),
      length: r.s.trim().length(),
      slice: r.s.trim().slice(1, 3),
      tail: r.s.trim().slice(-2),
      middle: r.s.trim().slice(-3, -1),
      beyond: r.s.trim().slice(3, 1),
      replace: r.s.trim().replace('ö', 'oe'),
      matches: r.s.matches(/gr./i),
      extract: r.s.extract(/Gr(.)/, 1),
      none: r.s.extract('x+'),
      replaced: r.s.trim().replaceMatches('[a-zß]', '.'),
      contains: r.s.contains('öß'),
      starts: r.s.startsWith('  G'),
      ends: r.s.endsWith('x'),
      append: r.s.trim().append('!'),
      concat: fn.concat(r.s.trim(), '-', r.s.trim()),
      nothing: fn.concat('a', r.n),
      nul: r.n.lower(),
    }));
    expect((await made.drop('s', 'n').rows())[0]).toEqual({
      trim: 'Größe',
      start: 'Größe\t ',
      end: '  Größe',
      lower: 'größe',
      upper: 'GR',
      length: 5,
      slice: 'rö',
      tail: 'ße',
      middle: 'öß',
      beyond: '',
      replace: 'Groeße',
      matches: true,
      extract: 'ö',
      none: null,
      replaced: 'G.ö..',
      contains: true,
      starts: true,
      ends: false,
      append: 'Größe!',
      concat: 'Größe-Größe',
      nothing: null,
      nul: null,
    });
  });

  test('what a user writes is bound, never SQL', async () => {
    const nasty = `'; DROP TABLE x; -- "`;
    expect(
      await frame
        .filter((r) => r.s.ne(nasty))
        .withColumns(() => ({ [nasty]: fn.lit(nasty) }))
        .drop('s', 'n')
        .rows(),
    ).toEqual([{ [nasty]: nasty }]);
  });
});

describe('numbers', () => {
  test('division by zero is null, and so is the rest of it', async () => {
    const frame = read.rows(
      [
        { a: 7, b: 2 },
        { a: -7, b: 2 },
        { a: 1, b: 0 },
        { a: 0, b: 0 },
      ],
      { schema: { a: t.int(), b: t.int() } },
    );
    expect(
      (await frame.withColumns((r) => ({ q: r.a.div(r.b), m: r.a.mod(r.b) })).rows()).map((r) => [r.q, r.m]),
    ).toEqual([
      [3.5, 1],
      [-3.5, -1],
      [null, null],
      [null, null],
    ]);
    expect(() => one.withColumns((r) => ({ q: r.x.div(0) }))).toThrow(/divided by the literal 0/);
  });

  test('a whole number beside a decimal has its own digits, on either side', () => {
    const frame = read.rows([{ d: '0.10' }], { schema: { d: t.decimal(4, 2) } }).withColumns((r) => ({
      left: fn.lit(1).sub(r.d),
      right: r.d.mul(100),
      large: fn.lit(12345).mul(r.d),
    }));
    const digits = frame.schema.map((f) =>
      f.dtype.id === 'decimal' ? [f.dtype.precision, f.dtype.scale] : f.dtype.id,
    );
    expect(digits).toEqual([
      [4, 2],
      [5, 2],
      [7, 2],
      [9, 2],
    ]);
  });

  test('decimals are exact, scales as SQL has them', async () => {
    const frame = read.rows([{ a: '0.10', b: '0.200' }], { schema: { a: t.decimal(4, 2), b: t.decimal(5, 3) } });
    const made = frame.withColumns((r) => ({
      sum: r.a.add(r.b),
      product: r.a.mul(r.b),
      times: r.a.mul(3),
      less: r.a.sub('0.2' as never),
      half: r.a.mul(0.5),
      quotient: r.a.div(r.b),
    }));
    expect(await made.drop('a', 'b').rows()).toEqual([
      { sum: '0.300', product: '0.02000', times: '0.30', less: '-0.10', half: '0.050', quotient: 0.5 },
    ]);
  });

  test('overflow is an error', async () => {
    const frame = read.rows([{ a: 2 ** 53 - 1 }], { schema: { a: t.int() } });
    await expect(frame.withColumns((r) => ({ a: r.a.mul(r.a) })).rows()).rejects.toMatchObject({
      code: 'run.overflow',
    });
    const decimal = read.rows([{ a: '9'.repeat(38) }], { schema: { a: t.decimal(38, 0) } });
    await expect(decimal.withColumns((r) => ({ a: r.a.add(r.a) })).rows()).rejects.toMatchObject({
      code: expect.stringMatching(/^run\./),
    });
  });

  test('round half away from zero, floor, ceil, abs, neg, log, sqrt, exp, pow', async () => {
    const frame = read.rows(
      [
        { f: 2.5, d: '-2.345' },
        { f: -2.5, d: '2.345' },
      ],
      { schema: { f: t.float(), d: t.decimal(6, 3) } },
    );
    const made = frame.withColumns((r) => ({
      rf: r.f.round(),
      rd: r.d.round(2),
      fl: r.f.floor(),
      ce: r.f.ceil(),
      abs: r.d.abs(),
      neg: r.f.neg(),
      log: r.f.log(),
      sqrt: r.f.sqrt(),
      pow: r.f.pow(2),
    }));
    expect(await made.drop('f', 'd').rows()).toEqual([
      {
        rf: 3,
        rd: '-2.350',
        fl: 2,
        ce: 3,
        abs: '2.345',
        neg: -2.5,
        log: Math.log(2.5),
        sqrt: Math.sqrt(2.5),
        pow: 6.25,
      },
      { rf: -3, rd: '2.350', fl: -3, ce: -2, abs: '2.345', neg: 2.5, log: null, sqrt: null, pow: 6.25 },
    ]);
  });
});

describe('dates', () => {
  const at = read.rows([{ at: new Date('2024-02-29T23:30:00.250Z'), day: '2024-12-30' }], {
    schema: { at: t.timestamp(), day: t.date() },
  });

  test('parts, in UTC and in a zone', async () => {
    const berlin = { timeZone: 'Europe/Berlin' };
    const made = at.withColumns((r) => ({
      y: r.at.year(),
      m: r.at.month(),
      d: r.at.day(),
      h: r.at.hour(),
      min: r.at.minute(),
      w: r.at.weekday(),
      q: r.at.quarter(),
      bm: r.at.month(berlin),
      bd: r.at.day(berlin),
      bh: r.at.hour(berlin),
      bw: r.at.weekday(berlin),
      date: r.at.date(),
      bdate: r.at.date(berlin),
      dy: r.day.year(),
      dw: r.day.weekday(),
      dh: r.day.hour(),
    }));
    expect((await made.drop('at', 'day').rows())[0]).toEqual({
      y: 2024,
      m: 2,
      d: 29,
      h: 23,
      min: 30,
      w: 4,
      q: 1,
      bm: 3,
      bd: 1,
      bh: 0,
      bw: 5,
      date: '2024-02-29',
      bdate: '2024-03-01',
      dy: 2024,
      dw: 1,
      dh: 0,
    });
  });

  test('truncate, difference, addition', async () => {
    const made = at.withColumns((r) => ({
      month: r.at.truncate('month'),
      bmonth: r.at.truncate('month', { timeZone: 'Europe/Berlin' }),
      week: r.day.truncate('week'),
      hour: r.at.truncate('hour'),
      days: r.day.diff('2024-02-29', 'day'),
      back: r.day.diff('2025-01-01', 'year'),
      minutes: r.at.diff('2024-02-29T23:29:59Z', 'minute'),
      plus: r.day.plus(2, 'month'),
      quarter: r.day.plus(-1, 'quarter'),
      later: r.at.plus(45, 'minute'),
    }));
    expect((await made.drop('at', 'day').rows())[0]).toEqual({
      month: new Date('2024-02-01T00:00:00Z'),
      bmonth: new Date('2024-02-29T23:00:00Z'),
      week: '2024-12-30',
      hour: new Date('2024-02-29T23:00:00Z'),
      days: 305,
      back: -1,
      minutes: 1,
      plus: '2025-02-28',
      quarter: '2024-09-30',
      later: new Date('2024-03-01T00:15:00.250Z'),
    });
  });

  test('compare with text and Dates; microseconds stay in the engine', async () => {
    expect(await at.filter((r) => r.at.gt('2024-02-29T23:30:00Z').and(r.at.lt(new Date('2024-03-01')))).count()).toBe(
      1,
    );
    expect(await at.filter((r) => r.day.between('2024-12-30', '2024-12-30')).count()).toBe(1);
    const micro = read
      .rows([{ s: '2024-01-01 00:00:00.000001' }, { s: '2024-01-01 00:00:00.000002' }], { schema: { s: t.string() } })
      .cast({ s: t.timestamp() });
    expect(await micro.dedupe().count()).toBe(2);
    expect((await micro.sort({ desc: 's' }).cast({ s: t.string() }).rows()).map((r) => r.s)).toEqual([
      '2024-01-01T00:00:00.000002Z',
      '2024-01-01T00:00:00.000001Z',
    ]);
  });

  test('now is one instant of the run', async () => {
    const before = Date.now();
    const [row] = await one.withColumns(() => ({ a: fn.now(), b: fn.now() })).rows();
    expect(row?.a).toEqual(row?.b);
    expect(row?.a.getTime()).toBeGreaterThanOrEqual(before);
    expect(row?.a.getTime()).toBeLessThanOrEqual(Date.now());
  });
});

describe('null logic and conditions', () => {
  const frame = read.rows(
    [
      { a: true, b: null, n: null },
      { a: false, b: null, n: 2 },
    ],
    { schema: { a: t.boolean(), b: t.boolean().nullable(), n: t.int().nullable() } },
  );

  test('three values', async () => {
    const made = frame.withColumns((r) => ({
      and: r.a.and(r.b),
      or: r.a.or(r.b),
      not: r.b.not(),
      eq: r.n.eq(2),
      in: r.n.in([1, 2]),
      nul: r.n.isNull(),
      has: r.n.isNotNull(),
      nothing: r.n.in([]),
    }));
    expect(await made.drop('a', 'b', 'n').rows()).toEqual([
      { and: null, or: true, not: null, eq: null, in: null, nul: true, has: false, nothing: null },
      { and: false, or: null, not: null, eq: true, in: true, nul: false, has: true, nothing: false },
    ]);
  });

  test('coalesce and nullIf', async () => {
    expect(
      (
        await frame
          .withColumns((r) => ({ c: r.n.coalesce(9), f: fn.coalesce(r.n, fn.lit(8)), i: r.n.nullIf(2) }))
          .rows()
      ).map((r) => [r.c, r.f, r.i]),
    ).toEqual([
      [9, 8, null],
      [2, 2, null],
    ]);
  });

  test('when: the first condition that is true; null is not', async () => {
    const made = frame.withColumns((r) => ({
      t: fn.when(r.n.gt(1), 'big').when(r.a, 'true').else('none'),
      e: fn.when(r.b, 1).else(null),
      x: fn.when(r.a, r.n).else(7),
      m: fn.when(r.a, 1).else(0.5),
    }));
    expect((await made.rows()).map((r) => [r.t, r.e, r.x, r.m])).toEqual([
      ['true', null, null, 1],
      ['big', null, 7, 0.5],
    ]);
  });
});

describe('windows', () => {
  const frame = read.rows(
    [
      { g: 'x', v: 2, i: 1 },
      { g: 'y', v: 1, i: 2 },
      { g: 'x', v: 2, i: 3 },
      { g: 'x', v: 1, i: 4 },
      { g: 'y', v: null, i: 5 },
    ],
    { schema: { g: t.string(), v: t.int().nullable(), i: t.int() } },
  );
  const by = { partitionBy: ['g'], orderBy: ['v'] } as const;

  test('rank, denseRank, rowNumber, ties in source order; the rows keep theirs', async () => {
    const made = frame.withColumns(() => ({
      rank: fn.rank().over(by),
      dense: fn.denseRank().over(by),
      n: fn.rowNumber().over(by),
      all: fn.rowNumber().over({ orderBy: [{ desc: 'v' }] }),
    }));
    expect((await made.rows()).map((r) => [r.i, r.rank, r.dense, r.n, r.all])).toEqual([
      [1, 2, 2, 2, 1],
      [2, 1, 1, 1, 3],
      [3, 2, 2, 3, 2],
      [4, 1, 1, 1, 4],
      [5, 2, 2, 2, 5],
    ]);
  });

  test('lag, lead, first and last', async () => {
    const order = { partitionBy: ['g'], orderBy: ['i'] } as const;
    const made = frame.withColumns((r) => ({
      lag: r.v.lag().over(order),
      lead: r.i.lead(2).over(order),
      first: r.i.first().over(order),
      last: r.i.last().over(order),
    }));
    expect((await made.rows()).map((r) => [r.lag, r.lead, r.first, r.last])).toEqual([
      [null, 4, 1, 4],
      [null, null, 2, 5],
      [2, null, 1, 4],
      [2, null, 1, 4],
      [1, null, 2, 5],
    ]);
  });

  test('running sums, frames of rows, shares of a group', async () => {
    const made = frame.withColumns((r) => ({
      run: r.i.sum().over({ orderBy: ['i'] }),
      near: r.i.sum().over({ orderBy: ['i'], rows: [-1, 1] }),
      rest: r.i.sum().over({ orderBy: ['i'], rows: [1, null] }),
      total: r.i.sum().over({ partitionBy: ['g'] }),
      mean: r.i.mean().over(),
    }));
    expect((await made.rows()).map((r) => [r.run, r.near, r.rest, r.total, r.mean])).toEqual([
      [1, 3, 14, 8, 3],
      [3, 6, 12, 7, 3],
      [6, 9, 9, 8, 3],
      [10, 12, 5, 8, 3],
      [15, 9, null, 7, 3],
    ]);
  });

  test('a running sum takes tied rows one by one, in source order, as its name says', async () => {
    expect(
      (await frame.withColumns((r) => ({ run: r.i.sum().over({ orderBy: ['g'] }) })).rows()).map((r) => r.run),
    ).toEqual([1, 10, 4, 8, 15]);
  });

  test('in a filter', async () => {
    expect((await frame.filter(() => fn.rowNumber().over(by).eq(1)).rows()).map((r) => r.i)).toEqual([2, 4]);
  });
});
