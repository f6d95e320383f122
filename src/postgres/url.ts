import { access, constants } from 'node:fs/promises';
import { didYouMean, MillraceError } from '../errors.ts';
import { withoutPassword } from './errors.ts';
import { readService } from './service-file.ts';

/** A connection as the driver takes it. */
export interface Connection {
  readonly connectionString: string;
  /** As it may be shown. */
  readonly shown: string;
}

/**
 * A url with what a service adds to it: the one named by `?service=`, else by `PGSERVICE`. What the url says itself goes
 * first, then the service, then the driver's environment variables and `.pgpass`.
 */
export async function connectionOf(url: string, caller: string): Promise<Connection> {
  if (withoutPassword(url) === undefined) {
    throw new MillraceError({
      code: 'postgres.url',
      message: `${caller}: the connection is not a url of PostgreSQL. Write postgres://user:password@host:5432/database, or postgres:///?service=name.`,
    });
  }
  const made = new URL(url);
  const name = made.searchParams.get('service') ?? process.env.PGSERVICE;
  made.searchParams.delete('service');
  const given = made.searchParams;
  if (name !== undefined && name !== '') {
    for (const [parameter, value] of await readService(name, caller)) {
      if (isGiven(made, parameter)) continue;
      if (parameter === 'dbname') made.pathname = `/${encodeURIComponent(value)}`;
      else given.set(parameter, value);
    }
  }
  await checkTls(given, caller);
  const connectionString = name === undefined ? url : made.href;
  const of = name === undefined ? '' : ` (service ${name})`;
  return { connectionString, shown: `${shownPlace(made)}${of}` };
}

function isGiven(url: URL, parameter: string): boolean {
  if (url.searchParams.has(parameter)) return true;
  const parts: Readonly<Record<string, string>> = {
    host: url.hostname,
    port: url.port,
    user: url.username,
    password: url.password,
    dbname: url.pathname.replace(/^\//, ''),
  };
  return (parts[parameter] ?? '') !== '';
}

function shownPlace(url: URL): string {
  const host = url.hostname === '' ? (url.searchParams.get('host') ?? '') : url.hostname;
  const port = url.port === '' ? (url.searchParams.get('port') ?? '') : url.port;
  const user = url.username === '' ? (url.searchParams.get('user') ?? '') : decodeURIComponent(url.username);
  return `postgres://${user === '' ? '' : `${user}@`}${host}${port === '' ? '' : `:${port}`}${url.pathname}`;
}

const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify'];

/** The driver would take any other mode for one, and a file that is not there for a lost connection. */
async function checkTls(given: URLSearchParams, caller: string): Promise<void> {
  const mode = given.get('sslmode');
  if (mode !== null && !MODES.includes(mode)) {
    throw new MillraceError({
      code: 'postgres.url',
      message: `${caller}: sslmode is ${JSON.stringify(mode)}.${didYouMean(mode, MODES)} The modes are ${MODES.join(', ')}.`,
      details: { sslmode: mode },
    });
  }
  for (const parameter of ['sslrootcert', 'sslcert', 'sslkey']) {
    const path = given.get(parameter);
    if (path === null) continue;
    await access(path, constants.R_OK).catch((cause: unknown) => {
      throw new MillraceError({
        code: 'postgres.tls',
        message: `${caller}: ${parameter} is ${JSON.stringify(path)}, a file that cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
        details: { [parameter]: path },
        cause,
      });
    });
  }
}
