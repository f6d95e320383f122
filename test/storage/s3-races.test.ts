import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { startS3, type TestS3 } from '../support/s3.ts';
import { startProxy } from '../support/s3-proxy.ts';
import { loadNumber, schema, stateAfter } from './dataset-loads.ts';
import { killedWhileLoading } from './killed-loads.ts';

/** `KILLS=200 KILL_SEED=1 npx vitest run test/storage/s3-races.test.ts` for more of them, or the same again. */
const kills = Number(process.env.KILLS ?? 12);
const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));

let store: TestS3;
const session = createSession({ threads: 1 });
const { read } = session;

beforeAll(async () => {
  store = await startS3();
});
afterAll(async () => {
  await session.close();
  await store?.[Symbol.asyncDispose]();
});

const one = { i: t.int() };
const frame = (...numbers: readonly number[]) =>
  read.rows(
    numbers.map((i) => ({ i })),
    { schema: one },
  );

test('loads at the same time all arrive, each once', async () => {
  const [url, s3] = [`s3://${store.bucket}/race/sales`, store.s3];
  const loads = Array.from({ length: 16 }, (_, n) => n);
  const reports = await Promise.all(
    loads.map((n) => load.parquet(frame(n % 8), url, { mode: 'append', loadId: `load ${n % 8}`, s3 })),
  );
  expect(reports.filter((report) => report.alreadyLoaded)).toHaveLength(8);
  const rows = await read.parquet(url, { schema: one, s3 }).rows();
  expect(rows.map(({ i }) => i).sort()).toEqual(loads.slice(0, 8));
  const files = (await store.keys('race/sales/')).filter((key) => key.endsWith('.parquet'));
  expect(files).toHaveLength(8);
});

test('of files that are written where none may be, one is', async () => {
  const [url, s3] = [`s3://${store.bucket}/race/one.csv`, store.s3];
  const ends = await Promise.allSettled(
    Array.from({ length: 6 }, (_, n) => load.csv(frame(n), url, { mode: 'fail', s3 })),
  );
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const end of ends) if (end.status === 'rejected') expect(end.reason).toMatchObject({ code: 'load.exists' });
  expect(String(await store.get('race/one.csv'))).toBe(
    `i\n${ends.findIndex(({ status }) => status === 'fulfilled')}\n`,
  );
});

test('a reader sees one version, whole, while others take its place', async () => {
  const [url, s3] = [`s3://${store.bucket}/read/sales`, store.s3];
  const version = (n: number) =>
    load.parquet(frame(...Array.from({ length: 40 }, (_, i) => n * 1000 + i)), url, {
      mode: 'replace',
      targetFileSize: 1,
      s3,
    });
  await version(0);
  let isWriting = true;
  const writing = (async () => {
    for (let n = 1; n <= 25; n++) await version(n);
    isWriting = false;
  })();
  let last = 0;
  const seen = new Set<number>();
  while (isWriting) {
    const rows = await read.parquet(url, { schema: one, s3 }).rows();
    const numbers = new Set(rows.map(({ i }) => Math.floor(i / 1000)));
    expect([numbers.size, rows.length]).toEqual([1, 40]);
    const [n = 0] = numbers;
    expect(n).toBeGreaterThanOrEqual(last);
    last = n;
    seen.add(n);
  }
  await writing;
  expect(seen.size).toBeGreaterThan(1);
});

test('what a process sends stays while it lives, and goes with the next load when it is dead', async () => {
  await using proxy = await startProxy(store.endpoint);
  const key = 'left/sales';
  const url = `s3://${store.bucket}/${key}`;
  await loadNumber(session, url, 0, store.s3);
  const reached = new Promise<void>((resolve) => {
    proxy.fault = ({ method, url }) => {
      if (method !== 'PUT' || !url.includes('_manifest.json')) return 'pass';
      resolve();
      return 'silence';
    };
  });
  const script = join(import.meta.dirname, 'dataset-loads.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, url, '1'], {
    stdio: 'ignore',
    env: { ...process.env, ...store.env, AWS_ENDPOINT_URL_S3: proxy.endpoint },
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const writers = async (): Promise<string[]> => [
    ...new Set((await store.keys(`${key}/_versions/`)).map((found) => found.split('/')[3] ?? '')),
  ];
  try {
    const before = await writers();
    await reached;
    const [writer = ''] = (await writers()).filter((name) => !before.includes(name));
    expect(writer).toContain(`-${child.pid}-`);
    await store.begin(`${key}/_versions/${writer}/large.parquet`);
    await loadNumber(session, url, 1, store.s3);
    expect(await writers()).toContain(writer);
    expect(await store.uploads(`${key}/`)).toHaveLength(1);
    child.kill('SIGKILL');
    await ended;
    await loadNumber(session, url, 2, store.s3);
    expect(await writers()).not.toContain(writer);
    expect(await store.uploads(`${key}/`)).toEqual([]);
    const rows = await read.parquet(url, { schema, s3: store.s3 }).sort('load', 'i').rows();
    expect(rows).toEqual(stateAfter(2));
  } finally {
    child.kill('SIGKILL');
  }
});

console.info(`kill test of a store: seed ${seed}`);
test('a process killed at a random moment leaves the old dataset or the new one', { timeout: 600_000 }, async () => {
  const url = `s3://${store.bucket}/killed/sales`;
  const { s3 } = store;
  const stateNow = () => read.parquet(url, { schema, s3 }).sort('load', 'i').rows();
  let random = seed;
  let next = 0;
  for (let kill = 0; kill < kills; kill++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const done = await killedWhileLoading([url, String(next)], (random / 2 ** 32) * 200, store.env);
    const found = await stateNow();
    const committed = found.some((row) => row.load > done) ? done + 1 : done;
    expect(found, `seed ${seed}, kill ${kill}`).toEqual(stateAfter(committed));
    next = done + 1;
  }
  // Run again, what was cut off is done once, and nothing of the killed is left.
  await loadNumber(session, url, next, s3);
  expect(await stateNow()).toEqual(stateAfter(next));
  expect(await loadNumber(session, url, next, s3)).toBe(true);
  const manifest = JSON.parse(String(await store.get('killed/sales/_manifest.json'))) as {
    objects: [string, string][];
    before: string[];
  };
  const known = [...manifest.objects.map(([, key]) => key), ...manifest.before, '_manifest.json'];
  expect((await store.keys('killed/sales/')).sort()).toEqual(known.map((key) => `killed/sales/${key}`).sort());
  expect(await store.uploads('killed/sales/')).toEqual([]);
});
