// node regression/generate.mjs <rows> <file.parquet>      a target and four numbers, no nulls
//
// The values are hashes of row numbers, the same on every machine: an id, money with cents, counts, a rate, and a target that
// depends on them and on noise.
import { DuckDBInstance } from '@duckdb/node-api';

const [count, file] = process.argv.slice(2);
const rows = Number(count);

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
await connection.run(`
  create macro u(i, k) as ((hash(i * 16 + k) >> 11)::double / 9007199254740992.0);
  copy (
    select
      *,
      12.5 + 1.75 * budget - 3.2 * price + 0.04 * visits + 40 * rate + 25 * (u(id, 5) + u(id, 6) + u(id, 7) - 1.5) as revenue
    from (
      select
        i as id,
        round(5 + 400 * u(i, 1), 2) as budget,
        round(1 + 99 * u(i, 2), 2) as price,
        floor(10000 * u(i, 3)) as visits,
        u(i, 4) as rate
      from range(${rows}) r(i)
    )
    order by id
  ) to '${file.replaceAll("'", "''")}' (format parquet, compression zstd)`);
connection.closeSync();
console.log(`${file}: ${rows} rows`);
