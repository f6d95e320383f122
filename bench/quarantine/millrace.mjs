// A CSV file into the engine's memory, every value read by its type: node quarantine/millrace.mjs <in.csv> <fail | quarantine>
import { createSession } from '../../dist/index.js';
import { schema } from '../clean/steps.mjs';

const [input, onBadRow] = process.argv.slice(2);
const session = createSession({ threads: 2 });
const start = performance.now();
const sales = await session.read.csv(input, { schema, onBadRow }).materialize();
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: await sales.count() }));
await session.close();
