import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../../src/index.ts';

const session = createSession({ threads: 1 });
afterAll(() => session.close());

const big = Number.MAX_SAFE_INTEGER;
const frame = session.read.rows([{ a: big, d: '99999999999999999999.99' }], {
  schema: { a: t.int(), d: t.decimal(38, 2) },
});

describe('an overflow names the column and the expression', () => {
  test('of whole numbers', async () => {
    const total = frame.withColumns((r) => ({ twice: r.a.add(r.a), total: r.a.mul(r.a) }));
    await expect(total.rows()).rejects.toMatchObject({
      name: 'MillraceError',
      code: 'run.overflow',
      message: `A result is out of the range of its dtype (Overflow in multiplication of INT64 (${big} * ${big})). Cast a side to t.float(), or a decimal to one of fewer digits after the point, in withColumns, column "total": mul(a, a), int`,
      details: { places: ['withColumns, column "total": mul(a, a), int'] },
    });
    const negative = frame.filter((r) => r.a.mul(-1024).sub(r.a).lt(0));
    await expect(negative.count()).rejects.toMatchObject({
      details: { places: ['filter: sub(mul(a, -1024), a), int'] },
    });
  });

  test('of decimals', async () => {
    const cubed = frame.withColumns((r) => ({ d: r.d.mul(r.d) }));
    await expect(cubed.rows()).rejects.toMatchObject({
      code: 'run.overflow',
      details: { places: ['withColumns, column "d": mul(d, d), decimal(38, 4)'] },
    });
  });

  test('of a sum', async () => {
    const ten = frame
      .withColumns((r) => ({ x: r.a.mul(1000) }))
      .concat(frame.withColumns((r) => ({ x: r.a.mul(1000) })));
    const sum = ten.groupBy().agg((r) => ({ s: r.x.sum(), n: fn.count() }));
    await expect(sum.rows()).rejects.toMatchObject({
      code: 'run.overflow',
      details: { places: ['agg, column "s": sum(x), int'] },
    });
  });

  test('of a cast', async () => {
    const narrow = frame.withColumns((r) => ({ a: r.a.cast(t.decimal(5, 2)) }));
    await expect(narrow.rows()).rejects.toMatchObject({
      code: 'run.overflow',
      details: { places: ['withColumns, column "a": cast(a as decimal), decimal(5, 2)'] },
    });
  });

  test('floats are infinite, and what is divided by 0 is null', async () => {
    const floats = session.read.rows([{ f: 1e308, zero: 0 }], { schema: { f: t.float(), zero: t.int() } });
    const made = floats.withColumns((r) => ({ f: r.f.mul(10), q: r.f.div(r.zero), rest: r.zero.mod(r.zero) }));
    expect(await made.rows()).toEqual([{ f: Number.POSITIVE_INFINITY, zero: 0, q: null, rest: null }]);
    expect(() => floats.withColumns((r) => ({ q: r.f.div(0) }))).toThrow(/f divided by the literal 0/);
  });
});
