import { type FrameOf, fn, t } from '../../src/index.ts';

/** One line of an invoice, as the shop's till writes it. */
export const salesSchema = {
  invoice: t.string().from('Invoice No'),
  sku: t.string(),
  quantity: t.int().nullable(),
  unit_price: t.decimal(12, 2, { decimal: ',', thousands: '.' }),
  sold_at: t.timestamp({ formats: ['%d.%m.%Y %H:%M', '%Y-%m-%d %H:%M:%S'], timeZone: 'Europe/Berlin' }),
  region: t.enum(['north', 'south']).nullable(),
};

export type Sales = FrameOf<typeof salesSchema>;

/** Tidy text, quantities filled in, each product once an invoice, and what the reports need. */
export const clean = (sales: Sales) =>
  sales
    .mapColumns('string', (column) => column.trim().lower())
    .impute({ quantity: 'median' })
    .filter((r) => r.quantity.gt(0).and(r.unit_price.gt(0)))
    .dedupe({ by: ['invoice', 'sku'], keep: 'last', orderBy: ['sold_at'] })
    .withColumns((r) => ({
      revenue: r.unit_price.mul(r.quantity),
      year: r.sold_at.year({ timeZone: 'Europe/Berlin' }),
      month: r.sold_at.month({ timeZone: 'Europe/Berlin' }),
      tier: fn.when(r.quantity.gte(100), 'bulk').else('retail'),
    }))
    .sort('sold_at', { desc: 'revenue', nulls: 'last' });
