import { describe, expect, test } from 'vitest';
import { linearRegression, Model, read, t } from '../../src/index.ts';

const DISPLAY = Symbol.for('Jupyter.display');

// By hand: within a the slope is 2, within b 4, together 3; the residuals are four times 0.5, with one degree of freedom.
const frame = read.rows(
  [
    { g: 'a', x: 1, w: 1, y: 1 },
    { g: 'a', x: 2, w: 1, y: 3 },
    { g: 'b', x: 3, w: 1, y: 4 },
    { g: 'b', x: 4, w: 1, y: 8 },
    { g: 'b', x: null, w: 1, y: 8 },
  ],
  { schema: { g: t.string(), x: t.int().nullable(), w: t.int(), y: t.float() } },
);
const model = linearRegression(frame, { target: 'y', features: ['g', 'x'], nulls: 'drop' });

describe('summary', () => {
  test('tells everything of the fit', async () => {
    const { conditionNumber } = await model;
    expect((await model).summary()).toBe(
      `
Linear regression of y on g, x

Rows used                      4    R2            0.96154
Rows left out                  1    Adjusted R2   0.88462
Degrees of freedom             1    F of 2 and 1     12.5
Residual standard error        1    p of F          0.196
Log-likelihood           -2.9032    AIC            13.806
Condition number          ${conditionNumber.toFixed(3)}    BIC            11.352

            min    q1  median   q3  max
residuals  -0.5  -0.5       0  0.5  0.5

term         estimate  std. error        t      p   95% low  95% high
(Intercept)      -2.5      1.6583  -1.508   0.373  -23.571     18.571
g[b]             -2        2.2361  -0.8944  0.535  -30.412     26.412
x                 3        1        3       0.205   -9.7062    15.706

Compared with g = a.

Left out because of a null: x in 1.
`.trim(),
    );
    expect(String(await model)).toBe((await model).summary());
  });

  test('of weights, robust errors, no intercept, aliased terms and a constant', async () => {
    const known = frame.dropNulls().withColumns((r) => ({ twice: r.x.mul(2) }));
    const robust = await linearRegression(known, {
      target: 'y',
      features: ['x', 'twice'],
      weights: 'w',
      errors: 'HC1',
      collinear: 'drop',
      confidence: 0.9,
    });
    const told = robust.summary();
    expect(told).toContain('Linear regression of y on x, twice, weighted by w');
    expect(told).toMatch(/term +estimate +HC1 error +t +p +90% low +90% high/);
    expect(told).toContain('No estimate for 1 of 2 terms, which others determine: twice (from x).');
    expect(told).toContain('robust to unequal variances (HC1)');
    const constant = await linearRegression(known, { target: 'y', features: [] });
    expect(constant.summary()).toContain('Linear regression of y on a constant\n');
    expect(constant.summary()).not.toContain('F of');
    const bare = await linearRegression(known, { target: 'y', features: ['x'], intercept: false });
    expect(bare.summary()).toContain('Linear regression of y on x, without intercept');
  });

  test('of a perfect fit', async () => {
    const line = read.rows(
      [1, 2, 3, 4].map((x) => ({ x, y: 2 * x + 1 })),
      { schema: { x: t.int(), y: t.int() } },
    );
    const perfect = (await linearRegression(line, { target: 'y', features: ['x'] })).summary();
    expect(perfect).toMatch(/^x +2 +0 +Inf +<2e-16 +2 +2$/m);
  });

  test('no line is longer than 100 characters, however long the names and numbers are', async () => {
    const name = `a name ${'that goes on '.repeat(12)}and ends`;
    const rows = Array.from({ length: 40 }, (_, i) => ({
      level: `${name} ${i % 9}`,
      [name]: i * 1e-9,
      y: 1.23456789e12 * ((i * 37) % 11) + i,
    }));
    const wide = read.rows(rows, { schema: { level: t.string(), [name]: t.float(), y: t.float() } });
    const fitted = await linearRegression(wide as never, { target: 'y', features: ['level', name] } as never);
    const lines = fitted.summary().split('\n');
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(100);
    expect(fitted.summary()).toContain('… stands for the middle of a long name.');
    // Both ends of a name are left: they tell levels apart.
    const terms = lines.filter((line) => line.startsWith('level')).map((line) => line.split('  ')[0]);
    expect(new Set(terms).size).toBe(8);
  });

  test('of a model whose JSON holds less', async () => {
    const {
      f: _,
      aic: _aic,
      bic: _bic,
      logLikelihood: _l,
      conditionNumber: _c,
      ...old
    } = JSON.parse(JSON.stringify(await model));
    const told = Model.fromJSON({ ...old, version: 1 }).summary();
    expect(told).toContain('R2');
    expect(told).not.toMatch(/AIC|NaN/);
  });
});

test('a notebook shows the same as tables, in its own colours', async () => {
  const shown = (await model) as unknown as Record<symbol, () => Record<string, string>>;
  const bundle = shown[DISPLAY]?.() ?? {};
  expect(bundle['text/plain']).toBe((await model).summary());
  const html = bundle['text/html'] ?? '';
  expect(html.match(/<table /g)).toHaveLength(3);
  for (const text of ['Adjusted R2', '0.88462', 'g[b]', '-30.412', 'Compared with g = a.']) {
    expect(html).toContain(text);
  }
  expect(html).not.toMatch(/background|color: (?!inherit)|#[0-9a-f]{3}/);
});

test('names are text in HTML, too', async () => {
  const odd = read.rows(
    [1, 2, 3].map((x) => ({ '<b>': x * x, y: x })),
    { schema: { '<b>': t.int(), y: t.int() } },
  );
  const fitted = await linearRegression(odd, { target: 'y', features: ['<b>'] });
  const html = (fitted as unknown as Record<symbol, () => Record<string, string>>)[DISPLAY]?.()['text/html'];
  expect(html).toContain('&lt;b&gt;');
  expect(html).not.toContain('<b>"');
});
