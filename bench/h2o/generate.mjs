// node h2o/generate.mjs <rows> <file.parquet>      the table of the groupby questions, 100 groups
//
// The shape is that of db-benchmark's G1_1e7_1e2_0_0: id1, id2, id4, id5 of 100 values each, id3 and id6 of a
// hundredth of the rows, no nulls, unsorted. The values are hashes of row numbers, the same on every machine.
import { DuckDBInstance } from '@duckdb/node-api';

const [count, file] = process.argv.slice(2);
const rows = Number(count);
const few = 100;
const many = rows / few;

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(`
  create macro h(i, k) as ((hash(i * 16 + k) >> 11)::bigint);
  copy (
    select
      'id' || lpad((1 + h(i, 1) % ${few})::varchar, 3, '0') as id1,
      'id' || lpad((1 + h(i, 2) % ${few})::varchar, 3, '0') as id2,
      'id' || lpad((1 + h(i, 3) % ${many})::varchar, 10, '0') as id3,
      (1 + h(i, 4) % ${few})::bigint as id4,
      (1 + h(i, 5) % ${few})::bigint as id5,
      (1 + h(i, 6) % ${many})::bigint as id6,
      (1 + h(i, 7) % 5)::bigint as v1,
      (1 + h(i, 8) % 15)::bigint as v2,
      (h(i, 9) % 100000000) / 1000000 as v3
    from range(${rows}) r(i)
    order by i
  ) to '${file.replaceAll("'", "''")}' (format parquet, compression zstd)`);
connection.closeSync();
console.log(`${file}: ${rows} rows`);
