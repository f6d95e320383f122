import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { startS3, type TestS3 } from '../support/s3.ts';
import { type Asked, type Fault, type FaultProxy, startProxy } from '../support/s3-proxy.ts';

let store: TestS3;
let proxy: FaultProxy;
const session = createSession({ threads: 2 });
const { read } = session;
const schema = { n: t.int(), text: t.string() };
let datasets = 0;

beforeAll(async () => {
  store = await startS3();
  proxy = await startProxy(store.endpoint);
  many = await rows(MANY).materialize();
});
afterEach(() => {
  proxy.fault = undefined;
  proxy.asked.length = 0;
});
afterAll(async () => {
  await session.close();
  await proxy?.[Symbol.asyncDispose]();
  await store?.[Symbol.asyncDispose]();
});

/** A dataset that holds one row already; what is asked through `s3` passes the proxy. */
async function dataset() {
  const key = `${++datasets}/sales`;
  const url = `s3://${store.bucket}/${key}`;
  await load.parquet(rows(1), url, { mode: 'replace', s3: store.s3 });
  return { url, key, s3: { ...store.s3, endpoint: proxy.endpoint } };
}
type At = Awaited<ReturnType<typeof dataset>>;

const numbers = (count: number): { n: number; text: string }[] =>
  Array.from({ length: count }, (_, n) => ({ n, text: `${n} ${Math.sin(n)} ${Math.cos(n)}` }));
const rows = (count: number) => read.rows(numbers(count), { schema });
/** About 12 MB as they are written here: three parts. */
const MANY = 260_000;
let many: Awaited<ReturnType<ReturnType<typeof rows>['materialize']>>;
const inParts = { compression: 'uncompressed', mode: 'replace' } as const;
const PART = 5 * 1024 * 1024;

const countAt = ({ url }: At): Promise<number> => read.parquet(url, { schema, s3: store.s3 }).count();
const isPart = ({ method, url }: Asked): boolean => method === 'PUT' && /partNumber=/i.test(url);
const isCommit = ({ method, url }: Asked): boolean => method === 'PUT' && url.includes('_manifest.json');
const isFile = ({ method, url }: Asked): boolean => method === 'PUT' && url.includes('.parquet');
const isFetch = ({ method, url }: Asked): boolean => method === 'GET' && url.includes('.parquet');

/** The first requests of a kind meet a fault; gives how many came. */
function hinder(times: number, is: (asked: Asked) => boolean, fault: Fault): () => number {
  let met = 0;
  proxy.fault = (asked) => {
    if (!is(asked)) return 'pass';
    met += 1;
    return met <= times ? fault : 'pass';
  };
  return () => met;
}

describe('what a store or a network does for a moment is not noticed', () => {
  test.each<{ name: string; fault: Fault }>([
    { name: 'the connection is reset in the middle of a part', fault: { resetAfter: 1_000_000 } },
    { name: 'the answer to a part is lost', fault: 'lose answer' },
    { name: 'the store is busy', fault: { status: 503, code: 'SlowDown' } },
    { name: 'the store has failed', fault: { status: 500, code: 'InternalError' } },
  ])('$name', async ({ fault }) => {
    const at = await dataset();
    const came = hinder(2, isPart, fault);
    await load.parquet(many, at.url, { ...inParts, s3: { ...at.s3, partSize: PART } });
    expect(came()).toBe(3 + 2);
    expect(await countAt(at)).toBe(MANY);
    expect(await store.uploads('')).toEqual([]);
  });

  test.each(['PUT', 'POST', 'GET', 'DELETE'])('every second %s request fails', async (method) => {
    const at = await dataset();
    const seen = new Map<string, number>();
    proxy.fault = (asked) => {
      const times = (seen.get(asked.url) ?? 0) + 1;
      seen.set(asked.url, times);
      return asked.method === method && times % 2 === 1 ? { status: 503, code: 'SlowDown' } : 'pass';
    };
    await load.parquet(many, at.url, { ...inParts, s3: { ...at.s3, partSize: PART } });
    await load.parquet(rows(7), at.url, { mode: 'append', s3: at.s3 });
    expect(await read.parquet(at.url, { schema, s3: at.s3 }).count()).toBe(MANY + 7);
  });

  test('the answer to the end of an upload is lost', async () => {
    const at = await dataset();
    const came = hinder(1, ({ method, url }) => method === 'POST' && /uploadId=/i.test(url), 'lose answer');
    await load.parquet(many, at.url, { ...inParts, s3: { ...at.s3, partSize: PART } });
    expect(came()).toBe(2);
    expect(await countAt(at)).toBe(MANY);
  });

  test('a file is cut off while it is fetched', async () => {
    const at = await dataset();
    await load.parquet(many, at.url, { ...inParts, s3: store.s3 });
    const came = hinder(2, isFetch, { cutAfter: 3_000_000 });
    expect(await read.parquet(at.url, { schema, s3: at.s3 }).count()).toBe(MANY);
    expect(came()).toBe(3);
  });

  test('a connection on which nothing comes is given up', async () => {
    const at = await dataset();
    const came = hinder(1, isFile, 'silence');
    await load.parquet(rows(3), at.url, { mode: 'append', s3: { ...at.s3, timeout: 400 } });
    expect(came()).toBe(2);
    expect(await countAt(at)).toBe(4);
  });
});

