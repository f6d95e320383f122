import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSession, fn, MillraceError, type Paginate, t } from '../../../src/index.ts';

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void;

const session = createSession();
const { read } = session;
let server: Server;
let other: Server;
let base = '';
let elsewhere = '';
let requests: { readonly path: string; readonly headers: IncomingMessage['headers'] }[] = [];
let handle: Handler = () => undefined;

const schema = { id: t.int() };
const quick = { attempts: 3, baseDelay: 1, maxDelay: 5 };
/** The ids that the paginated server holds. */
const ids = [1, 2, 3, 4, 5, 6, 7];

function listening(target: Server): Promise<string> {
  return new Promise((resolve) => {
    target.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(target.address() as AddressInfo).port}`));
  });
}

function json(response: ServerResponse, body: unknown, status = 200, headers: Record<string, string> = {}): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

const records = (values: readonly number[]): { id: number }[] => values.map((id) => ({ id }));

beforeAll(async () => {
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    requests.push({ path: request.url ?? '', headers: request.headers });
    handle(request, response, new URL(request.url ?? '', base));
  };
  server = createServer(serve);
  other = createServer(serve);
  base = await listening(server);
  elsewhere = await listening(other);
});

beforeEach(() => {
  requests = [];
});

afterAll(async () => {
  for (const each of [server, other]) {
    each.close();
    each.closeAllConnections();
  }
  await session.close();
});

async function errorOf(work: Promise<unknown>): Promise<MillraceError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MillraceError);
  return error as MillraceError;
}

describe('one page', () => {
  it('reads an array of records, and one under a path', async () => {
    handle = (_, response, url) =>
      json(response, url.pathname === '/list' ? records([1, 2]) : { data: { items: records([3]) } });
    expect(await read.api(`${base}/list`, { schema }).rows()).toEqual([{ id: 1 }, { id: 2 }]);
    expect(await read.api(`${base}/deep`, { schema, records: 'data.items' }).rows()).toEqual([{ id: 3 }]);
  });

  it('keeps numbers exact', async () => {
    handle = (_, response) => json(response, '[{"id": 9007199254740993, "price": 0.10, "share": 1e-3}]');
    const frame = read.api(base, { schema: { id: t.bigint(), price: t.decimal(38, 20), share: t.decimal(10, 4) } });
    expect(await frame.rows()).toEqual([{ id: 9007199254740993n, price: '0.10000000000000000000', share: '0.0010' }]);
  });

  it('reads a column under a path of the record', async () => {
    handle = (_, response) => json(response, [{ customer: { email: 'a@b.c' } }, { customer: null }, {}]);
    const frame = read.api(base, { schema: { email: t.string().from('customer.email').nullable() } });
    expect(await frame.rows()).toEqual([{ email: 'a@b.c' }, { email: null }, { email: null }]);
  });

  it('gives no rows for an empty array', async () => {
    handle = (_, response) => json(response, []);
    expect(await read.api(base, { schema }).rows()).toEqual([]);
  });

  it('fetches nothing for a plan that cannot run', async () => {
    handle = (_, response) => json(response, records(ids));
    const grouped = read
      .api(`${base}/order`, { schema })
      .groupBy('id')
      .agg(() => ({ n: fn.count() }));
    await expect(grouped.dedupe({ by: 'n' }).rows()).rejects.toMatchObject({ code: 'compile.order' });
    expect(requests).toEqual([]);
  });

  it('sends parameters and headers', async () => {
    handle = (_, response) => json(response, []);
    const params = { q: 'a b&c', page: 2, all: true };
    await read.api(`${base}/x?keep=1`, { schema, params, headers: { 'X-Api-Key': 'abcdef' } }).count();
    expect(requests.map((r) => r.path)).toEqual(['/x?keep=1&q=a+b%26c&page=2&all=true']);
    expect(requests[0]?.headers).toMatchObject({ 'x-api-key': 'abcdef', accept: 'application/json' });
  });

  it('sends userinfo of the url as a header', async () => {
    handle = (_, response) => json(response, []);
    await read.api(base.replace('//', '//jo:p%40ss@'), { schema }).count();
    expect(requests[0]?.headers.authorization).toBe(`Basic ${Buffer.from('jo:p@ss').toString('base64')}`);
  });

  it('decodes the charset that the answer states', async () => {
    handle = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json; charset=iso-8859-1' });
      response.end(Buffer.from('[{"name": "Köln"}]', 'latin1'));
    };
    expect(await read.api(base, { schema: { name: t.string() } }).rows()).toEqual([{ name: 'Köln' }]);
  });
});

describe('pagination', () => {
  const all = records(ids);
  const rowsOf = (paginate: Paginate, path = '/items'): Promise<unknown[]> =>
    read.api(`${base}${path}`, { schema, records: 'items', paginate, retry: quick }).rows();
  const paths = (): string[] => requests.map((r) => r.path);

  it('goes by page numbers up to an empty page, whatever the size of the pages', async () => {
    // The server gives at most three, though five are asked for: a short page is not the end.
    handle = (_, response, url) => {
      const page = Number(url.searchParams.get('page'));
      json(response, { items: all.slice((page - 1) * 3, page * 3) });
    };
    expect(await rowsOf({ kind: 'page', param: 'page', size: { param: 'per_page', value: 5 } })).toEqual(all);
    expect(paths()).toEqual([1, 2, 3, 4].map((page) => `/items?per_page=5&page=${page}`));
  });

  it.each([
    ['totalPages', { totalPages: 'meta.pages' }],
    ['totalRecords', { totalRecords: 'meta.total' }],
    ['more', { more: 'meta.more' }],
  ])('goes by page numbers from 0 up to %s, without asking for more', async (_name, until) => {
    handle = (_, response, url) => {
      const page = Number(url.searchParams.get('p'));
      json(response, {
        items: all.slice(page * 4, page * 4 + 4),
        meta: { pages: 2, total: 7, more: page === 0 },
      });
    };
    expect(await rowsOf({ kind: 'page', param: 'p', start: 0, until })).toEqual(all);
    expect(paths()).toEqual(['/items?p=0', '/items?p=1']);
  });

  it('counts the pages before a later start', async () => {
    handle = (_, response, url) => {
      const page = Number(url.searchParams.get('p'));
      json(response, { items: all.slice((page - 1) * 2, page * 2), pages: 4 });
    };
    expect(await rowsOf({ kind: 'page', param: 'p', start: 3, until: { totalPages: 'pages' } })).toEqual(all.slice(4));
    expect(paths()).toEqual(['/items?p=3', '/items?p=4']);
  });

  it('goes by offsets of what came, not of what was asked for', async () => {
    handle = (_, response, url) => {
      const skip = Number(url.searchParams.get('skip'));
      json(response, { items: all.slice(skip, skip + 3), total: 7 });
    };
    const size = { param: 'take', value: 100 };
    expect(await rowsOf({ kind: 'offset', param: 'skip', size })).toEqual(all);
    expect(paths()).toEqual([0, 3, 6, 7].map((skip) => `/items?take=100&skip=${skip}`));
    requests = [];
    expect(await rowsOf({ kind: 'offset', param: 'skip', until: { totalRecords: 'total' } })).toEqual(all);
    expect(paths()).toEqual([0, 3, 6].map((skip) => `/items?skip=${skip}`));
  });

  it.each([[null], [''], [undefined]])(
    'goes by cursors until there is none (%j), over empty pages too',
    async (end) => {
      const answers: Record<string, unknown> = {
        '': { items: all.slice(0, 4), meta: { next: 'b c/=' } },
        'b c/=': { items: [], meta: { next: 3 } },
        '3': { items: all.slice(4), meta: { next: end } },
      };
      handle = (_, response, url) => json(response, answers[url.searchParams.get('after') ?? '']);
      expect(await rowsOf({ kind: 'cursor', param: 'after', next: 'meta.next' })).toEqual(all);
      expect(requests).toHaveLength(3);
    },
  );

  it('passes on a cursor that is a large number digit by digit', async () => {
    handle = (_, response, url) => {
      const first = url.searchParams.get('since') === null;
      json(response, first ? '{"items": [{"id": 1, "note": "\\"9,"}], "next": 9007199254740993}' : '{"items": []}');
    };
    await rowsOf({ kind: 'cursor', param: 'since', next: 'next' });
    expect(paths()).toEqual(['/items', '/items?since=9007199254740993']);
  });

  it('takes the last record of a page as the cursor', async () => {
    handle = (_, response, url) => {
      const from = ids.indexOf(Number(url.searchParams.get('starting_after'))) + 1;
      json(response, { items: all.slice(from, from + 3), has_more: from + 3 < ids.length });
    };
    const cursor = { kind: 'cursor', param: 'starting_after', next: 'items.-1.id' } as const;
    expect(await rowsOf({ ...cursor, until: { more: 'has_more' } })).toEqual(all);
    expect(requests).toHaveLength(3);
  });

  it('follows urls in the answer, relative ones too', async () => {
    handle = (_, response, url) => {
      const next = { '/items': `${base}/items/2`, '/items/2': '3?x=1', '/items/3': null }[url.pathname];
      json(response, { items: records([Number(url.pathname.at(-1)) || 1]), links: { next } });
    };
    expect(await rowsOf({ kind: 'next-link', next: 'links.next' })).toEqual(records([1, 2, 3]));
    expect(paths()).toEqual(['/items', '/items/2', '/items/3?x=1']);
  });

  it('follows the Link header', async () => {
    handle = (_, response, url) => {
      const page = Number(url.searchParams.get('page') ?? 1);
      const links = [`<${base}/items?page=1>; rel="first"`, `<${base}/items?page=9&a=1,2>; title="a, b"; rel=last`];
      if (page < 3) links.push(`</items?page=${page + 1}>; rel="prefetch next"`);
      json(response, { items: records([page]) }, 200, { link: links.join(', ') });
    };
    expect(await rowsOf({ kind: 'next-link' })).toEqual(records([1, 2, 3]));
  });

  it('refuses a next page that was there before', async () => {
    handle = (_, response, url) => {
      const next = url.searchParams.get('after') === 'a' ? 'b' : 'a';
      json(response, { items: records([requests.length]), next });
    };
    const error = await errorOf(rowsOf({ kind: 'cursor', param: 'after', next: 'next' }));
    expect(error.code).toBe('api.loop');
    expect(error.message).toContain(`${base}/items?after=a`);
    expect(requests).toHaveLength(3);
  });

  it('refuses a server that takes no notice of the page number', async () => {
    handle = (_, response) => json(response, { items: all });
    const error = await errorOf(rowsOf({ kind: 'page', param: 'pgae' }));
    expect([error.code, requests.length]).toEqual(['api.loop', 2]);
    expect(error.message).toContain('"pgae"');
  });

  it('refuses more pages than maxPages, and reads as many', async () => {
    handle = (_, response, url) => {
      const page = Number(url.searchParams.get('page'));
      json(response, { items: page > 3 ? [] : records([page]), pages: 3 });
    };
    const page = { kind: 'page', param: 'page' } as const;
    const error = await errorOf(rowsOf({ ...page, maxPages: 2 }));
    expect([error.code, error.details.pages]).toEqual(['api.too_many_pages', 2]);
    expect(await rowsOf({ ...page, maxPages: 3, until: { totalPages: 'pages' } })).toHaveLength(3);
  });

  it.each<[string, Paginate]>([
    ['page', { kind: 'page', param: 'page', until: { totalRecords: 'total' } }],
    ['offset', { kind: 'offset', param: 'page', until: { totalRecords: 'total' } }],
    ['cursor', { kind: 'cursor', param: 'page', next: 'next', until: { totalRecords: 'total' } }],
    ['next-link', { kind: 'next-link', until: { more: 'more' } }],
  ])('refuses an end before what the answer says there is (%s)', async (_kind, paginate) => {
    handle = (_, response, url) => {
      const first = ['1', '0', null].includes(url.searchParams.get('page'));
      json(response, { items: first ? all : [], total: 8, more: true });
    };
    const error = await errorOf(rowsOf(paginate));
    expect([error.code, error.retryable, error.details.received]).toEqual(['api.incomplete', true, 7]);
  });

  it('says what is found where paginate is mistaken', async () => {
    handle = (_, response) => json(response, { items: all, meta: { total: '7' }, next: { a: 1 } });
    const until = await errorOf(rowsOf({ kind: 'page', param: 'p', until: { totalRecords: 'meta.total' } }));
    expect([until.code, until.message]).toEqual(['api.paginate', expect.stringContaining('"meta.total"')]);
    expect(until.message).toContain('a string and not a number');
    const next = await errorOf(rowsOf({ kind: 'cursor', param: 'p', next: 'next' }));
    expect(next.message).toContain('an object with a');
    const link = await errorOf(rowsOf({ kind: 'next-link', next: 'items' }));
    expect(link.message).toContain('leads to an array (items), not to a url');
  });
});

describe('retry', () => {
  const failing = (times: number, fail: (response: ServerResponse) => void): void => {
    handle = (_, response) => (requests.length <= times ? fail(response) : json(response, records([1])));
  };
  const rows = (retry = quick): Promise<unknown[]> => read.api(base, { schema, retry, timeout: 200 }).rows();

  it.each([429, 500, 502, 503])('tries again after %i', async (status) => {
    failing(2, (response) => json(response, { busy: true }, status));
    expect(await rows()).toEqual([{ id: 1 }]);
    expect(requests).toHaveLength(3);
  });

  it('waits as long as Retry-After says, in seconds or as a date', async () => {
    const waits: number[] = [];
    for (const header of [(): string => '1', (): string => new Date(Date.now() + 2000).toUTCString()]) {
      requests = [];
      failing(1, (response) => json(response, {}, 429, { 'retry-after': header() }));
      const start = performance.now();
      expect(await rows()).toEqual([{ id: 1 }]);
      waits.push(performance.now() - start);
    }
    // Far above the 5 ms that the backoff could take; a date has no parts of seconds.
    for (const wait of waits) expect(wait).toBeGreaterThan(900);
  });

  it('does not wait longer than maxRetryAfter', async () => {
    failing(1, (response) => json(response, {}, 503, { 'retry-after': '3600' }));
    const error = await errorOf(rows());
    expect([error.details.status, error.details.retryAfter, requests.length]).toEqual([503, 3_600_000, 1]);
    expect(error.message).toContain('asks to wait 3600 s');
  });

  it('gives up after the last attempt', async () => {
    failing(9, (response) => json(response, { busy: 'yes' }, 503));
    const error = await errorOf(rows());
    expect([error.code, error.retryable, requests.length]).toEqual(['api.status', true, 3]);
    expect(error.details).toEqual({ url: `${base}/`, status: 503, body: '{"busy":"yes"}', attempts: 3 });
    expect(error.message).toContain('(request 3 of 3)');
  });

  it.each([400, 401, 404, 422])('fails at once on %i', async (status) => {
    failing(9, (response) => json(response, { error: 'no such thing' }, status));
    const error = await errorOf(rows());
    expect([error.code, error.retryable, requests.length]).toEqual(['api.status', false, 1]);
    expect(error.message).toContain(`${base}/: the server answered ${status}`);
    expect(error.message).toContain('no such thing');
  });

  it('tries again after a connection that breaks, before and within the body', async () => {
    failing(2, (response) => {
      if (requests.length === 1) response.socket?.destroy();
      else {
        response.writeHead(200, { 'content-length': '100' });
        response.write('[{"id":', () => response.socket?.destroy());
      }
    });
    expect(await rows()).toEqual([{ id: 1 }]);
    expect(requests).toHaveLength(3);
  });

  it('tries again after a timeout, of the body too, and then says so', async () => {
    failing(2, (response) => {
      if (requests.length === 2) response.write('[');
    });
    expect(await rows()).toEqual([{ id: 1 }]);
    requests = [];
    failing(9, () => undefined);
    const error = await errorOf(rows({ ...quick, attempts: 2 }));
    expect([error.code, error.retryable, requests.length]).toEqual(['api.timeout', true, 2]);
    expect(error.message).toContain('within 200 ms');
  });

  it('says which server cannot be reached', async () => {
    const gone = createServer();
    const address = await listening(gone);
    await new Promise((resolve) => gone.close(resolve));
    const error = await errorOf(read.api(address, { schema, retry: quick }).rows());
    expect([error.code, error.retryable, error.details.attempts]).toEqual(['api.network', true, 3]);
    expect(error.message).toContain('ECONNREFUSED');
  });

  it('follows redirects, but not for ever', async () => {
    handle = (_, response, url) => {
      if (url.pathname === '/old') json(response, '', 302, { location: '/new' });
      else if (url.pathname === '/round') json(response, '', 302, { location: '/round' });
      else json(response, records([1]));
    };
    expect(await read.api(`${base}/old`, { schema }).rows()).toEqual([{ id: 1 }]);
    const error = await errorOf(read.api(`${base}/round`, { schema }).rows());
    expect([error.code, error.details.status, requests.length]).toEqual(['api.status', 302, 8]);
  });
});

describe('secrets', () => {
  const secret = 'hunter2-&"SECRET';
  /** Everything a person or a log could see of an error. */
  const shownOf = (error: unknown): string =>
    [
      inspect(error, { depth: 20, showHidden: true }),
      JSON.stringify(error),
      String(error),
      (error as Error).stack,
    ].join();
  const parts = ['hunter2', 'SECRET', Buffer.from(`jo:${secret}`).toString('base64')];

  const ways: [string, () => Parameters<typeof read.api>][] = [
    ['a header', () => [base, { schema, headers: { Authorization: `Bearer ${secret}`, 'X-Whatever': secret } }]],
    ['a parameter of the url', () => [`${base}/?api_key=${encodeURIComponent(secret)}`, { schema }]],
    ['a parameter', () => [base, { schema, params: { accessToken: secret, sig: secret } }]],
    ['userinfo', () => [base.replace('//', `//jo:${encodeURIComponent(secret)}@`), { schema }]],
  ];

  it.each(ways)('in %s are in no error', async (_way, args) => {
    const [url, options] = args();
    const echo: Handler[] = [
      // The server repeats what it was sent.
      (request, response) => json(response, { url: request.url, headers: request.headers, plain: `no ${secret}` }, 403),
      (request, response) => json(response, `<p>${request.url} ${secret} ${JSON.stringify(request.headers)}</p>`),
      (request, response) => json(response, { [secret]: request.url }),
      (_, response) => response.socket?.destroy(),
      () => undefined,
    ];
    for (const handler of echo) {
      handle = handler;
      const error = await errorOf(read.api(url, { ...options, retry: { ...quick, attempts: 2 }, timeout: 100 }).rows());
      for (const part of parts) expect(shownOf(error)).not.toContain(part);
      expect(error.details.url).toContain(base);
      expect(error.cause).toBeUndefined();
    }
  });

  it.each(ways)('in %s are in no name, plan or quarantine', async (_way, args) => {
    const [url, options] = args();
    handle = (_, response) => json(response, [{ id: 'x' }]);
    const frame = read.api(url, { ...options, onBadRow: 'quarantine' });
    const shown = `${await frame.explain()}${JSON.stringify(await frame.quarantine().rows())}`;
    expect(shown).toContain(base);
    for (const part of parts) expect(shown).not.toContain(part);
    const failed = await errorOf(read.api(url, options).rows());
    expect(failed.code).toBe('api.bad_row');
    for (const part of parts) expect(shownOf(failed)).not.toContain(part);
  });

  it('that a server names in links are in no error', async () => {
    handle = (_, response, url) =>
      url.searchParams.has('token')
        ? json(response, { error: `bad ${secret}` }, 400)
        : json(response, { items: [], next: `/?page=2&token=${encodeURIComponent(secret)}` });
    const paginate = { kind: 'next-link', next: 'next' } as const;
    const error = await errorOf(read.api(base, { schema, records: 'items', paginate }).rows());
    expect(error.message).toContain('page=2&token=***');
    for (const part of parts) expect(shownOf(error)).not.toContain(part);
  });

  it('leave what is no secret to be read', async () => {
    handle = (_, response) => json(response, { error: 'unknown author' }, 400);
    const error = await errorOf(read.api(`${base}/?author=poe&page=3`, { schema, params: { key: secret } }).rows());
    expect(error.message).toContain(`${base}/?author=poe&page=3&key=***: the server answered 400`);
    expect(error.message).toContain('unknown author');
  });

  it('go to no other origin, by a link or by a redirect', async () => {
    handle = (request, response, url) => {
      if (request.headers.host === new URL(elsewhere).host) json(response, { items: records([2]) });
      else if (url.pathname === '/moved') json(response, '', 302, { location: elsewhere });
      else json(response, { items: records([1]), next: elsewhere });
    };
    const paginate = { kind: 'next-link', next: 'next' } as const;
    const headers = { 'X-Api-Key': secret };
    for (const path of ['/', '/moved']) {
      const error = await errorOf(read.api(base + path, { schema, headers, records: 'items', paginate }).rows());
      expect([error.code, error.retryable]).toEqual(['api.foreign_origin', false]);
      for (const part of parts) expect(shownOf(error)).not.toContain(part);
    }
    expect(requests.map((r) => r.headers.host)).not.toContain(new URL(elsewhere).host);
    // Where there is nothing to keep, it is followed.
    expect(await read.api(base, { schema, records: 'items', paginate }).rows()).toEqual(records([1, 2]));
  });

  it('are not told where an option is refused', async () => {
    const broken = [
      (): unknown => read.api(`127.0.0.1/?key=${secret}`, { schema }),
      (): unknown => read.api(`//jo:${secret}@host`, { schema }),
      (): unknown => read.api(`ftp://jo:${secret}@host`, { schema }),
      (): unknown => read.api(base, { schema, headers: { 'X-Key': `a\n${secret}` } }),
      (): unknown => read.api(base, { schema, headers: { 'X Key': secret } }),
    ];
    for (const make of broken) {
      const error = await errorOf((async () => make())());
      expect(error.code).toBe('api.option');
      for (const part of parts) expect(shownOf(error)).not.toContain(part);
    }
  });
});

