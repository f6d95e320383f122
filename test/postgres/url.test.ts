import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { MillraceError } from '../../src/index.ts';
import { connectionOf } from '../../src/postgres/url.ts';
import { inputFolder } from '../support/files.ts';

/* Urls of PostgreSQL, and the services that add to them. */

const NAMES = ['PGSERVICE', 'PGSERVICEFILE', 'PGSYSCONFDIR', 'HOME'] as const;
const before = NAMES.map((name) => [name, process.env[name]] as const);
const { folder, write } = inputFolder();

beforeEach(() => {
  for (const name of NAMES) delete process.env[name];
  process.env.HOME = folder;
});
afterEach(() => {
  for (const [name, value] of before) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** Writes a service file for the home folder. */
const services = (text: string): void => {
  process.env.HOME = path.dirname(write('.pg_service.conf', text));
};
const of = async (url: string) => (await connectionOf(url, 'load.postgres')).connectionString;
const refused = (url: string): Promise<MillraceError> =>
  connectionOf(url, 'load.postgres').then(
    () => expect.fail('it was taken'),
    (error: MillraceError) => error,
  );

test('a service adds what the url does not say', async () => {
  services(
    '# ours\n\n[other]\nhost=nowhere\n[warehouse]\nhost=db.example\nport=6432\r\ndbname=shop & co\nuser=ada\npassword=a=b#c\nsslmode=verify-full\n',
  );
  expect(await of('postgres://?service=warehouse')).toBe(
    'postgres:///shop%20%26%20co?host=db.example&port=6432&user=ada&password=a%3Db%23c&sslmode=verify-full',
  );
  expect(await of('postgres://me:secret@here:1/own?service=warehouse&sslmode=disable')).toBe(
    'postgres://me:secret@here:1/own?sslmode=disable',
  );
  const { shown } = await connectionOf('postgres://?service=warehouse', 'x');
  expect(shown).toBe('postgres://ada@db.example:6432/shop%20%26%20co (service warehouse)');
});

test('PGSERVICE and the files of the environment', async () => {
  services('[a]\nhost=of-home\n');
  const own = write('own.conf', '[a]\nhost=of-file\n[b]\nhost=b\n');
  const machine = write('pg_service.conf', '[a]\nhost=of-machine\n[c]\nhost=c\n');
  process.env.PGSERVICE = 'a';
  expect(await of('postgres://')).toBe('postgres://?host=of-home');
  process.env.PGSERVICEFILE = own;
  process.env.PGSYSCONFDIR = path.dirname(machine);
  expect(await of('postgres://')).toBe('postgres://?host=of-file');
  expect(await of('postgres://?service=c')).toBe('postgres://?host=c');
  delete process.env.PGSERVICE;
  expect(await of('postgres://u@h/d')).toBe('postgres://u@h/d');
});

test('a service that is not there is refused with those that are', async () => {
  services('[warehouse]\nhost=h\n');
  const { code, message } = await refused('postgres://?service=warehose');
  expect(code).toBe('postgres.service');
  expect(message).toMatch(
    /no service "warehose" stands in .*\.pg_service\.conf\. Did you mean "warehouse"\? They have/,
  );
});

test.each([
  ['[a]\nhost\n', 2, 'neither [service] nor parameter=value'],
  ['host=x\n[a]\n', 1, 'before the first [service]'],
  ['[a]\n\nsslmod=secret\n', 3, '"sslmod" is not supported. Did you mean "sslmode"?'],
])('what is no service file is refused with its line: %j', async (text, line, what) => {
  services(text);
  const { code, message, details } = await refused('postgres://?service=a');
  expect([code, details.line]).toEqual(['postgres.service', line]);
  expect(message).toContain(what);
  expect(message).not.toContain('secret');
});

test('modes and files of TLS that are not there are refused before anything connects', async () => {
  const mode = await refused('postgres://h/d?sslmode=verify_full');
  expect(mode.message).toContain('Did you mean "verify-full"? The modes are disable');
  const file = await refused(`postgres://h/d?sslmode=verify-full&sslrootcert=${folder}/none.pem`);
  expect([file.code, file.retryable]).toEqual(['postgres.tls', false]);
  expect((await refused('mysql://h/d')).code).toBe('postgres.url');
});
