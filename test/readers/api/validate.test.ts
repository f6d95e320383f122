import { afterAll, describe, expect, it } from 'vitest';
import { createSession, type StandardSchema, t } from '../../../src/index.ts';
import { json, TestServer } from '../../support/http.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const server = new TestServer();

afterAll(() => session.close());

interface Item {
  readonly id: number;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly { readonly price: number }[];
}

/** What zod, valibot and arktype make of a schema, in small: rules that no column can hold. */
function standard(wait: boolean): StandardSchema {
  const check = (value: unknown): Awaited<ReturnType<StandardSchema['~standard']['validate']>> => {
    const item = value as Item;
    const issues: { message: string; path?: (PropertyKey | { key: PropertyKey })[] }[] = [];
    if (item.from > item.to) issues.push({ message: 'ends before it begins' });
    for (const [i, line] of item.lines.entries()) {
      if (line.price < 0) issues.push({ message: 'must not be negative', path: ['lines', { key: i }, 'price'] });
    }
    return issues.length > 0 ? { issues } : { value: { ...item, id: 0 } };
  };
  return {
    '~standard': { version: 1, vendor: 'test', validate: wait ? async (value) => check(value) : check },
  };
}

const item = (id: unknown, from: string, to: string, ...prices: number[]): unknown => ({
  id,
  from,
  to,
  lines: prices.map((price) => ({ price })),
});

const pages = [
  [
    item(1, '2024-01-01', '2024-01-02', 1),
    item(2, '2024-02-01', '2024-01-02', 1),
    item(3, '2024-01-01', '2024-01-02', 5, -1),
  ],
  [
    item('four', '2024-01-01', '2024-01-02'),
    item(5, '2024-01-01', '2024-01-02'),
    item(6, '2024-03-01', '2024-01-02', -2),
  ],
  [],
];

const options = {
  schema: { id: t.int(), from: t.date() },
  records: 'items',
  paginate: { kind: 'page', param: 'page' },
} as const;

describe('validate', () => {
  it.each([
    ['at once', false],
    ['after a while', true],
  ])('puts aside what it does not take, with page and number, in order: %s', async (_name, wait) => {
    server.handle = (response, url) => json(response, { items: pages[Number(url.searchParams.get('page')) - 1] });
    const frame = read.api(server.base, { ...options, validate: standard(wait), onBadRow: 'quarantine' });
    // What a validator makes of a value is not used.
    expect(await frame.rows()).toEqual([
      { id: 1, from: '2024-01-01' },
      { id: 5, from: '2024-01-01' },
    ]);
    const source = (page: number): string => `${server.base}/?page=${page}`;
    expect(await frame.quarantine().rows()).toEqual([
      {
        source: source(1),
        line: 2,
        column: null,
        value: JSON.stringify(pages[0]?.[1]),
        reason: 'does not fit its schema: ends before it begins',
        raw: JSON.stringify(pages[0]?.[1]),
      },
      {
        source: source(1),
        line: 3,
        column: 'lines.1.price',
        value: '-1',
        reason: 'does not fit its schema: must not be negative',
        raw: JSON.stringify(pages[0]?.[2]),
      },
      {
        source: source(2),
        line: 1,
        column: 'id',
        value: 'four',
        reason: expect.stringContaining('is not an int'),
        raw: JSON.stringify(pages[1]?.[0]),
      },
      {
        source: source(2),
        line: 3,
        column: null,
        value: JSON.stringify(pages[1]?.[2]),
        reason: 'does not fit its schema: ends before it begins (and 1 more)',
        raw: JSON.stringify(pages[1]?.[2]),
      },
    ]);
  });

  it('ends a run in which nothing may be put aside', async () => {
    server.handle = (response) => json(response, { items: pages[0] });
    const frame = read.api(server.base, {
      ...options,
      paginate: { ...options.paginate, until: () => true },
      validate: standard(false),
    });
    await expect(frame.rows()).rejects.toMatchObject({
      code: 'api.bad_row',
      message: expect.stringContaining(
        `${server.base}/?page=1, record 2: does not fit its schema: ends before it begins. 1 more`,
      ),
    });
  });
});