describe('malformed answers', () => {
  const messageOf = async (body: string, path?: string): Promise<[string, string]> => {
    handle = (_, response) => json(response, body);
    const options = path === undefined ? { schema } : { schema, records: path };
    const error = await errorOf(read.api(`${base}/items`, { ...options, retry: quick }).rows());
    expect(requests).toHaveLength(1);
    expect(error.retryable).toBe(false);
    expect(error.message).toContain(`GET ${base}/items: `);
    return [error.code, error.message];
  };

  it.each([
    ['<html>Welcome</html>', undefined, 'api.not_json', 'It begins: <html>Welcome'],
    ['', undefined, 'api.not_json', 'It is empty.'],
    ['{"data": [], "meta": {}}', undefined, 'api.records', 'the answer is an object with data, meta'],
    ['null', undefined, 'api.records', 'the answer is null'],
    ['{"data": {"rows": []}}', 'data.items', 'api.records', '"data" is an object with rows, without "items"'],
    ['[1]', 'data', 'api.records', 'the answer is an array of 1, without "data"'],
    ['{"data": {"items": {}}}', 'data.items', 'api.records', '"data.items" is an empty object'],
    ['{"data": {"items": null}}', 'data.items', 'api.records', '"data.items" is null'],
  ])('%s', async (body, path, code, message) => {
    expect(await messageOf(body, path)).toEqual([code, expect.stringContaining(message)]);
  });

  it('that are not text in their charset', async () => {
    handle = (_, response) => {
      response.writeHead(200);
      response.end(Buffer.from([0x5b, 0x22, 0xff, 0x22, 0x5d]));
    };
    const error = await errorOf(read.api(base, { schema }).rows());
    expect([error.code, error.message]).toEqual(['api.not_json', expect.stringContaining('not text in utf-8')]);
  });
});

