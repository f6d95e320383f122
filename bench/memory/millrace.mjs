// A file of 2 GB in 512 MB to Parquet: node memory/millrace.mjs <in.csv | in.ndjson> <out.parquet>
import { createSession, load } from '../../dist/index.js';
import { schema } from '../clean/steps.mjs';

const [input, output] = process.argv.slice(2);
const session = createSession({ threads: 2, memoryLimit: '512MB' });
const reader = input.endsWith('.csv') ? session.read.csv : session.read.ndjson;
await load.parquet(reader(input, { schema }), output, { mode: 'replace' });
await session.close();
