import { afterAll, describe, expect, test } from 'vitest';
import { type Paginate, read, t } from '../../src/index.ts';
import { fakeApi } from '../../src/testing/index.ts';

const records = Array.from({ length: 7 }, (_, id) => ({ id }));
const schema = { id: t.int() };
const api = await fakeApi({
  '/page': { records, pages: 'page', pageSize: 3 },
  '/offset': { records, pages: 'offset', pageSize: 3, under: 'result.items' },
  '/cursor': { records, pages: 'cursor', pageSize: 3 },
  '/link': { records, pages: 'link', pageSize: 3 },
  '/next': { records, pages: 'next', pageSize: 3 },
  '/secret': { records, token: 'open sesame' },
  '/broken': {
    records,
    failures: [503, 'reset', 'truncated', { status: 429, headers: { 'retry-after': '0' } }, undefined],
  },
  '/silent': { records, failures: ['silent', undefined], delay: 5 },
  '/echo': ({ query }) => [{ id: Number(query.id) }],
});
afterAll(() => api.close());

describe('every kind of pages is read to its end', () => {
  test.each<[string, Paginate, string?]>([
    ['/page', { kind: 'page', param: 'page', unevenPages: 'accept' }],
    ['/offset', { kind: 'offset', param: 'offset' }, 'result.items'],
    ['/cursor', { kind: 'cursor', param: 'cursor', next: 'next_cursor' }, 'data'],
    ['/link', { kind: 'next-link' }],
    ['/next', { kind: 'next-link', next: 'next' }, 'data'],
  ])('%s', async (path, paginate, under) => {
    const options = { schema, paginate, ...(under === undefined ? {} : { records: under }) };
    expect(await read.api(`${api.url}${path}`, options).rows()).toEqual(records);
  });
});

test('failures come in turn, and then a good answer', async () => {
  const rows = await read.api(`${api.url}/broken`, { schema, retry: { baseDelay: 1 } }).rows();
  expect(rows).toEqual(records);
  expect(api.requests.filter(({ path }) => path === '/broken')).toHaveLength(5);
});

test('an answer that never comes', async () => {
  expect(await read.api(`${api.url}/silent`, { schema, timeout: 200, retry: { baseDelay: 1 } }).count()).toBe(7);
});

test('a token, a function for a route, and a path that there is not', async () => {
  expect(await read.api(`${api.url}/secret`, { schema, auth: { kind: 'bearer', token: 'open sesame' } }).count()).toBe(
    7,
  );
  await expect(read.api(`${api.url}/secret`, { schema }).count()).rejects.toThrow('401');
  expect(await read.api(`${api.url}/echo`, { schema, params: { id: 5 } }).rows()).toEqual([{ id: 5 }]);
  await expect(read.api(`${api.url}/nowhere`, { schema }).count()).rejects.toThrow('404');
});