describe('options', () => {
  it.each([
    [{ retry: { attempts: 0 } }, 'retry.attempts is 0'],
    [{ retry: { baseDelay: -1 } }, 'retry.baseDelay is -1'],
    [{ timeout: Number.NaN }, 'timeout is NaN'],
  ])('%j is refused', (options, message) => {
    expect(() => read.api(base, { schema, ...options })).toThrow(message);
  });
});

describe('quarantine', () => {
  it('tells the page and the number of the record in it', async () => {
    handle = (_, response, url) => {
      const page = Number(url.searchParams.get('page'));
      const pages = [[{ id: 1 }, { id: 'two' }, { id: 2 }], [{ id: 3 }, { id: 4 }, { id: null }], []];
      json(response, { items: pages[page - 1] });
    };
    const frame = read.api(`${base}/items?token=abcdef`, {
      schema,
      records: 'items',
      paginate: { kind: 'page', param: 'page' },
      onBadRow: 'quarantine',
    });
    expect(await frame.rows()).toEqual(records([1, 2, 3, 4]));
    const rejected = await frame.quarantine().rows();
    expect(rejected.map(({ source, line, column, value }) => ({ source, line, column, value }))).toEqual([
      { source: `${base}/items?token=***&page=1`, line: 2, column: 'id', value: 'two' },
      { source: `${base}/items?token=***&page=2`, line: 3, column: 'id', value: null },
    ]);
    expect(requests).toHaveLength(3);
  });

  it('tells pages apart whose urls look the same', async () => {
    handle = (_, response, url) => {
      const token = url.searchParams.get('token');
      json(response, {
        items: [{ id: token ?? 'x' }],
        next: token === null ? '/?token=aaaaaa' : token === 'aaaaaa' ? '/?token=bbbbbb' : null,
      });
    };
    const paginate = { kind: 'next-link', next: 'next' } as const;
    const frame = read.api(base, { schema, records: 'items', paginate, onBadRow: 'quarantine' });
    const sources = (await frame.quarantine().rows()).map((row) => row.source);
    expect(sources).toEqual([`${base}/`, `${base}/?token=***`, `${base}/?token=*** (page 3)`]);
  });

  it('stays with what was materialized, when the source is read again', async () => {
    handle = (_, response) => json(response, [{ id: 1 }, { id: 'x' }]);
    const frame = read.api(base, { schema, onBadRow: 'quarantine' });
    await using kept = await frame.materialize();
    await frame.refresh();
    expect(await frame.count()).toBe(1);
    expect((await kept.quarantine().rows()).map((row) => row.value)).toEqual(['x']);
  });

  it('stops a run in which too many records are bad', async () => {
    handle = (_, response) => json(response, [{ id: 1 }, { id: 'x' }]);
    const frame = read.api(base, { schema, onBadRow: { quarantine: { maxShare: 0.1 } } });
    expect((await errorOf(frame.rows())).code).toBe('quarantine.too_many');
  });

  it('is not asked for: a bad record stops the run', async () => {
    handle = (_, response) => json(response, [{ id: 1 }, { id: 1.5 }]);
    const error = await errorOf(read.api(`${base}/items`, { schema }).rows());
    expect(error.message).toContain(`${base}/items, record 2, column "id": "1.5"`);
  });
});

