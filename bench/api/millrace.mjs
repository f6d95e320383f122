// The pages of an API as a typed table in the engine's memory: node api/millrace.mjs <url>
import { createSession, t } from '../../dist/index.js';

const session = createSession({ threads: 2 });
// The engine has started, as it has where there is more than one thing to do.
await session.read.rows([{ id: 1 }], { schema: { id: t.int() } }).count();
const items = session.read.api(process.argv[2], {
  records: 'data.items',
  paginate: { kind: 'page', param: 'page', until: { totalPages: 'meta.pages' } },
  concurrency: 2,
  schema: {
    id: t.int(),
    sku: t.string(),
    name: t.string().from('customer.name'),
    email: t.string().from('customer.email'),
    quantity: t.int(),
    price: t.decimal(10, 2),
    paid: t.boolean(),
    region: t.enum(['north', 'south', 'east', 'west']),
    sold_at: t.timestamp(),
    note: t.string().nullable(),
  },
});
const start = performance.now();
// The first action reads all columns of all pages into a table, which others then find there.
const rows = await items.count();
const ms = performance.now() - start;
console.log(JSON.stringify({ ms, rows }));
await session.close();
