// Compares the answers of a job's entries: node check.mjs tpch <folder> [memory] | node check.mjs h2o <file.parquet>
// Numbers may differ by a billionth; the rows of h2o, which have no order, are compared sorted.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { python } from './home.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [job, data, ...more] = process.argv.slice(2);
const scripts = {
  tpch: ['tpch/duckdb.mjs', 'tpch/millrace.mjs', 'tpch/polars_tpch.py'],
  h2o: ['h2o/duckdb.mjs', 'h2o/millrace.mjs', 'h2o/polars_h2o.py'],
}[job];

function answers(script) {
  const program = script.endsWith('.py') ? python : process.execPath;
  const { status, stdout, stderr } = spawnSync(program, [join(here, script), data, 'answers', ...more], {
    encoding: 'utf8',
    maxBuffer: 1 << 29,
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}:\n${stderr.slice(-2000)}`);
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

const isNumber = (value) => value !== null && value !== '' && Number.isFinite(Number(value));

function same(a, b) {
  if (!isNumber(a) || !isNumber(b)) return a === b;
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b));
}

const byValues = (names) => (a, b) => {
  const name = names.find((name) => !same(a[name], b[name]));
  if (name === undefined) return 0;
  return (isNumber(a[name]) ? a[name] - b[name] : a[name] < b[name] ? -1 : 1) < 0 ? -1 : 1;
};

const [expected, ...others] = scripts.map((script) => ({ script, answers: answers(script) }));
let wrong = 0;
for (const { script, answers } of others) {
  for (const [question, rows] of Object.entries(expected.answers)) {
    const names = Object.keys(rows[0] ?? {});
    const [left, right] = [rows, answers[question]].map((given) =>
      job === 'h2o' ? given.toSorted(byValues(names)) : given,
    );
    const bad = left.findIndex((row, i) => !names.every((name) => same(row[name], right[i]?.[name])));
    const columns = Object.keys(right[0] ?? {}).toSorted();
    if (left.length === right.length && bad < 0 && String(columns) === String(names.toSorted())) continue;
    wrong += 1;
    console.error(
      `${script}, question ${question}: ${right.length} rows of ${left.length}; row ${bad}:\n` +
        `  ${JSON.stringify(right[bad])}\n  expected ${JSON.stringify(left[bad])}`,
    );
  }
}
console.log(`${job}: ${Object.keys(expected.answers).length} questions, ${wrong} answers differ from the SQL's`);
process.exitCode = wrong === 0 ? 0 : 1;
