import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { type Auth, createSession, MillraceError, type Paginate, t } from '../../../src/index.ts';
import { type Asked, ids, json, TestServer } from '../../support/http.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const server = new TestServer();
const schema = { id: t.int() };
const quick = { attempts: 3, baseDelay: 1, maxDelay: 5 };

afterAll(() => session.close());

async function errorOf(work: Promise<unknown>): Promise<MillraceError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MillraceError);
  return error as MillraceError;
}

describe('auth', () => {
  const secret = 'hunter2-&"SECRET';
  const basic = `Basic ${Buffer.from(`jo:${secret}`).toString('base64')}`;
  const ways: [string, Auth, (asked: Asked) => boolean][] = [
    ['bearer', { kind: 'bearer', token: secret }, (asked) => asked.headers.authorization === `Bearer ${secret}`],
    [
      'bearer by a function',
      { kind: 'bearer', token: async () => secret },
      (asked) => asked.headers.authorization === `Bearer ${secret}`,
    ],
    ['basic', { kind: 'basic', username: 'jo', password: secret }, (asked) => asked.headers.authorization === basic],
    [
      'a key in a header',
      { kind: 'api-key', name: 'X-Api-Key', value: secret },
      (asked) => asked.headers['x-api-key'] === secret,
    ],
    [
      'a key in the url',
      { kind: 'api-key', name: 'who', value: secret, in: 'query' },
      (asked) => new URL(asked.path, server.base).searchParams.get('who') === secret,
    ],
  ];

  it.each(ways)('%s goes with every page', async (_way, auth, isSent) => {
    server.handle = (response, url) =>
      json(
        response,
        url.pathname === '/2' ? ids(2, 2) : ids(1, 1),
        200,
        url.pathname === '/2' ? {} : { link: '</2>; rel=next' },
      );
    const frame = read.api(server.base, { schema, auth, paginate: { kind: 'next-link' } });
    expect(await frame.rows()).toEqual(ids(1, 2));
    expect(server.asked.map(isSent)).toEqual([true, true]);
  });

  it.each(ways)('%s is in no error, plan or name', async (_way, auth) => {
    const options = { schema, auth, retry: quick, onBadRow: 'quarantine' as const };
    server.handle = (response, _url, asked) => json(response, { ...asked, plain: `no ${secret}` }, 403);
    const error = await errorOf(read.api(server.base, options).rows());
    server.handle = (response) => json(response, [{ id: 'x' }]);
    const frame = read.api(server.base, options);
    const shown = [
      inspect(error, { depth: 20 }),
      JSON.stringify(error),
      await frame.explain(),
      JSON.stringify(await frame.quarantine().rows()),
    ];
    expect(shown.join()).toContain(server.base);
    for (const part of ['hunter2', 'SECRET', basic.slice(6)]) expect(shown.join()).not.toContain(part);
  });

  it('that has expired is asked for again, once for all requests that need it', async () => {
    let asked = 0;
    let valid = 1;
    const headers = async (): Promise<Record<string, string>> => {
      asked += 1;
      return { authorization: `Bearer token-${asked}` };
    };
    server.handle = (response, url, request) => {
      const page = Number(url.searchParams.get('page'));
      if (page === 2 && valid === 1) valid = 2;
      if (request.headers.authorization !== `Bearer token-${valid}`) json(response, { error: 'expired' }, 401);
      else json(response, page > 4 ? [] : ids(page, page));
    };
    const paginate = { kind: 'page', param: 'page' } as const;
    expect(await read.api(server.base, { schema, headers, paginate, concurrency: 3 }).rows()).toEqual(ids(1, 4));
    expect(asked).toBe(2);
  });

  it('that is refused twice ends the run', async () => {
    let asked = 0;
    const headers = (): Record<string, string> => ({ authorization: `Bearer ${++asked}` });
    server.handle = (response) => json(response, {}, 401);
    const error = await errorOf(read.api(server.base, { schema, headers, retry: quick }).rows());
    expect([error.code, error.details.status, asked, server.asked.length]).toEqual(['api.status', 401, 2, 2]);
  });

  it('whose function fails says so, and tells no secret of other headers', async () => {
    const token = (): string => {
      throw new Error(`the vault is locked, api_key=${secret}`);
    };
    const error = await errorOf(read.api(server.base, { schema, auth: { kind: 'bearer', token } }).rows());
    expect([error.code, error.message]).toEqual(['api.credentials', expect.stringContaining('the vault is locked')]);
    expect(inspect(error)).not.toContain('hunter2');
    expect(server.asked).toEqual([]);
  });
});

