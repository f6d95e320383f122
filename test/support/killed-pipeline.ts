import { appendFileSync, existsSync, mkdirSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import knex from 'knex';
import { load, notNull, t } from '../../src/index.ts';
import { openRunStore, type Pipeline, pipeline, runPipeline } from '../../src/pipeline/index.ts';
import { Libsql } from './libsql.ts';

/** A pipeline of twelve steps, three of which load, and the process that runs it until it is killed. */

/** Where it reads, loads and writes down what it did. */
export interface Place {
  readonly folder: string;
  readonly url: string;
  readonly schema: string;
}

const ROWS = 3000;
const salesSchema = {
  id: t.int(),
  sku: t.string(),
  amount: t.decimal(12, 2),
  sold_at: t.timestamp(),
  region: t.enum(['north', 'south']).nullable(),
};
const skuSchema = { sku: t.string(), weight: t.float().nullable() };

export const pathsOf = ({ folder }: Pick<Place, 'folder'>) => ({
  sales: join(folder, 'sales.csv'),
  skus: join(folder, 'skus.csv'),
  lake: join(folder, 'lake'),
  shop: join(folder, 'shop.db'),
  store: join(folder, 'runs', 'runs.db'),
  journal: join(folder, 'journal'),
});

/** Writes the files that it reads; some of their rows do not fit. */
export function writeInputs(place: Pick<Place, 'folder'>): void {
  mkdirSync(place.folder, { recursive: true });
  const { sales, skus } = pathsOf(place);
  const lines = Array.from({ length: ROWS }, (_, i) => {
    const amount = i % 100 === 7 ? 'much' : `${i}.${String(i % 100).padStart(2, '0')}`;
    return `${i},s${i % 17},${amount},2024-02-01T${String(i % 24).padStart(2, '0')}:00:00.123456Z,${['north', 'south', ''][i % 3]}`;
  });
  writeFileSync(sales, ['id,sku,amount,sold_at,region', ...lines, ''].join('\n'));
  const weights = Array.from({ length: 17 }, (_, i) => `s${i},${i === 3 ? '' : i / 7}`);
  writeFileSync(skus, ['sku,weight', ...weights, ''].join('\n'));
}

/** The pipeline; each of its steps notes in the journal that it began. */
export function killedPipeline(place: Place): Pipeline {
  const paths = pathsOf(place);
  const begun = async (step: string): Promise<void> => {
    appendFileSync(paths.journal, `${step}\n`);
    await sleep(15);
  };
  return pipeline('killed', { concurrency: 3, version: '1' }, (p) => {
    const sales = p.step('sales', async ({ read }) => {
      await begun('sales');
      return read.csv(paths.sales, { schema: salesSchema, onBadRow: 'quarantine' });
    });
    const skus = p.step('skus', async ({ read }) => {
      await begun('skus');
      return read.csv(paths.skus, { schema: skuSchema });
    });
    const large = p.step('large', { sales }, async ({ sales }) => {
      await begun('large');
      return sales.filter((r) => r.id.gte(10));
    });
    const heavy = p.step('heavy', { skus }, async ({ skus }) => {
      await begun('heavy');
      return { known: skus.dropNulls('weight'), unknown: skus.filter((r) => r.weight.isNull()) };
    });
    const joined = p.step('joined', { large, heavy }, async ({ large, heavy }) => {
      await begun('joined');
      return large.join(heavy.known, { on: ['sku'], how: 'left' }).sort('id');
    });
    const priced = p.step('priced', { joined }, async ({ joined }) => {
      await begun('priced');
      return joined.withColumns((r) => ({ hour: r.sold_at.hour(), share: r.amount.div(100) }));
    });
    const regions = p.step('regions', { priced }, async ({ priced }) => {
      await begun('regions');
      const rows = await priced
        .groupBy('region')
        .agg((r) => ({ amount: r.amount.sum() }))
        .sort('region')
        .rows();
      return rows.map(({ region, amount }) => ({ region, amount }));
    });
    const checked = p.check('whole', { priced }, async ({ priced }) => {
      await begun('whole');
      return priced.check({ id: notNull, amount: notNull });
    });
    const warehouse = p.load('warehouse', { priced, checked }, async ({ priced }, { loadId, signal }) => {
      await begun('warehouse');
      const table = `${place.schema}.sales`;
      return load.postgres(priced, place.url, {
        table,
        mode: 'append',
        loadId,
        quarantineTable: `${place.schema}.rejected`,
        signal,
      });
    });
    const lake = p.load('lake', { priced, checked }, async ({ priced }, { loadId, signal }) => {
      await begun('lake');
      return load.parquet(priced, paths.lake, { mode: 'append', partitionBy: ['region'], loadId, signal });
    });
    const shop = p.load('shop', { priced }, async ({ priced }, { loadId, signal }) => {
      await begun('shop');
      const database = knex({ client: Libsql, connection: { filename: paths.shop }, useNullAsDefault: true });
      try {
        return await load.sql(priced, database, { table: 'sales', mode: 'append', loadId, signal });
      } finally {
        await database.destroy();
      }
    });
    p.task('summary', { warehouse, lake, shop, regions }, async ({ warehouse, regions }) => {
      await begun('summary');
      return { regions, repeatable: warehouse.repeatable };
    });
  });
}

/** The id of its run. */
export const RUN = 'the-run';
/** The time it is about, which is its clock, too. */
export const INTERVAL = { from: new Date('2024-02-01T00:00:00Z'), to: new Date('2024-02-02T00:00:00Z') };

/** Run as `node --import tsx killed-pipeline.ts <place as JSON>`: it says when it begins, so that it can be killed after that. */
async function main(place: Place): Promise<void> {
  const store = await openRunStore(pathsOf(place).store);
  const made = killedPipeline(place);
  writeSync(1, 'go\n');
  await runPipeline(made, { store, id: RUN, interval: INTERVAL, handleSignals: true });
  writeSync(1, 'end\n');
  await store.close();
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const given = process.argv[2] ?? '{}';
  if (!existsSync((JSON.parse(given) as Place).folder)) throw new Error('there is no such folder');
  await main(JSON.parse(given) as Place);
}
