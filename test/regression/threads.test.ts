import { describe, expect, test } from 'vitest';
import { createSession, linearRegression, type Model, t } from '../../src/index.ts';
import { numbers } from '../support/numbers.ts';

/** `count` times `count` rows that the engine makes of two small tables, in an order of its own. */
async function fitted(threads: number, count: number, kept: boolean): Promise<Model<never, never>> {
  await using session = createSession({ threads });
  const next = numbers(1);
  const schema = { key: t.int(), a: t.float(), b: t.float() };
  const rows = Array.from({ length: count }, () => ({ key: 1, a: 1e3 + next(), b: next() }));
  const small = session.read.rows(rows, { schema });
  const frame = small
    .join(small, { on: 'key', suffix: '_right' })
    .withColumns((r) => ({ y: r.a.sub(r.a_right.mul(0.5)).add(r.b.mul(r.b_right)) }));
  await using held = kept ? await frame.materialize() : undefined;
  const model = await linearRegression(held ?? frame, {
    target: 'y',
    features: ['a', 'b', 'a_right', 'b_right'],
    errors: 'HC1',
  });
  return model as unknown as Model<never, never>;
}

describe('the number of threads', () => {
  test.each([
    ['rows that are folded', 550, false],
    ['rows that the engine adds up', 700, true],
  ])('changes no coefficient by 1e-9: %s', async (_, count, kept) => {
    const [one, ...others] = [await fitted(1, count, kept), await fitted(2, count, kept), await fitted(4, count, kept)];
    expect(one.n).toBe(count * count);
    for (const other of others) {
      one.coefficients.forEach((c, j) => {
        expect(Math.abs((other.coefficients[j]?.estimate ?? 0) / c.estimate - 1)).toBeLessThan(1e-9);
        expect(Math.abs((other.coefficients[j]?.stdError ?? 0) / c.stdError - 1)).toBeLessThan(1e-9);
      });
    }
  });
});
