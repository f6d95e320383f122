import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createSession, MillraceError, type Paginate, t } from '../../../src/index.ts';
import { ids, json, TestServer } from '../../support/http.ts';

/**
 * What servers do that should not be done, and what becomes of it: all rows, or an error that says what happened. Never
 * fewer rows, and never a secret.
 */
const session = createSession({ threads: 2 });
const { read } = session;
const server = new TestServer();
const other = new TestServer();
const secret = 'hunter2-SECRET';
const retry = { attempts: 3, baseDelay: 1, maxDelay: 5 };
const options = {
  schema: { id: t.int() },
  records: 'items',
  retry,
  headers: { 'x-key': secret },
  auth: { kind: 'api-key', name: 'who', value: `${secret}-too`, in: 'query' },
} as const;
const byPage = { kind: 'page', param: 'page' } as const;

const sockets = new Set<Socket>();
const raw = createServer();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  raw.removeAllListeners('connection');
});
afterAll(async () => {
  raw.close();
  await session.close();
});

/** A server that answers with bytes of its own making. */
async function answering(answer: (socket: Socket, request: number) => void): Promise<string> {
  let requests = 0;
  raw.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.once('data', () => answer(socket, ++requests));
  });
  if (!raw.listening) await new Promise<void>((resolve) => raw.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(raw.address() as AddressInfo).port}`;
}

/** The error of a run, in which no secret may stand. */
async function errorOf(work: Promise<unknown>): Promise<MillraceError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MillraceError);
  expect(inspect(error, { depth: 20, showHidden: true })).not.toContain('hunter2');
  return error as MillraceError;
}

const pageOf = (url: URL): number => Number(url.searchParams.get('page'));
const body = JSON.stringify({ items: ids(1, 500) });
const head = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const chunk = (text: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
};
const half = body.slice(0, body.length / 2);
const zipped = gzipSync(body);

/** The first part of an answer, after which the connection ends. */
const cuts: [string, () => Buffer[]][] = [
  ['a reset before anything', () => []],
  ['a reset within the headers', () => [Buffer.from(head)]],
  [
    'a body shorter than its content-length',
    () => [Buffer.from(`${head}content-length: ${body.length}\r\n\r\n${half}`)],
  ],
  ['a body of chunks without the last', () => [Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`), chunk(half)]],
  ['all chunks but the empty one', () => [Buffer.from(`${head}transfer-encoding: chunked\r\n\r\n`), chunk(body)]],
  ['a body that ends with its connection', () => [Buffer.from(`${head}connection: close\r\n\r\n${half}`)]],
  [
    'a body whose content-length is wrong, so that it is whole in the eyes of HTTP',
    () => [Buffer.from(`${head}content-length: ${half.length}\r\n\r\n${half}`)],
  ],
  [
    'gzip that is cut off, by content-length',
    () => [
      Buffer.from(`${head}content-encoding: gzip\r\ncontent-length: ${zipped.length}\r\n\r\n`),
      zipped.subarray(0, -50),
    ],
  ],
  [
    'gzip that is cut off, whole in the eyes of HTTP',
    () => [
      Buffer.from(`${head}content-encoding: gzip\r\ncontent-length: ${zipped.length - 50}\r\n\r\n`),
      zipped.subarray(0, -50),
    ],
  ],
  [
    'gzip that is cut off, in chunks',
    () => [
      Buffer.from(`${head}content-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n`),
      chunk(zipped.subarray(0, -50)),
      Buffer.from('0\r\n\r\n'),
    ],
  ],
  [
    'gzip that is damaged',
    () => {
      const damaged = Buffer.from(zipped);
      damaged.fill(0x55, 100, 140);
      return [Buffer.from(`${head}content-encoding: gzip\r\ncontent-length: ${damaged.length}\r\n\r\n`), damaged];
    },
  ],
];

