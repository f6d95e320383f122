import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  bin,
  encode,
  fitBins,
  fitEncoder,
  fitImputer,
  fitOutliers,
  fitScaler,
  type Readers,
  scale,
  t,
  treatOutliers,
} from '../../src/index.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';

/* What is learned and applied, and the inline spellings: the same on every engine. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

const rows = Array.from({ length: 60 }, (_, id) => ({
  id,
  region: [`r${(id * 7) % 13}`, 'É', 'z', null][id % 4] ?? null,
  size: (['S', 'M', 'L'] as const)[id % 3] ?? 'S',
  quantity: id % 8 === 5 ? null : ((id * 37) % 23) - 7,
  price: id === 30 ? 9999.5 : ((id * 31) % 29) / 4,
  cost: id % 9 === 4 ? null : `${((id * 13) % 17) - 8}.25`,
}));
const schema = {
  id: t.int(),
  region: t.string().nullable(),
  size: t.enum(['S', 'M', 'L']),
  quantity: t.int().nullable(),
  price: t.float(),
  cost: t.decimal(8, 2).nullable(),
};
const table = (read: Readers) => read.rows(rows, { schema });
const numbers = ['quantity', 'price', 'cost'] as const;
const METHODS = ['standard', 'min-max', 'robust'] as const;
const BOUNDS = ['iqr', 'z-score', 'quantile'] as const;

/** What was fitted on the reference engine, applied on each; the inline form on each. */
const inline: Readonly<Record<string, (read: Readers) => AnyFrame>> = {
  ...Object.fromEntries(
    METHODS.map((method) => [
      `scale, ${method}`,
      (read: Readers) =>
        table(read)
          .pipe(scale({ columns: numbers, method }))
          .sort('id'),
    ]),
  ),
  ...Object.fromEntries(
    BOUNDS.flatMap((method) =>
      (['drop', 'cap', 'flag'] as const).map((action) => [
        `treatOutliers, ${method}, ${action}`,
        (read: Readers) =>
          table(read)
            .pipe(treatOutliers({ columns: numbers, method, action }))
            .sort('id'),
      ]),
    ),
  ),
  'encode, one-hot': (read) =>
    table(read)
      .pipe(encode({ columns: ['size'], method: 'one-hot' }))
      .sort('id'),
  'encode, ordinal': (read) =>
    table(read)
      .pipe(encode({ columns: ['region'], method: 'ordinal', unknown: 'other', categories: { region: ['z', 'É'] } }))
      .sort('id'),
  'bin, width': (read) =>
    table(read)
      .pipe(bin({ column: 'quantity', bins: 5, method: 'width' }))
      .sort('id'),
  'bin, quantile, labels': (read) =>
    table(read)
      .pipe(bin({ column: 'price', bins: 3, method: 'quantile', labels: ['low', 'middle', 'high'] }))
      .sort('id'),
  'impute by groups': (read) =>
    table(read)
      .impute({ quantity: { mean: true, by: 'region' }, cost: { median: true, by: ['region', 'size'] } })
      .sort('id'),
  'impute by the mode of groups': (read) =>
    table(read)
      .impute({ quantity: { mode: true, by: 'size' } })
      .sort('id'),
  'impute by regression': (read) =>
    table(read)
      .impute({ quantity: { regression: ['price'] }, cost: { regression: ['id'] } })
      .sort('id'),
  'impute from donors': (read) =>
    table(read)
      .select('id', 'quantity', 'region', 'size')
      .impute({
        quantity: { hotDeck: { seed: 7 } },
        region: { hotDeck: { seed: 7, donors: 3 }, by: 'size' },
        size: { hotDeck: { seed: 3 }, by: ['region', 'quantity'] },
      })
      .sort('id'),
};

it.each(Object.keys(inline))('%s', async (name) => {
  await expectAgreement(running, inline[name] as (read: Readers) => AnyFrame);
});

it('what is fitted on one engine is what is fitted on another, and is applied on each', async () => {
  const fitted = async (read: Readers) => ({
    scaler: await fitScaler(table(read), { columns: numbers, method: 'robust' }),
    cap: await fitOutliers(table(read), { columns: ['price'], method: 'iqr', action: 'cap' }),
    aside: await fitOutliers(table(read), { columns: ['price'], method: 'iqr', action: 'quarantine' }),
    encoder: await fitEncoder(table(read), { columns: ['region', 'size'], method: 'one-hot', unknown: 'null' }),
    bins: await fitBins(table(read), { column: 'price', bins: 4, method: 'quantile' }),
    imputer: await fitImputer(table(read), {
      quantity: { hotDeck: { seed: 3 }, by: 'size' },
      cost: { regression: ['price', 'size'] },
      region: 'mode',
    }),
  });
  const ours = await fitted(running.reference.session.read);
  for (const { name, session } of running.others) {
    const theirs = await fitted(session.read);
    for (const part of ['scaler', 'cap', 'encoder', 'bins'] as const) {
      expect({ [name]: rounded(theirs[part].parameters) }).toEqual({ [name]: rounded(ours[part].parameters) });
    }
    expect({ [name]: rounded(theirs.imputer.parameters) }).toEqual({ [name]: rounded(ours.imputer.parameters) });
  }
  const { scaler, cap, aside, encoder, bins, imputer } = ours;
  for (const applied of [
    (read: Readers) => scaler.apply(table(read)).sort('id'),
    (read: Readers) => cap.apply(table(read)).sort('id'),
    (read: Readers) => aside.apply(table(read)).sort('id'),
    (read: Readers) => encoder.apply(table(read)).sort('id'),
    (read: Readers) => bins.apply(table(read)).sort('id'),
    (read: Readers) => imputer.apply(table(read)).sort('id'),
  ]) {
    await expectAgreement(running, applied as (read: Readers) => AnyFrame);
  }
});

/** Numbers to nine digits: two engines add them up in different orders. */
function rounded(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, v: unknown) => (typeof v === 'number' ? Number(v.toPrecision(9)) : v));
}
