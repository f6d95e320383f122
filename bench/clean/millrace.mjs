// The clean job in millrace: node clean/millrace.mjs <in.csv> <out.parquet>
import { load, read } from '../../dist/index.js';
import { clean, schema } from './steps.mjs';

const [input, output] = process.argv.slice(2);
await load.parquet(clean(read.csv(input, { schema })), output, { mode: 'replace' });