describe('connections and bodies that break', () => {
  it.each(cuts)('%s: tried again, and all rows', async (_name, pieces) => {
    const url = await answering((socket, request) => {
      if (request > 2) socket.end(`${head}content-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
      else if (request === 1) socket.write(Buffer.concat(pieces()), () => socket.destroy());
      else socket.end(Buffer.concat(pieces()));
    });
    // A connection that is kept and then ends takes attempts of its own.
    expect(await read.api(url, { ...options, retry: { ...retry, attempts: 9 } }).rows()).toEqual(ids(1, 500));
  });

  it.each(cuts)('%s, every time: an error that trying later may mend', async (_name, pieces) => {
    const url = await answering((socket) => socket.end(Buffer.concat(pieces())));
    const error = await errorOf(read.api(url, options).rows());
    expect(['api.network', 'api.not_json']).toContain(error.code);
    expect(error.retryable).toBe(true);
    expect(error.message).toContain(`GET ${url}/`);
  });

  it('a body that ends at the end of a page of an array, but before what says so: an error', async () => {
    const url = await answering((socket) => socket.end(`${head}connection: close\r\n\r\n{"items": [{"id": 1}]`));
    expect((await errorOf(read.api(url, options).rows())).code).toBe('api.not_json');
  });

  it('a body that drips: a timeout', async () => {
    const url = await answering((socket) => {
      socket.write(`${head}content-length: 1000000\r\n\r\n{"items":[`);
      const timer = setInterval(() => socket.write(' '), 10);
      socket.on('close', () => clearInterval(timer));
    });
    const error = await errorOf(read.api(url, { ...options, timeout: 150, retry: { ...retry, attempts: 2 } }).rows());
    expect([error.code, error.retryable, error.details.attempts]).toEqual(['api.timeout', true, 2]);
    const total = await errorOf(read.api(url, { ...options, totalTimeout: 150 }).rows());
    expect([total.code, total.message]).toEqual(['api.timeout', expect.stringContaining('totalTimeout')]);
  });

  it.each([
    ['that says so', `${head}content-length: ${10 * 2 ** 30}\r\n\r\n`, 0],
    ['in chunks', `${head}transfer-encoding: chunked\r\n\r\n`, 2 ** 20],
    ['that gzip makes of little', `${head}content-encoding: gzip\r\nconnection: close\r\n\r\n`, -1],
  ])('ten gigabytes %s: refused, and no more of them taken than the limit', async (_name, start, size) => {
    let sent = 0;
    const bomb = gzipSync(Buffer.alloc(32 << 20, ' '));
    const url = await answering((socket) => {
      socket.write(start);
      if (size < 0) socket.end(bomb);
      const more = size > 0 ? chunk(Buffer.alloc(size, ' ')) : undefined;
      const push = (): void => {
        if (more === undefined || socket.destroyed) return;
        sent += more.length;
        socket.write(more, push);
      };
      push();
    });
    const error = await errorOf(read.api(url, { ...options, maxResponseBytes: 8 << 20 }).rows());
    expect([error.code, error.retryable, error.details.maxResponseBytes]).toEqual(['api.too_large', false, 8 << 20]);
    expect(sent).toBeLessThan(64 << 20);
  });

  it('an answer of the largest size is taken', async () => {
    server.handle = (response) => json(response, body);
    expect(await read.api(server.base, { ...options, maxResponseBytes: body.length }).count()).toBe(500);
    expect((await errorOf(read.api(server.base, { ...options, maxResponseBytes: body.length - 1 }).rows())).code).toBe(
      'api.too_large',
    );
  });

  it('an endless body of an error: its beginning is told', async () => {
    const url = await answering((socket) => {
      socket.write('HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n');
      const more = chunk('no such thing '.repeat(1000));
      const push = (): void => {
        if (!socket.destroyed) socket.write(more, push);
      };
      push();
    });
    const error = await errorOf(read.api(url, options).rows());
    expect([error.code, error.details.status]).toEqual(['api.status', 404]);
    expect(error.message).toContain('no such thing');
  });
});

describe('bodies that are something else', () => {
  it.each<[string, string | Buffer, string, string]>([
    ['HTML', `<!doctype html><p>Please log in, ${secret}`, 'api.not_json', 'It begins: <!doctype html>'],
    ['nothing', '', 'api.not_json', 'It is empty'],
    [
      'bytes that are no UTF-8',
      Buffer.from('{"items": [{"id": 1, "note": "\xff"}]}', 'latin1'),
      'api.not_json',
      'not text in utf-8',
    ],
    [
      'half a character',
      Buffer.from('{"items": [{"id": 1, "note": "\xe2\x82"}]}', 'latin1'),
      'api.not_json',
      'not text in utf-8',
    ],
    ['two documents', '{"items": [{"id": 1}]}{"items": [{"id": 2}]}', 'api.not_json', 'not JSON to its end'],
    [
      'the records twice',
      '{"items": [{"id": 1}], "items": [{"id": 2}]}',
      'api.records',
      'a key on the way stands twice',
    ],
    ['a comma too many', '{"items": [{"id": 1},]}', 'api.not_json', 'not JSON'],
    ['no number', '{"items": [{"id": 01}]}', 'api.not_json', 'not JSON'],
    ['NaN', '{"items": [{"id": NaN}]}', 'api.not_json', 'not JSON'],
    ['a line end in a string', '{"items": [{"id": 1, "note": "a\nb"}]}', 'api.not_json', 'not JSON'],
    ['an error', `{"error": {"message": "quota", "token": "${secret}"}}`, 'api.answer', 'quota'],
    [
      'an error beside records',
      '{"items": [{"id": 1}], "errors": [{"message": "timed out"}]}',
      'api.answer',
      'timed out',
    ],
    ['an error beside no records, as at the end', '{"items": [], "error": "try later"}', 'api.answer', 'try later'],
  ])('%s, with status 200', async (_name, answer, code, message) => {
    server.handle = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(answer);
    };
    const error = await errorOf(read.api(server.base, { ...options, paginate: byPage }).rows());
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
  });

  it('no error, where there is none or the user says where errors stand', async () => {
    const answer = (extra: object): void => {
      server.handle = (response) => json(response, { items: ids(1, 1), ...extra });
    };
    answer({ error: null, errors: [] });
    expect(await read.api(server.base, options).count()).toBe(1);
    answer({ error: 0.1 });
    expect((await errorOf(read.api(server.base, options).rows())).code).toBe('api.answer');
    expect(await read.api(server.base, { ...options, errorAt: false }).count()).toBe(1);
    answer({ status: { problem: 'stale' }, error: 'the mean deviation' });
    const error = await errorOf(read.api(server.base, { ...options, errorAt: 'status.problem' }).rows());
    expect(error.message).toContain('"status.problem" in the answer: stale');
  });

  it('values that are nested deep: an error, not a crash', async () => {
    const deep = '['.repeat(200_000);
    server.handle = (response) => json(response, `{"items": [{"id": 1, "x": ${deep}${deep.replaceAll('[', ']')}}]}`);
    const error = await errorOf(read.api(server.base, options).rows());
    expect(['api.records', 'api.not_json']).toContain(error.code);
  });
});

describe('pages that are not as they should be', () => {
  const rowsOf = (paginate: Paginate): Promise<unknown[]> => read.api(server.base, { ...options, paginate }).rows();
  /** Twelve records, by three. */
  const threes = (page: number): { id: number }[] => (page > 4 ? [] : ids(3 * page - 2, 3 * page));

  it.each<[string, Paginate, number]>([
    ['the one before', byPage, 2],
    ['one long before', byPage, 1],
    ['the one before, with a total that fits', { ...byPage, until: { totalRecords: 'total' } }, 2],
    ['one before, by cursor', { kind: 'cursor', param: 'page', next: 'next' }, 1],
    ['one before, by offset', { kind: 'offset', param: 'page' }, 1],
  ])('a page again, %s: an error', async (_name, paginate, again) => {
    server.handle = (response, url) => {
      const asked = pageOf(url);
      const page = paginate.kind === 'offset' ? asked / 3 + 1 : asked || 1;
      json(response, { items: threes(page === 3 ? again : page), total: 12, next: page + 1, at: page });
    };
    const error = await errorOf(rowsOf(paginate));
    expect([error.code, error.message]).toEqual(['api.loop', expect.stringContaining('has the same records as GET')]);
  });

  it('a page again is taken where the user says that pages may be alike', async () => {
    server.handle = (response, url) => json(response, { items: pageOf(url) > 3 ? [] : ids(1, 1) });
    expect(await rowsOf({ ...byPage, repeatedPages: 'accept' })).toEqual([...ids(1, 1), ...ids(1, 1), ...ids(1, 1)]);
  });

  it('a page of one record again, where a server leads from page to page: an error where all have one', async () => {
    const led = [
      { kind: 'cursor', param: 'page', next: 'next' },
      { kind: 'next-link', next: 'url' },
    ] as const;
    const pages = (...sizes: { id: number }[][]): void => {
      server.handle = (response, url) => {
        const page = pageOf(url) || 1;
        const next = page < sizes.length ? page + 1 : null;
        json(response, { items: sizes[page - 1], next, url: next === null ? null : `/?page=${next}` });
      };
    };
    for (const paginate of led) {
      pages(ids(1, 1), ids(2, 2), ids(2, 2));
      expect((await errorOf(rowsOf(paginate))).code).toBe('api.loop');
      const all = [...ids(1, 1), ...ids(2, 2), ...ids(2, 2)];
      expect(await rowsOf({ ...paginate, repeatedPages: 'accept' })).toEqual(all);
      pages(ids(1, 2), ids(2, 2), ids(2, 2));
      expect(await rowsOf(paginate)).toEqual([...ids(1, 2), ...ids(2, 2), ...ids(2, 2)]);
    }
  });

  it('pages in another order: all rows, in the order in which they came; an error where the answer tells its number', async () => {
    const order = [0, 1, 3, 2, 4, 5];
    server.handle = (response, url) => {
      const page = order[pageOf(url)] ?? 5;
      json(response, { items: threes(page), meta: { page } });
    };
    expect(await rowsOf(byPage)).toEqual([...ids(1, 3), ...ids(7, 9), ...ids(4, 6), ...ids(10, 12)]);
    const error = await errorOf(rowsOf({ ...byPage, current: 'meta.page' }));
    expect([error.code, error.message]).toEqual([
      'api.wrong_page',
      expect.stringContaining('page 2 was asked for, and by "meta.page" this is page 3'),
    ]);
    expect((await errorOf(rowsOf({ ...byPage, current: 'meta.no' }))).code).toBe('api.wrong_page');
  });

  it.each<[string, (page: number) => { id: number }[]]>([
    ['smaller', (page) => (page < 3 ? ids(4 * page - 3, 4 * page) : ids(2 * page - 1, Math.min(12, 2 * page)))],
    ['larger', (page) => (page < 3 ? ids(2 * page - 1, 2 * page) : ids(4 * page - 3, Math.min(12, 4 * page)))],
    ['smaller for one page', (page) => (page === 2 ? ids(4, 5) : threes(page))],
  ])('pages that become %s: an error by number, all rows by offset', async (_name, items) => {
    server.handle = (response, url) => json(response, { items: items(pageOf(url)), total: 12 });
    const error = await errorOf(rowsOf(byPage));
    expect([error.code, error.retryable]).toEqual(['api.uneven_pages', false]);
    // A total may fit, though some came twice and others are missing.
    expect((await errorOf(rowsOf({ ...byPage, until: { totalRecords: 'total' } }))).code).toBe('api.uneven_pages');
    let size = 4;
    server.handle = (response, url) => {
      const skip = Number(url.searchParams.get('skip'));
      json(response, { items: ids(skip + 1, Math.min(12, skip + Math.max(1, size--))) });
    };
    expect(await rowsOf({ kind: 'offset', param: 'skip' })).toEqual(ids(1, 12));
  });

  it('uneven pages are taken where the user says that they may be so; a total must fit all the same', async () => {
    const pages = [ids(1, 2), ids(3, 3), ids(4, 8), []];
    let total = 8;
    server.handle = (response, url) => json(response, { items: pages[pageOf(url) - 1], total });
    const uneven = { ...byPage, unevenPages: 'accept' } as const;
    expect(await rowsOf(uneven)).toEqual(ids(1, 8));
    const counted = { ...uneven, until: { totalRecords: 'total' } };
    expect(await rowsOf(counted)).toEqual(ids(1, 8));
    total = 9;
    expect((await errorOf(rowsOf(counted))).code).toBe('api.incomplete');
    total = 7;
    expect((await errorOf(rowsOf(counted))).code).toBe('api.too_many_records');
  });

  it.each<[string, Paginate]>([
    ['by cursor', { kind: 'cursor', param: 'at', next: 'next' }],
    ['by url', { kind: 'next-link', next: 'url' }],
  ])('a next page that was there before, %s: an error', async (_name, paginate) => {
    let count = 0;
    server.handle = (response, url) => {
      const next = { a: 'b', b: 'a' }[url.searchParams.get('at') ?? 'b'];
      count += 1;
      json(response, { items: ids(count, count), next, url: `/?at=${next}` });
    };
    expect((await errorOf(rowsOf(paginate))).code).toBe('api.loop');
    expect(server.asked).toHaveLength(3);
  });

  it('pages without end: an error at maxPages', async () => {
    server.handle = (response, url) => json(response, { items: ids(pageOf(url), pageOf(url)) });
    const error = await errorOf(rowsOf({ ...byPage, maxPages: 20 }));
    expect([error.code, server.asked.length]).toEqual(['api.too_many_pages', 20]);
  });

  it('another host, by redirect or link: an error, and nothing is sent there', async () => {
    other.handle = (response) => json(response, { items: ids(2, 2) });
    for (const to of [`${other.base}/x`, `http://127.0.0.1.nip.example/`, `https://${new URL(server.base).host}/`]) {
      server.handle = (response, url) =>
        url.pathname === '/moved'
          ? json(response, '', 307, { location: `${to}?who=${secret}` })
          : json(response, { items: ids(1, 1), next: to });
      const link = await errorOf(rowsOf({ kind: 'next-link', next: 'next' }));
      const moved = await errorOf(read.api(`${server.base}/moved`, options).rows());
      const posted = await errorOf(read.api(`${server.base}/moved`, { ...options, body: {} }).rows());
      expect([link.code, moved.code, posted.code]).toEqual(Array(3).fill('api.foreign_origin'));
    }
    expect(other.asked).toEqual([]);
  });

  it('a secret in a body or in the url is not sent to another server either', async () => {
    const away = `${other.base}/away`;
    const link: Paginate = { kind: 'next-link', next: 'next' };
    const plain = { schema: options.schema, records: 'items', retry };
    other.handle = (response) => json(response, { items: ids(2, 2) });
    server.handle = (response, url) => {
      const to = url.searchParams.has('echo') ? `${away}?sent=${url.searchParams.get('api_key')}` : away;
      if (url.pathname === '/moved') json(response, '', 307, { location: to });
      else json(response, { items: ids(1, 1), next: to });
    };
    const body = { where: [{ api_key: secret }] };
    const query = `?echo=1&api_key=${secret}`;
    for (const work of [
      read.api(`${server.base}/moved`, { ...plain, body }),
      read.api(server.base, { ...plain, body, paginate: link }),
      read.api(server.base, { ...plain, body: () => body, paginate: link }),
      read.api(`${server.base}/moved${query}`, plain),
      read.api(`${server.base}${query}`, { ...plain, paginate: link }),
    ]) {
      expect((await errorOf(work.rows())).code).toBe('api.foreign_origin');
    }
    expect(other.asked).toEqual([]);
    // What has no secret goes there.
    const open = { ...plain, body: { day: 1 }, paginate: link };
    expect(await read.api(server.base, open).rows()).toEqual(ids(1, 2));
    expect(await read.api(`${server.base}/moved?api_key=${secret}`, plain).rows()).toEqual(ids(2, 2));
    expect(JSON.stringify(other.asked)).not.toContain(secret);
  });

  it('the rows before an error are not left behind as a smaller result', async () => {
    server.handle = (response, url) =>
      pageOf(url) < 3 ? json(response, { items: threes(pageOf(url)) }) : json(response, '', 500);
    const frame = read.api(server.base, { ...options, paginate: byPage, onBadRow: 'quarantine' });
    await errorOf(frame.count());
    await errorOf(frame.rows());
    server.handle = (response, url) => json(response, { items: threes(pageOf(url)) });
    expect(await frame.count()).toBe(12);
  });
});
