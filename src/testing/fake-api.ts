import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** What goes wrong with an answer: a status, or what a bad connection does. */
export type FakeFailure =
  | number
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: unknown }
  /** The connection breaks before there is an answer. */
  | 'reset'
  /** The connection breaks in the middle of the body. */
  | 'truncated'
  /** There is never an answer. */
  | 'silent';

/** How pages are told apart, and how an answer tells of the next. */
export type FakePages =
  /** `?page=1`, up to an empty page. */
  | 'page'
  /** `?offset=0`, up to an empty page. */
  | 'offset'
  /** `?cursor=..`, the next one under `next_cursor`. */
  | 'cursor'
  /** The url of the next page in the header `Link`. */
  | 'link'
  /** The url of the next page under `next`. */
  | 'next';

/** What a fake API answers under one path. */
export interface FakeRoute {
  readonly records: readonly object[];
  /** Default: all records in one answer. */
  readonly pages?: FakePages;
  /** Records a page. Default 100. */
  readonly pageSize?: number;
  /** The path under which the records stand in the answer. Default: `data`; where pages are by number, the answer is the array. */
  readonly under?: string;
  /** What becomes of the first requests, in turn; `undefined` is a good answer. */
  readonly failures?: readonly (FakeFailure | undefined)[];
  /** Milliseconds before each answer. */
  readonly delay?: number;
  /** The bearer token without which the answer is 401. */
  readonly token?: string;
}

export interface FakeRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A running fake API; `await using` ends it. */
export interface FakeApi extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`, without a slash. */
  readonly url: string;
  /** What was asked so far. */
  readonly requests: readonly FakeRequest[];
  /** Ends the server. */
  close(): Promise<void>;
}

/**
 * A real HTTP server on this machine that answers pages of records, fails as it is told to and takes its time.
 *
 * @example
 * ```ts
 * import { read, t } from 'millrace';
 * import { fakeApi } from 'millrace/testing';
 * const api = await fakeApi({
 *   '/orders': { records: [{ id: 1 }, { id: 2 }, { id: 3 }], pages: 'page', pageSize: 2, failures: [503, 'reset'] },
 * });
 * const orders = read.api(`${api.url}/orders`, {
 *   schema: { id: t.int() },
 *   paginate: { kind: 'page', param: 'page', unevenPages: 'accept' },
 *   retry: { baseDelay: 1 },
 * });
 * console.log(await orders.count(), api.requests.length); // 3 5
 * await api.close();
 * ```
 *
 * A path that no route has is a 404, and so is a page that is no whole number. Functions are routes too: what they return is
 * the body.
 */
export async function fakeApi(
  routes: Readonly<Record<string, FakeRoute | ((request: FakeRequest) => unknown)>>,
): Promise<FakeApi> {
  const requests: FakeRequest[] = [];
  const failing = new Map<string, (FakeFailure | undefined)[]>(
    Object.entries(routes).flatMap(([path, route]) =>
      typeof route === 'function' ? [] : [[path, [...(route.failures ?? [])]]],
    ),
  );
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('error', () => undefined);
    incoming.on('end', () => {
      const { method = '', headers, url = '/' } = incoming;
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const body = Buffer.concat(chunks).toString();
      const request = { method, path: pathname, query: Object.fromEntries(searchParams), headers, body };
      requests.push(request);
      const route = routes[pathname];
      const base = `http://${headers.host ?? '127.0.0.1'}`;
      void answer(response, { route, request, base, failure: failing.get(pathname)?.shift() }).catch((error: unknown) =>
        send(response, 500, { error: String(error) }),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A test that forgets to close it still ends.
  server.unref();
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, close, [Symbol.asyncDispose]: close };
}

interface Asked {
  readonly route: FakeRoute | ((request: FakeRequest) => unknown) | undefined;
  readonly request: FakeRequest;
  readonly base: string;
  readonly failure: FakeFailure | undefined;
}

async function answer(response: ServerResponse, { route, request, base, failure }: Asked): Promise<void> {
  if (route === undefined) return send(response, 404, { error: `no route ${request.path}` });
  if (typeof route === 'function') return send(response, 200, await route(request));
  if (route.delay !== undefined) await sleep(route.delay);
  if (route.token !== undefined && request.headers.authorization !== `Bearer ${route.token}`) {
    return send(response, 401, { error: 'the token is missing or wrong' });
  }
  if (failure === 'silent') return;
  if (failure === 'reset') return void response.destroy();
  if (typeof failure === 'number') return send(response, failure, { error: `status ${failure}` });
  if (typeof failure === 'object') {
    return send(response, failure.status, failure.body ?? { error: `status ${failure.status}` }, failure.headers);
  }
  const page = pageOf(route, request, base);
  if (page === undefined) return send(response, 404, { error: 'there is no such page' });
  if (failure === 'truncated') return truncated(response, JSON.stringify(page.body));
  send(response, 200, page.body, page.headers);
}

interface Page {
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

function pageOf(
  { records, pages, pageSize = 100, under }: FakeRoute,
  request: FakeRequest,
  base: string,
): Page | undefined {
  if (pages === undefined) return { body: within(under, records) };
  const param = pages === 'offset' ? 'offset' : pages === 'cursor' ? 'cursor' : 'page';
  const asked = Number(request.query[param] ?? (param === 'page' ? 1 : 0));
  if (!Number.isSafeInteger(asked) || asked < 0) return undefined;
  const from = param === 'page' ? (asked - 1) * pageSize : asked;
  const part = records.slice(from, from + pageSize);
  const hasNext = from + pageSize < records.length;
  const url = new URL(request.path, base);
  for (const [name, value] of Object.entries(request.query)) url.searchParams.set(name, value);
  url.searchParams.set('page', String(asked + 1));
  switch (pages) {
    case 'page':
    case 'offset':
      return { body: within(under, part) };
    case 'cursor':
      return { body: { ...envelope(under, part), next_cursor: hasNext ? String(from + pageSize) : null } };
    case 'next':
      return { body: { ...envelope(under, part), next: hasNext ? url.href : null } };
    case 'link':
      return { body: within(under, part), headers: hasNext ? { link: `<${url.href}>; rel="next"` } : {} };
  }
}

const within = (under: string | undefined, records: readonly object[]): unknown =>
  under === undefined ? records : envelope(under, records);

function envelope(under: string | undefined, records: readonly object[]): object {
  return (under ?? 'data').split('.').reduceRight<unknown>((inner, name) => ({ [name]: inner }), records) as object;
}

function send(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function truncated(response: ServerResponse, body: string): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) });
  response.write(body.slice(0, Math.floor(body.length / 2)), () => response.destroy());
}
