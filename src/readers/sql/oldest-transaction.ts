import { MillraceError } from '../../errors.ts';
import type { KnexLike } from '../../knex/client.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Postgres } from '../../postgres/connect.ts';
import { inTransaction } from './postgres.ts';

/** What a transaction may be late in being seen by others. */
const MARGIN = '5 seconds';

/**
 * When the oldest open transaction of the database began. What commits after this answer began at that time or later, and so
 * did the times that the server gave it. Our own transaction's time is that of before the others were looked at.
 */
export function oldestTransaction(
  connection: Postgres | KnexLike,
  options: Pick<RunOptions, 'signal'>,
): Promise<string> {
  return inTransaction(connection, options, async (server) => {
    const { rows } = await server.query(
      `SELECT to_char((least(now(), min(xact_start)) - interval '${MARGIN}') AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
         count(*) FILTER (WHERE query = '<insufficient privilege>')::text,
         (SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database())::text,
         pg_is_in_recovery()::text
       FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );
    const [time, hidden, prepared, standby] = (rows[0] ?? []).map(String);
    if (standby === 'true') throw unknown('this is a standby, which does not know of them');
    if (hidden !== '0') throw unknown('this role may not see them. GRANT pg_read_all_stats to it');
    if (prepared !== '0') throw unknown(`${prepared} of them are prepared, and do not tell when they began`, true);
    return time ?? '';
  });
}

function unknown(reason: string, retryable = false): MillraceError {
  return new MillraceError({
    code: 'incremental.snapshot',
    message: `incremental: snapshot asks when open transactions began, and ${reason}. Or leave snapshot out, and give a lag that is longer than the longest of them.`,
    retryable,
  });
}
