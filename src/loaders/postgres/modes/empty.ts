import { MillraceError } from '../../../errors.ts';
import type { Transaction } from '../../../postgres/connect.ts';
import type { TargetTable } from '../find-table.ts';
import { keepWritersOut } from '../lock.ts';
import { CALLER } from './mode.ts';

/** Empties a table that stays. Where others point to it TRUNCATE is refused, and deleting must not reach them. */
export async function empty(server: Transaction, target: TargetTable): Promise<void> {
  if (target.references.length === 0) {
    await server.query(`TRUNCATE ${target.sql}`);
    return;
  }
  refuseReaching(target);
  // Without it two writers at once would each leave the other's rows.
  await keepWritersOut(server, target);
  await server.query(`DELETE FROM ${target.sql}`);
}

/** Refuses to delete rows where that would change other tables, too. */
export function refuseReaching(target: TargetTable): void {
  const reaching = target.references.find(({ onDelete }) => ['c', 'n', 'd'].includes(onDelete));
  if (reaching === undefined) return;
  throw new MillraceError({
    code: 'load.referenced',
    message: `${CALLER}: deleting rows of ${target.sql} would change ${reaching.from}, whose foreign key ${reaching.constraint} acts when they are deleted. Load with mode 'upsert', or change that constraint.`,
    details: { table: target.sql, constraint: reaching.constraint, from: reaching.from },
  });
}

/** Whether a table has no rows, so far as that may be asked: who may add rows need not be allowed to read any. */
export async function isEmpty(server: Transaction, target: TargetTable): Promise<boolean> {
  if (target.isNew === true) return true;
  const found = await server.query(
    `SELECT (pg_catalog.pg_relation_size(c.oid::regclass) = 0 AND c.relkind = 'r' AND NOT c.relhassubclass)::text,
       pg_catalog.has_table_privilege(c.oid, 'SELECT')::text FROM pg_class c WHERE c.oid = pg_catalog.to_regclass($1::text)::oid`,
    [target.sql],
  );
  const [hasNone, mayRead] = found.rows[0] ?? [];
  if (hasNone === 'true') return true;
  if (mayRead !== 'true') return false;
  const { rows } = await server.query(`SELECT (NOT EXISTS (SELECT FROM ${target.sql}))::text`);
  return rows[0]?.[0] === 'true';
}
