import { type Col, type Frame, type Int, load, read, t } from '../../src/index.ts';
import { type Loaded, pipeline, runPipeline, type Step } from '../../src/pipeline/index.ts';
import type { Equal, Expect, HasColumns } from './assert.ts';

/** What pipelines must take and must refuse when they are compiled. */

const schema = { sku: t.string(), sold: t.int().nullable() };
const params = { region: t.string(), limit: t.int().nullable() };
declare const clean: (frame: Frame<Col<'sold', Int, never>>) => Frame<Col<'sold', Int, never>>;

export const sales = pipeline('sales', { params, defaults: { region: 'north' }, retries: 3 }, (p) => {
  const raw = p.step('extract', ({ read, params, run, now }) => {
    const region: string = params.region;
    const limit: number | null = params.limit;
    // @ts-expect-error: there is no such param
    params.regio;
    const attempt: number = run.attempt;
    return read.rows([{ sku: region, sold: limit ?? attempt + now.getTime() }], { schema });
  });
  const filled = p.step('fill', { raw }, ({ raw }) => raw.fillNulls({ sold: 0 }));
  type Filled = Expect<
    HasColumns<
      (typeof filled)['value'],
      Col<'sku', typeof t.string extends () => { d: infer D } ? D : never, never> | Col<'sold', Int, never>
    >
  >;
  const narrow = p.step('narrow', { filled }, ({ filled }) => clean(filled.select('sold')));
  // @ts-expect-error: sold may be null
  p.step('narrow', { raw }, ({ raw }) => clean(raw.select('sold')));
  // @ts-expect-error: there is no such input
  p.step('misnamed', { raw }, ({ row }) => row);
  // @ts-expect-error: a frame is no input, a step is
  p.step('frame', { raw: read.rows([], { schema }) }, ({ raw }) => raw);
  const both = p.step('both', { raw, narrow }, async ({ raw, narrow }) => ({ raw, narrow }));
  p.step('of both', { both }, ({ both }) => both.narrow.filter((r) => r.sold.gt(1)));
  const count = p.step('count', { narrow }, ({ narrow }) => narrow.count());
  type Count = Expect<Equal<typeof count, Step<number>>>;

  // @ts-expect-error: a function is neither a frame nor JSON
  p.step('function', () => () => 1);
  // @ts-expect-error: nor is an instant
  p.step('date', { raw }, () => ({ at: new Date() }));
  // @ts-expect-error: nor a bigint
  p.step('bigint', { raw }, async () => 1n);
  // @ts-expect-error: nor what is not known
  p.step('unknown', (): unknown => 1);
  // @ts-expect-error: a task gives no frame
  p.task('frame of a task', { raw }, ({ raw }) => raw);

  const done = p.load('warehouse', { narrow }, ({ narrow }, { loadId }) =>
    load.parquet(narrow, 'lake', { mode: 'append', loadId }),
  );
  type Done = Expect<Equal<typeof done, Step<Loaded>>>;
  const all = p.load('all', { narrow }, ({ narrow }) =>
    load.all(narrow, {
      csv: (f) => load.csv(f, 'a.csv', { mode: 'replace' }),
      json: (f) => load.json(f, 'a.json', { mode: 'replace' }),
    }),
  );
  type All = Expect<Equal<keyof (typeof all)['value'], 'csv' | 'json'>>;
  // @ts-expect-error: a load gives a report
  p.load('no report', { narrow }, ({ narrow }) => narrow);
  p.check('some', { count }, ({ count }) => count > 0, { severity: 'warn' });
  p.check('rows', { narrow }, ({ narrow }) => narrow.checkReport({}));
  // @ts-expect-error: a check says whether it holds
  p.check('number', { count }, ({ count }) => count);
  p.task('notify', { done }, async ({ done }, { signal, log }) => {
    const written: number = done.rows.written;
    log.info('written', { written, aborted: signal.aborted });
  });
  p.task(
    'when',
    { count },
    ({ count }) => {
      const n: number = count;
      void n;
    },
    { when: ({ count }, { params }) => count > 0 && params.region === 'north' },
  );
  // @ts-expect-error: with join any an input may be missing
  p.step('any', { count }, ({ count }) => count.toFixed(), { join: 'any' });
  p.step('any', { count }, ({ count }) => count?.toFixed() ?? '', { join: 'any', when: () => true });
  // @ts-expect-error: no such option
  p.step('option', { count }, ({ count }) => count, { retry: 3 });

  const files = p.step('list', () => ['a.csv', 'b.csv']);
  const mapped = p.map(
    'file',
    { files },
    ({ files }) => files,
    (file, _, { read }) => read.csv(file, { schema }),
    { key: (file) => file.slice(2) },
  );
  p.step('concat', { mapped }, ({ mapped: [first] }) => first?.filter((r) => r.sold.isNull()) ?? 0);
  const grouped = p.group('staging', (p) => p.step('inner', { raw }, ({ raw }) => raw.limit(1)));
  p.step('after', { grouped }, ({ grouped }) => grouped.select('sku'));
  const child = p.pipeline('child', other, { params: ({ region }) => ({ name: region }), after: [done] });
  p.task('end', { child }, () => undefined);
  // @ts-expect-error: the child has no such param
  p.pipeline('child', other, { params: { nam: 'a' } });
  return [] as unknown as [Filled, Count, Done, All];
});

const other = pipeline('other', { params: { name: t.string() } }, (p) => {
  p.task('say', ({ params, log }) => log.info(params.name));
});
pipeline('none', {}, (p) => {
  // @ts-expect-error: it takes no params
  p.task('say', ({ params }) => params.name);
});
// @ts-expect-error: a default of another type
pipeline('default', { params, defaults: { region: 1 } }, () => undefined);

void runPipeline(sales, { params: { region: 'north', limit: null } });
// @ts-expect-error: an unknown param
void runPipeline(sales, { params: { regio: 'north' } });
// @ts-expect-error: a param of another type
void runPipeline(sales, { params: { region: 1 } });
