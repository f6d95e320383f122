// The questions of TPC-H in millrace, to rows in JavaScript: node tpch/millrace.mjs <folder> <times | answers> [memory]
// Of the files in place, or of tables in memory that were read from them before.
// Also timed, in this warm process: building each question's plan and compiling it, the files looked at before.
import { createSession } from '../../dist/index.js';
import { median, timed } from '../median.mjs';
import { compile, duckdb, sourcesOf } from './built/compiler.js';
import { queries } from './built/examples/tpch/queries.js';
import { parquetTables } from './built/examples/tpch/tables.js';

/** The median time from frames to SQL, which needs no files but what their footers told. */
async function compiling(query) {
  const { plan, executor } = query(tables);
  const engine = await executor.open();
  const scans = new Map();
  for (const source of sourcesOf(plan)) scans.set(source, await engine.sources.look(source, {}));
  const sql = () => {
    let made = 0;
    const newTable = () => `scratch."t${++made}"`;
    return compile(query(tables).plan, { dialect: duckdb, scans, now: 'now', newTable, rejects: 'scratch."rejects"' });
  };
  const taken = [];
  for (let i = 0; i < 9; i++) {
    const start = performance.now();
    sql();
    taken.push(performance.now() - start);
  }
  return { ms: median(taken), characters: sql().query.sql.length };
}

const [folder, times, place] = process.argv.slice(2);
const session = createSession({ threads: 2 });
const tables = parquetTables(session.read, folder);
if (place === 'memory') for (const name of Object.keys(tables)) tables[name] = await tables[name].materialize();
if (times === 'answers') {
  const answers = {};
  for (const [number, query] of Object.entries(queries)) answers[number] = await query(tables).rows();
  console.log(JSON.stringify(answers));
} else {
  const tasks = Object.entries(queries).map(([number, query]) => [
    number,
    async () => ({ rows: (await query(tables).rows()).length }),
  ]);
  const result = await timed(Object.fromEntries(tasks), Number(times));
  const planning = [];
  for (const [number, query] of Object.entries(queries)) planning.push({ number, ...(await compiling(query)) });
  const slowest = planning.toSorted((a, b) => b.ms - a.ms)[0];
  const largest = planning.toSorted((a, b) => b.characters - a.characters)[0];
  const told = (name, { number, ms }) => `${name} plan, question ${number}: built and compiled in ${ms.toFixed(2)} ms`;
  console.log(JSON.stringify({ ...result, notes: [told('largest', largest), told('slowest', slowest)] }));
}
await session.close();
