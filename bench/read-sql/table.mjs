import pg from 'pg';
import { ddl } from '../postgres/table.mjs';

/** The table that is read, filled by the server itself from a CSV file on its disk. */
export async function fillOrders(url, csv) {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(ddl);
  await client.query(`copy orders from '${csv.replaceAll("'", "''")}' (format csv, header)`);
  await client.query('vacuum analyze orders');
  await client.end();
}
