// The same in the server's own SQL, from a CSV file that is ready on its disk, checking nothing: the mark to beat.
// node postgres/upsert-server.mjs <url> <orders.parquet> <orders.csv>
import pg from 'pg';
import { countNew, makeHalf } from './upsert-table.mjs';

const [url, , csv] = process.argv.slice(2);
await makeHalf(url, csv);
const client = new pg.Client(url);
await client.connect();
const columns = [
  'customer_id',
  'sku',
  'region',
  'note',
  'quantity',
  'unit_price',
  'revenue',
  'ordered_on',
  'sold_at',
  'paid',
];
const start = performance.now();
await client.query('begin');
await client.query('create temp table staging (like orders) on commit drop');
await client.query(`copy staging from '${csv.replaceAll("'", "''")}' (format csv, header)`);
await client.query(`
  insert into orders select * from staging
  on conflict (order_id) do update set ${columns.map((name) => `${name} = excluded.${name}`).join(', ')}`);
await client.query('commit');
const ms = performance.now() - start;
await client.end();
console.log(JSON.stringify({ ms, rows: await countNew(url) }));
