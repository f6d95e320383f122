// The clean job in millrace: node clean/millrace.mjs <in.csv> <out.parquet>
import { load, read, t } from '../../dist/index.js';

const [input, output] = process.argv.slice(2);
const sales = read.csv(input, {
  schema: {
    id: t.int(),
    region: t.string(),
    product: t.string(),
    quantity: t.int().nullable(),
    unit_price: t.decimal(12, 2),
    discount: t.float().nullable(),
    revenue: t.decimal(12, 2),
    sold_at: t.timestamp(),
  },
});
const clean = sales
  .mapColumns('string', (column) => column.trim().lower())
  .impute({ quantity: 'mean', discount: 'mean' })
  .filter((r) => r.revenue.gt(0))
  .dedupe({ by: ['id'], keep: 'first' })
  .withColumns((r) => ({ year: r.sold_at.year(), month: r.sold_at.month(), day: r.sold_at.day() }))
  .sort('region', { desc: 'revenue' });
await load.parquet(clean, output, { mode: 'replace' });
