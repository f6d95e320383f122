import { afterAll, beforeAll, expect, it } from 'vitest';
import { t } from '../../src/index.ts';
import { type Running, startEngines } from './engines.ts';

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

/** What a float is by definition: exact where it is whole, else its shortest text; rounded half away from zero. */
function asDecimal(x: number, precision: number, scale: number): string | null {
  const [mantissa = '', exponent = '0'] = Math.abs(x).toExponential().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const isWhole = Number.isInteger(x);
  const shift = isWhole ? scale : Number(exponent) - fraction.length + scale;
  const digits = isWhole ? BigInt(Math.abs(x)) : BigInt(whole + fraction);
  const unit = 10n ** BigInt(Math.abs(shift));
  const scaled = shift >= 0 ? digits * unit : (2n * digits + unit) / (2n * unit);
  if (scaled >= 10n ** BigInt(precision)) return null;
  const text = String(scaled).padStart(scale + 1, '0');
  const sign = x < 0 && scaled > 0n ? '-' : '';
  return sign + (scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`);
}

/** Numbers from 0 to 1 (mulberry32), so that a failure comes again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let z = Math.imul(state ^ (state >>> 15), 1 | state);
    z = (z + Math.imul(z ^ (z >>> 7), 61 | z)) ^ z;
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NEIGHBOURS = [2 ** 53, 2 ** 63, 2 ** 64, 2 ** 126, 1e17, 1e22, 1e23, 1e38, 20_000_000_000_000_016, 0.145, 1.005]
  .flatMap((x) => [x, x * (1 + 2 ** -52), x * (1 - 2 ** -53)])
  .concat([0, -0, 5e-324, 1e-300, 1e300, 0.12499999999999999, 99.995, 2.5e-7]);

const shapes = [0, 1, 2, 3, 4, 5, 7, 10, 14, 15, 16, 18, 19, 25, 30, 37].flatMap((scale) => [
  [Math.max(scale + 1, 9), scale] as const,
  [Math.max(scale, 18), scale] as const,
  [38, scale] as const,
]);

it.each(shapes)('decimal(%s, %s)', async (precision, scale) => {
  const next = random(precision * 100 + scale);
  const made = Array.from({ length: 600 }, (_, i) => {
    const text = (next() * 9.4).toPrecision(1 + Math.floor(next() * 17));
    const far = Number(`${text}e${Math.floor(next() * 80) - 40}`);
    const tie = Number(`${Math.floor(10 ** (next() * 15))}5e${-scale - 1}`);
    return [far, tie, tie * (1 - 2 ** -53), next() * 10 ** (next() * 20)][i % 4] ?? 0;
  });
  const xs = [...NEIGHBOURS, ...made].flatMap((x) => [x, -x]);
  const expected = xs.map((x, id) => ({ id, x: asDecimal(x, precision, scale) }));
  for (const { name, session } of running.all) {
    const found = await session.read
      .rows(
        xs.map((x, id) => ({ id, x })),
        { schema: { id: t.int(), x: t.float() } },
      )
      .withColumns((r) => ({ x: r.x.cast(t.decimal(precision, scale), { onError: 'null' }) }))
      .sort('id')
      .rows();
    const wrong = found.flatMap(({ x }, i) => (x === expected[i]?.x ? [] : [[xs[i], x, expected[i]?.x]]));
    expect({ [name]: wrong }).toEqual({ [name]: [] });
  }
});
