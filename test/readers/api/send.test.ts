import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, expect, it } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { ids, TestServer } from '../../support/http.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const server = new TestServer();
const options = { schema: { id: t.int() }, retry: { attempts: 1 } };
const body = JSON.stringify(ids(1, 1000));

afterAll(() => session.close());

it.each([
  ['none', 'identity', Buffer.from(body)],
  ['gzip', 'gzip', gzipSync(body)],
  ['gzip, by its old name', 'X-GZIP', gzipSync(body)],
  ['br', 'br', brotliCompressSync(body)],
  ['deflate', 'deflate', deflateSync(body)],
  ['two, one after the other', 'gzip, br', brotliCompressSync(gzipSync(body))],
])('a body is decompressed: %s', async (_name, encoding, bytes) => {
  server.handle = (response) => response.writeHead(200, { 'content-encoding': encoding }).end(bytes);
  expect(await read.api(server.base, options).rows()).toEqual(ids(1, 1000));
  expect(server.asked[0]?.headers).toMatchObject({ 'accept-encoding': 'gzip, br', 'user-agent': 'millrace' });
});

it('one that cannot be is an error', async () => {
  server.handle = (response) => response.writeHead(200, { 'content-encoding': 'zstd' }).end(gzipSync(body));
  await expect(read.api(server.base, options).rows()).rejects.toMatchObject({ code: 'api.not_json' });
  server.handle = (response) =>
    response.writeHead(200, { 'content-encoding': 'br' }).end(brotliCompressSync(body).subarray(0, -9));
  await expect(read.api(server.base, options).rows()).rejects.toMatchObject({ code: 'api.network', retryable: true });
});

it('what the user says goes before what is usual', async () => {
  server.handle = (response) => response.end(body);
  const headers = { 'user-agent': 'jo', 'accept-encoding': 'identity', accept: 'application/vnd.api+json' };
  await read.api(server.base, { ...options, headers }).count();
  expect(server.asked[0]?.headers).toMatchObject(headers);
});
