import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, expect, test } from 'vitest';
import { t } from '../../src/index.ts';
import { logEvents, openRunStore, pipeline, runPipeline } from '../../src/pipeline/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-logs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Line {
  readonly level: string | number;
  readonly msg: string;
  readonly [field: string]: unknown;
}

let lines: Line[] = [];
const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };

const URL_ = 'postgres://me:s3cret-word@host/shop';
const logging = pipeline('logging', { retry: { baseDelay: 1 } }, (p) => {
  p.task(
    'work',
    ({ log, run }) => {
      log.info(`connecting to ${URL_}`, {
        url: URL_,
        headers: { authorization: 'Bearer x' },
        run: 'not mine',
        rows: 3,
      });
      log.debug('too much');
      if (run.attempt === 1)
        throw Object.assign(new Error(`no answer from ${URL_}`), { retryable: true, code: 'ECONNRESET' });
    },
    { retries: 1 },
  );
});

test('the run, the step and the attempt are on every line, and no secret is', async () => {
  lines = [];
  const { id } = await runPipeline(logging, { onEvent: await logEvents({ destination }) });
  expect(lines.map(({ level, msg, step, attempt }) => [level, msg.split(' ')[0], step, attempt])).toEqual(
    expect.arrayContaining([
      ['info', 'run.started', undefined, undefined],
      ['info', 'step.started', 'work', 1],
      ['info', 'connecting', 'work', 1],
    ]),
  );
  expect(new Set(lines.map(({ run }) => run))).toEqual(new Set([id]));
  expect(lines.find(({ msg }) => msg.startsWith('connecting'))).toMatchObject({
    msg: 'connecting to postgres://me:***@host/shop',
    pipeline: 'logging',
    url: 'postgres://me:***@host/shop',
    headers: { authorization: '***' },
    rows: 3,
    time: expect.any(Number),
  });
  expect(JSON.stringify(lines)).not.toContain('s3cret-word');
});

test('values that are told to be secret are hidden, too', async () => {
  lines = [];
  await runPipeline(logging, { onEvent: await logEvents({ destination, secrets: ['connecting'] }) });
  expect(JSON.stringify(lines)).not.toContain('connecting');
});

test('params that are secret are hidden in logs, events and messages', async () => {
  const options = { params: { key: t.string(), region: t.string() }, secrets: ['key'] } as const;
  const secret = pipeline('secret', options, (p) => {
    p.task('work', ({ log, params }) => {
      log.info(`with ${params.key}`);
      throw new Error(`refused ${params.key}`);
    });
  });
  lines = [];
  const result = await runPipeline(secret, {
    params: { key: 'opensesame', region: 'north' },
    onEvent: await logEvents({ destination }),
  });
  expect(lines[0]).toMatchObject({ msg: 'run.started', params: { key: '***', region: 'north' } });
  expect(JSON.stringify([lines, result])).not.toContain('opensesame');
  expect(() => pipeline('other', { ...options, secrets: ['kee'] }, (p) => void p.task('work', () => 1))).toThrow(
    'secrets names the param "kee", which is not one',
  );
});

test('a level leaves out what is less', async () => {
  lines = [];
  await runPipeline(logging, { onEvent: await logEvents({ destination, level: 'debug' }) });
  expect(lines.map(({ msg }) => msg)).toContain('too much');
  lines = [];
  await runPipeline(logging, { onEvent: await logEvents({ destination, level: 'error' }) });
  expect(lines.filter(({ level }) => level !== 'error')).toEqual([]);
});

test('a file gets lines added; a logger of the user is used as it is', async () => {
  const file = join(folder, 'deep', 'runs.log');
  await runPipeline(logging, { onEvent: await logEvents({ destination: file }) });
  await runPipeline(logging, { onEvent: await logEvents({ destination: file }) });
  const runs = readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).run);
  expect(new Set(runs).size).toBe(2);
  lines = [];
  await runPipeline(logging, { onEvent: await logEvents({ logger: pino({ name: 'shop' }, destination) }) });
  expect(lines[0]).toMatchObject({ name: 'shop', msg: 'run.started' });
});

test('the run store keeps the same lines, without secrets', async () => {
  await using store = await openRunStore(join(folder, 'runs.db'));
  const { id } = await runPipeline(logging, { store });
  const kept = await store.logs(id);
  expect(kept.find(({ level }) => level === 'info')).toMatchObject({
    step: 'work',
    attempt: 1,
    message: 'connecting to postgres://me:***@host/shop',
    fields: { url: 'postgres://me:***@host/shop', headers: { authorization: '***' } },
  });
  expect(JSON.stringify([kept, await store.attempts(id), await store.run(id)])).not.toContain('s3cret-word');
});
