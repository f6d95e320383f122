// A millrace frame in the engine's memory to an Arrow table in JavaScript: node arrow/millrace.mjs <orders.parquet>
import 'apache-arrow';
import { createSession } from '../../dist/index.js';

const session = createSession({ threads: 2 });
const orders = await (await session.read.parquet(process.argv[2])).materialize();
const start = performance.now();
const table = await (await orders.collect()).toArrow();
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: table.numRows }));
await session.close();
