import { execFile } from 'node:child_process';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { chart, domainOf, line } from '../../src/plot/chart.ts';
import { renderSvg } from '../../src/plot/render.ts';

const twoPoints = (low: number, high: number) => {
  const domain = domainOf([low, high]);
  const axis = { title: 'a', domain };
  const layer = [
    line(
      [low, high].map((at) => ({ x: at, y: at })),
      { color: 'black' },
    ),
  ];
  return chart({ title: 'Title', subtitle: 'a subtitle that is long. '.repeat(6).trim(), x: axis, y: axis, layer });
};

describe('a drawing', () => {
  test('has the size that it was asked to have, gets narrower with its page, and a ground of its own', async () => {
    const svg = await renderSvg(twoPoints(0, 1));
    expect(svg).toMatch(
      /^<svg style="max-width: 100%; height: auto" .*width="520" height="420" viewBox="0 0 520 420">/,
    );
    expect(svg).toContain('<rect width="520" height="420" fill="#ffffff"');
  });

  test('leaves what was drawn as it was', async () => {
    const spec = twoPoints(0, 1);
    const before = structuredClone(spec);
    await renderSvg(spec);
    expect(spec).toEqual(before);
  });

  test.each([
    [0, 1.2e6, ['0', '200k', '1M', '1.2M']],
    [0, 3e9, ['0', '1B', '3B']],
    [-0.02, 0.02, ['−0.01', '0', '0.01']],
    [0, 2e-7, ['0', '1e-7']],
    [1990, 2010, ['1,990', '2,000']],
    [1_000_000, 1_000_100, ['1M', '1.00002M', '1.0001M']],
    [1e6, 1e6, ['900k', '1M', '1.1M']],
  ])('labels from %d to %d are short', async (low, high, labels) => {
    const svg = await renderSvg(twoPoints(low, high));
    for (const label of labels) expect(svg).toContain(`>${label}</text>`);
    const told = [...svg.matchAll(/text-anchor="end"[^>]*>([^<]+)<\/text>/g)].map((match) => match[1] ?? '');
    expect(Math.max(...told.map((text) => text.length))).toBeLessThanOrEqual(8);
    expect(new Set(told).size).toBe(told.length);
  });

  test('long subtitles take several lines, none wider than the image', async () => {
    const { subtitle } = twoPoints(0, 1).title as { subtitle: string[] };
    expect(subtitle.length).toBe(2);
    expect(subtitle.every((text) => text.length * 6.4 <= 520)).toBe(true);
  });
});

test('without the packages the error says what to install', async () => {
  const hook = `export async function resolve(name, context, next) {
    if (name === 'vega-lite') throw new Error('Cannot find package ' + name);
    return next(name, context);
  }`;
  const code = `
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(${JSON.stringify(hook)}));
    const { renderSvg } = await import(${JSON.stringify(path.resolve('src/plot/render.ts'))});
    await renderSvg({}).catch(error => console.log(error.code, error.message));
  `;
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', code], (error, stdout) =>
      error ? reject(error) : resolve(stdout),
    );
  });
  expect(output.trim()).toBe(
    'plot.peer Plots need the packages vega and vega-lite, which are not both installed. Install them: npm install vega vega-lite',
  );
});
