import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { didYouMean, MillraceError } from '../errors.ts';

/** What a service may say, and as which parameter of a url the driver knows it. */
const PARAMETERS: readonly string[] = [
  ...['host', 'port', 'dbname', 'user', 'password', 'options', 'application_name'],
  ...['sslmode', 'sslrootcert', 'sslcert', 'sslkey'],
];

/** A service's parameters by their names. */
export type Service = ReadonlyMap<string, string>;

/**
 * A service of the connection service files of PostgreSQL: the user's (`PGSERVICEFILE`, or `.pg_service.conf` in the home
 * folder), or else the machine's (`pg_service.conf` in the folder `PGSYSCONFDIR`).
 */
export async function readService(name: string, caller: string): Promise<Service> {
  const { PGSERVICEFILE, PGSYSCONFDIR } = process.env;
  const own = PGSERVICEFILE ?? join(homedir(), '.pg_service.conf');
  const files = [own, ...(PGSYSCONFDIR === undefined ? [] : [join(PGSYSCONFDIR, 'pg_service.conf')])];
  const known: string[] = [];
  for (const file of files) {
    const services = await servicesOf(file, caller);
    const service = services.get(name);
    if (service !== undefined) return service;
    known.push(...services.keys());
  }
  const names = known.length === 0 ? 'They have none.' : `They have ${known.join(', ')}.`;
  throw new MillraceError({
    code: 'postgres.service',
    message: `${caller}: no service ${JSON.stringify(name)} stands in ${files.join(' or ')}.${didYouMean(name, known)} ${names}`,
    details: { service: name, files, services: known },
  });
}

async function servicesOf(file: string, caller: string): Promise<ReadonlyMap<string, Service>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw new MillraceError({
      code: 'postgres.service',
      message: `${caller}: the service file ${file} cannot be read: ${error.message}.`,
      details: { file },
      cause: error,
    });
  });
  const services = new Map<string, Map<string, string>>();
  let current: Map<string, string> | undefined;
  for (const [i, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const refuse = (what: string): never => {
      // Never the line itself: it may hold a password.
      throw new MillraceError({
        code: 'postgres.service',
        message: `${caller}: ${file}, line ${i + 1}: ${what}.`,
        details: { file, line: i + 1 },
      });
    };
    const [, section] = /^\[(.+)\]$/.exec(line) ?? [];
    if (section !== undefined) {
      // The first of one name counts, as it does elsewhere.
      current = new Map();
      if (!services.has(section)) services.set(section, current);
      continue;
    }
    const at = line.indexOf('=');
    if (at <= 0) refuse('this is neither [service] nor parameter=value');
    if (current === undefined) refuse('a parameter stands before the first [service]');
    const name = line.slice(0, at).trim();
    if (!PARAMETERS.includes(name)) {
      refuse(
        `${JSON.stringify(name)} is not supported.${didYouMean(name, PARAMETERS)} The parameters are ${PARAMETERS.join(', ')}`,
      );
    }
    current?.set(name, line.slice(at + 1).trim());
  }
  return services;
}
