// The questions of TPC-H as SQL written by hand, to rows in JavaScript: node tpch/duckdb.mjs <folder> <times | answers> [memory]
// Of the files in place, or of tables in memory that were read from them before.
import { DuckDBInstance } from '@duckdb/node-api';
import { timed } from '../median.mjs';
import { sql } from './sql.mjs';

const [folder, times, place] = process.argv.slice(2);
const kind = place === 'memory' ? 'table' : 'view';
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
for (const name of ['region', 'nation', 'supplier', 'customer', 'part', 'partsupp', 'orders', 'lineitem'])
  await connection.run(
    `create ${kind} ${name} as from read_parquet('${folder.replaceAll("'", "''")}/${name}.parquet')`,
  );
if (times === 'answers') {
  const answers = {};
  for (const number of Object.keys(sql))
    answers[number] = (await connection.runAndReadAll(sql[number])).getRowObjectsJson();
  console.log(JSON.stringify(answers));
} else {
  const tasks = Object.keys(sql).map((number) => [
    number,
    async () => ({ rows: (await connection.runAndReadAll(sql[number])).getRowObjectsJS().length }),
  ]);
  console.log(JSON.stringify(await timed(Object.fromEntries(tasks), Number(times))));
}
connection.closeSync();
