import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Every so many requests the answer is: not now. */
const BUSY_EVERY = 6;

export interface FilmServer extends AsyncDisposable {
  readonly url: string;
  /** How many requests there were, and how many of them were told to come back later. */
  readonly requests: { readonly all: number; readonly refused: number };
}

/** An API as they are: films a page at a time, and now and then `429 Too Many Requests` with a time to wait. */
export async function serveFilms(file: URL): Promise<FilmServer> {
  const films = JSON.parse(await readFile(file, 'utf8')) as unknown[];
  const requests = { all: 0, refused: 0 };
  const server = createServer((request, response) => {
    requests.all += 1;
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    if (pathname !== '/films') return answer(404, { error: `There is nothing at ${pathname}.` });
    if (requests.all % BUSY_EVERY === 0) {
      requests.refused += 1;
      return answer(429, { error: 'Too many requests.' }, { 'retry-after': '1' });
    }
    const size = Number(searchParams.get('per_page') ?? 100);
    const page = Number(searchParams.get('page') ?? 1);
    answer(200, {
      page,
      pages: Math.ceil(films.length / size),
      films: films.slice((page - 1) * size, page * size),
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/films`,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
