// A polars frame in memory to an Arrow table in JavaScript: node arrow/polars.mjs <orders.parquet>
import { tableFromIPC } from 'apache-arrow';
import pl from 'nodejs-polars';

const orders = pl.readParquet(process.argv[2]);
const start = performance.now();
const table = tableFromIPC(orders.writeIPC());
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: table.numRows }));
