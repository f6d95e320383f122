import { existsSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** The versions of Airflow for which DAG files are made. */
export const AIRFLOWS = ['2.10', '3'] as const;

/** The folder of the programs of an Airflow that this machine has; undefined where it has none. */
export function installedAirflow(version: (typeof AIRFLOWS)[number]): string | undefined {
  const { MILLRACE_AIRFLOW, XDG_CACHE_HOME } = process.env;
  const cache = XDG_CACHE_HOME ?? path.join(os.homedir(), '.cache');
  const folder = path.join(MILLRACE_AIRFLOW ?? path.join(cache, 'millrace', 'airflow'), version, 'bin');
  return existsSync(path.join(folder, 'airflow')) ? folder : undefined;
}

export const HOW_TO_INSTALL_AIRFLOW = 'bash .ci/airflow installs both versions from PyPI';
