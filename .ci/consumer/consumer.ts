import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { type FrameOf, linearRegression, load, MillraceError, read, t } from 'millrace';
import { expectFrame } from 'millrace/testing';

writeFileSync(
  'orders.csv',
  'id,region,quantity,price\n1, North ,2,"9.50"\n2,south,,"1.25"\n2,south,4,"1.25"\n3,south,many,"2.00"\n4,north,7,"3.10"\n',
);

const orders = {
  id: t.int(),
  region: t.string(),
  quantity: t.int().nullable(),
  price: t.decimal(10, 2),
};
type Orders = FrameOf<typeof orders>;

export const clean = (frame: Orders) =>
  frame
    .mapColumns('string', (column) => column.trim().lower())
    .fillNulls({ quantity: 1 })
    .dedupe({ by: ['id'], keep: 'last' })
    .withColumns((r) => ({ revenue: r.price.mul(r.quantity) }));

const frame = read.csv('orders.csv', { schema: orders, onBadRow: 'quarantine' });
const tidy = clean(frame);
await expectFrame(tidy).toEqualRows([
  { id: 1, region: 'north', quantity: 2, price: '9.50', revenue: '19.00' },
  { id: 2, region: 'south', quantity: 4, price: '1.25', revenue: '5.00' },
  { id: 4, region: 'north', quantity: 7, price: '3.10', revenue: '21.70' },
]);

const report = await load.parquet(tidy, 'orders.parquet', { mode: 'replace' });
assert.deepEqual(report.rows, { read: 5, filtered: 1, quarantined: 1, written: 3 });
assert.ok(existsSync('orders.parquet'));
assert.equal((await report.quarantine.rows())[0]?.line, 5);

const points = read.rows(
  [1, 2, 3, 4, 5].map((x) => ({ x, y: 2 * x + (x % 2) })),
  { schema: { x: t.float(), y: t.float() } },
);
const model = await linearRegression(points, { target: 'y', features: ['x'] });
assert.equal(model.coefficients[0]?.term, '(Intercept)');

// @ts-expect-error a column that does not exist does not compile
await assert.rejects(async () => tidy.select('revenu'), MillraceError);
// An optional peer that is not installed is named, with how to install it.
await assert.rejects(read.excel('orders.csv', { schema: orders }).count(), {
  code: 'excel.peer',
  message: /npm install hucre/,
});
await assert.rejects(load.parquet(tidy, 's3://bucket/orders', { mode: 'append' }), {
  code: 's3.peer',
  message: /npm install @aws-sdk\/client-s3/,
});
const table = await tidy.collect();
assert.equal((await table.toArrow()).numRows, 3);
console.log(String(table));
