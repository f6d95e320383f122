import { afterAll, beforeEach, expect, test } from 'vitest';
import { calledIn } from '../../support/called-in.ts';
import { pipelineProject } from '../../support/pipeline-project.ts';

const ORDERS = `
import { load, t } from 'millrace';
import { pipeline } from 'millrace/pipeline';

const schema = { n: t.int() };
export default pipeline('orders', {
  schedule: '@daily', params: { url: t.string(), region: t.string() }, secrets: ['url'],
  defaults: { region: 'north', ...(process.env.ORDERS_URL === undefined ? {} : { url: process.env.ORDERS_URL }) },
}, (p) => {
  const rows = p.step('rows', ({ read }) => read.rows([{ n: 1 }], { schema }));
  p.load('store', { rows }, ({ rows }, { loadId, params }) => {
    if (params.url !== 's3cret-right') throw new Error('wrong password ' + params.url);
    return load.parquet(rows, 'lake', { mode: 'append', loadId });
  });
});
`;

const project = pipelineProject({ 'pipelines/orders.ts': ORDERS });
const called = calledIn(project.folder);
afterAll(() => {
  delete process.env.ORDERS_URL;
  project[Symbol.dispose]();
});
beforeEach(() => {
  delete process.env.ORDERS_URL;
});

const day = (number: number): string[] => ['--from', `2026-01-0${number}`];
const SHORT = '[0-9a-f]{8}';
const idIn = (text: string): string => /run ([0-9a-f-]{36}),/.exec(text)?.[1] ?? '';

test('a run that failed says how to go on, and how to begin anew', async () => {
  const failed = await called('run', 'orders', ...day(1), '--param', 'url=wrong');
  expect(failed.code).toBe(1);
  expect(failed.err).toMatch(
    new RegExp(
      `See: millrace logs (${SHORT})\\. Go on: millrace resume \\1 \\(with the same params\\), or anew: millrace run orders --from 2026-01-01T00:00Z --to 2026-01-02T00:00Z\n$`,
    ),
  );
  expect((await called('runs')).err).toMatch(/^See: millrace logs .*, or anew: millrace run orders --from 2026-01-01T/);
});

test.each(['resume', 'retry'])('%s asks for a secret that was given, and takes it', async (command) => {
  const id = idIn(
    (await called('run', 'orders', ...day(command === 'resume' ? 2 : 3), '--param', 'url=s3cret-wrong')).err,
  );
  const asked = await called(command, id);
  expect(asked.err).toContain('param "url": the run was given this secret, and secrets are not kept');
  expect(asked.code).toBe(2);
  const other = await called(command, id, '--param', 'url=s3cret-right', '--param', 'region=south');
  expect(other.err).toContain('param "region": the run has its own; secrets alone are given again');
  expect(other.code).toBe(2);
  const mended = await called(command, id, '--param', 'url=s3cret-right');
  expect(mended.code, mended.err).toBe(0);
  expect((await called('runs', '--json')).out).not.toContain('s3cret');
});

test.each(['resume', 'retry'])('%s takes a secret from the default that it has by then', async (command) => {
  process.env.ORDERS_URL = 's3cret-wrong';
  const id = idIn((await project.millrace('run', 'orders', ...day(command === 'resume' ? 4 : 5))).err);
  expect(id).not.toBe('');
  process.env.ORDERS_URL = 's3cret-right';
  const mended = await project.millrace(command, id);
  expect(mended.code, mended.err).toBe(0);
});

test('trigger refuses a secret, which serve could not know', async () => {
  const { code, err } = await called('trigger', 'orders', '--param', 'url=s3cret-right');
  expect(err).toContain('the param "url" is a secret, and secrets are not kept. Run it here: millrace run orders');
  expect(code).toBe(2);
});

test('a load that was done before says so, as a backfill does and logs do', async () => {
  const url = ['--param', 'url=s3cret-right'];
  const backfill = ['backfill', 'orders', ...day(6), '--to', '2026-01-08', ...url];
  expect((await called(...backfill)).err).toMatch(/backfill of orders: 2 succeeded\n$/);
  const again = await called('run', 'orders', ...day(6), ...url);
  expect(again.err).toMatch(/store succeeded, had been loaded before, \d+\.\d s\n/);
  expect((await called('logs', idIn(again.err))).out).toMatch(/store +succeeded .* had been loaded before\n/);
  expect((await called(...backfill, '--again')).err).toMatch(
    /backfill of orders: 2 succeeded, whose loads had been done before\n$/,
  );
  const more = backfill.map((arg) => (arg === '2026-01-08' ? '2026-01-09' : arg));
  expect((await called(...more, '--again')).err).toMatch(
    /backfill of orders: 3 succeeded, of which the loads of 2 had been done before\n$/,
  );
});

test('clear says which steps run again, for their frames are gone', async () => {
  const url = ['--param', 'url=s3cret-right'];
  const id = idIn((await called('run', 'orders', '--from', '2026-01-10', ...url)).err);
  const { err } = await called('clear', id, 'store');
  expect(err).toBe(
    `millrace: cleared store. Run them: millrace resume ${id.slice(0, 8)}. That runs rows again, too: what they gave is not kept.\n`,
  );
  const resumed = await called('resume', id, ...url);
  expect(resumed.err).toMatch(/rows succeeded, 1 row.*\n.*store succeeded, 1 row/);
  const failed = idIn((await called('run', 'orders', '--from', '2026-01-11', '--param', 'url=wrong')).err);
  expect((await called('clear', failed, 'store')).err).toMatch(
    /^millrace: cleared store\. Run them: \S+ \S+ \w{8}\.\n$/,
  );
});

test('an id that is none of its own making stands in full', async () => {
  const id = 'orders.scheduled__2024-03-05T06:30:00+00:00';
  const failed = await called(
    'run',
    'orders',
    '--run',
    id,
    '--only',
    'store',
    '--only',
    'rows',
    '--param',
    'url=wrong',
  );
  expect(failed.err).toContain(`See: millrace logs ${id}. Go on: millrace resume ${id} (`);
  expect((await called('runs', '--limit', '1')).out).toContain(`${id}  orders`);
});