describe('fetched once', () => {
  const counting = (): void => {
    handle = (_, response) => setTimeout(() => json(response, records([requests.length, 10])), 20);
  };

  it('however many frames derive from it, at once or one after another', async () => {
    counting();
    const frame = read.api(base, { schema });
    expect(await frame.explain()).toContain(base);
    expect(requests).toHaveLength(0);
    const derived = [
      frame.filter((r) => r.id.gt(5)),
      frame.sort({ desc: 'id' }),
      frame.withColumns((r) => ({ twice: r.id.mul(2) })),
    ];
    const both = await Promise.all([frame.rows(), frame.count(), ...derived.map((f) => f.count())]);
    expect(both).toEqual([records([1, 10]), 2, 1, 2, 2]);
    expect(await frame.join(frame.rename({ id: 'other' }), { on: [{ id: 'other' }] }).count()).toBe(2);
    expect(requests).toHaveLength(1);
  });

  it('and again after refresh', async () => {
    counting();
    const frame = read.api(base, { schema });
    const derived = frame.limit(1);
    expect(await derived.rows()).toEqual([{ id: 1 }]);
    await frame.refresh();
    expect(await derived.rows()).toEqual([{ id: 2 }]);
    expect(await frame.rows()).toEqual(records([2, 10]));
    expect(requests).toHaveLength(2);
  });

  it('and again after a failure', async () => {
    handle = (_, response) => (requests.length === 1 ? json(response, {}, 404) : json(response, records([1])));
    const frame = read.api(base, { schema });
    expect((await errorOf(frame.rows())).code).toBe('api.status');
    expect(await frame.rows()).toEqual([{ id: 1 }]);
  });
});

