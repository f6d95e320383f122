// A frame in the engine's memory upserted into a table with half of its keys: node postgres/upsert.mjs <url> <orders.parquet> <orders.csv>
import { createSession, load } from '../../dist/index.js';
import { countNew, makeHalf } from './upsert-table.mjs';

const [url, parquet, csv] = process.argv.slice(2);
await makeHalf(url, csv);
const session = createSession({ threads: 2 });
const orders = await (await session.read.parquet(parquet)).materialize();
const start = performance.now();
await load.postgres(orders, url, { table: 'orders', mode: 'upsert', key: 'order_id' });
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: await countNew(url) }));
await session.close();
