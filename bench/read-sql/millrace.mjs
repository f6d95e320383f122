// A table of PostgreSQL into the engine's memory: node read-sql/millrace.mjs <url>
import { createSession, t } from '../../dist/index.js';

const schema = {
  order_id: t.int(),
  customer_id: t.int(),
  sku: t.string(),
  region: t.string(),
  note: t.string(),
  quantity: t.int().nullable(),
  unit_price: t.decimal(12, 2),
  revenue: t.decimal(14, 2),
  ordered_on: t.date(),
  sold_at: t.timestamp(),
  paid: t.boolean(),
};

const session = createSession({ threads: 2 });
// The engine is started, and the driver has met the server, before the clock is started, as those of the others have.
await session.read.sql(process.argv[2], 'select 1 as a', { schema: { a: t.int() } }).count();
const start = performance.now();
const orders = await session.read.sql(process.argv[2], 'select * from orders', { schema }).materialize();
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows: await orders.count() }));
await session.close();
