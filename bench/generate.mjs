// node generate.mjs sales <rows> <file.csv>      the file of the clean job; of another name NDJSON
// node generate.mjs orders <rows> <file>         <file>.parquet and <file>.csv of the Postgres and Arrow jobs;
//                                                of a name that ends in .parquet that file alone
//
// Every value is a hash of the row's number: the engine is pinned,
// so the rows are the same on every machine.
// 5,000,000 rows are about 386 MB: 2% of the ids are repeated, strings are padded and of mixed case,
// quantity and discount have nulls (empty fields), one revenue in ten is negative.
import { DuckDBInstance } from '@duckdb/node-api';

const [what, count, file] = process.argv.slice(2);
const rows = Number(count);
const path = (suffix) => `'${(file + suffix).replaceAll("'", "''")}'`;

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(`
  create macro h(i, k) as ((hash(i, k) >> 11)::bigint);
  create macro dress(s, n) as case n % 4
    when 0 then s when 1 then upper(s) when 2 then '  ' || s || ' ' else ' ' || upper(s[1]) || s[2:] || '   ' end;
`);
if (what === 'sales')
  await connection.run(`
  copy (
    select
      case when h(i, 1) % 50 = 0 and i > 0 then 1000000 + h(i, 2) % i else 1000000 + i end as id,
      dress(['north', 'south', 'east', 'west', 'central', 'overseas'][1 + h(i, 3) % 6], h(i, 4)) as region,
      dress(['anvil', 'bolt', 'crane hook', 'drill press', 'engine oil', 'flange', 'gasket', 'hose clamp'][1 + h(i, 5) % 8]
        || '-' || (h(i, 6) % 1000), h(i, 7)) as product,
      case when h(i, 8) % 20 = 0 then null else 1 + h(i, 9) % 500 end as quantity,
      ((100 + h(i, 10) % 99900) / 100)::decimal(12, 2) as unit_price,
      case when h(i, 11) % 10 = 0 then null else (h(i, 12) % 4000) / 10000 end as discount,
      round((case when h(i, 13) % 10 = 0 then -1 else 1 end) * (1 + h(i, 14) % 50000000) / 100, 2) as revenue,
      strftime(timestamp '2019-01-01' + to_seconds(h(i, 15) % 189000000), '%Y-%m-%d %H:%M:%S') as sold_at
    from range(${rows}) r(i)
    order by i
  ) to ${path('')} ${file.endsWith('.csv') ? '(format csv, header)' : '(format json)'}`);
if (what === 'orders') {
  const alone = file.endsWith('.parquet');
  const parquet = path(alone ? '' : '.parquet');
  await connection.run(`
    copy (
      select
        i as order_id,
        h(i, 1) % 100000 as customer_id,
        'SKU-' || (h(i, 2) % 5000) as sku,
        ['north', 'south', 'east', 'west', 'central', 'overseas'][1 + h(i, 3) % 6] as region,
        'order ' || i || ', "' || ['gift', 'express', 'fragile', 'standard'][1 + h(i, 4) % 4] || '"' as note,
        case when h(i, 5) % 20 = 0 then null else 1 + h(i, 6) % 500 end as quantity,
        ((100 + h(i, 7) % 99900) / 100)::decimal(12, 2) as unit_price,
        ((1 + h(i, 8) % 50000000) / 100)::decimal(14, 2) as revenue,
        date '2019-01-01' + (h(i, 9) % 2190)::integer as ordered_on,
        timestamp '2019-01-01' + to_microseconds(h(i, 10) % 189000000000000) as sold_at,
        h(i, 11) % 3 > 0 as paid
      from range(${rows}) r(i)
      order by i
    ) to ${parquet} (format parquet, compression zstd)`);
  if (!alone) await connection.run(`copy (from read_parquet(${parquet})) to ${path('.csv')} (format csv, header)`);
}
console.log(`${file}: ${rows} rows`);
connection.closeSync();
