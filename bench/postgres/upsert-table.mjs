import pg from 'pg';
import { ddl } from './table.mjs';

/** The target of an upsert, made anew by every entry: every second order is there, with other values. */
export async function makeHalf(url, csv) {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(ddl);
  await client.query(`
    create temp table source (like orders);
    copy source from '${csv.replaceAll("'", "''")}' (format csv, header);
    insert into orders
      select order_id, customer_id, sku, region, 'old', quantity, unit_price, 0, ordered_on, sold_at, not paid
      from source where order_id % 2 = 0;
    alter table orders add primary key (order_id)`);
  await client.query('vacuum analyze orders');
  await client.query('checkpoint');
  await client.end();
}

/** What all entries must have made: rows, and none of the old values. */
export async function countNew(url) {
  const client = new pg.Client(url);
  await client.connect();
  const { rows } = await client.query(`select count(*) filter (where note <> 'old')::int as n from orders`);
  await client.end();
  return rows[0].n;
}
