import { expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';

test('values inside structs and lists are as exact as columns', async () => {
  const schema = {
    s: t.struct({
      big: t.bigint(),
      price: t.decimal(10, 2),
      n: t.int(),
      seen: t.list(t.struct({ at: t.timestamp(), day: t.date(), note: t.string().nullable() })),
    }),
  };
  const row = {
    s: {
      big: 9_007_199_254_740_993n,
      price: '1.50',
      n: 3,
      seen: [
        { at: new Date('2024-05-01T10:00:00.250Z'), day: '2024-05-01', note: 'a "quoted"\nnote' },
        { at: new Date(0), day: '1970-01-01', note: null },
      ],
    },
  };
  expect(await read.rows([row], { schema }).rows()).toEqual([row]);
});

test('an int that a number would round is an error that names the column, also inside a struct', async () => {
  const schema = { outer: t.struct({ n: t.bigint() }), id: t.bigint() };
  const frame = read.rows([{ outer: { n: 2n ** 60n }, id: 2n ** 60n }], { schema });
  await expect(frame.cast({ id: t.int() }).rows()).rejects.toMatchObject({
    code: 'value.unsafe_integer',
    message:
      'Column "id" holds 1152921504606846976, which a JavaScript number would round. Cast the column to t.bigint().',
  });
  await expect(frame.cast({ outer: t.struct({ n: t.int() }) }).rows()).rejects.toThrow('Column "outer" holds');
});

test('dates before 1970, instants with microseconds, empty and absent values', async () => {
  const schema = { day: t.date(), at: t.timestamp(), bytes: t.binary(), text: t.string().nullable(), json: t.json() };
  const rows = [
    {
      day: '1969-07-20',
      at: '1969-07-20T20:17:40.123456Z',
      bytes: new Uint8Array([0, 255]),
      text: '',
      json: { a: [1, null] },
    },
    { day: '0001-01-01', at: '0001-01-01T00:00:00Z', bytes: new Uint8Array(), text: null, json: 'plain' },
  ];
  const read_ = await read.rows(rows, { schema }).rows();
  expect(read_[0]).toEqual({ ...rows[0], at: new Date('1969-07-20T20:17:40.123Z') });
  expect(read_[1]).toEqual({ ...rows[1], at: new Date('0001-01-01T00:00:00Z') });
  const later = read
    .rows(rows, { schema })
    .withColumns((r) => ({ micro: r.at.diff('1969-07-20T20:17:40Z', 'second') }));
  expect((await later.select('micro').rows())[0]).toEqual({ micro: 0 });
});

test('values that the engine would change, or JSON cannot say, do not fit', async () => {
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const bad = [
    { x: 'half a pair: \ud83d', type: t.string() },
    { x: '9999-12-31T23:59:59-14:00', type: t.timestamp() },
    { x: '0000-01-01T00:00:00+14:00', type: t.timestamp() },
    { x: circle, type: t.json() },
    { x: { n: 1n }, type: t.json() },
  ];
  for (const { x, type } of bad) {
    const given = { schema: { x: type }, onBadRow: 'quarantine' } as const;
    expect(await read.rows([{ x }], given).count()).toBe(0);
    expect(await read.rows([{ x }], given).quarantine().count()).toBe(1);
    await expect(read.rows([{ x }], { schema: { x: type } }).rows()).rejects.toMatchObject({ code: 'rows.bad_row' });
  }
});
