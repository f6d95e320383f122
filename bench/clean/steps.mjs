// The clean job as a step on a frame, for files of any size.
import { t } from '../../dist/index.js';

export const schema = {
  id: t.int(),
  region: t.string(),
  product: t.string(),
  quantity: t.int().nullable(),
  unit_price: t.decimal(12, 2),
  discount: t.float().nullable(),
  revenue: t.decimal(12, 2),
  sold_at: t.timestamp(),
};

export const clean = (sales) =>
  sales
    .mapColumns('string', (column) => column.trim().lower())
    .impute({ quantity: 'mean', discount: 'mean' })
    .filter((r) => r.revenue.gt(0))
    .dedupe({ by: ['id'], keep: 'first' })
    .withColumns((r) => ({ year: r.sold_at.year(), month: r.sold_at.month(), day: r.sold_at.day() }))
    .sort('region', { desc: 'revenue' });
