import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import Libsql from 'libsql';
import { afterAll, describe, test } from 'vitest';
import { AIRFLOWS, installedAirflow } from '../../support/airflow-installed.ts';
import { pipelineProject } from '../../support/pipeline-project.ts';

/** DAG files are run by Airflow itself, each step in a process of its own. */

const root = resolve(import.meta.dirname, '../../..');
const SALES = `
import { existsSync, writeFileSync } from 'node:fs';
import { load, t } from 'millrace';
import { pipeline } from 'millrace/pipeline';

const schema = { region: t.string(), sold: t.int() };
export default pipeline('daily-sales', {
  schedule: '0 6 * * *', timezone: 'Europe/Berlin', timeout: 60_000, pools: { "the lake's": 1 },
  params: { region: t.string(), limit: t.int().nullable(), all: t.boolean(), key: t.string() }, secrets: ['key'], defaults: { key: process.env.AIRFLOW_HOME === undefined ? 's3cret' : 'of the task', region: "north's \\"{{ 1 }}\\" $HOME", all: false },
}, (p) => {
  const raw = p.step('extract', ({ read, params }) => params.key === 'of the task' ? read.rows([{ region: "north's \\"{{ 1 }}\\" $HOME", sold: 3 }, { region: 'south', sold: 4 }], { schema }) : read.csv('no such file', { schema }));
  const own = p.group('staging', (p) => p.step('only own {{ 1 }}', { raw }, ({ raw }, { params }) => params.all ? raw : raw.filter((r) => r.region.eq(params.region))));
  const never = p.step('never', { raw }, ({ raw }) => raw, { when: () => false });
  const after = p.task('after never', { never }, () => 1);
  const flaky = p.task('flaky', ({ run }) => {
    if (existsSync('was here')) return run.attempt;
    writeFileSync('was here', '');
    throw new Error('the first time');
  }, { retries: 2 });
  const lake = p.load('lake', { own }, ({ own }) => load.csv(own, 'lake.csv', { mode: 'replace' }), { pool: "the lake's" });
  p.task('tell', { lake, flaky, after }, ({ lake }, { run }) => ({ rows: lake?.rows.written ?? -1, from: run.interval.from.toISOString() }), { join: 'any' });
});
`;

describe.concurrent.each(AIRFLOWS)('Airflow %s', (version) => {
  const programs = installedAirflow(version) ?? '';
  const project = pipelineProject({ 'pipelines/sales.ts': SALES });
  afterAll(() => project[Symbol.dispose]());
  const home = join(project.folder, 'airflow');
  mkdirSync(join(home, 'dags'), { recursive: true });
  const airflow = (...args: readonly string[]): Promise<{ status: number | string; said: string }> =>
    new Promise((done) => {
      const env = { ...process.env, AIRFLOW_HOME: home, AIRFLOW__CORE__LOAD_EXAMPLES: 'False' };
      execFile(join(programs, 'airflow'), args, { env, maxBuffer: 100_000_000 }, (error, out, err) =>
        done({ status: error === null ? 0 : (error.code ?? 1), said: `${out}${err}` }),
      );
    });

  test('runs each step once, with the interval, the params and the retries of its own run', async ({ expect }) => {
    const [tsx, main] = [join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'src/cli/main.ts')];
    const exported = await project.millrace(
      ...['export', 'airflow', 'daily-sales', '--start', '2026-01-01'],
      ...['--command', `${process.execPath} --import ${tsx} ${main}`, '--output', 'airflow/dags/sales.py'],
    );
    expect(exported).toMatchObject({ code: 0, err: '' });
    expect((await airflow('db', 'migrate')).status).toBe(0);
    // What the file's head says.
    const dag = readFileSync(join(home, 'dags/sales.py'), 'utf8');
    expect(dag).not.toContain('s3cret');
    const [, make = ''] = /^# {3}(airflow pools set .*)$/m.exec(dag) ?? [];
    const env = { ...process.env, AIRFLOW_HOME: home, PATH: `${programs}:${process.env.PATH}` };
    await promisify(execFile)('sh', ['-c', make], { env });
    const { status, said } = await airflow('dags', 'test', 'daily-sales', '2026-01-06T06:00:00+01:00');
    expect(status, said.slice(-3000)).toBe(0);

    const runs = JSON.parse((await project.millrace('runs', '--json')).out);
    expect(runs).toMatchObject([
      {
        pipeline: 'daily-sales',
        state: 'succeeded',
        interval: { from: '2026-01-05T05:00:00.000Z', to: '2026-01-06T05:00:00.000Z' },
        params: { limit: null, all: false },
      },
    ]);
    const { out: log } = await project.millrace('logs', runs[0].id);
    const steps = log
      .split('\n')
      .filter((line) => / (succeeded|skipped|failed) /.test(line))
      .map((line) => line.split(/ {2,}/).slice(0, 3));
    expect(steps.map(([name, state]) => `${name}: ${state}`)).toEqual([
      'extract: succeeded',
      'staging/only own {{ 1 }}: succeeded',
      'never: skipped',
      'after never: skipped',
      'flaky: succeeded',
      'lake: succeeded',
      'tell: succeeded',
    ]);
    const database = new Libsql(join(home, 'airflow.db'));
    const [slots] = database.prepare("SELECT slots FROM slot_pool WHERE pool = 'the lake''s'").raw(true).all();
    const pooled = database.prepare("SELECT task_id FROM task_instance WHERE pool = 'the lake''s'").raw(true).all();
    database.close();
    expect([slots, pooled]).toEqual([[1], [['lake']]]);
    // Tried again by Airflow, once.
    expect(steps.find(([name]) => name === 'flaky')?.[2]).toBe('2');
    expect(readFileSync(join(project.folder, 'lake.csv'), 'utf8')).toBe(
      'region,sold\n"north\'s ""{{ 1 }}"" $HOME",3\n',
    );
    if (process.env.MILLRACE_AIRFLOW_LOG !== undefined)
      writeFileSync(`${process.env.MILLRACE_AIRFLOW_LOG}-${version}`, said);
  }, 300_000);
});
