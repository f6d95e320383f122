import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSession, fn, t } from '../src/index.ts';
import { dataFolder } from './support/data.ts';

const archive = join(dataFolder() ?? '', 'online-retail-by-day.tar.gz');
const isThere = existsSync(archive);
if (!isThere) console.log('online-retail: skipped, the folder of real data is not here (see test/support/data.ts)');

const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
const session = createSession({ threads: 2 });
afterAll(async () => {
  await session.close();
  rmSync(folder, { recursive: true, force: true });
});

const schema = {
  invoice: t.string().from('InvoiceNo'),
  sku: t.string().from('StockCode'),
  description: t.string().nullable().from('Description'),
  quantity: t.int().from('Quantity'),
  sold_at: t.timestamp().from('InvoiceDate'),
  unit_price: t.decimal(10, 3).from('UnitPrice'),
  customer: t.decimal(10, 1).nullable().from('CustomerID'),
  country: t.string().from('Country'),
};

test.skipIf(!isThere)('Online Retail: every fact that its README states', { timeout: 120_000 }, async () => {
  execFileSync('tar', ['-xzf', archive, '-C', folder]);
  const sales = session.read
    .csv(join(folder, 'by-day', '*.csv'), { schema, onBadRow: 'quarantine' })
    .cast({ customer: t.int().nullable() });

  expect(await sales.quarantine().count()).toBe(0);
  const [facts] = await sales
    .withColumns((r) => ({ revenue: r.unit_price.mul(r.quantity) }))
    .groupBy()
    .agg((r) => ({
      rows: fn.count(),
      invoices: r.invoice.countDistinct(),
      skus: r.sku.countDistinct(),
      customers: r.customer.countDistinct(),
      countries: r.country.countDistinct(),
      withoutCustomer: r.customer.isNull().countTrue(),
      withoutDescription: r.description.isNull().countTrue(),
      cancelled: r.invoice.startsWith('C').countTrue(),
      returned: r.quantity.lt(0).countTrue(),
      negativePrices: r.unit_price.lt(0).countTrue(),
      zeroPrices: r.unit_price.eq(0).countTrue(),
      revenue: r.revenue.sum(),
    }))
    .rows();
  expect(facts).toEqual({
    rows: 541_909,
    invoices: 25_900,
    skus: 4_070,
    customers: 4_372,
    countries: 38,
    withoutCustomer: 135_080,
    withoutDescription: 1_454,
    cancelled: 9_288,
    returned: 10_624,
    negativePrices: 2,
    zeroPrices: 2_515,
    revenue: '9747747.934',
  });
  expect(541_909 - (await sales.dedupe().count())).toBe(5_268);
});
