// A Parquet file appended to a table of PostgreSQL with a memory limit: node load-large/millrace.mjs <url> <orders.parquet> <memory limit>
import pg from 'pg';
import { createSession, load } from '../../dist/index.js';
import { ddl } from '../postgres/table.mjs';

const [url, parquet, memoryLimit] = process.argv.slice(2);
const client = new pg.Client(url);
await client.connect();
await client.query(ddl);
await client.end();

const session = createSession({ threads: 2, memoryLimit });
const start = performance.now();
const report = await load.postgres(await session.read.parquet(parquet), url, { table: 'orders', mode: 'append' });
const ms = performance.now() - start;
const mb = Math.round(process.resourceUsage().maxRSS / 1024);
console.log(JSON.stringify({ ms, rows: report.rows.written, notes: [`peak resident memory ${mb} MB (< 700)`] }));
await session.close();
