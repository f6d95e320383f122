import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What becomes of one request. */
export type Fault =
  | 'pass'
  /** The connection is reset when so many bytes of the request's body have come. */
  | { readonly resetAfter: number }
  /** An answer that the store did not give. */
  | { readonly status: number; readonly code: string }
  /** The store does it, and its answer does not come back. */
  | 'lose answer'
  /** Nothing is ever answered. */
  | 'silence'
  /** The connection is reset when so many bytes of the answer's body have gone. */
  | { readonly cutAfter: number };

export interface Asked {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

export interface FaultProxy extends AsyncDisposable {
  readonly endpoint: string;
  /** Every request that came. */
  readonly asked: Asked[];
  /** Decides what becomes of a request; undefined lets all pass. */
  fault: ((asked: Asked) => Fault) | undefined;
}

/** Stands between a client and a store, and does to requests what networks do. */
export async function startProxy(target: string): Promise<FaultProxy> {
  const { hostname: host, port } = new URL(target);
  const asked: Asked[] = [];
  const forward = (req: IncomingMessage, res: ServerResponse, fault: Fault): void => {
    const { expect: _, ...headers } = req.headers;
    const onward = request({ host, port, method: req.method, path: req.url, headers }, (answer) => {
      if (fault === 'lose answer') {
        answer.resume();
        answer.on('end', () => res.destroy());
        return;
      }
      res.writeHead(answer.statusCode ?? 502, answer.headers);
      if (typeof fault === 'string' || !('cutAfter' in fault)) {
        answer.pipe(res);
        return;
      }
      let gone = 0;
      answer.on('data', (chunk: Buffer) => {
        const rest = fault.cutAfter - gone;
        gone += chunk.length;
        if (chunk.length < rest) res.write(chunk);
        else res.write(chunk.subarray(0, Math.max(0, rest)), () => req.socket.resetAndDestroy());
      });
      answer.on('end', () => res.end());
    });
    onward.on('error', () => res.destroy());
    req.pipe(onward);
  };
  const proxy = {
    asked,
    fault: undefined as FaultProxy['fault'],
  };
  const server = createServer((req, res) => {
    const one = { method: req.method ?? '', url: req.url ?? '', headers: req.headers };
    asked.push(one);
    const fault = proxy.fault?.(one) ?? 'pass';
    if (fault === 'silence') {
      req.resume();
    } else if (typeof fault === 'object' && 'status' in fault) {
      req.resume();
      req.on('end', () => {
        res.writeHead(fault.status, { 'content-type': 'application/xml' });
        res.end(`<?xml version="1.0"?><Error><Code>${fault.code}</Code><Message>as asked</Message></Error>`);
      });
    } else if (typeof fault === 'object' && 'resetAfter' in fault) {
      let come = 0;
      req.on('data', (chunk: Buffer) => {
        come += chunk.length;
        if (come >= fault.resetAfter) req.socket.resetAndDestroy();
      });
    } else forward(req, res, fault);
  });
  server.requestTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(proxy, {
    endpoint,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
