import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { t } from '../../src/index.ts';
import { pipeline, runPipeline } from '../../src/pipeline/index.ts';
import { checkedParams, readParams } from '../../src/pipeline/params.ts';
import { everyDtype } from '../support/random-tables.ts';

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

it('one that is secret is refused without its value, as a value and as text', async () => {
  const secret = pipeline('secret', { params: { pin: t.int() }, secrets: ['pin'] }, (p) => void p.task('one', () => 1));
  const refused: readonly (() => Promise<unknown>)[] = [
    () => runPipeline(secret, { params: { pin: 's3cret' as never } }),
    () => readParams(secret, { pin: 's3cret' }),
  ];
  for (const refuse of refused) {
    const error = await refuse().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'pipeline.param', message: expect.stringContaining('a secret, does not fit') });
    expect(inspect(error, { depth: null })).not.toMatch(/s3cret/);
  }
});

describe('params that are texts', () => {
  it('may be of every dtype', async () => {
    const texts = {
      ...{ n: '7', int: '-1', big: '9223372036854775807', float: '1e3', money: '1.5', small: '0.5', text: ' x ' },
      ...{ region: 'north', yes: 'true', day: '2024-02-29', at: '2024-02-29T12:00:00+02:00', bytes: 'AP8=' },
      ...{ tags: '["a", null]', place: '{"city": "Ulm", "floor": 2}' },
    };
    const made = pipeline('every', { params: everyDtype }, (p) => void p.task('one', () => 1));
    expect(await readParams(made, texts)).toEqual({
      ...{ n: 7, int: -1, big: 2n ** 63n - 1n, float: 1000, money: '1.5000000000', small: '0.50', text: ' x ' },
      ...{ region: 'north', yes: true, day: '2024-02-29', at: new Date('2024-02-29T10:00:00Z') },
      ...{ bytes: new Uint8Array([0, 255]), tags: ['a', null], place: { city: 'Ulm', floor: 2 } },
    });
  });

  it('are read as columns are', async () => {
    const read = await readParams(daily, { limit: '12', day: '2024-03-01', price: '1,50' });
    expect(read).toEqual({ limit: 12, day: '2024-03-01', price: '1.50' });
  });

  it.each([
    ['limit', '1e3'],
    ['limit', '1.5'],
    ['limit', ''],
    ['day', '2024-02-30'],
    ['price', '1.505'],
    ['region', 'West'],
  ])('%s is not %s', async (name, text) => {
    const read = readParams(daily, { [name]: text }).then((given) => checkedParams(daily, { ...given }));
    await expect(read).rejects.toMatchObject({
      code: 'pipeline.param',
      message: expect.stringMatching(new RegExp(`param "${name}": it is .*: ${JSON.stringify(text)} does not fit`)),
    });
  });
});
