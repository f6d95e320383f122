// A frame in the engine's memory appended to a table of PostgreSQL: node postgres/millrace.mjs <url> <orders.parquet>
import pg from 'pg';
import { createSession, load } from '../../dist/index.js';
import { ddl } from './table.mjs';

const [url, parquet] = process.argv.slice(2);
const client = new pg.Client(url);
await client.connect();
await client.query(ddl);
await client.end();

const session = createSession({ threads: 2 });
const orders = await (await session.read.parquet(parquet)).materialize();
const start = performance.now();
const report = await load.postgres(orders, url, { table: 'orders', mode: 'append' });
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: report.rows.written }));
await session.close();