describe('POST', () => {
  it('sends a body for each page, with the parameters of the page in it', async () => {
    server.handle = (response, _url, { body }) => {
      const { page } = JSON.parse(body) as { page: { offset: number; limit: number } };
      json(response, { items: ids(page.offset + 1, Math.min(page.offset + page.limit, 5)) });
    };
    const body = { query: 'all', page: { sort: 'id' } };
    const paginate = {
      kind: 'offset',
      param: 'page.offset',
      size: { param: 'page.limit', value: 2 },
      in: 'body',
    } as const;
    expect(await read.api(server.base, { schema, records: 'items', body, paginate }).rows()).toEqual(ids(1, 5));
    expect(server.asked.map(({ method, path, body }) => [method, path, JSON.parse(body)])).toEqual(
      [0, 2, 4, 5].map((offset) => ['POST', '/', { query: 'all', page: { sort: 'id', limit: 2, offset } }]),
    );
    expect(server.asked[0]?.headers['content-type']).toBe('application/json');
    expect(body).toEqual({ query: 'all', page: { sort: 'id' } });
  });

  it('sends what a function makes of the place', async () => {
    server.handle = (response, _url, { body }) => {
      const { after } = JSON.parse(body) as { after: string | null };
      json(response, { data: after === null ? ids(1, 2) : ids(3, 3), next: after === null ? 'c2' : null });
    };
    const frame = read.api(server.base, {
      schema,
      records: 'data',
      body: ({ page, params }) => ({ page, after: params.cursor ?? null }),
      paginate: { kind: 'cursor', param: 'cursor', next: 'next' },
    });
    expect(await frame.rows()).toEqual(ids(1, 3));
    expect(server.asked.map(({ body }) => JSON.parse(body))).toEqual([
      { page: 1, after: null },
      { page: 2, after: 'c2' },
    ]);
  });

  it('refuses a page that is asked for as one before it was', async () => {
    server.handle = (response) => json(response, { data: ids(server.asked.length, server.asked.length), next: 'c2' });
    const paginate = { kind: 'cursor', param: 'cursor', next: 'next', in: 'body' } as const;
    const error = await errorOf(read.api(server.base, { schema, records: 'data', body: {}, paginate }).rows());
    expect([error.code, server.asked.length]).toEqual(['api.loop', 2]);
    expect(error.message).toContain(`POST ${server.base}/`);
  });

  it('is not sent as something else where the server redirects', async () => {
    server.handle = (response, url, { method }) => {
      if (url.pathname === '/old') json(response, '', 308, { location: '/new' });
      else if (url.pathname === '/other') json(response, '', 302, { location: '/new' });
      else json(response, method === 'POST' ? ids(1, 1) : []);
    };
    expect(await read.api(`${server.base}/old`, { schema, body: {} }).rows()).toEqual(ids(1, 1));
    expect((await errorOf(read.api(`${server.base}/other`, { schema, body: {} }).rows())).code).toBe('api.redirect');
  });

  it('shows no secret of a body', async () => {
    server.handle = (response, _url, { body }) => json(response, `no: ${body}`, 400);
    const error = await errorOf(read.api(server.base, { schema, body: { a: [{ client_secret: 'hunter2' }] } }).rows());
    expect(inspect(error)).not.toContain('hunter2');
    server.handle = (response) => json(response, 'no: 20244711 is none', 400);
    const pin = await errorOf(read.api(server.base, { schema, body: { key: [20244711], page: 400 } }).rows());
    expect(pin.message).toMatch(/answered 400.*no: \*{3} is none/);
  });
});

