// The clean job of more rows than the memory it may use: node large/millrace.mjs <in.csv> <out.parquet> [memory limit]
import { createSession, load } from '../../dist/index.js';
import { clean, schema } from '../clean/steps.mjs';

const [input, output, memoryLimit] = process.argv.slice(2);
const session = createSession(memoryLimit === undefined ? {} : { memoryLimit });
await load.parquet(clean(session.read.csv(input, { schema })), output, { mode: 'replace' });
await session.close();
