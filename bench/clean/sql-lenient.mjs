// The clean job as SQL written by hand on DuckDB's own typed CSV reader, which also takes '1.5' as the integer 2:
// node clean/sql-lenient.mjs <in.csv> <out.parquet>
import { clean } from './sql.mjs';

await clean({
  types: {
    id: 'BIGINT',
    region: 'VARCHAR',
    product: 'VARCHAR',
    quantity: 'BIGINT',
    unit_price: 'DECIMAL(12, 2)',
    discount: 'DOUBLE',
    revenue: 'DECIMAL(12, 2)',
    sold_at: 'TIMESTAMP',
  },
  select: `id, lower(trim(region)) as region, lower(trim(product)) as product, quantity, unit_price, discount, revenue, sold_at`,
});
