// Every entry of the package, and what is inferred from it: a library that declares its types can name all of it.
import {
  type Cols,
  type ColsOf,
  crossValidate,
  type FrameOf,
  fitScaler,
  fn,
  interaction,
  linearRegression,
  load,
  plot,
  polynomial,
  read,
  scale,
  t,
  trend,
} from 'millrace';
import { pipeline, runPipeline } from 'millrace/pipeline';
import { expectFrame, fixture, given } from 'millrace/testing';
import { rowsOf } from 'millrace/testing/fast-check';

export const orders = {
  id: t.int(),
  region: t.string().nullable(),
  price: t.decimal(10, 2),
  weight: t.float(),
  at: t.timestamp(),
  day: t.date(),
  paid: t.boolean(),
  tags: t.list(t.string()),
  address: t.struct({ city: t.string() }),
  more: t.json(),
};
type Orders = Cols<ColsOf<typeof orders>>;

export const revenue = (r: Orders) => r.price.mul(2);
export const region = (r: Orders) => r.region.trim();
export const dear = (r: Orders) => r.price.gt(2);
export const hour = (r: Orders) => r.at.truncate('hour');
export const tagCount = (r: Orders) => r.tags.length();
export const parts = (r: Orders) => ({
  tags: r.tags,
  address: r.address,
  more: r.more,
  category: r.region.asCategory(),
});
export const sums = (r: Orders) => ({ revenue: r.price.sum(), orders: fn.count(), weight: r.weight.mean() });
export const share = (r: Orders) => r.price.sum().over({ partitionBy: 'region' });
export const size = (r: Orders) => fn.when(r.paid, r.weight).else(0);
export const rank = () => fn.rowNumber();
export const three = () => fn.lit(3);
export const features = (r: Orders) => ({
  pair: interaction(r.weight, r.region.asCategory()),
  curve: polynomial(r.weight, 2),
  day: trend(r.day),
});

export const byRegion = (frame: FrameOf<typeof orders>) =>
  frame
    .filter(dear)
    .groupBy('region')
    .agg((r) => ({ ...sums(r), last: r.at.max() }))
    .sort({ desc: 'revenue' });

const row = { id: 1, region: null, price: '1.50', weight: 2, at: new Date(0), day: '2024-01-01', paid: true };
export const frame = read.rows([{ ...row, tags: [], address: { city: 'Ulm' }, more: null }], { schema: orders });
export const groups = frame.groupBy('region');
export const joined = frame.join(frame.select('id', 'weight').rename({ weight: 'other' }), { on: 'id' });
export const rows = () => frame.rows();
export const table = () => frame.collect();
export const kept = () => frame.materialize();
export const bad = frame.quarantine();
export const scaled = scale({ columns: ['weight'], method: 'standard' });
export const scaler = () => fitScaler(frame, { columns: ['weight'], method: 'standard' });
export const model = () => linearRegression(frame, { target: 'weight', features: ['id'] });
export const folds = () => crossValidate(frame, { target: 'weight', features: ['id'], folds: 3, seed: 1 });
export const drawn = () => plot.line(frame, { x: 'day', y: 'weight' });
export const written = () => load.parquet(byRegion(frame), 'revenue.parquet', { mode: 'replace' });

export const cases = given(orders, []);
export const expected = expectFrame(frame);
export const file = () => fixture('orders.csv', orders);
export const tables = rowsOf(orders);

export const daily = pipeline('daily', {}, (p) => {
  const extracted = p.step('extract', () => frame);
  const dearOnes = p.step('dear', { extracted }, ({ extracted }) => extracted.filter(dear));
  p.load('warehouse', { dearOnes }, ({ dearOnes }) => load.parquet(dearOnes, 'dear', { mode: 'replace' }));
});
export const run = () => runPipeline(daily);
