import { MillraceError } from '../errors.ts';

/** What PostgreSQL tells of an error; drivers and PGlite name the parts alike. */
interface ServerError {
  readonly code?: string;
  readonly severity?: string;
  readonly message: string;
  readonly detail?: string;
  readonly hint?: string;
  readonly where?: string;
  readonly table?: string;
  readonly column?: string;
  readonly constraint?: string;
}

/** By the class of an SQLSTATE, its first two characters. */
const CLASSES: Readonly<Record<string, string>> = {
  '08': 'postgres.connection_lost',
  '22': 'postgres.value',
  '23': 'postgres.constraint',
  '28': 'postgres.authentication',
  '40': 'postgres.conflict',
  '42': 'postgres.statement',
  '53': 'postgres.resources',
  '57': 'postgres.connection_lost',
};

/** By the whole of an SQLSTATE, where its class says too little. */
const STATES: Readonly<Record<string, string>> = {
  '25006': 'postgres.read_only',
  // The server ends the connection.
  '25P03': 'postgres.connection_lost',
  '3D000': 'postgres.no_database',
  '42501': 'postgres.permission',
  '55P03': 'postgres.locked',
  // A cancelled statement, as by statement_timeout, leaves the connection standing.
  '57014': 'postgres.cancelled',
};

const RETRYABLE: readonly string[] = [
  'postgres.connection_lost',
  'postgres.conflict',
  'postgres.locked',
  'postgres.resources',
];

/** An error of the server or of the connection to it as one of ours, with the row it names. */
export function postgresError(error: unknown, caller: string, what = 'PostgreSQL refused'): MillraceError {
  if (error instanceof MillraceError) return error;
  const told = (error instanceof Error ? error : new Error(String(error))) as ServerError & Error;
  const code = codeOf(told);
  const row = told.where === undefined ? undefined : /^COPY [^\n]*?, line (\d+)/.exec(told.where);
  const place = [told.detail, told.where?.split('\n')[0], told.hint].filter(
    (part) => part !== undefined && part !== '',
  );
  // A refused connection is an AggregateError, whose own message is empty.
  const message = told.message === '' ? (told.code ?? told.name) : told.message;
  const refused = isMiscounted(told)
    ? 'the values and the placeholders do not agree'
    : code === 'postgres.connection_lost'
      ? 'the connection was lost'
      : what;
  return new MillraceError({
    code,
    message: `${caller}: ${what === 'PostgreSQL refused' ? refused : what}: ${[message, ...place].join('; ').replace(/\.$/, '')}.`,
    retryable: RETRYABLE.includes(code),
    details: Object.fromEntries(
      Object.entries({
        sqlstate: told.code,
        detail: told.detail,
        table: told.table,
        column: told.column,
        constraint: told.constraint,
        row: row == null ? undefined : Number(row[1]),
      }).filter(([, value]) => value !== undefined),
    ),
    cause: error,
  });
}

/** What is wrong with a certificate, or with encryption at all; Node's marks, and what the driver says. */
const TLS = /^(ERR_TLS|ERR_SSL|CERT_|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY)|HOSTNAME_MISMATCH)/;

/** More or fewer values than placeholders. What a pooler refuses has the same state, and is FATAL. */
function isMiscounted({ code, severity }: ServerError): boolean {
  return code === '08P01' && severity !== 'FATAL';
}

function codeOf(error: ServerError): string {
  const { code } = error;
  if (isMiscounted(error)) return 'postgres.statement';
  if (TLS.test(code ?? '') || /does not support SSL/.test(error.message)) return 'postgres.tls';
  // Before what the network says: EPIPE has five letters, too.
  if (code !== undefined && /^E(?!RR_)[A-Z_]+$/.test(code)) return 'postgres.connection_lost';
  if (code !== undefined && /^[0-9A-Z]{5}$/.test(code)) {
    return STATES[code] ?? CLASSES[code.slice(0, 2)] ?? 'postgres.failed';
  }
  return /^Connection terminated|Client (has encountered a connection error|was closed)|timeout/.test(error.message)
    ? 'postgres.connection_lost'
    : 'postgres.failed';
}

/** A url as it may be shown; undefined where it is no url of PostgreSQL. */
export function withoutPassword(url: string): string | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) return undefined;
  const user = parsed.username === '' ? '' : `${parsed.username}@`;
  return `${parsed.protocol}//${user}${parsed.host}${parsed.pathname}`;
}
