import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fitScaler, Scaler, type ScalingMethod, scale, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const METHODS: readonly ScalingMethod[] = ['standard', 'min-max', 'robust'];
const schema = { id: t.int(), price: t.float(), quantity: t.int().nullable(), cost: t.decimal(12, 2) };

/** Rows without a pattern that a sort or a sum would meet. */
function rowsOf(count: number, start: number) {
  return Array.from({ length: count }, (_, i) => {
    const k = (i + start) * 7919;
    return {
      id: i,
      price: ((k % 1009) / 7 - 50) * 1000.37,
      quantity: i % 5 === 0 ? null : (k * 31) % 97,
      cost: ((k % 1003) / 100).toFixed(2),
    };
  });
}

const train = rowsOf(200, 1);
const held = rowsOf(30, 1000);

/** Center and scale as the textbook has them. */
function byHand(values: readonly number[], method: ScalingMethod): { center: number; scale: number } {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const low = sorted[Math.floor(place)] ?? 0;
    return low + ((sorted[Math.ceil(place)] ?? 0) - low) * (place - Math.floor(place));
  };
  if (method === 'robust') return { center: at(0.5), scale: at(0.75) - at(0.25) };
  if (method === 'min-max') return { center: at(0), scale: at(1) - at(0) };
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { center: mean, scale: Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length) };
}

describe.each(METHODS)('%s', (method) => {
  const options = { columns: ['price', 'quantity', 'cost'], method } as const;

  test('is what plain JavaScript computes, and is learned from the training rows alone', async () => {
    const scaler = await fitScaler(session.read.rows(train, { schema }), options);
    const before = JSON.stringify(scaler.parameters);
    const scaled = await scaler.apply(session.read.rows(held, { schema })).rows();
    expect(scaled).toHaveLength(held.length);
    for (const name of options.columns) {
      const values = train.flatMap((row) => (row[name] === null ? [] : [Number(row[name])]));
      const { center, scale } = byHand(values, method);
      held.forEach((row, i) => {
        const value = row[name];
        const expected = value === null ? null : (Number(value) - center) / scale;
        if (expected === null) expect(scaled[i]?.[name]).toBeNull();
        else expect(scaled[i]?.[name]).toBeCloseTo(expected, 9);
      });
    }
    expect(scaled.map((row) => row.id)).toEqual(held.map((row) => row.id));
    expect(JSON.stringify(scaler.parameters)).toBe(before);
  });

  test('the order of the training rows changes nothing', async () => {
    const one = await fitScaler(session.read.rows(train, { schema }), options);
    const other = await fitScaler(session.read.rows([...train].reverse(), { schema }), options);
    one.parameters.columns.forEach((column, i) => {
      const again = other.parameters.columns[i];
      for (const part of ['center', 'scale'] as const) {
        const apart = Math.abs((again?.[part] ?? Number.NaN) - column[part]);
        expect(apart).toBeLessThanOrEqual(1e-12 * Math.abs(column[part]));
      }
    });
  });

  test('inline it gives the numbers of a fit on the same frame', async () => {
    const frame = session.read.rows(train, { schema });
    const fitted = await (await fitScaler(frame, options)).apply(frame).rows();
    const inline = frame.pipe(scale(options));
    expect(inline.schema).toEqual((await fitScaler(frame, options)).apply(frame).schema);
    const rows = await inline.rows();
    expect(rows.map((row) => row.id)).toEqual(train.map((row) => row.id));
    rows.forEach((row, i) => {
      for (const name of options.columns) {
        const other = fitted[i]?.[name] ?? null;
        if (other === null) expect(row[name]).toBeNull();
        else expect(row[name]).toBeCloseTo(other, 12);
      }
    });
  });

  test('constants and a single row become 0', async () => {
    const constant = Array.from({ length: 3 }, (_, id) => ({ id, price: 0.1, quantity: 7, cost: '0.10' }));
    for (const rows of [constant, constant.slice(0, 1)]) {
      const frame = session.read.rows(rows, { schema });
      const scaler = await fitScaler(frame, options);
      const zeros = rows.map(({ id }) => ({ id, price: 0, quantity: 0, cost: 0 }));
      expect(await scaler.apply(frame).rows()).toEqual(zeros);
      expect(await frame.pipe(scale(options)).rows()).toEqual(zeros);
      expect(scaler.parameters.columns.map((column) => column.scale)).toEqual([1, 1, 1]);
    }
  });

  test('through JSON it stays the same', async () => {
    const scaler = await fitScaler(session.read.rows(train, { schema }), options);
    const again = Scaler.fromJSON(JSON.stringify(scaler));
    expect(again.parameters).toEqual({ method, columns: scaler.parameters.columns });
    const frame = session.read.rows(held, { schema });
    expect(await again.apply(frame).rows()).toEqual(await scaler.apply(frame).rows());
  });
});

