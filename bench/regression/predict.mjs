// Rows of the engine's memory to one Parquet file, with a prediction in the place of the target or as they are:
//   node regression/predict.mjs <in.parquet> <out.parquet> <predicted|as they are>
import { createSession, linearRegression, load } from '../../dist/index.js';

const [input, output, what] = process.argv.slice(2);
const session = createSession({ threads: 2 });
const rows = await (await session.read.parquet(input)).materialize();
const features = ['budget', 'price', 'visits', 'rate'];
const model = await linearRegression(rows.limit(100_000), { target: 'revenue', features });
const written = what === 'predicted' ? model.predict(rows, { as: 'revenue' }) : rows;
const start = performance.now();
const report = await load.parquet(written, output, { mode: 'replace' });
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: report.rows.written }));
await session.close();
