import { existsSync } from 'node:fs';
import path from 'node:path';

/** The MariaDB server that this machine has, with the scripts that fill a new one; undefined where it has none. */
export function installedMariadb(): { readonly server: string; readonly scripts: readonly string[] } | undefined {
  const folders = [...(process.env.PATH ?? '').split(path.delimiter), '/usr/sbin', '/usr/local/sbin'];
  const server = folders.map((folder) => path.join(folder, 'mariadbd')).find(existsSync);
  if (server === undefined) return undefined;
  const beside = ['mysql', 'mariadb', ''].map((name) => path.join(path.dirname(server), '..', 'share', name));
  for (const share of ['/usr/share/mysql', '/usr/share/mariadb', ...beside]) {
    for (const prefix of ['mysql', 'mariadb']) {
      const scripts = ['tables', 'tables_data'].map((part) => path.join(share, `${prefix}_system_${part}.sql`));
      if (scripts.every((script) => existsSync(script))) return { server, scripts };
    }
  }
  return undefined;
}

export const HOW_TO_INSTALL = 'apt-get install --no-install-recommends mariadb-server-core, or brew install mariadb';
