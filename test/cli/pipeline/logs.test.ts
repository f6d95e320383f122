import { afterAll, expect, test } from 'vitest';
import { calledIn } from '../../support/called-in.ts';
import { pipelineProject } from '../../support/pipeline-project.ts';

const DAILY = `
import { between, t } from 'millrace';
import { pipeline } from 'millrace/pipeline';

const schema = { n: t.int() };
export default pipeline('daily', {}, (p) => {
  const rows = p.step('rows', ({ read, log }) => { log.info('reading'); return read.csv('rows.csv', { schema, onBadRow: 'quarantine' }); });
  p.check('enough', { rows }, ({ rows }) => rows.check({ n: between(2, 10) }), { severity: 'warn' });
  p.task('store', { rows }, (_, { log }) => { log.warn('about to fail'); throw Object.assign(new Error('the disk is full'), { code: 'ENOSPC' }); });
  p.task('quiet', () => 1);
});
`;

const project = pipelineProject({ 'pipelines/daily.ts': DAILY, 'rows.csv': 'n\n1\nx\n3\n' });
const called = calledIn(project.folder);
afterAll(() => project[Symbol.dispose]());

const id = /run ([0-9a-f-]{36}),/.exec((await called('run', 'daily')).err)?.[1] ?? '';

test('--step shows what became of a step, and what it logged', async () => {
  const store = await called('logs', id, '--step', 'store');
  expect(store.out).toMatch(/^run \S+ of daily: failed.*\n\nSTEP +STATE .*\nstore +failed .*the disk is full.*\n\n/);
  expect(store.out).toContain('store, attempt 1: the disk is full');
  expect(store.out).toMatch(/store: warn: about to fail\n$/);
  expect(store.out).not.toMatch(/^rows|quarantined|reading/m);
  const rows = await called('logs', id, '--step', 'rows');
  expect(rows.out).toMatch(/rows: 1 row quarantined in /);
  expect(rows.out).toMatch(/rows: info: reading\n$/);
  const quiet = await called('logs', id, '--step', 'quiet');
  expect(quiet.out).toMatch(/^quiet +succeeded/m);
  expect((await called('logs', id, '--step', 'enough')).out).toMatch(/^enough: .*: 1 row\n {4}{"n":1}/m);
});

test('a step that is none of the run is refused', async () => {
  const { code, out, err } = await called('logs', id, '--step', 'stor');
  expect(err).toContain(
    `The run ${id} has no step "stor". Did you mean "store"? Its steps are rows, enough, store, quiet.`,
  );
  expect([code, out]).toEqual([2, '']);
});

test('--json is a line that has all of it', async () => {
  const { out } = await called('logs', id, '--json');
  expect(out.split('\n')).toHaveLength(2);
  const told = JSON.parse(out);
  expect(told).toMatchObject({
    run: { id, state: 'failed', error: { message: 'the disk is full' } },
    checks: [{ step: 'enough', severity: 'warn' }],
    quarantined: [{ step: 'rows', rows: 1 }],
  });
  expect(told.steps.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`)).toEqual([
    'rows succeeded',
    'enough succeeded',
    'store failed',
    'quiet succeeded',
  ]);
  expect(told.attempts.find(({ step }: { step: string }) => step === 'store').error).toMatchObject({
    message: 'the disk is full',
  });
  expect(told.logs.map(({ message }: { message: string }) => message)).toEqual(['reading', 'about to fail']);
  const one = JSON.parse((await called('logs', id, '--step', 'quiet', '--json')).out);
  expect(one).toMatchObject({ run: { id }, steps: [{ name: 'quiet' }], checks: [], quarantined: [], logs: [] });
});
