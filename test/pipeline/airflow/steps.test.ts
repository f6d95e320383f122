import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { load, t } from '../../../src/index.ts';
import { airflowDag } from '../../../src/pipeline/airflow/dag.ts';
import { openRunStore, type Pipeline, pipeline, runPipeline } from '../../../src/pipeline/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-steps-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schema = { part: t.string(), sold: t.int() };
const child = pipeline('child', { params: { least: t.int() } }, (p) => {
  const seen = p.task('seen', ({ params }) => params.least);
  p.task('after', { seen }, ({ seen }) => seen + 1);
});

/** All shapes that a graph can have. */
function shapes(target: string): Pipeline<unknown> {
  return pipeline('shapes', { params: { least: t.int() }, defaults: { least: 2 } }, (p) => {
    const parts = p.step('parts', () => ['a', 'b', 'c']);
    const read = p.map(
      'read',
      { parts },
      ({ parts }) => parts,
      (part, _, { read }) => read.rows([{ part, sold: part.charCodeAt(0) - 96 }], { schema }),
    );
    const all = p.group('staging', (p) =>
      p.step('all', { read }, ({ read: [a, b, c] }) => {
        if (a === undefined || b === undefined || c === undefined) throw new Error('parts are missing');
        return a.concat(b).concat(c);
      }),
    );
    const many = p.step('many', { all }, ({ all }, { params }) => all.filter((r) => r.sold.gte(params.least)));
    const never = p.step('never', { all }, ({ all }) => all, { when: () => false });
    const inside = p.pipeline('inside', child, { after: [many], params: ({ least }) => ({ least }) });
    const loaded = p.load(
      'load',
      { many, never },
      ({ many }) => {
        if (many === undefined) throw new Error('nothing to load');
        return load.csv(many.sort('part'), join(folder, target), { mode: 'replace' });
      },
      { join: 'any' },
    );
    p.task('tell', { loaded, inside }, ({ loaded }) => loaded.rows.written);
  });
}

test('each step by itself, in one run, gives what they give together', async () => {
  const together = await runPipeline(shapes('together.csv'));
  expect(together.state).toBe('succeeded');
  const alone = shapes('alone.csv');
  const names = alone.graph.nodes.map(({ name }) => name);
  for (const name of names) {
    // As other processes would.
    await using store = await openRunStore(join(folder, 'runs.db'));
    const { state } = await runPipeline(alone, { store, id: 'a run of another', only: [name], retries: 0 });
    expect(state, name).toBe('succeeded');
  }
  await using store = await openRunStore(join(folder, 'runs.db'));
  expect(await store.run('a run of another')).toMatchObject({ state: 'succeeded' });
  const steps = await store.steps('a run of another');
  const isOf = (kind: string): boolean => kind !== 'item';
  expect(steps.filter(({ kind }) => isOf(kind)).map(({ name, state }) => [name, state])).toEqual(
    together.steps.filter(({ kind }) => isOf(kind)).map(({ name, state }) => [name, state]),
  );
  expect(readFileSync(join(folder, 'alone.csv'), 'utf8')).toBe('part,sold\nb,2\nc,3\n');
  expect(readFileSync(join(folder, 'together.csv'), 'utf8')).toBe('part,sold\nb,2\nc,3\n');
});

test('a DAG has a task for each, with names that Airflow takes, and none twice', () => {
  const clashing = pipeline('clashing', {}, (p) => {
    p.task('a b', () => 1);
    p.task('a_b', () => 1);
    p.group('a', (p) => p.task('ü', () => 1));
  });
  const dag = airflowDag(clashing, { file: 'pipelines/a.ts', folder: '/opt/shop', start: '2026-01-01' });
  expect([...dag.matchAll(/step\('([^']*)', '([^']*)'/g)].map(([, id, name]) => [id, name])).toEqual([
    ['a_b', 'a b'],
    ['a_b_2', 'a_b'],
    ['a._', 'a/ü'],
  ]);
  expect(dag).toContain('schedule=None');
});

test('the default of a secret is not written, and the task takes that of its own environment', () => {
  const params = { url: t.string(), pin: t.int(), tags: t.list(t.string()).nullable() };
  const defaults = { url: 'postgres://user:s3cret@host/db', pin: 7431, tags: ['s3cret'] };
  const made = pipeline(
    'loading',
    { params, defaults, secrets: ['url', 'pin', 'tags'] },
    (p) => void p.task('a', () => 1),
  );
  const dag = airflowDag(made, { file: 'pipelines/a.ts', folder: '/opt/shop', start: '2026-01-01' });
  expect(dag).not.toMatch(/s3cret|7431/);
  expect(dag).toContain(
    "params={'url': Param(None, type=['null', 'string']), 'pin': Param(None, type=['null', 'integer']), 'tags': Param(None, type=['null', 'array'])}",
  );
  expect(dag).toContain("{% if params[\\'url\\'] is not none %} --param");
});

test('what the pipeline says is what Airflow is told', () => {
  const dag = airflowDag(
    pipeline(
      'told',
      {
        ...{
          schedule: '0 6 * * MON-FRI',
          timezone: 'Europe/Berlin',
          catchup: true,
          start: new Date('2026-02-03T00:00Z'),
        },
        ...{ maxRuns: 2, concurrency: 3, retries: 4, retry: { baseDelay: 500, maxDelay: 9000 }, timeout: 1500 },
        ...{ params: { day: t.date().nullable(), flag: t.boolean(), n: t.int() }, defaults: { flag: true, n: 3 } },
        description: "it's\n{{ told }}",
        pools: { "the shop's": 2, lake: 1 },
      },
      (p) => {
        const a = p.task('a', () => 1, { retries: 0, timeout: 10 });
        p.task('b', { a }, () => 1, { join: 'done', pool: "the shop's" });
      },
    ),
    { file: "pipe's.ts", folder: '/opt/shop', store: 'postgres://host/runs', command: 'millrace' },
  );
  for (const line of [
    "schedule=CronDataIntervalTimetable('0 6 * * MON-FRI', timezone=pendulum.timezone('Europe/Berlin'))",
    "start_date=pendulum.parse('2026-02-03', tz='Europe/Berlin')",
    'catchup=True',
    'max_active_runs=2',
    'max_active_tasks=3',
    "params={'day': Param(None, type=['null', 'string']), 'flag': Param(True, type='boolean'), 'n': Param(3, type='integer')}",
    "'retries': 4, 'retry_delay': timedelta(milliseconds=500), 'max_retry_delay': timedelta(milliseconds=9000)",
    "'execution_timeout': timedelta(milliseconds=1500)",
    "step('a', 'a', retries=0, execution_timeout=timedelta(milliseconds=10))",
    "step('b', 'b', pool='the shop\\'s', trigger_rule='all_done')",
    `#   airflow pools set 'the shop'\\''s' 2 'of told'\n#   airflow pools set 'lake' 1 'of told'\nfrom datetime`,
    "description='it\\'s\\n{{ told }}'",
    "tasks['a'] >> tasks['b']",
    ` --store \\'postgres://host/runs\\'`,
    "'MILLRACE_PARAM_1': '{{ params[\\'flag\\'] | string | lower }}'",
  ]) {
    expect(dag).toContain(line);
  }
});
