// The same table as row objects by the driver: node read-sql/pg-rows.mjs <url>
import pg from 'pg';

const client = new pg.Client(process.argv[2]);
await client.connect();
const start = performance.now();
const { rows } = await client.query('select * from orders');
const ms = performance.now() - start;
await client.end();
console.log(JSON.stringify({ ms, rows: rows.length }));
