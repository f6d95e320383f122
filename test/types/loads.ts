import { linearRegression, load, type MillraceError } from '../../src/index.ts';
import type { Equal, Expect } from './assert.ts';
import { sales } from './sales.ts';

/** Never called: what a loader's and a model's options may name. */
export async function loads(): Promise<void> {
  await load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'upsert', key: ['invoice', 'sku'] });
  // @ts-expect-error no such column
  await load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'upsert', key: ['invoice', 'skuu'] });
  await load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'upsert', key: 'invoice' });
  // @ts-expect-error no such column
  await load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'upsert', key: 'skuu' });
  // @ts-expect-error an upsert needs a key
  await load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'upsert' });
  // @ts-expect-error the mode is required
  await load.postgres(sales, 'postgres://..', { table: 'sales' });
  // @ts-expect-error append matches no rows
  await load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'append', key: 'invoice' });
  const keyed = { table: 'sales', key: ['invoice', 'sku'] } as const;
  await load.postgres(sales, 'postgres://..', { ...keyed, mode: 'upsert', update: 'price', onDuplicate: 'last' });
  // @ts-expect-error no such column
  await load.postgres(sales, 'postgres://..', { ...keyed, mode: 'upsert', update: 'prise' });
  // @ts-expect-error a mode that adds rows alone updates none
  await load.postgres(sales, 'postgres://..', { table: 'sales', key: 'invoice', mode: 'insert-new', update: 'price' });
  await load.postgres(sales, 'postgres://..', { ...keyed, mode: 'sync', gone: { flag: 'is_gone' } });
  // @ts-expect-error versions end, rows are deleted
  await load.postgres(sales, 'postgres://..', { table: 'sales', key: 'invoice', mode: 'sync', gone: 'close' });
  await load.postgres(sales, 'postgres://..', { ...keyed, mode: 'scd2', track: ['price'], gone: 'close' });
  // @ts-expect-error no such column
  await load.postgres(sales, 'postgres://..', { ...keyed, mode: 'scd2', track: ['prise'] });
  const slice = { table: 'sales', mode: 'replace-where' } as const;
  await load.postgres(sales, 'postgres://..', { ...slice, where: (r) => r.region.eq('north').and(r.price.gt(1)) });
  await load.postgres(sales, 'postgres://..', {
    ...slice,
    // @ts-expect-error no such column
    where: (r) => r.regoin.eq('north'),
  });
  // @ts-expect-error a slice is told by a condition
  await load.postgres(sales, 'postgres://..', { ...slice, where: (r) => r.price });
  // @ts-expect-error a slice is needed
  await load.postgres(sales, 'postgres://..', { table: 'sales', mode: 'replace-where' });

  await load.parquet(sales, 'warehouse/sales', { mode: 'replace', partitionBy: ['region'] });
  await load.parquet(sales, 'warehouse/sales', { mode: 'replace', partitionBy: 'region' });
  // @ts-expect-error no such column
  await load.parquet(sales, 'warehouse/sales', { mode: 'replace', partitionBy: 'regoin' });
  // @ts-expect-error no such column
  await load.parquet(sales, 'warehouse/sales', { mode: 'replace', partitionBy: ['regoin'] });

  const model = await linearRegression(sales, { target: 'price', features: ['quantity', 'region'] });
  model.predict(sales, { as: 'predicted' }).filter((r) => r.predicted.gt(0).and(r.region.eq('north')));
  // @ts-expect-error no such feature
  await linearRegression(sales, { target: 'price', features: ['quantitty'] });
  // @ts-expect-error no such target
  await linearRegression(sales, { target: 'prise', features: ['quantity'] });
  // @ts-expect-error text is no target
  await linearRegression(sales, { target: 'invoice', features: ['quantity'] });
}

/** Never called: what `load.all` gives, by the names that were given. */
export async function several(): Promise<void> {
  const outcome = await load.all(sales, {
    warehouse: (f) => load.postgres(f, 'postgres://..', { table: 'sales', mode: 'upsert', key: 'invoice' }),
    lake: async (f) => ({ ...(await load.parquet(f, 'lake', { mode: 'replace' })), version: 1 }),
  });
  type Names = Expect<Equal<keyof typeof outcome.targets, 'warehouse' | 'lake'>>;
  type Reports = Expect<Equal<keyof ReturnType<typeof outcome.reports>, 'warehouse' | 'lake'>>;
  // What a target's own function adds to its report is there.
  const version: number = outcome.reports().lake.version;
  const again: number = (await outcome.retry('lake')).version;
  // @ts-expect-error no such target
  await outcome.retry('lakes');
  // @ts-expect-error no such target
  outcome.targets.lakes;
  // @ts-expect-error a target that failed has no report
  outcome.targets.lake.report;
  const { lake } = outcome.targets;
  const error: MillraceError | undefined = lake.ok ? undefined : lake.error;
  await load.all(sales, {
    // @ts-expect-error no such column
    warehouse: (f) => load.postgres(f, 'postgres://..', { table: 'sales', mode: 'upsert', key: 'invoicee' }),
  });
  // @ts-expect-error a target gives its report
  await load.all(sales, { lake: async () => 1 });
  const all: [Names, Reports, number, number, MillraceError | undefined] = [true, true, version, again, error];
  await Promise.resolve(all);
}
