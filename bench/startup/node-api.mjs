// The same by the engine's package alone: node startup/node-api.mjs <file> <values | csv> [require]
import { createRequire } from 'node:module';

const [file, kind, required] = process.argv.slice(2);
const name = '@duckdb/node-api';
const { DuckDBInstance } = required === undefined ? await import(name) : createRequire(import.meta.url)(name);
const connection = await (await DuckDBInstance.create()).connect();
const from = kind === 'csv' ? `read_csv('${file}', auto_detect = true)` : '(VALUES (1), (2)) r(quantity)';
const columns = kind === 'csv' ? 'sku, quantity' : 'quantity';
const reader = await connection.runAndReadAll(`SELECT ${columns} FROM ${from} WHERE quantity > 1`);
const rows = reader.getRowObjectsJS();
if (rows.length === 0) throw new Error('no rows');
