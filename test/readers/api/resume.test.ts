import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';
import { ids, json, TestServer } from '../../support/http.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const server = new TestServer();
const { folder: root } = inputFolder();
const schema = { id: t.int() };
const paginate = { kind: 'page', param: 'page' } as const;
const retry = { attempts: 1 };

afterAll(() => session.close());

let folders = 0;
const newFolder = (): string => join(root, `pages-${folders++}`);
const stored = (folder: string): string[] => readdirSync(folder).filter((name) => name.endsWith('.page'));

/** Three records a page, five pages; from `broken` on there is an error. */
function serve(broken = Number.POSITIVE_INFINITY): void {
  server.handle = (response, url) => {
    const page = Number(url.searchParams.get('page'));
    if (page >= broken) json(response, { message: 'down' }, 500);
    else json(response, page > 5 ? [] : ids(3 * page - 2, 3 * page));
  };
}

describe('resume', () => {
  it('goes on after a process was killed, without a page twice', async () => {
    const folder = newFolder();
    const index = pathToFileURL(resolve(import.meta.dirname, '../../../src/index.ts')).href;
    const script = join(root, 'read.mts');
    writeFileSync(
      script,
      `import { read, t } from ${JSON.stringify(index)};
       const [url, folder] = process.argv.slice(2);
       await read.api(url, { schema: { id: t.int() }, paginate: { kind: 'page', param: 'page' }, resume: { folder } }).count();`,
    );
    let reached: () => void = () => undefined;
    const third = new Promise<void>((done) => {
      reached = done;
    });
    // The third page never comes.
    server.handle = (response, url) => {
      const page = Number(url.searchParams.get('page'));
      if (page === 3) reached();
      else json(response, ids(3 * page - 2, 3 * page));
    };
    const child = spawn(process.execPath, ['--import', 'tsx', script, server.base, folder], {
      cwd: resolve(import.meta.dirname, '../../..'),
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const ended = new Promise((done) => child.on('exit', (_code, signal) => done(signal)));
    await third;
    child.kill('SIGKILL');
    expect(await ended).toBe('SIGKILL');
    expect(stored(folder)).toHaveLength(2);
    server.asked = [];
    serve();
    expect(await read.api(server.base, { schema, paginate, resume: { folder } }).rows()).toEqual(ids(1, 15));
    expect(server.paths).toEqual([3, 4, 5, 6].map((page) => `/?page=${page}`));
    // All has been read: nothing is left.
    expect(() => readdirSync(folder)).toThrow('ENOENT');
  });

  it('asks again for pages that are damaged, cut off or old', async () => {
    const folder = newFolder();
    serve(5);
    const frame = read.api(server.base, { schema, paginate, retry, resume: { folder } });
    await expect(frame.rows()).rejects.toMatchObject({ code: 'api.status' });
    const [first = '', second = '', third = ''] = stored(folder).map((name) => join(folder, name));
    const bytes = readFileSync(first);
    writeFileSync(first, bytes.subarray(0, bytes.length - 3));
    const other = readFileSync(second);
    other[other.length - 3] = (other[other.length - 3] ?? 0) ^ 1;
    writeFileSync(second, other);
    utimesSync(third, new Date(0), new Date(0));
    server.asked = [];
    serve();
    expect(await frame.rows()).toEqual(ids(1, 15));
    expect(server.asked).toHaveLength(5);
  });

  it('keeps pages where asked to, for later sessions, until refresh', async () => {
    const folder = newFolder();
    serve();
    const options = { schema, paginate, resume: { folder, keep: true } };
    expect(await read.api(server.base, options).count()).toBe(15);
    expect(stored(folder)).toHaveLength(6);
    server.asked = [];
    const again = read.api(server.base, options);
    expect(await again.rows()).toEqual(ids(1, 15));
    expect(server.asked).toEqual([]);
    await again.refresh();
    expect(await again.count()).toBe(15);
    expect(server.asked).toHaveLength(6);
    // Another request is another page.
    expect(await read.api(`${server.base}/?q=1`, options).count()).toBe(15);
    expect(server.asked).toHaveLength(12);
  });

  it('keeps what leads on from a page, whatever it stands in', async () => {
    const folder = newFolder();
    let down = true;
    server.handle = (response, url) => {
      const at = Number(url.searchParams.get('after') ?? 1);
      if (at === 3 && down) json(response, '', 503);
      else
        json(response, ids(at, at), 200, at === 3 ? {} : { 'x-next': String(at + 1), 'set-cookie': 'session=hunter2' });
    };
    const cursor = { kind: 'cursor', param: 'after', next: { header: 'x-next' } } as const;
    const frame = read.api(server.base, {
      schema,
      paginate: cursor,
      retry,
      resume: { folder },
      headers: { 'x-key': 'hunter2' },
    });
    await expect(frame.rows()).rejects.toMatchObject({ code: 'api.status' });
    expect(
      stored(folder)
        .map((name) => readFileSync(join(folder, name), 'utf8'))
        .join(),
    ).not.toContain('hunter2');
    [down, server.asked] = [false, []];
    expect(await frame.rows()).toEqual(ids(1, 3));
    expect(server.asked).toHaveLength(1);
  });

  it('leaves alone what is not its own', async () => {
    const folder = newFolder();
    mkdirSync(folder);
    writeFileSync(join(folder, 'notes.txt'), 'mine');
    serve();
    await read.api(server.base, { schema, paginate, resume: { folder } }).count();
    expect(readdirSync(folder)).toEqual(['notes.txt']);
  });

  it('stores no page that is refused', async () => {
    const folder = newFolder();
    server.handle = (response) => json(response, '[{"id": 1}');
    await expect(read.api(server.base, { schema, retry, resume: { folder } }).rows()).rejects.toMatchObject({
      code: 'api.not_json',
    });
    server.handle = (response) => json(response, ids(1, 1));
    expect(await read.api(server.base, { schema, retry, resume: { folder } }).rows()).toEqual(ids(1, 1));
  });

  /** Reads until page 3 is refused, and again when the server is well: what is asked for then. */
  async function askedAfter(code: string, broken: object | string, options: object): Promise<string[]> {
    const folder = newFolder();
    let isBroken = true;
    server.handle = (response, url) => {
      const page = Number(url.searchParams.get('page'));
      const items = page > 5 ? [] : ids(3 * page - 2, 3 * page);
      json(response, isBroken && page === 3 ? broken : { items, page, total: 15 });
    };
    const read3 = (): Promise<unknown[]> =>
      read.api(server.base, { schema, records: 'items', paginate, retry, resume: { folder }, ...options }).rows();
    await expect(read3()).rejects.toMatchObject({ code });
    [isBroken, server.asked] = [false, []];
    expect(await read3()).toEqual(ids(1, 15));
    return server.paths.map((path) => path.slice('/?page='.length));
  }

  const current = { paginate: { ...paginate, current: 'page' } };
  const total = { paginate: { ...paginate, until: { totalRecords: 'total' } } };
  it.each<[string, string, object | string, object, string]>([
    ['another page', 'api.wrong_page', { items: ids(1, 3), page: 1 }, current, '3 4 5 6'],
    [
      'another page, among some at once',
      'api.wrong_page',
      { items: [], page: 1 },
      { paginate: { ...current.paginate, ...total.paginate }, concurrency: 3 },
      '3 4 5',
    ],
    ['no JSON', 'api.not_json', 'down', {}, '3 4 5 6'],
    ['a record that does not fit', 'api.bad_row', { items: [{ id: 'x' }, ...ids(8, 9)] }, {}, '3 4 5 6'],
    ['too early an end', 'api.incomplete', { items: [], total: 15 }, total, '3 4 5'],
    ['too many records', 'api.too_many_records', { items: ids(7, 9), total: 8 }, total, '3 4 5'],
    ['a page again', 'api.loop', { items: ids(1, 3) }, {}, '2 3 4 5 6'],
    ['a smaller page', 'api.uneven_pages', { items: ids(7, 8) }, {}, '3 4 5 6'],
  ])('asks again for a page that was refused: %s', async (_name, code, broken, options, asked) => {
    expect((await askedAfter(code, broken, options)).sort().join(' ')).toBe(asked);
  });

  it('asks no second time where the folder cannot be written to, and names it', async () => {
    const file = newFolder();
    writeFileSync(file, 'mine');
    serve();
    for (const folder of [file, join(file, 'pages')]) {
      server.asked = [];
      const frame = read.api(server.base, { schema, paginate, resume: { folder } });
      await expect(frame.rows()).rejects.toMatchObject({
        code: 'api.resume',
        retryable: false,
        details: { folder },
        message: expect.stringContaining(JSON.stringify(folder)),
      });
      expect(server.asked).toHaveLength(1);
    }
    expect(readFileSync(file, 'utf8')).toBe('mine');
  });

  it('forgets a page that later options refuse', async () => {
    const folder = newFolder();
    server.handle = (response, url) => {
      const page = Number(url.searchParams.get('page'));
      json(response, { items: page > 2 ? [] : ids(page, page), page: server.asked.length === 2 ? 7 : page });
    };
    const options = { schema, records: 'items', paginate, resume: { folder, keep: true } };
    expect(await read.api(server.base, options).count()).toBe(2);
    const checked = read.api(server.base, { ...options, ...current });
    await expect(checked.count()).rejects.toMatchObject({ code: 'api.wrong_page' });
    server.asked = [];
    expect(await checked.count()).toBe(2);
    expect(server.paths).toEqual(['/?page=2']);
  });

  it('asks for all pages where those that were kept never fit what comes', async () => {
    const folder = newFolder();
    let total = 4;
    server.handle = (response, url) => {
      const offset = Number(url.searchParams.get('at'));
      json(response, { items: ids(offset + 1, Math.min(offset + 2, 4)), total });
      // The first page is of another time than the rest.
      total = 3;
    };
    const frame = read.api(server.base, {
      schema,
      records: 'items',
      paginate: { kind: 'offset', param: 'at', until: { totalRecords: 'total' } },
      retry,
      resume: { folder },
    });
    for (const kept of [1, 0]) {
      await expect(frame.rows()).rejects.toMatchObject({ code: 'api.too_many_records' });
      expect(stored(folder)).toHaveLength(kept);
    }
  });
});
