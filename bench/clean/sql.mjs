// What the two SQL entries share: everything after the reading of the file.
import { DuckDBInstance } from '@duckdb/node-api';

const quote = (text) => `'${text.replaceAll("'", "''")}'`;

export async function clean({ types, select, also }) {
  const [input, output] = process.argv.slice(2);
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  const columns = Object.entries(types)
    .map(([name, type]) => `${name}: '${type}'`)
    .join(', ');
  await connection.run(`
    create table sales as select ${select}
    from (select *${also ? `, ${also}` : ''} from read_csv(${quote(input)}, auto_detect = false, header = true, delim = ',', quote = '"', escape = '"',
      strict_mode = true, columns = {${columns}}))`);
  // The sort carries only what was read; what can be computed afterwards is computed above it.
  await connection.run(`
    copy (
      select id, region, product,
        coalesce(quantity, (select avg(quantity) from sales)) as quantity, unit_price,
        coalesce(discount, (select avg(discount) from sales)) as discount, revenue, sold_at,
        year(sold_at) as year, month(sold_at) as month, day(sold_at) as day
      from (
        select *, rowid as row from sales
        where rowid in (select min(rowid) from sales where revenue > 0 group by id)
        order by region, revenue desc, row)
    ) to ${quote(output)} (format parquet, compression zstd)`);
  connection.closeSync();
}
