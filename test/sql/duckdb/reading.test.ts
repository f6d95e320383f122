import { describe, expect, test } from 'vitest';
import { read, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const input = inputFolder();

/** Local times around changes of clocks, and the instants that they are read as. */
const changes: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'Europe/Berlin': {
    '2024-03-31 01:59:59': '2024-03-31T00:59:59.000Z',
    // Left out: by the offset before, which is 03:30 there.
    '2024-03-31 02:30:00': '2024-03-31T01:30:00.000Z',
    '2024-03-31 03:00:00': '2024-03-31T01:00:00.000Z',
    '2024-10-27 01:59:59': '2024-10-26T23:59:59.000Z',
    // Twice: the later one, in winter time.
    '2024-10-27 02:30:00': '2024-10-27T01:30:00.000Z',
    '2024-10-27 03:00:00': '2024-10-27T02:00:00.000Z',
  },
  'America/New_York': {
    '2024-03-10 02:30:00': '2024-03-10T07:30:00.000Z',
    '2024-11-03 01:30:00': '2024-11-03T06:30:00.000Z',
  },
  // Its clocks go by half an hour.
  'Australia/Lord_Howe': {
    '2024-10-06 02:15:00': '2024-10-05T15:45:00.000Z',
    '2024-04-07 01:45:00': '2024-04-06T15:15:00.000Z',
  },
};

describe.each(Object.entries(changes))('a local time when clocks change in %s', (timeZone, instants) => {
  const times = Object.keys(instants);
  const expected = Object.values(instants).map((at) => ({ at: new Date(at) }));
  const file = input.write('times.csv', `at\n${times.join('\n')}\n`);
  const types = {
    'without a format': t.timestamp({ timeZone, skippedTimes: 'shift' }),
    'in a format': t.timestamp({ timeZone, formats: ['%Y-%m-%d %H:%M:%S'], skippedTimes: 'shift' }),
  };

  test.each(Object.entries(types))('%s, in both modes and in casts', async (_, type) => {
    for (const onBadRow of ['fail', 'quarantine'] as const) {
      expect(await read.csv(file, { schema: { at: type }, onBadRow }).rows()).toEqual(expected);
    }
    const texts = read.rows(
      times.map((at) => ({ at })),
      { schema: { at: t.string() } },
    );
    expect(await texts.withColumns((r) => ({ at: r.at.parse(type) })).rows()).toEqual(expected);
  });
});

test('an offset in the format says which of two', async () => {
  const texts = ['2024-10-27 02:30:00 +0200', '2024-10-27 02:30:00 +0100'].map((at) => ({ at }));
  const type = t.timestamp({ timeZone: 'Europe/Berlin', formats: ['%Y-%m-%d %H:%M:%S %z'] });
  const parsed = read.rows(texts, { schema: { at: t.string() } }).cast({ at: type });
  expect((await parsed.rows()).map((row) => row.at.toISOString())).toEqual([
    '2024-10-27T00:30:00.000Z',
    '2024-10-27T01:30:00.000Z',
  ]);
});

