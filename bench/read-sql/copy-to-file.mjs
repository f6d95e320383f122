// The same table by COPY TO STDOUT into a file of text: the mark to beat: node read-sql/copy-to-file.mjs <url> <file>
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { to } from 'pg-copy-streams';

const [url, file] = process.argv.slice(2);
const client = new pg.Client(url);
await client.connect();
const start = performance.now();
const copy = client.query(to('copy orders to stdout'));
await pipeline(copy, createWriteStream(file));
const ms = performance.now() - start;
await client.end();
console.log(JSON.stringify({ ms, rows: copy.rowCount }));
