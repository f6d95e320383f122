// The server's own COPY of a CSV file that is ready on its disk: the mark to beat.
// node postgres/server-copy.mjs <url> <orders.parquet> <orders.csv>
import pg from 'pg';
import { ddl } from './table.mjs';

const [url, , csv] = process.argv.slice(2);
const client = new pg.Client(url);
await client.connect();
await client.query(ddl);
const start = performance.now();
await client.query(`copy orders from '${csv.replaceAll("'", "''")}' (format csv, header)`);
const ms = performance.now() - start;
const { rows } = await client.query('select count(*)::int as n from orders');
await client.end();
console.log(JSON.stringify({ ms, rows: rows[0].n }));
