import { linearRegression, load } from '../../src/index.ts';
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