describe('a local time that clocks leave out does not fit', () => {
  const clocks: Readonly<Record<string, readonly [leftOut: string, before: string, after: string, twice: string]>> = {
    'Europe/Berlin': ['2024-03-31 02:00:00', '2024-03-31 01:59:59', '2024-03-31 03:00:00', '2024-10-27 02:30:00'],
    'America/New_York': ['2024-03-10 02:59:59', '2024-03-10 01:59:59', '2024-03-10 03:00:00', '2024-11-03 01:30:00'],
    'Australia/Lord_Howe': ['2024-10-06 02:15:00', '2024-10-06 01:59:59', '2024-10-06 02:30:00', '2024-04-07 01:45:00'],
    // It left out a day.
    'Pacific/Apia': ['2011-12-30 12:00:00', '2011-12-29 23:59:59', '2011-12-31 00:00:00', '2012-04-01 03:30:00'],
    'America/Sao_Paulo': ['2018-11-04 00:30:00', '2018-11-03 23:59:59', '2018-11-04 01:00:00', '2018-02-17 23:30:00'],
  };
  const formats = {
    'of ISO 8601': undefined,
    'in a format': ['%Y-%m-%d %H:%M:%S'],
    'in one of several': ['%d.%m.%Y', '%Y-%m-%d %H:%M:%S', '%Y-%d-%m %H:%M:%S'],
    'beside offsets': ['%Y-%m-%d %H:%M:%S%z', '%Y-%m-%d %H:%M:%S'],
  };
  const zones = Object.entries(clocks).flatMap(([zone, times]) =>
    Object.entries(formats).map(([name, given]) => [name, zone, given, times] as const),
  );

  test.each(zones)('%s in %s', async (_, timeZone, given, times) => {
    const type = t.timestamp({ timeZone, ...(given === undefined ? {} : { formats: given }) });
    const shifted = t.timestamp({
      timeZone,
      skippedTimes: 'shift',
      ...(given === undefined ? {} : { formats: given }),
    });
    const [leftOut] = times;
    const texts = [...times, '2024-06-01 25:00:00', leftOut];
    const file = input.write('clocks.csv', `at\n${texts.join('\n')}\n`);
    const told = given === undefined ? '(ISO 8601)' : `in the format ${given.map((one) => `'${one}'`).join(' or ')}`;
    const reason = `is not a timestamp ${told}: the clocks of ${timeZone} leave it out`;
    const reasons = [reason, `is not a timestamp ${told}`, reason];

    const aside = read.csv(file, { schema: { at: type }, onBadRow: 'quarantine' });
    const good = await read
      .csv(input.write('shown.csv', `at\n${times.slice(1).join('\n')}\n`), { schema: { at: shifted } })
      .rows();
    expect(await aside.rows()).toEqual(good);
    const bad = await aside.quarantine().rows();
    expect(bad.map((row) => [row.line, row.value, row.reason])).toEqual([
      [2, leftOut, reasons[0]],
      [6, '2024-06-01 25:00:00', reasons[1]],
      [7, leftOut, reasons[2]],
    ]);
    const failed = { code: 'csv.bad_row', message: expect.stringContaining(`${leftOut}`) };
    for (const frame of [
      read.csv(file, { schema: { at: type } }),
      read.csv(file, { schema: { at: type } }).filter((r) => r.at.isNotNull()),
    ]) {
      await expect(frame.rows()).rejects.toMatchObject(failed);
      await expect(frame.rows()).rejects.toThrow(reason);
    }

    const written = read.rows(
      texts.map((at) => ({ at })),
      { schema: { at: t.string() } },
    );
    const parsed = written.withColumns((r) => ({ at: r.at.parse(type, { onError: 'null' }) }));
    expect((await parsed.rows()).map(({ at }) => at)).toEqual([null, ...good.map(({ at }) => at), null, null]);
    const alone = written.filter((r) => r.at.eq(leftOut)).withColumns((r) => ({ at: r.at.parse(type) }));
    await expect(alone.rows()).rejects.toThrow(reason);
    const cast = written.withColumns((r) => ({ at: r.at.parse(type, { onError: 'quarantine' }) }));
    expect((await cast.quarantine().rows()).map((row) => row.reason)).toEqual(reasons);

    const json = input.write('clocks.json', JSON.stringify(texts.map((at) => ({ at }))));
    const records = read.json(json, { schema: { at: type }, onBadRow: 'quarantine' });
    expect(await records.rows()).toEqual(good);
    expect((await records.quarantine().rows()).map((row) => row.reason)).toEqual(reasons);
    const shifts = read.csv(file, { schema: { at: shifted }, onBadRow: 'quarantine' });
    expect(await shifts.count()).toBe(5);
  });

  test('and does not fall to another format', async () => {
    const type = t.timestamp({ timeZone: 'America/New_York', formats: ['%m/%d/%Y %H:%M', '%d/%m/%Y %H:%M'] });
    const texts = read.rows([{ at: '03/10/2024 02:30' }], { schema: { at: t.string() } });
    const parsed = texts.withColumns((r) => ({ at: r.at.parse(type, { onError: 'null' }) }));
    expect(await parsed.rows()).toEqual([{ at: null }]);
  });

  test('and only "shift" reads it', () => {
    expect(() => t.timestamp({ skippedTimes: 'drop' as 'shift' })).toThrow(
      't.timestamp: skippedTimes is "drop". Give \'shift\', or leave it out.',
    );
  });
});
