import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { read, t } from '../../src/index.ts';
import { everyDtype, randomRows } from '../support/random-tables.ts';

vi.setConfig({ testTimeout: 60_000 });

/** Results larger than the engine's row group (122,880 rows) come in several blocks. */
const ROWS = 300_000;

const numbers = read.rows(
  Array.from({ length: ROWS }, (_, i) => ({
    i,
    text: i % 7 === 0 ? null : `row ${i} ü`,
    price: `${i}.25`,
    wide: `${i}.5`,
    at: new Date(i * 1000),
    even: i % 2 === 0,
    half: i % 3 === 0 ? null : i / 2,
  })),
  {
    schema: {
      i: t.int(),
      text: t.string().nullable(),
      price: t.decimal(12, 2),
      wide: t.decimal(30, 4),
      at: t.timestamp(),
      even: t.boolean(),
      half: t.float().nullable(),
    },
  },
);

test('every row comes once, in order, through all of them', async () => {
  const table = await numbers.collect();
  expect(table.numRows).toBe(ROWS);
  expect(table.column('i')).toEqual(Array.from({ length: ROWS }, (_, i) => i));
  const rows = table.rows();
  for (const i of [0, 1, 7, 122_879, 122_880, 245_759, 245_760, ROWS - 1]) {
    expect(rows[i]).toEqual({
      i,
      text: i % 7 === 0 ? null : `row ${i} ü`,
      price: `${i}.25`,
      wide: `${i}.5000`,
      at: new Date(i * 1000),
      even: i % 2 === 0,
      half: i % 3 === 0 ? null : i / 2,
    });
  }
});

test('batches are the same rows in tables of at most a block', async () => {
  const seen: number[] = [];
  for await (const batch of numbers.select('i').batches()) {
    expect(batch.numRows).toBeLessThanOrEqual(122_880);
    for (const i of batch.column('i')) seen.push(i);
  }
  expect(seen.length).toBe(ROWS);
  expect(seen.every((value, i) => value === i)).toBe(true);
});

test('an Arrow table has the same values', async () => {
  const arrow = await (await numbers.collect()).toArrow();
  expect(arrow.numRows).toBe(ROWS);
  expect(arrow.numCols).toBe(7);
  const row = arrow.get(122_881)?.toJSON();
  expect(row).toMatchObject({ i: 122_881n, text: 'row 122881 ü', even: false, half: 61_440.5 });
  expect(Number(row?.at)).toBe(122_881_000);
  expect(arrow.get(7)?.toJSON().text).toBeNull();
  expect(arrow.getChild('text')?.nullCount).toBe(Math.ceil(ROWS / 7));
  expect(String(arrow.getChild('price')?.get(5))).toBe('525');
});

test('rows of more columns than the engine gives at once', async () => {
  const names = Array.from({ length: 6500 }, (_, i) => `c${i}`);
  const schema = Object.fromEntries(names.map((name) => [name, t.string()]));
  const row = Object.fromEntries(names.map((name, i) => [name, `value ${i}`]));
  expect(await read.rows([row], { schema }).rows()).toEqual([row]);
});

test('few rows, which are taken one by one, are what they are among many', async () => {
  const seed = Date.now() % 1e9;
  const some = fc.sample(randomRows, { numRuns: 200, seed }).flat();
  const few = some.slice(0, 2048).map((row, n) => ({ ...row, n }));
  const many = Array.from({ length: 3000 }, (_, n) => ({ ...few[n % few.length], n }));
  const schema = { ...everyDtype, json: t.json().nullable() };
  const json = (rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => ({ ...row, json: row.text == null ? null : { text: row.text } }));
  const alone = await read.rows(json(few), { schema }).collect();
  const among = await read.rows(json(many), { schema }).collect();
  expect(few.length, `seed ${seed}`).toBeGreaterThan(300);
  expect(alone.rows(), `seed ${seed}`).toEqual(among.rows().slice(0, few.length));
  expect((await alone.toArrow()).toString(), `seed ${seed}`).toBe(
    (await among.toArrow()).slice(0, few.length).toString(),
  );
});

test('a U+FEFF that begins a value is part of it, in few rows and in many', async () => {
  const schema = { text: t.string().nullable(), list: t.list(t.string()) };
  const rows = [
    { text: '\ufeffa', list: ['\ufeffb'] },
    { text: '\ufeff', list: [] },
    { text: null, list: ['c'] },
  ];
  expect(await read.rows(rows, { schema }).rows()).toEqual(rows);
  const many = Array.from({ length: 3000 }, (_, i) => rows[i % 3] as (typeof rows)[number]);
  expect(await read.rows(many, { schema }).rows()).toEqual(many);
});
