import { MillraceError } from '../../errors.ts';
import { transaction } from '../../postgres/connect.ts';
import { withoutPassword } from '../../postgres/errors.ts';
import { connectionOf } from '../../postgres/url.ts';
import { type Finding, reasonOf } from './finding.ts';

const CALLER = 'doctor';
/** How long a server may take, in milliseconds. */
const PATIENCE = 15_000;
/** The oldest server that is tested against. */
const OLDEST = 14;

const QUESTION = `SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000,
  current_setting('server_encoding'), current_schema(), pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean,
  current_schema() IS NOT NULL AND has_schema_privilege(current_schema(), 'CREATE'), current_user`;

/** What the database behind a url allows; `from` is where the url was given. */
export async function databaseFindings(url: string, from: string): Promise<readonly Finding[]> {
  const about = 'database';
  if (withoutPassword(url) === undefined) {
    const scheme = /^([a-z][a-z0-9+]*):/i.exec(url)?.[1];
    if (/^(mysql|mariadb|sqlite|mssql|sqlserver)$/i.test(scheme ?? '')) {
      const told = `${from} is a url of ${scheme}, which is read and loaded through Knex; not tried`;
      return [{ about, state: 'note', told }];
    }
    const advice =
      'Write postgres://user:password@host:5432/database, special characters of the password as %40 and so on.';
    return [{ about, state: 'problem', told: `${from} is no url of PostgreSQL`, advice }];
  }
  try {
    return (await asked(url)).map((finding) => ({ ...finding, told: withoutSecrets(finding.told, url) }));
  } catch (error) {
    const told = withoutSecrets(reasonOf(error).replace(`${CALLER}: `, ''), url);
    const advice = ADVICE[error instanceof MillraceError ? error.code : ''];
    return [{ about, state: 'problem', told: `${from}: ${told}`, ...(advice === undefined ? {} : { advice }) }];
  }
}

const ADVICE: Readonly<Record<string, string>> = {
  'postgres.connection_lost': 'Does the server run, and are host and port right? May this machine reach it?',
  'postgres.authentication': 'Check the user and the password, also in PGPASSWORD and ~/.pgpass.',
  'postgres.no_database': 'Check the name of the database, or make it: createdb <name>',
  'postgres.tls':
    'Say in the url how to encrypt: ?sslmode=require, ?sslmode=verify-full&sslrootcert=<file> or ?sslmode=disable.',
};

async function asked(url: string): Promise<readonly Finding[]> {
  const begun = performance.now();
  const { shown } = await connectionOf(url, CALLER);
  const options = { caller: CALLER, readOnly: true, signal: AbortSignal.timeout(PATIENCE) };
  const { rows } = await transaction(url, options, (server) => server.query(QUESTION));
  const time = Math.round(performance.now() - begun);
  const [version, major, encoding, schema, isReadOnly, mayCreate, user] = rows[0] ?? [];
  const told = `PostgreSQL ${version} at ${shown} answered in ${time} ms`;
  const reached: Finding =
    Number(major) < OLDEST
      ? {
          about: 'database',
          state: 'warning',
          told,
          advice: `Versions before ${OLDEST} are not tested: use a newer server.`,
        }
      : { about: 'database', state: 'ok', told };
  return [
    reached,
    tablesFinding({ user, schema, isReadOnly: isReadOnly === true, mayCreate: mayCreate === true }),
    ...(encoding === 'UTF8' ? [] : [encodingFinding(String(encoding))]),
  ];
}

function tablesFinding({
  user,
  schema,
  isReadOnly,
  mayCreate,
}: {
  readonly user: unknown;
  readonly schema: unknown;
  readonly isReadOnly: boolean;
  readonly mayCreate: boolean;
}): Finding {
  const about = 'database tables';
  if (isReadOnly) {
    const advice =
      'It can be read from. To load, connect to the primary server, or to one that is not set to be read only.';
    return { about, state: 'warning', told: 'the server is read only', advice };
  }
  if (mayCreate) return { about, state: 'ok', told: `${user} may create tables in the schema ${schema}` };
  if (schema === null) {
    const advice = "Name tables as 'schema.table', or set search_path.";
    return { about, state: 'warning', told: `no schema of the search_path of ${user} is there`, advice };
  }
  return {
    about,
    state: 'warning',
    told: `${user} may not create tables in the schema ${schema}`,
    advice: `Loads into tables that are there need no more than rights on them; else: GRANT CREATE ON SCHEMA ${schema} TO ${user}`,
  };
}

function encodingFinding(encoding: string): Finding {
  const advice = 'Loads work for text that it can hold; as the engine of a session it needs a database of UTF8.';
  return { about: 'database text', state: 'warning', told: `kept in ${encoding}`, advice };
}

/** A text without the passwords of a url, should a driver or a server repeat them. */
export function withoutSecrets(text: string, url: string): string {
  const { password, searchParams } = new URL(url);
  const secrets = [password, searchParams.get('password') ?? '', searchParams.get('sslpassword') ?? ''];
  return secrets
    .flatMap((secret) => [secret, decoded(secret)])
    .filter((secret) => secret !== '')
    .reduce((told, secret) => told.replaceAll(secret, '***'), text);
}

function decoded(secret: string): string {
  try {
    return decodeURIComponent(secret);
  } catch {
    return secret;
  }
}
