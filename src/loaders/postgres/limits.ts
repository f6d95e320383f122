import { MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { CALLER } from './modes/mode.ts';

/** How long the server may take, in milliseconds; undefined for what it is set to itself. */
export interface Limits {
  readonly statementTimeout: number | undefined;
  readonly lockTimeout: number | undefined;
}

/** Sets the limits for the rest of the transaction. */
export async function setLimits(server: Transaction, { statementTimeout, lockTimeout }: Limits): Promise<void> {
  const settings = { statement_timeout: statementTimeout, lock_timeout: lockTimeout };
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined) continue;
    await server.query('SELECT pg_catalog.set_config($1, $2, true)', [name, String(value)]);
  }
}

/** The error of a server that kept a limit of the load's, which says so; any other error as it is. */
export function namingLimit(error: unknown, { statementTimeout, lockTimeout }: Limits): unknown {
  const { code } = error as { readonly code?: unknown };
  const limit = (name: string, value: number, code: string, what: string): MillraceError =>
    new MillraceError({
      code,
      message: `${CALLER}: ${what} within ${name}, ${value} ms. Nothing was loaded. Try again, or with a longer ${name}.`,
      retryable: true,
      details: { [name]: value },
      cause: error,
    });
  if (code === '57014' && statementTimeout !== undefined) {
    return limit('statementTimeout', statementTimeout, 'postgres.statement_timeout', 'a statement did not end');
  }
  if (code === '55P03' && lockTimeout !== undefined) {
    return limit('lockTimeout', lockTimeout, 'postgres.locked', 'what another transaction has locked was not free');
  }
  return error;
}
