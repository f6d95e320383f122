import { MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { quoteTable, type TableName } from '../../postgres/types.ts';
import { placeOf, type TargetTable } from './find-table.ts';
import { CALLER } from './modes/mode.ts';

/** Loads into one table take turns: the second waits for the first, or is refused. Ends with the transaction. */
export async function takeTurn(server: Transaction, name: TableName, concurrent: 'wait' | 'refuse'): Promise<void> {
  // By the name in full, which a table that is not there yet has too.
  const { schema, table } = await placeOf(server, name);
  const lock = [`millrace load ${schema}.${table}`];
  const hash = 'pg_catalog.hashtextextended($1::text, 0)';
  if (concurrent === 'wait') {
    await server.query(`SELECT pg_catalog.pg_advisory_xact_lock(${hash})`, lock);
    return;
  }
  const taken = await server.query(`SELECT pg_catalog.pg_try_advisory_xact_lock(${hash})::text`, lock);
  if (taken.rows[0]?.[0] === 'true') return;
  throw new MillraceError({
    code: 'load.busy',
    message: `${CALLER}: another load is writing to ${quoteTable(name)}. Try again when it has ended, or load with concurrent: 'wait'.`,
    retryable: true,
    details: { table: quoteTable(name) },
  });
}

/** Keeps all other writers out, who could change what was looked at; readers go on. */
export async function keepWritersOut(server: Transaction, target: TargetTable): Promise<void> {
  await server.query(`LOCK TABLE ${target.sql} IN SHARE ROW EXCLUSIVE MODE`);
}
