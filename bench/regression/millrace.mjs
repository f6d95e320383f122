// A linear model of a frame in the engine's memory: node regression/millrace.mjs <in.parquet>
import { createSession, linearRegression } from '../../dist/index.js';

const session = createSession({ threads: 2 });
const rows = await (await session.read.parquet(process.argv[2])).materialize();
const start = performance.now();
const model = await linearRegression(rows, { target: 'revenue', features: ['budget', 'price', 'visits', 'rate'] });
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: model.n, notes: [model.coefficients.map((c) => c.estimate).join(' ')] }));
await session.close();
