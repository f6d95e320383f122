import { describe, expect, test } from 'vitest';
import { createSession, fn, interaction, linearRegression, polynomial, type Session, t } from '../../src/index.ts';
import { addsUp } from '../../src/regression/cross-products.ts';
import { LeastSquares } from '../../src/regression/fit.ts';
import { failure } from '../support/failure.ts';
import { numbers } from '../support/numbers.ts';

const COUNT = 840;

/** Some 700,000 rows: a column of each half of a pair, their category, and a target of both. */
function pairs(session: Session) {
  const next = numbers(7);
  const schema = { key: t.int(), a: t.float(), kind: t.string(), hole: t.float().nullable() };
  const kinds = ['desk', 'lamp', 'sofa'] as const;
  const rows = Array.from({ length: COUNT }, (_, i) => ({
    key: 1,
    a: 40 + next(),
    kind: kinds[i % 3] ?? 'desk',
    hole: i % 7 === 0 ? null : next(),
  }));
  const small = session.read.rows(rows, { schema });
  return small
    .join(small, { on: 'key', suffix: '_right' })
    .withColumns((r) => ({ y: r.a.sub(r.a_right.mul(0.5)).add(r.a.mul(r.a_right).sin()) }));
}

describe('rows in the engine', () => {
  test('are added up there, and give what folding them one by one gives', async () => {
    await using session = createSession({ threads: 2 });
    const frame = pairs(session);
    await using kept = await frame.materialize();
    expect(addsUp(frame.plan, kept.executor, 5)).toBe(false);
    expect(addsUp(kept.plan, kept.executor, 5)).toBe(true);
    expect(addsUp(kept.plan, kept.executor, 500)).toBe(false);
    const options = { target: 'y', features: ['a', 'a_right', 'kind', 'hole'], nulls: 'drop' } as const;
    const model = await linearRegression(kept, options);
    const folded = await linearRegression(frame.sort('a', 'a_right'), options);
    expect(model.n).toBe(COUNT * (COUNT - Math.ceil(COUNT / 7)));
    expect(model.dropped).toBe(folded.dropped);
    expect(model.droppedBecause).toEqual({ hole: model.dropped });
    for (const [j, { term, estimate, stdError }] of folded.coefficients.entries()) {
      expect(model.coefficients[j]?.term).toBe(term);
      expect(Math.abs((model.coefficients[j]?.estimate ?? 0) / estimate - 1)).toBeLessThan(1e-10);
      expect(Math.abs((model.coefficients[j]?.stdError ?? 0) / stdError - 1)).toBeLessThan(1e-10);
    }
    expect(Math.abs(model.r2 / folded.r2 - 1)).toBeLessThan(1e-10);
    expect(Math.abs(model.targetMean / folded.targetMean - 1)).toBeLessThan(1e-12);
  });

  test('as powers and products of features', async () => {
    await using session = createSession({ threads: 2 });
    await using kept = await pairs(session).materialize();
    const shape = await linearRegression(kept, {
      target: 'y',
      features: (r) => ({ curve: polynomial(r.a.sub(40), 2), both: interaction(r.a_right, r.kind.asCategory()) }),
    });
    const known = kept.withColumns((r) => ({
      z: r.a
        .sub(40)
        .pow(2)
        .mul(3)
        .add(r.a.sub(40))
        .add(fn.when(r.kind.eq('lamp'), r.a_right).else(0.0)),
    }));
    const exact = await linearRegression(
      known.withColumns((r) => ({ w: r.z.add(r.y) })),
      {
        target: 'w',
        features: (r) => ({
          curve: polynomial(r.a.sub(40), 2),
          both: interaction(r.a_right, r.kind.asCategory()),
        }),
      },
    );
    const moved = exact.coefficients.map(({ estimate }, j) => estimate - (shape.coefficients[j]?.estimate ?? 0));
    const expected = new Map([
      ['curve', 1],
      ['curve^2', 3],
      ['a_right:kind[lamp]', 1],
    ]);
    exact.coefficients.forEach(({ term }, j) => void expect(moved[j]).toBeCloseTo(expected.get(term) ?? 0, 8));
  });

  test('an infinity among them is told by its row', async () => {
    await using session = createSession();
    await using kept = await pairs(session).materialize();
    const broken = kept.withColumns((r) => ({ y: fn.when(r.a.gt(40.999), r.a.mul(1.5e306).mul(1e3)).else(r.y) }));
    const error = await failure(linearRegression(broken, { target: 'y', features: ['a', 'a_right'] }));
    expect(error.code).toBe('regression.not_finite');
    expect(error.message).toMatch(/^Row \d+ has Infinity in the target/);
  });
});

describe('cross products', () => {
  const units = { shift: Float64Array.of(0, 0, 0), scale: Float64Array.of(1, 1, 1) };
  const products = [
    [4, 10, 24],
    [10, 30, 66],
    [24, 66, 152],
  ];

  test('are taken in place of rows', () => {
    const taken = new LeastSquares(['x']);
    expect(taken.addProducts({ rows: 4, units, products, mean: 6 })).toBe(true);
    const [constant, slope] = taken.solve().coefficients;
    expect(constant?.estimate).toBeCloseTo(3, 12);
    expect(slope?.estimate).toBeCloseTo(1.2, 12);
  });

  test('are refused where squaring cost digits, and where they are not finite', () => {
    const near = [
      [1, 1, 1],
      [1, 1 + 1e-9, 1],
      [1, 1, 2],
    ];
    const infinite = products.map((row) => row.map((value) => (value === 30 ? Infinity : value)));
    const constant = [
      [4, 0, 24],
      [0, 0, 0],
      [24, 0, 150],
    ];
    for (const refused of [near, infinite, constant]) {
      const squares = new LeastSquares(['x']);
      expect(squares.addProducts({ rows: 4, units, products: refused, mean: 6 })).toBe(false);
      expect(squares.rows).toBe(0);
    }
  });
});