describe('pages', () => {
  it('follows a cursor in a header', async () => {
    server.handle = (response, url) => {
      const at = Number(url.searchParams.get('after') ?? 0);
      json(response, ids(at + 1, at + 2), 200, at === 4 ? {} : { 'x-next': String(at + 2) });
    };
    const paginate = { kind: 'cursor', param: 'after', next: { header: 'X-Next' } } as const;
    expect(await read.api(server.base, { schema, paginate }).rows()).toEqual(ids(1, 6));
  });

  it('stops at an empty page, though it names a next one', async () => {
    server.handle = (response, url) => {
      const at = Number(url.searchParams.get('after') ?? 0);
      json(response, { items: at === 2 ? [] : ids(at + 1, at + 1), next: at + 1 });
    };
    const paginate = { kind: 'cursor', param: 'after', next: 'next', until: 'empty' } as const;
    expect(await read.api(server.base, { schema, records: 'items', paginate }).rows()).toEqual(ids(1, 2));
  });

  it('stops where a predicate says so, which may look at all of the page', async () => {
    server.handle = (response, url) => {
      const page = Number(url.searchParams.get('page'));
      json(response, { items: ids(3 * page - 2, 3 * page), at: 'é' }, 200, { 'x-page': String(page) });
    };
    const seen: unknown[] = [];
    const frame = read.api(server.base, {
      schema,
      records: 'items',
      paginate: {
        kind: 'page',
        param: 'page',
        until: ({ number, count, headers, body }) => {
          seen.push([number, count, headers.get('x-page'), body]);
          return (body as { items: { id: number }[] }).items.some(({ id }) => id === 5);
        },
      },
    });
    expect(await frame.rows()).toEqual(ids(1, 6));
    expect(seen).toEqual([
      [1, 3, '1', { items: ids(1, 3), at: 'é' }],
      [2, 3, '2', { items: ids(4, 6), at: 'é' }],
    ]);
  });

  it.each<[string, Paginate]>([
    ['page', { kind: 'page', param: 'at' }],
    ['page and their number', { kind: 'page', param: 'at', until: { totalPages: 'pages' } }],
    ['offset', { kind: 'offset', param: 'at' }],
    ['offset and the number of records', { kind: 'offset', param: 'at', until: { totalRecords: 'total' } }],
  ])('are asked for at once and kept in order: by %s', async (_name, paginate) => {
    let [open, most] = [0, 0];
    server.handle = (response, url) => {
      const at = Number(url.searchParams.get('at'));
      const first = paginate.kind === 'page' ? 3 * (at - 1) : at;
      most = Math.max(most, ++open);
      // Later pages come sooner.
      const wait = Math.max(0, 40 - first);
      setTimeout(() => {
        open -= 1;
        json(response, { items: ids(first + 1, Math.min(first + 3, 20)), pages: 7, total: 20 });
      }, wait);
    };
    const frame = read.api(server.base, { schema, records: 'items', paginate, concurrency: 4 });
    expect(await frame.rows()).toEqual(ids(1, 20));
    expect(most).toBe(4);
    expect(new Set(server.paths).size).toBe(server.paths.length);
    if (paginate.until !== undefined) expect(server.asked).toHaveLength(7);
  });

  it('that are asked for ahead of the end may fail', async () => {
    server.handle = (response, url) => {
      const page = Number(url.searchParams.get('page'));
      json(response, page === 3 ? [] : page > 3 ? { message: 'no such page' } : ids(page, page), page > 3 ? 404 : 200);
    };
    const paginate = { kind: 'page', param: 'page' } as const;
    expect(await read.api(server.base, { schema, paginate, concurrency: 5 }).rows()).toEqual(ids(1, 2));
  });

  it('by offset whose size changes are asked for where the one before ended', async () => {
    server.handle = (response, url) => {
      const at = Number(url.searchParams.get('at'));
      json(response, ids(at + 1, Math.min(12, at + (at < 5 ? 3 : 2))));
    };
    const frame = read.api(server.base, { schema, paginate: { kind: 'offset', param: 'at' }, concurrency: 3 });
    expect(await frame.rows()).toEqual(ids(1, 12));
  });
});

