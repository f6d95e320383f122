import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, linearRegression, MillraceError, type Plot, t } from '../../src/index.ts';

const session = createSession({ threads: 2 });
const folder = mkdtempSync(path.join(tmpdir(), 'millrace-plots-'));
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

const schema = { x: t.int(), g: t.string(), y: t.float() };
const rows = Array.from({ length: 6000 }, (_, i) => ({
  x: i % 100,
  g: ['a', 'b', 'c'][i % 3] ?? '',
  y: 3 + 2 * (i % 100) + (((i * 7919) % 97) - 48) / 4 + (i % 3),
}));
const frame = session.read.rows(rows, { schema });
const few = frame.limit(200);
const model = linearRegression(frame, { target: 'y', features: ['x', 'g'] });

/** The values of the layers of a plot. */
const valuesOf = (plot: Plot): Record<string, number>[][] =>
  (plot.spec.layer as { data: { values: Record<string, number>[] } }[]).map((layer) => layer.data.values);
const subtitleOf = (plot: Plot): string => (plot.spec.title as { subtitle: string[] }).subtitle.join(' ');
const circles = (plot: Plot): number => plot.svg.match(/ d="M[\d.]+,0A/g)?.length ?? 0;

describe('predicted against actual', () => {
  test('a point a row, on axes of one scale', async () => {
    const plot = await (await model).plot.predictedAgainstActual(few);
    const [points = [], diagonal = []] = valuesOf(plot);
    expect(points).toHaveLength(200);
    expect(circles(plot)).toBe(200);
    const expected = await (await model).predict(few, { as: 'p' }).rows();
    points.forEach((point, i) => {
      expect(point.x).toBeCloseTo(expected[i]?.y ?? 0, 3);
      expect(point.y).toBeCloseTo(expected[i]?.p ?? 0, 3);
    });
    for (const { x, y } of diagonal) expect(x).toBe(y);
    const { x, y } = plot.spec.encoding as Record<'x' | 'y', { scale: { domain: number[] } }>;
    expect(x.scale.domain).toEqual(y.scale.domain);
    const { r2 } = await (await model).evaluate(few);
    expect(subtitleOf(plot)).toContain(`200 rows; r2 ${r2.toPrecision(3)}`);
  });

  test('more rows are counted in cells, none of them lost', async () => {
    const plot = await (await model).plot.predictedAgainstActual(frame);
    const [cells = []] = valuesOf(plot);
    expect(cells.reduce((sum, cell) => sum + (cell.rows ?? 0), 0)).toBe(6000);
    expect(cells.length).toBeLessThan(38 * 38);
    expect(subtitleOf(plot)).toContain('6,000 rows, counted in 38 x 38 cells, the darker the more');
    // Each row lies in one of them.
    for (const row of (await (await model).predict(few, { as: 'p' }).rows()).slice(0, 50)) {
      const inside = cells.filter(
        ({ x = 0, x2 = 0, y = 0, y2 = 0 }) => x <= row.y && row.y < x2 && y <= row.p && row.p < y2,
      );
      expect(inside).toHaveLength(1);
    }
  });

  test('is drawn alike every time, in the size that is asked', async () => {
    const plots = (await model).plot;
    const once = await plots.predictedAgainstActual(few, { width: 390, height: 300 });
    expect(once.svg).toContain('width="390" height="300"');
    expect((await plots.predictedAgainstActual(few, { width: 390, height: 300 })).svg).toBe(once.svg);
    expect(once.svg).toContain('fill="#ffffff"');
  });

  test('rows without a prediction are refused, or left out and told', async () => {
    const holes = session.read.rows([...rows.slice(0, 50), { x: null, g: 'a', y: 1 }, { x: 1, g: 'new', y: 2 }], {
      schema: { ...schema, x: t.int().nullable() },
    });
    const { plot } = await model;
    await expect(plot.predictedAgainstActual(holes, { unseen: 'drop' })).rejects.toMatchObject({
      code: 'regression.nulls',
    });
    const drawn = await plot.predictedAgainstActual(holes, { nulls: 'drop', unseen: 'drop' });
    expect(valuesOf(drawn)[0]).toHaveLength(50);
    expect(subtitleOf(drawn)).toContain('50 rows, 2 left out');
  });
});

describe('residuals against fitted', () => {
  test('a point a row, with the means of rows alike', async () => {
    const plot = await (await model).plot.residualsAgainstFitted(few);
    const [points = [], zero = [], means = []] = valuesOf(plot);
    const expected = await (await model).predict(few, { as: 'p' }).rows();
    points.forEach((point, i) => {
      const { y = 0, p = 0 } = expected[i] ?? {};
      expect(point.x).toBeCloseTo(p, 3);
      expect(point.y).toBeCloseTo(y - p, 3);
    });
    expect(zero.map(({ y }) => y)).toEqual([0, 0]);
    expect(means).toHaveLength(8);
    const mean = means.reduce((sum, { y = 0 }) => sum + y, 0) / 8;
    expect(mean).toBeCloseTo(points.reduce((sum, { y = 0 }) => sum + y, 0) / 200, 3);
  });

  test('the means of residuals of a bent truth are bent', async () => {
    const bent = frame.withColumns((r) => ({ y: r.x.mul(r.x).cast(t.float()) }));
    const straight = await linearRegression(bent, { target: 'y', features: ['x'] });
    const means = valuesOf(await straight.plot.residualsAgainstFitted(bent))[2] ?? [];
    expect(means[0]?.y).toBeGreaterThan(300);
    expect(means[6]?.y).toBeLessThan(-300);
    expect(means.at(-1)?.y).toBeGreaterThan(300);
  });

  test('too few rows for means have none', async () => {
    const plot = await (await model).plot.residualsAgainstFitted(frame.limit(20));
    expect(valuesOf(plot)[2]).toEqual([]);
    expect(subtitleOf(plot)).toBe('20 rows.');
  });
});

describe('normal quantiles', () => {
  test("the ordered residuals stand at R's plotting positions", async () => {
    const plot = await (await model).plot.normalQuantiles(frame.limit(5));
    const points = valuesOf(plot)[1] ?? [];
    // qnorm(ppoints(5))
    const expected = [-1.1797611176118612, -0.49720057068155, 0, 0.49720057068155, 1.1797611176118612];
    for (const [i, x] of expected.entries()) expect(points[i]?.x).toBeCloseTo(x, 5);
    const residuals = (await (await model).predict(frame.limit(5), { as: 'p' }).rows()).map((row) => row.y - row.p);
    residuals.sort((a, b) => a - b);
    for (const [i, y] of residuals.entries()) expect(points[i]?.y).toBeCloseTo(y, 4);
  });

  test('of many rows 200 quantiles, from the smallest residual to the largest', async () => {
    const plot = await (await model).plot.normalQuantiles(frame);
    const points = valuesOf(plot)[1] ?? [];
    expect(points).toHaveLength(200);
    expect(subtitleOf(plot)).toContain('200 quantiles of 6,000 rows');
    const gaps = points.slice(1).map(({ x = 0 }, i) => x - (points[i]?.x ?? 0));
    expect(Math.max(...gaps) - Math.min(...gaps)).toBeLessThan(1e-4);
    // qnorm(1 - 0.5 / 6000)
    expect(points.at(-1)?.x).toBeCloseTo(3.76482, 4);
    const residuals = (await (await model).predict(frame, { as: 'p' }).rows()).map((row) => row.y - row.p);
    expect(points.at(-1)?.y).toBeCloseTo(Math.max(...residuals), 1);
  });

  test('a sample of a normal distribution lies on the line', async () => {
    let seed = 1;
    const uniform = (): number => {
      seed = (seed * 16807) % 2147483647;
      return seed / 2147483647;
    };
    const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
    const sample = session.read.rows(
      Array.from({ length: 5000 }, () => ({ x: 1, g: 'a', y: 10 + 3 * normal() })),
      { schema },
    );
    const constant = await linearRegression(sample, { target: 'y', features: [] });
    const points = valuesOf(await constant.plot.normalQuantiles(sample))[1] ?? [];
    for (const { x = 0, y = 0 } of points.filter((p) => Math.abs(p.x ?? 0) < 2)) {
      expect(Math.abs(y / 3 - x)).toBeLessThan(0.15);
    }
  });
});

describe('coefficients', () => {
  test('an interval a term; hollow where zero lies inside', async () => {
    const noise = session.read.rows(
      rows.slice(0, 500).map((row, i) => ({ ...row, noise: (i * 104_729) % 89 })),
      { schema: { ...schema, noise: t.int() } },
    );
    const fitted = await linearRegression(noise, { target: 'y', features: ['x', 'noise'] });
    const plot = await fitted.plot.coefficients();
    const [, intervals = [], dots = []] = valuesOf(plot);
    expect(intervals.map(({ low }) => low)).toEqual(
      fitted.coefficients.slice(1).map(({ low }) => Number(low.toPrecision(6))),
    );
    const inside = fitted.coefficients.slice(1).map(({ low, high }) => low < 0 && high > 0);
    expect(inside).toEqual([false, true]);
    expect(dots.map(({ fill }) => String(fill) === '#ffffff')).toEqual(inside);
    expect(plot.svg).toContain('>noise<');
    expect(plot.svg).not.toContain('(Intercept)');
    expect((await fitted.plot.coefficients({ intercept: true })).svg).toContain('>(Intercept)<');
  });

  test('of many terms the forty that stand furthest from zero; long names lose their middle', async () => {
    const many = session.read.rows(
      Array.from({ length: 600 }, (_, i) => ({
        x: i,
        g: `the level with the long and the longer name ${i % 60}`,
        y: (i % 60) * 3 + ((i * 37) % 11),
      })),
      { schema },
    );
    const fitted = await linearRegression(many, { target: 'y', features: ['g'] });
    const plot = await fitted.plot.coefficients();
    expect(valuesOf(plot)[1]).toHaveLength(40);
    expect(subtitleOf(plot)).toContain('The 40 of 59 terms with the largest t.');
    expect(plot.svg).toContain('…');
  });

  test('a model that has none', async () => {
    const constant = await linearRegression(frame, { target: 'y', features: [] });
    expect(() => constant.plot.coefficients()).toThrow(/no term but its intercept/);
  });
});

describe('a plot', () => {
  test('saves itself as SVG or as what was drawn', async () => {
    const plot = await (await model).plot.coefficients();
    const svg = path.join(folder, 'new', 'coefficients.svg');
    await plot.save(svg);
    // A file is looked at by other programs than browsers: it has the size that was drawn, no style of a page.
    expect(plot.svg).toMatch(/^<svg style="max-width: 100%; height: auto" /);
    expect(readFileSync(svg, 'utf8')).toBe(plot.svg.replace(' style="max-width: 100%; height: auto"', ''));
    expect(String(plot)).toBe(plot.svg);
    await plot.save(path.join(folder, 'coefficients.json'));
    expect(JSON.parse(readFileSync(path.join(folder, 'coefficients.json'), 'utf8'))).toEqual(plot.spec);
    await expect(plot.save(path.join(folder, 'coefficients.png'))).rejects.toMatchObject({ code: 'plot.format' });
  });

  test('shows itself in a notebook', async () => {
    const plot = await (await model).plot.coefficients();
    const bundle = (plot as unknown as Record<symbol, () => Record<string, unknown>>)[
      Symbol.for('Jupyter.display')
    ]?.();
    expect(bundle?.['image/svg+xml']).toBe(plot.svg);
    expect(bundle?.['application/vnd.vegalite.v6+json']).toBe(plot.spec);
    expect(bundle?.['text/plain']).toBe('Plot: Coefficients of y');
  });

  test('a value that has no place in it', async () => {
    const infinite = few.withColumns((r) => ({ y: r.y.mul(1000).exp() }));
    const drawn = (await model).plot.residualsAgainstFitted(infinite);
    await expect(drawn).rejects.toBeInstanceOf(MillraceError);
    await expect(drawn).rejects.toMatchObject({ code: 'plot.not_finite' });
  });
});
