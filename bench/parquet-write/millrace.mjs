// A frame in the engine's memory to one Parquet file: node parquet-write/millrace.mjs <orders.parquet> <out.parquet>
import { rmSync } from 'node:fs';
import { createSession, load } from '../../dist/index.js';

const [parquet, output] = process.argv.slice(2);
rmSync(output, { force: true });
const session = createSession({ threads: 2 });
const orders = await (await session.read.parquet(parquet)).materialize();
const start = performance.now();
const report = await load.parquet(orders, output, { mode: 'replace' });
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: report.rows.written }));
await session.close();
