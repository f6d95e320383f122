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
    'without a format': t.timestamp({ timeZone }),
    'in a format': t.timestamp({ timeZone, formats: ['%Y-%m-%d %H:%M:%S'] }),
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