describe('rate limits', () => {
  const paginate = { kind: 'page', param: 'page' } as const;

  it('of the options hold for all requests, those at once too', async () => {
    const times: number[] = [];
    server.handle = (response, url) => {
      times.push(performance.now());
      const page = Number(url.searchParams.get('page'));
      json(response, page > 3 ? [] : ids(page, page));
    };
    const frame = read.api(server.base, { schema, paginate, concurrency: 4, requestsPerSecond: 5 });
    expect(await frame.rows()).toEqual(ids(1, 3));
    expect(times.length).toBeGreaterThan(3);
    // They are 200 ms apart; what a request takes until it is seen may differ.
    expect((times[3] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(450);
  });

  it.each([
    ['RateLimit-Remaining', { 'ratelimit-remaining': '0', 'ratelimit-reset': '1' }],
    ['RateLimit', { ratelimit: '"default";r=0;t=1' }],
    ['RateLimit, as drafts had it', { ratelimit: 'limit=100, remaining=0, reset=1' }],
    [
      'X-RateLimit-Reset, a time',
      (): Record<string, string> => ({
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 1),
      }),
    ],
  ])('of the server hold: %s', async (_name, headers) => {
    const times: number[] = [];
    server.handle = (response, url) => {
      times.push(performance.now());
      const page = Number(url.searchParams.get('page'));
      json(
        response,
        page > 1 ? [] : ids(1, 1),
        200,
        page > 1 ? {} : typeof headers === 'function' ? headers() : headers,
      );
    };
    expect(await read.api(server.base, { schema, paginate }).rows()).toEqual(ids(1, 1));
    expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThan(900);
  });

  it('are no reason to wait where something is left', async () => {
    server.handle = (response, url) =>
      json(response, url.searchParams.get('page') === '1' ? ids(1, 1) : [], 200, {
        'ratelimit-remaining': '10',
        'ratelimit-reset': '3600',
      });
    expect(await read.api(server.base, { schema, paginate }).rows()).toEqual(ids(1, 1));
  });

  it('that ask for too long a wait are an error that says how long', async () => {
    server.handle = (response) =>
      json(response, ids(1, 1), 200, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '3600' });
    const error = await errorOf(read.api(server.base, { schema, paginate }).rows());
    expect([error.code, error.retryable, server.asked.length]).toEqual(['api.rate_limited', true, 1]);
    expect(error.message).toContain('3600 s');
    server.handle = (response) => json(response, {}, 429, { 'ratelimit-remaining': '0', 'ratelimit-reset': '3600' });
    const refused = await errorOf(read.api(server.base, { schema, paginate }).rows());
    expect([refused.code, refused.message]).toEqual(['api.status', expect.stringContaining('asks to wait 3600 s')]);
  });
});

describe('limits', () => {
  it('a budget ends retries over all pages', async () => {
    const failed = new Set<string>();
    server.handle = (response, url) => {
      const page = url.searchParams.get('page') ?? '';
      if (!failed.has(page)) {
        failed.add(page);
        json(response, {}, 503);
      } else json(response, Number(page) > 5 ? [] : ids(Number(page), Number(page)));
    };
    const paginate = { kind: 'page', param: 'page' } as const;
    const retry = { ...quick, budget: { retries: 3 } };
    const error = await errorOf(read.api(server.base, { schema, paginate, retry }).rows());
    expect([error.code, error.retryable, server.asked.length]).toEqual(['api.status', true, 7]);
    expect(error.message).toContain('retry.budget is spent');
    failed.clear();
    const waits = { ...quick, baseDelay: 50, maxDelay: 50, budget: { wait: 60 } };
    const waited = await errorOf(read.api(server.base, { schema, paginate, retry: waits }).rows());
    expect(waited.message).toContain('retry.budget is spent');
  });

  it('a total timeout ends all pages', async () => {
    server.handle = (response, url) =>
      setTimeout(
        () => json(response, ids(Number(url.searchParams.get('page')), Number(url.searchParams.get('page')))),
        30,
      );
    const paginate = { kind: 'page', param: 'page' } as const;
    const error = await errorOf(read.api(server.base, { schema, paginate, totalTimeout: 200 }).rows());
    expect([error.code, error.retryable]).toEqual(['api.timeout', true]);
    expect(error.message).toContain('within 200 ms, which totalTimeout allows');
    expect(server.asked.length).toBeGreaterThan(1);
  });

  it.each([
    [{ totalTimeout: 0 }, 'totalTimeout is 0'],
    [{ timeout: 2 ** 31 }, 'timeout is 2147483648'],
    [{ maxResponseBytes: 0 }, 'maxResponseBytes is 0'],
    [{ concurrency: 0 }, 'concurrency is 0'],
    [{ requestsPerSecond: 0 }, 'requestsPerSecond is 0'],
    [{ retry: { budget: { retries: -1 } } }, 'retry.budget.retries is -1'],
    [{ paginate: { kind: 'page', param: 'p', in: 'body' } as const }, "paginate.in is 'body', and body is not given"],
  ])('%j is refused', (options, message) => {
    expect(() => read.api(server.base, { schema, ...options })).toThrow(message);
  });
});