describe('a signal', () => {
  it('stops a request, a body, a wait and what comes between pages', async () => {
    const stuck: Handler[] = [
      () => undefined,
      (_, response) => void response.write('['),
      (_, response) => json(response, {}, 503, { 'retry-after': '60' }),
      (_, response, url) => {
        const page = Number(url.searchParams.get('page'));
        if (page < 3) json(response, records([page]));
      },
    ];
    for (const handler of stuck) {
      const stop = new AbortController();
      const reached = new Promise<void>((resolve) => {
        handle = (request, response, url) => {
          handler(request, response, url);
          if ((url.searchParams.get('page') ?? '3') === '3' || handler !== stuck[3]) setTimeout(resolve, 20);
        };
      });
      const frame = read.api(base, { schema, paginate: { kind: 'page', param: 'page' } });
      const work = frame.rows({ signal: stop.signal });
      await reached;
      stop.abort(new Error('enough'));
      await expect(work).rejects.toThrow('enough');
    }
  });

  it('stops its own run only, where two wait for the same answer', async () => {
    const answers: (() => void)[] = [];
    handle = (_, response) => void answers.push(() => json(response, records([1])));
    const frame = read.api(base, { schema });
    const arrived = async (count: number): Promise<void> => {
      while (answers.length < count) await new Promise((resolve) => setTimeout(resolve, 5));
    };
    // The second waits for what the first fetches, and gets it though the first is stopped.
    const first = new AbortController();
    const stopped = frame.rows({ signal: first.signal });
    const goesOn = frame.rows();
    await arrived(1);
    // A third is stopped while it waits: it does not wait on.
    const third = new AbortController();
    const waiting = frame.rows({ signal: third.signal });
    third.abort(new Error('third'));
    await expect(waiting).rejects.toThrow('third');
    first.abort(new Error('first'));
    await expect(stopped).rejects.toThrow('first');
    answers[0]?.();
    expect(await goesOn).toEqual([{ id: 1 }]);
    expect(answers).toHaveLength(1);
  });
});
