// A linear model of a Parquet file: node regression/memory.mjs <in.parquet>
import { createSession, linearRegression } from '../../dist/index.js';

const session = createSession();
const rows = session.read.parquet(process.argv[2]);
const features = ['budget', 'price', 'visits', 'rate'];
const model = await linearRegression(await rows, { target: 'revenue', features });
console.log(JSON.stringify({ rows: model.n, notes: [model.coefficients.map((c) => c.estimate).join(' ')] }));
await session.close();
