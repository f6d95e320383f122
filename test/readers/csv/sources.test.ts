import { spawnSync } from 'node:child_process';
import { createReadStream, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();

const schema = { a: t.int(), b: t.string().nullable() };
const content = 'a,b\n1,x\n2,\n';
const rows = [
  { a: 1, b: 'x' },
  { a: 2, b: null },
];

let handle: (request: IncomingMessage, response: ServerResponse) => void;
let asked: string[] = [];
const server = createServer((request, response) => {
  asked.push(`${request.url} ${request.headers.authorization ?? '-'}`);
  handle(request, response);
});
let base = '';
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  asked = [];
});
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await session.close();
});

describe('urls', () => {
  test('are fetched once a session, in both modes, and told by their url', async () => {
    handle = (_, response) => response.end(`${content}y,z\n`);
    const url = `${base}/sales.csv`;
    const frame = read.csv(url, { schema, onBadRow: 'quarantine', origin: { file: 'file' } });
    expect(await frame.rows()).toEqual(rows.map((row) => ({ ...row, file: url })));
    expect(await frame.quarantine().rows()).toMatchObject([{ source: url, line: 4, raw: 'y,z' }]);
    expect(asked).toHaveLength(1);
    await frame.refresh();
    expect(await frame.count()).toBe(2);
    expect(asked).toHaveLength(2);
    await expect(read.csv(url, { schema }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      message: expect.stringContaining(`${url}, line 4, column "a": "y" is not an int`),
    });
  });

  test('with paths beside them, in order', async () => {
    handle = (_, response) => response.end('a,b\n3,y\n');
    const path = write('local.csv', content);
    expect(
      await read.csv([path, new URL(`${base}/x`), pathToFileURL(write('last.csv', 'b,a\nz,4\n'))], { schema }).rows(),
    ).toEqual([...rows, { a: 3, b: 'y' }, { a: 4, b: 'z' }]);
  });

  test('may be compressed on the way, in themselves, or both', async () => {
    const once = gzipSync(content);
    for (const [encoding, body] of [
      ['gzip', once],
      ['identity', once],
      ['gzip', gzipSync(once)],
    ] as const) {
      handle = (_, response) => response.setHeader('content-encoding', encoding).end(body);
      expect(await read.csv(`${base}/sales.csv.gz`, { schema }).rows()).toEqual(rows);
    }
  });

  test.each([404, 403, 204, 301])('status %i is an error with url and status, not tried again', async (status) => {
    handle = (_, response) => response.writeHead(status).end();
    await expect(read.csv(`${base}/none?token=hidden1`, { schema }).rows()).rejects.toMatchObject({
      code: 'csv.status',
      retryable: false,
      message: expect.stringContaining(`${base}/none?token=***: the server answered ${status}`),
      details: { url: `${base}/none?token=***`, status },
    });
    expect(asked).toHaveLength(1);
  });

  test('a server that is busy is asked again', async () => {
    handle = (_, response) => {
      if (asked.length === 1) response.writeHead(503).end();
      else response.end(content);
    };
    expect(await read.csv(`${base}/busy`, { schema }).rows()).toEqual(rows);
    handle = (_, response) => response.writeHead(500).end();
    await expect(read.csv(`${base}/down`, { schema, attempts: 1 }).rows()).rejects.toMatchObject({
      code: 'csv.status',
      retryable: true,
    });
  });

  test('a body that is cut off is an error, never fewer rows', async () => {
    const long = `a,b\n${'1,x\n'.repeat(20_000)}`;
    const packed = gzipSync(long);
    const cuts: ((response: ServerResponse) => void)[] = [
      (response) => {
        response.writeHead(200, { 'content-length': String(long.length) });
        response.write(long.slice(0, 40_000), () => response.destroy());
      },
      (response) => {
        response.write(long.slice(0, 40_000), () => response.destroy());
      },
      (response) => response.setHeader('content-encoding', 'gzip').end(packed.subarray(0, packed.length - 12)),
    ];
    for (const cut of cuts) {
      handle = (_, response) => cut(response);
      await expect(read.csv(`${base}/cut`, { schema, attempts: 1 }).count()).rejects.toMatchObject({
        code: 'csv.network',
        retryable: true,
        message: expect.stringContaining(`GET ${base}/cut: `),
      });
    }
  });

  test('redirects are followed; headers go to their own origin alone', async () => {
    const other = createServer((request, response) => {
      asked.push(`other ${request.headers.authorization ?? '-'}`);
      response.end(content);
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const away = `http://127.0.0.1:${(other.address() as AddressInfo).port}/`;
    handle = ({ url }, response) => response.writeHead(302, { location: url === '/a' ? '/b' : away }).end();
    const headers = { authorization: 'Bearer secret' };
    expect(await read.csv(`${base}/a`, { schema, headers }).rows()).toEqual(rows);
    expect(asked).toEqual(['/a Bearer secret', '/b Bearer secret', 'other -']);
    other.close();
  });

  test('a signal ends the fetching, and nothing is left', async () => {
    handle = (_, response) => {
      response.write('a,b\n1,x\n');
    };
    const stop = new AbortController();
    const run = read.csv(`${base}/slow`, { schema }).rows({ signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(run).rejects.toThrow('enough');
  });

  test('where nobody answers is an error that says so', async () => {
    await expect(read.csv('http://127.0.0.1:9/x.csv', { schema, attempts: 1 }).rows()).rejects.toMatchObject({
      code: 'csv.network',
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });
});

describe('folders', () => {
  const root = mkdtempSync(join(tmpdir(), 'millrace-folders-'));
  afterAll(() => rmSync(root, { recursive: true, force: true }));
  const put = (path: string, text: string | Uint8Array): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  put('year=2023/region=north/1.csv', 'a,b\n1,x\n');
  put('year=2024/region=__HIVE_DEFAULT_PARTITION__/1.csv', 'b,a\ny,2\n');
  put('year=2024/region=s%C3%BCd%2Fwest/1.csv.gz', gzipSync('a,b\n3,\n'));
  put('year=2024/readme.txt', 'no data');
  const typed = { ...schema, year: t.int(), region: t.string().nullable() };
  const all = [
    { a: 1, b: 'x', year: 2023, region: 'north' },
    { a: 2, b: 'y', year: 2024, region: null },
    { a: 3, b: null, year: 2024, region: 'süd/west' },
  ];

  test('are read at any depth, folders named column=value as typed columns, in place and copied', async () => {
    for (const options of [{}, { comment: '#' }, { onBadRow: 'quarantine' }] as const) {
      expect(await read.csv(root, { schema: typed, ...options }).rows()).toEqual(all);
    }
    expect(await read.csv(`${root}/`).rows()).toEqual(
      all.map((row) => ({ ...row, a: `${row.a}`, year: `${row.year}` })),
    );
  });

  test('whose names do not fit are told as bad rows', async () => {
    const wrong = { ...typed, region: t.int().nullable() };
    await expect(read.csv(root, { schema: wrong }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      details: { column: 'region', value: 'north', line: 2 },
    });
  });

  test('a column that stands in the file too is an error', async () => {
    const both = mkdtempSync(join(tmpdir(), 'millrace-both-'));
    mkdirSync(join(both, 'a=1'));
    writeFileSync(join(both, 'a=1', 'x.csv'), content);
    await expect(read.csv(both, { schema }).rows()).rejects.toMatchObject({ code: 'csv.duplicate_column' });
    rmSync(both, { recursive: true });
  });
});

test('what is written aside goes when it was read, when it failed, and when it was only looked at', async () => {
  const tempDirectory = mkdtempSync(join(tmpdir(), 'millrace-temp-'));
  const own = createSession({ threads: 1, tempDirectory });
  const files = (): string[] =>
    readdirSync(tempDirectory, { recursive: true })
      .map(String)
      .filter((name) => /work-|\.csv/.test(name));
  const utf16 = write('16.csv', Buffer.from(`\ufeff${content}`, 'utf16le'));
  const frame = own.read.csv(utf16, { schema });
  expect(await frame.explain()).toContain('16.csv');
  expect(files()).toEqual([]);
  expect(await frame.rows()).toEqual(rows);
  expect(await own.read.csv(Readable.from([Buffer.from(content)]), { schema, comment: '#' }).rows()).toEqual(rows);
  await expect(own.read.csv(utf16, { schema: { a: t.int(), b: t.int() } }).rows()).rejects.toMatchObject({
    code: 'csv.bad_row',
  });
  expect(files()).toEqual([]);
  await own.close();
  rmSync(tempDirectory, { recursive: true, force: true });
});

describe('streams', () => {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (const byte of Buffer.from(`${content}é,1\n`)) yield Uint8Array.of(byte);
  }

  test.each([
    ['of Node', () => createReadStream(write('s.csv', content))],
    ['of strings', () => Readable.from(['a,b\n1', ',x\n2,\n'])],
    ['of the web', () => new Blob([content]).stream()],
    ['compressed', () => Readable.from([gzipSync(content)])],
  ])('%s', async (_, open) => {
    const frame = read.csv(open(), { schema });
    expect(await frame.rows()).toEqual(rows);
    expect(await frame.filter((r) => r.a.gt(1)).count()).toBe(1);
    const anew = read.csv(open, { schema });
    expect(await anew.count()).toBe(2);
    await anew.refresh();
    expect(await anew.rows()).toEqual(rows);
  });

  test('cut anywhere, with a bad row told by its line', async () => {
    const frame = read.csv(pieces(), { schema, onBadRow: 'quarantine', comment: '#' });
    expect(await frame.rows()).toEqual(rows);
    expect(await frame.quarantine().rows()).toMatchObject([{ source: 'stream', line: 4, value: 'é', raw: 'é,1' }]);
    await expect(read.csv(pieces(), { schema }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      message: expect.stringContaining('stream, line 4, column "a": "é" is not an int'),
    });
  });

  test('are read once', async () => {
    const frame = read.csv(Readable.from([Buffer.from(content)]), { schema });
    expect(await frame.count()).toBe(2);
    await frame.refresh();
    await expect(frame.count()).rejects.toMatchObject({ code: 'csv.stream_read' });
    const taken = createReadStream(write('s.csv', content));
    for await (const _ of taken);
    await expect(read.csv(taken, { schema }).count()).rejects.toMatchObject({ code: 'csv.stream_read' });
  });

  test('that fail, or give what are no bytes, end the run', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(content);
      throw new Error('the line dropped');
    }
    await expect(read.csv(broken(), { schema }).count()).rejects.toMatchObject({
      code: 'csv.stream',
      message: expect.stringContaining('the line dropped'),
    });
    await expect(read.csv(Readable.from([{ a: 1 }]), { schema }).count()).rejects.toMatchObject({ code: 'csv.stream' });
    await expect(read.csv(42 as never, { schema }).count()).rejects.toMatchObject({ code: 'csv.option' });
  });

  test('that never answer end with the signal', async () => {
    async function* silent(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a,b\n');
      await new Promise(() => undefined);
    }
    const stop = new AbortController();
    const run = read.csv(silent(), { schema }).rows({ signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 50);
    await expect(run).rejects.toThrow('enough');
  });

  test('need a schema', () => {
    expect(() => read.csv(Readable.from([content]))).toThrow(expect.objectContaining({ code: 'csv.schema' }));
    expect(() => read.csv(`${base}/x`)).toThrow(expect.objectContaining({ code: 'csv.schema' }));
  });
});

test("'-' is standard input", () => {
  const index = new URL('../../../src/index.ts', import.meta.url);
  const script = `import { read, t } from ${JSON.stringify(index.href)};
    console.log(await read.csv('-', { schema: { a: t.int(), b: t.string().nullable() } }).rows());`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
    input: content,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout).toBe("[ { a: 1, b: 'x' }, { a: 2, b: null } ]\n");
});
