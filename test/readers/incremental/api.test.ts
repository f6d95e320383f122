import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createSession, load, t } from '../../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-incremental-'));
const session = createSession({ threads: 2 });
const { read } = session;
let server: Server;
let base = '';
let asked: string[] = [];
let items: { id: number; at: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      asked.push(`${request.url}${body}`);
      const { searchParams } = new URL(request.url ?? '', base);
      const since = searchParams.get('since') ?? (body === '' ? '' : (JSON.parse(body) as { since: string }).since);
      response.end(JSON.stringify(items.filter(({ at }) => at >= since)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await session.close();
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const schema = { id: t.int(), at: t.date() };
const out = join(folder, 'out.json');
const ids = (): number[] => (JSON.parse(readFileSync(out, 'utf8')) as { id: number }[]).map(({ id }) => id);

it.each([
  {
    way: 'parameters',
    since: (from: string) => ({ params: { since: from } }),
    sent: ['/items?kind=a&since=2024-05-01', '/items?kind=a&since=2024-05-01', '/items?kind=a&since=2024-05-03'],
  },
  {
    way: 'a body',
    since: (from: string) => ({ body: { since: from } }),
    sent: ['2024-05-01', '2024-05-01', '2024-05-03'].map((day) => `/items?kind=a{"since":"${day}"}`),
  },
  {
    way: 'nothing, so that all is fetched',
    since: undefined,
    sent: ['/items?kind=a', '/items?kind=a', '/items?kind=a'],
  },
])('asks by $way from the last cursor on', async ({ way, since, sent }) => {
  asked = [];
  items = [
    { id: 0, at: '2024-04-30' },
    { id: 1, at: '2024-05-01' },
    { id: 2, at: '2024-05-02' },
  ];
  const frame = read.api(`${base}/items`, {
    schema,
    params: { kind: 'a' },
    incremental: {
      name: way,
      cursor: 'at',
      start: '2024-05-01',
      key: 'id',
      lag: { days: 1 },
      state: join(folder, `${way}.json`),
      ...(since === undefined ? {} : { since }),
    },
  });
  await load.json(frame, out, { mode: 'replace' });
  expect(ids()).toEqual([1, 2]);

  items.push({ id: 3, at: '2024-05-01' }, { id: 4, at: '2024-05-04' });
  await frame.refresh();
  const second = await load.json(frame, out, { mode: 'replace' });
  expect(ids()).toEqual([3, 4]);
  expect(second.incremental).toEqual([
    { name: way, from: '2024-05-01', to: '2024-05-04', rows: 2, removed: 2, saved: 'after the load' },
  ]);

  await frame.refresh();
  await load.json(frame, out, { mode: 'replace' });
  expect(ids()).toEqual([]);
  expect(asked).toEqual(sent);
});

it('rows that do not fit are put aside, and the cursor goes on', async () => {
  items = [
    { id: 1, at: '2024-05-01' },
    { id: 1.5, at: '2024-05-02' },
    { id: 3, at: '2024-05-03' },
  ];
  const frame = read.api(`${base}/items`, {
    schema,
    onBadRow: 'quarantine',
    incremental: { name: 'bad', cursor: 'at', start: '2024-05-01', key: 'id', state: join(folder, 'bad.json') },
  });
  const report = await load.json(frame, out, { mode: 'replace' });
  expect(report.rows).toEqual({ read: 3, filtered: 0, quarantined: 1, written: 2 });
  expect(report.incremental?.[0]?.to).toBe('2024-05-03');
});
