// The engine's own COPY of a table in its memory: node parquet-write/duckdb.mjs <orders.parquet> <out.parquet> [zstd's level]
import { rmSync } from 'node:fs';
import { DuckDBInstance } from '@duckdb/node-api';

const [parquet, output, level] = process.argv.slice(2);
const compression = `compression zstd${level === undefined ? '' : `, compression_level ${level}`}`;
const path = (file) => `'${file.replaceAll("'", "''")}'`;
rmSync(output, { force: true });
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
await connection.run(`create table orders as from read_parquet(${path(parquet)})`);
const start = performance.now();
const result = await connection.run(`copy orders to ${path(output)} (format parquet, ${compression})`);
const [[rows]] = await result.getRowsJS();
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: Number(rows) }));
connection.closeSync();