describe('what does not pass leaves the dataset as it was, and nothing beside it', () => {
  const never: readonly { name: string; is: (asked: Asked) => boolean; fault: Fault; code: string }[] = [
    { name: 'parts are reset', is: isPart, fault: { resetAfter: 1_000_000 }, code: 's3.unavailable' },
    { name: 'parts are not answered', is: isPart, fault: 'silence', code: 's3.unavailable' },
    { name: 'files are refused', is: isPart, fault: { status: 403, code: 'AccessDenied' }, code: 's3.access' },
    {
      name: 'the store is full',
      is: isPart,
      fault: { status: 507, code: 'InsufficientStorage' },
      code: 's3.unavailable',
    },
    { name: 'the manifest is refused', is: isCommit, fault: { status: 403, code: 'AccessDenied' }, code: 's3.access' },
  ];
  test.each(never)('$name', async ({ is, fault, code }) => {
    const at = await dataset();
    const before = await store.keys(`${at.key}/`);
    hinder(Number.POSITIVE_INFINITY, is, fault);
    const s3 = { ...at.s3, attempts: 2, timeout: 500, partSize: PART };
    const error = await failure(load.parquet(many, at.url, { ...inParts, s3 }));
    expect(error.code).toBe(code);
    expect(await countAt(at)).toBe(1);
    expect(await store.keys(`${at.key}/`)).toEqual(before);
    expect(await store.uploads('')).toEqual([]);
  });

  test('a load that is stopped while it sends', async () => {
    const at = await dataset();
    const before = await store.keys(`${at.key}/`);
    const stop = new AbortController();
    let parts = 0;
    proxy.fault = (asked) => {
      if (isPart(asked) && ++parts === 2) {
        stop.abort(new Error('enough'));
        return 'silence';
      }
      return 'pass';
    };
    const s3 = { ...at.s3, partSize: PART };
    const loading = load.parquet(many, at.url, { ...inParts, s3, signal: stop.signal });
    await expect(loading).rejects.toThrow('enough');
    expect(await countAt(at)).toBe(1);
    expect(await store.keys(`${at.key}/`)).toEqual(before);
    expect(await store.uploads('')).toEqual([]);
  });
});

describe('the commit', () => {
  test('whose answer is lost is found to have been done', async () => {
    const at = await dataset();
    const came = hinder(1, isCommit, 'lose answer');
    const report = await load.parquet(rows(3), at.url, { mode: 'append', s3: at.s3 });
    expect(came()).toBeGreaterThan(1);
    expect(report).toMatchObject({ alreadyLoaded: false, rows: { written: 3 } });
    expect(await countAt(at)).toBe(4);
  });

  test('whose answer is lost is found to have been done also when another has committed since', async () => {
    const at = await dataset();
    let other: Promise<unknown> | undefined;
    proxy.fault = (asked) => {
      if (!isCommit(asked)) return 'pass';
      if (other === undefined) {
        other = new Promise((resolve) => setTimeout(resolve, 30)).then(() =>
          load.parquet(rows(10), at.url, { mode: 'append', s3: store.s3 }),
        );
        return 'lose answer';
      }
      return 'pass';
    };
    await load.parquet(rows(3), at.url, { mode: 'append', s3: { ...at.s3, attempts: 1 } });
    await other;
    expect(await countAt(at)).toBe(14);
  });

  test('of which nothing can be learned says so, and its files stay, since they may be the dataset', async () => {
    const at = await dataset();
    let isCut = false;
    proxy.fault = (asked) => {
      isCut ||= isCommit(asked);
      if (!isCut || !asked.url.includes('_manifest.json')) return 'pass';
      return isCommit(asked) ? 'lose answer' : { status: 503, code: 'SlowDown' };
    };
    const loading = load.parquet(rows(3), at.url, { mode: 'append', loadId: 'once', s3: { ...at.s3, attempts: 1 } });
    expect(await failure(loading)).toMatchObject({ code: 's3.outcome', retryable: true });
    expect(await countAt(at)).toBe(4);
    const again = await load.parquet(rows(3), at.url, { mode: 'append', loadId: 'once', s3: store.s3 });
    expect(again.alreadyLoaded).toBe(true);
  });

  test('of a file that may not be there yet, whose answer is lost, is found to have been done', async () => {
    const at = await dataset();
    const url = `${at.url}.csv`;
    const came = hinder(1, ({ method, url }) => method === 'PUT' && url.includes('.csv'), 'lose answer');
    await load.csv(rows(2), url, { mode: 'fail', s3: at.s3 });
    expect(came()).toBe(2);
    expect(await failure(load.csv(rows(2), url, { mode: 'fail', s3: at.s3 }))).toMatchObject({ code: 'load.exists' });
  });

  test('in a store without conditional writes is one write', async () => {
    const at = await dataset();
    proxy.fault = ({ method, headers }) =>
      method === 'PUT' && (headers['if-match'] ?? headers['if-none-match']) !== undefined
        ? { status: 501, code: 'NotImplemented' }
        : 'pass';
    await load.parquet(rows(3), at.url, { mode: 'append', s3: at.s3 });
    await load.parquet(rows(3), `${at.url}-new`, { mode: 'append', s3: at.s3 });
    expect([await countAt(at), await countAt({ ...at, url: `${at.url}-new` })]).toEqual([4, 3]);
  });
});
