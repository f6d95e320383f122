// A file of 2 GB in 512 MB to Parquet: node memory/millrace.mjs <in.csv | in.ndjson> <out.parquet>
import { statSync } from 'node:fs';
import { createSession, load } from '../../dist/index.js';
import { schema } from '../clean/steps.mjs';

const [input, output] = process.argv.slice(2);
const session = createSession({ threads: 2, memoryLimit: '512MB' });
const reader = input.endsWith('.csv') ? session.read.csv : session.read.ndjson;
const start = performance.now();
const { rows } = await load.parquet(reader(input, { schema }), output, { mode: 'replace' });
const ms = performance.now() - start;
await session.close();
const megabytes = Math.round(process.resourceUsage().maxRSS / 1024);
const notes = [
  `${(statSync(input).size / 1e9).toFixed(2)} GB, ${rows.written} rows, peak resident memory ${megabytes} MB`,
];
console.log(JSON.stringify({ ms, notes }));
