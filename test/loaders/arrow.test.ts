import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { describe, expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { failureOf } from '../support/loads.ts';

const { folder } = inputFolder();
const schema = {
  n: t.int(),
  big: t.bigint().nullable(),
  f: t.float().nullable(),
  d: t.decimal(30, 10).nullable(),
  s: t.string().nullable(),
  e: t.enum(['x', 'y']).nullable(),
  yes: t.boolean().nullable(),
  day: t.date().nullable(),
  at: t.timestamp().nullable(),
  j: t.json().nullable(),
  list: t.list(t.int()).nullable(),
  struct: t.struct({ a: t.string(), b: t.decimal(20, 5) }).nullable(),
  bin: t.binary().nullable(),
};
const nothing = Object.fromEntries(Object.keys(schema).map((name) => [name, null]));
const frame = read.rows(
  [
    {
      n: 1,
      big: 9_223_372_036_854_775_807n,
      f: 0.1 + 0.2,
      d: '-12345678901234567890.0123456789',
      s: 'é😀\n"',
      e: 'y',
      yes: false,
      day: '0001-01-01',
      at: '2024-07-01T12:00:00.123456Z',
      j: { a: [1, null] },
      list: [1, -2],
      struct: { a: 'x', b: '123456789012345.12345' },
      bin: new Uint8Array([0, 255]),
    },
    { ...nothing, n: 2 },
  ] as never,
  { schema },
);

describe.each([
  ['file', 'all.arrow'],
  ['stream', 'all.arrows'],
] as const)('the IPC %s', (format, name) => {
  const target = path.join(folder, name);

  test('is read back as it was written, microseconds too', async () => {
    const report = await load.arrow(frame, target, { mode: 'replace' });
    expect(report.rows).toEqual({ read: 2, filtered: 0, quarantined: 0, written: 2 });
    expect(readFileSync(target).subarray(0, 6).toString() === 'ARROW1').toBe(format === 'file');
    const back = read.arrow(target, { schema });
    expect(await back.rows()).toEqual(await frame.rows());
    const moments = (of: typeof frame) =>
      of
        .select('at')
        .withColumns((r) => ({ at: r.at.cast(t.string()) }))
        .rows();
    expect(await moments(back as never)).toEqual(await moments(frame));
  });

  test('of more than a block, and of none', async () => {
    const many = read.rows(
      Array.from({ length: 130_000 }, (_, n) => ({ n })),
      { schema: { n: t.int() } },
    );
    await load.arrow(many, target, { mode: 'replace' });
    const found = tableFromIPC(readFileSync(target));
    expect([found.numRows, found.batches.length]).toEqual([130_000, 2]);
    expect(found.get(129_999)?.toJSON()).toEqual({ n: 129_999n });
    await load.arrow(
      many.filter((r) => r.n.lt(0)),
      target,
      { mode: 'replace' },
    );
    expect(await read.arrow(target, { schema: { n: t.int() } }).rows()).toEqual([]);
  });

  test('a load that fails leaves what was there, and nothing beside it', async () => {
    writeFileSync(target, 'before');
    const bad = frame.withColumns((r) => ({ n: r.s.cast(t.int()) }));
    await failureOf(load.arrow(bad, target, { mode: 'replace' }));
    expect((await failureOf(load.arrow(frame, target, { mode: 'fail' }))).code).toBe('load.exists');
    expect(readFileSync(target, 'utf8')).toBe('before');
    expect(readdirSync(folder).filter((file) => file.startsWith('.'))).toEqual([]);
  });
});

test('a format that there is not is refused', async () => {
  const target = path.join(folder, 'none.arrow');
  const error = await failureOf(load.arrow(frame, target, { mode: 'fail', format: 'feather' as never }));
  expect(error.message).toBe(`load.arrow: format is "feather". Give 'file' or 'stream'.`);
  expect(existsSync(target)).toBe(false);
});
