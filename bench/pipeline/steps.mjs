// What steps cost: 1,000 empty ones, each written down, once to warm up and then again: node pipeline/steps.mjs [chain | wide] [none | file | postgres://..]
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRunStore, pipeline, runPipeline } from '../../dist/pipeline/index.js';

const [shape = 'chain', kept = 'file'] = process.argv.slice(2);
const STEPS = 1000;
const thousand = pipeline('thousand', {}, (p) => {
  let last = p.task('step 0', () => {});
  for (let i = 1; i < STEPS; i++) {
    last = shape === 'chain' ? p.task(`step ${i}`, { last }, () => {}) : p.task(`step ${i}`, () => {});
  }
});
const folder = mkdtempSync(join(tmpdir(), 'millrace-bench-'));
const store = kept === 'none' ? undefined : await openRunStore(kept === 'file' ? join(folder, 'runs.db') : kept);
const options = store === undefined ? {} : { store };
const times = [];
for (let round = 0; round < 6; round++) {
  const start = performance.now();
  (await runPipeline(thousand, options)).orThrow();
  times.push(performance.now() - start);
}
await store?.close();
rmSync(folder, { recursive: true });
const [, ...warm] = times;
const ms = warm.sort((a, b) => a - b)[warm.length >> 1];
console.error(`${shape}, ${kept.slice(0, 8)}: ${(ms / STEPS).toFixed(2)} ms a step`);
console.log(JSON.stringify({ ms, rows: STEPS }));