describe('what cannot be learned is told', () => {
  const learn = (rows: readonly Record<string, unknown>[], name: 'price' | 'quantity') =>
    fitScaler(session.read.rows(rows, { schema }), { columns: [name], method: 'standard' });
  const row = { id: 1, price: 1, quantity: null, cost: '1.00' };

  test('no rows, nulls alone', async () => {
    await expect(learn([], 'price')).rejects.toMatchObject({
      code: 'preprocessing.no_values',
      message: 'fitScaler: price has nothing to learn from: there are no rows.',
    });
    await expect(learn([row, row], 'quantity')).rejects.toThrow(
      'quantity has nothing to learn from: every value of its 2 rows is null.',
    );
    const inline = scale({ columns: ['quantity'], method: 'standard' });
    await expect(session.read.rows([row], { schema }).pipe(inline).rows()).rejects.toMatchObject({
      code: 'preprocessing.no_values',
      message: 'scale: quantity is null in every row',
    });
    expect(await session.read.rows([], { schema }).pipe(inline).rows()).toEqual([]);
  });

  test.each([['NaN'], ['Infinity'], ['-Infinity']])('%s', async (odd) => {
    const usual = session.read.rows([row, { ...row, price: 3 }], { schema });
    const frame = session.read.rows([row, { ...row, price: 1000 }, { ...row, price: 3 }], { schema });
    const odds = frame.withColumns((r) => ({
      price: odd === 'NaN' ? r.price.exp().sub(r.price.exp()) : r.price.exp().mul(odd === 'Infinity' ? 1 : -1),
    }));
    await expect(fitScaler(odds, { columns: ['price'], method: 'standard' })).rejects.toMatchObject({
      code: 'preprocessing.not_finite',
      message: 'fitScaler: price: 1 of its values is NaN or infinite; leave such rows out or make them null first.',
    });
    const inline = odds.pipe(scale({ columns: ['price'], method: 'min-max' }));
    await expect(inline.rows()).rejects.toMatchObject({ code: 'preprocessing.not_finite' });
    const scaler = await fitScaler(usual, { columns: ['price'], method: 'standard' });
    const [, applied] = await scaler.apply(odds).rows();
    expect(applied?.price).toBe(Number(odd));
  });

  test('values whose range is no float', async () => {
    const rows = [row, { ...row, price: 1.7e308 }, { ...row, price: -1.7e308 }];
    const fitted = fitScaler(session.read.rows(rows, { schema }), { columns: ['price'], method: 'min-max' });
    await expect(fitted).rejects.toMatchObject({ code: 'preprocessing.not_finite' });
  });

  test('names, dtypes and methods that are none', async () => {
    const frame = session.read.rows([row], { schema: { ...schema, sku: t.string().nullable() } });
    const wrong = (columns: readonly string[], method = 'standard') =>
      fitScaler(frame, { columns: columns as ['price'], method: method as 'standard' });
    await expect(wrong(['pric'])).rejects.toThrow(/there is no column "pric"\. Did you mean "price"\?/);
    await expect(wrong(['sku'])).rejects.toThrow('fitScaler: sku is string, not a number.');
    await expect(wrong(['price', 'price'])).rejects.toThrow('price is named twice');
    await expect(wrong([])).rejects.toThrow('columns is []. Give a list of one or more names.');
    await expect(wrong(['price'], 'z')).rejects.toThrow(
      "method is \"z\". The choices are 'standard', 'min-max', 'robust'",
    );
  });
});

describe('apply', () => {
  test('refuses a frame that is not like the training rows, naming the columns', async () => {
    const scaler = await fitScaler(session.read.rows(train, { schema }), {
      columns: ['price', 'quantity'],
      method: 'standard',
    });
    const other = session.read.rows([], { schema: { quantity: t.float() } });
    expect(() => scaler.apply(other as never)).toThrow(
      'Scaler.apply: the frame is not like the one it was fitted on: there is no price (float when fitted); quantity is float, but was int when fitted. Its columns are quantity.',
    );
  });

  test('keeps nullability as the frame has it', async () => {
    const scaler = await fitScaler(session.read.rows(train, { schema }), { columns: ['quantity'], method: 'standard' });
    const filled = session.read.rows([{ quantity: 1 }], { schema: { quantity: t.int() } });
    expect(scaler.apply(filled).schema).toEqual([{ name: 'quantity', dtype: { id: 'float' }, nullable: false }]);
    expect(scaler.apply(session.read.rows([], { schema: { quantity: t.int().nullable() } })).schema[0]?.nullable).toBe(
      true,
    );
  });
});

test('rows stay in their order, sorted or as they were read', async () => {
  const options = { columns: ['price', 'cost'], method: 'robust' } as const;
  const frame = session.read.rows(train, { schema });
  const sorted = await frame.sort({ desc: 'price' }, 'id').rows();
  const inline = await frame.sort({ desc: 'price' }, 'id').pipe(scale(options)).rows();
  expect(inline.map((row) => row.id)).toEqual(sorted.map((row) => row.id));
  const scaler = await fitScaler(frame, options);
  const first = await scaler.apply(frame).dedupe({ by: 'quantity' }).limit(3).rows();
  expect(first.map((row) => row.id)).toEqual([0, 1, 2]);
  // After a join rows have no order, and none is needed.
  const joined = frame.join(frame.select('id'), { on: 'id', how: 'inner' }).pipe(scale(options));
  expect((await joined.sort('id').rows()).map((row) => row.price)).toEqual(
    (await frame.pipe(scale(options)).rows()).map((row) => row.price),
  );
});

test.each([
  ['{', /does not parse/],
  [[], /the whole is \[\], not an object/],
  [{ format: 'millrace.encoder' }, /format is "millrace.encoder", not one of "millrace.scaler"/],
  [{ format: 'millrace.scaler', version: 2 }, /version is 2, not 1, the version known here/],
  [{ format: 'millrace.scaler', version: 1, method: 'x', columns: [] }, /method is "x"/],
  [
    {
      format: 'millrace.scaler',
      version: 1,
      method: 'robust',
      columns: [{ name: 'a', dtype: 'int', center: 1, scale: 0 }],
    },
    /columns\[0\]\.scale is 0, not a number other than 0/,
  ],
])('JSON that is none: %j', (json, message) => {
  expect(() => Scaler.fromJSON(json)).toThrow(message);
});
