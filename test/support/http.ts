import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export type Handler = (response: ServerResponse, url: URL, asked: Asked) => void;

/** A real server for the tests of a file; what it is asked is kept until the next test. */
export class TestServer {
  handle: Handler = () => undefined;
  asked: Asked[] = [];
  base = '';
  readonly #server: Server;

  constructor() {
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const asked = { method, path: url, headers, body: Buffer.concat(chunks).toString() };
        this.asked.push(asked);
        this.handle(response, new URL(url, this.base), asked);
      });
    });
    beforeAll(async () => {
      await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
      this.base = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    });
    beforeEach(() => {
      this.asked = [];
    });
    afterAll(() => {
      this.#server.close();
      this.#server.closeAllConnections();
    });
  }

  get paths(): string[] {
    return this.asked.map(({ path }) => path);
  }
}

export function json(
  response: ServerResponse,
  body: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

/** Records of an id each, from the first number to the last. */
export function ids(first: number, last: number): { id: number }[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => ({ id: first + i }));
}
