// The groupby questions as SQL written by hand, from a table to a table: node h2o/duckdb.mjs <file> <times | answers>
import { DuckDBInstance } from '@duckdb/node-api';
import { timed } from '../median.mjs';

const questions = {
  1: 'select id1, sum(v1)::bigint v1 from x group by id1',
  2: 'select id1, id2, sum(v1)::bigint v1 from x group by id1, id2',
  3: 'select id3, sum(v1)::bigint v1, avg(v3) v3 from x group by id3',
  4: 'select id4, avg(v1) v1, avg(v2) v2, avg(v3) v3 from x group by id4',
  5: 'select id6, sum(v1)::bigint v1, sum(v2)::bigint v2, sum(v3) v3 from x group by id6',
  6: 'select id4, id5, median(v3) median_v3, stddev(v3) sd_v3 from x group by id4, id5',
  7: 'select id3, max(v1) - min(v2) range_v1_v2 from x group by id3',
  8: 'select id6, unnest(max(v3, 2)) v3 from x group by id6',
  9: 'select id2, id4, corr(v1, v2) ^ 2 r2 from x group by id2, id4',
  10: `select id1, id2, id3, id4, id5, id6, sum(v3) v3, count(*) count from x
       group by id1, id2, id3, id4, id5, id6`,
};

const [file, times] = process.argv.slice(2);
const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
const connection = await instance.connect();
await connection.run(`create table x as from read_parquet('${file.replaceAll("'", "''")}')`);
if (times === 'answers') {
  const answers = {};
  for (const [number, sql] of Object.entries(questions))
    answers[number] = (await connection.runAndReadAll(sql)).getRowObjectsJson();
  console.log(JSON.stringify(answers));
} else {
  const tasks = Object.entries(questions).map(([number, sql]) => [
    number,
    async () => {
      const made = await connection.runAndReadAll(`create table answer as ${sql}`);
      return { rows: Number(made.getRows()[0][0]), release: () => connection.run('drop table answer') };
    },
  ]);
  console.log(JSON.stringify(await timed(Object.fromEntries(tasks), Number(times))));
}
connection.closeSync();
