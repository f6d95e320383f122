// knex.batchInsert of row objects that are already in memory: node postgres/knex.mjs <url> <orders.parquet> <orders.csv>
import { DuckDBInstance } from '@duckdb/node-api';
import knex from 'knex';
import { ddl } from './table.mjs';

const [url, parquet] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:');
const duckdb = await instance.connect();
const reader = await duckdb.runAndReadAll(`
  select order_id::double as order_id, customer_id::double as customer_id, sku, region, note, quantity::double as quantity,
    unit_price::varchar as unit_price, revenue::varchar as revenue, ordered_on::varchar as ordered_on, sold_at::varchar as sold_at, paid
  from read_parquet('${parquet.replaceAll("'", "''")}')`);
const orders = reader.getRowObjectsJS();
duckdb.closeSync();

const db = knex({ client: 'pg', connection: url });
await db.raw(ddl);
const start = performance.now();
await db.batchInsert('orders', orders, 5000); // 11 x 5,000 = 55,000 bound values; the protocol's limit is 65,535
const ms = performance.now() - start;
const [{ n }] = await db('orders').select(db.raw('count(*)::int as n'));
await db.destroy();
console.log(JSON.stringify({ ms, rows: n }));
