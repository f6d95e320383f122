import { describe, expect, it } from 'vitest';
import { t } from '../../src/index.ts';
import { pipeline, runPipeline } from '../../src/pipeline/index.ts';
import { readParams } from '../../src/pipeline/params.ts';

const params = {
  region: t.enum(['north', 'south']),
  limit: t.int().nullable(),
  day: t.date(),
  price: t.decimal(6, 2, { decimal: ',' }).nullable(),
};
const daily = pipeline('daily', { params, defaults: { region: 'north', day: '2024-02-29' } }, (p) => {
  p.task('tell', ({ params }) => ({ ...params }));
});

describe('params of a run', () => {
  it('are its own, else the defaults, else null', async () => {
    const run = await runPipeline(daily, { params: { region: 'south', limit: 3 } });
    expect(run.orThrow().step('tell')?.value).toEqual({ region: 'south', limit: 3, day: '2024-02-29', price: null });
  });

  it.each([
    [
      'one that is unknown',
      { regio: 'north' },
      /param "regio": there is no such param\. Did you mean "region"\? It takes region, limit, day, price/,
    ],
    ['one of another type', { limit: 1.5 }, /param "limit": it is int: 1\.5 does not fit/],
    [
      'one that is none of the choices',
      { region: 'west' },
      /param "region": it is enum.*north.*south.*: "west" does not fit/,
    ],
    ['one that is null', { day: null }, /param "day": it is not given, and has no default/],
  ])('%s is refused', async (_, given, message) => {
    await expect(runPipeline(daily, { params: given as object })).rejects.toMatchObject({
      code: 'pipeline.param',
      message: expect.stringMatching(message),
    });
  });
});

describe('params that are texts', () => {
  it('are read as columns are', async () => {
    const read = await readParams(daily, { limit: '12', day: '2024-03-01', price: '1,50' });
    expect(read).toEqual({ region: 'north', limit: 12, day: '2024-03-01', price: '1.50' });
  });

  it.each([
    ['limit', '1e3'],
    ['limit', '1.5'],
    ['limit', ''],
    ['day', '2024-02-30'],
    ['price', '1.505'],
    ['region', 'West'],
  ])('%s is not %s', async (name, text) => {
    await expect(readParams(daily, { [name]: text })).rejects.toMatchObject({
      code: 'pipeline.param',
      message: expect.stringMatching(new RegExp(`param "${name}": it is .*: ${JSON.stringify(text)} does not fit`)),
    });
  });
});
