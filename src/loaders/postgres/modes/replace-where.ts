import { MillraceError } from '../../../errors.ts';
import type { Transaction } from '../../../postgres/connect.ts';
import { quoteIdentifier } from '../../../postgres/types.ts';
import type { RowRule } from '../../expectations.ts';
import type { TargetTable } from '../find-table.ts';
import { keepWritersOut } from '../lock.ts';
import { type Condition, conditionOf } from '../slice.ts';
import { STAGING, stage } from '../staging.ts';
import { refuseReaching } from './empty.ts';
import { CALLER, type Mode } from './mode.ts';

/**
 * Replaces the rows of a slice of the table, such as one day, and leaves all others. A row of the frame that is not of
 * the slice is an error. Of no rows, the slice is empty then.
 */
export interface ReplaceWhereOptions<R> {
  readonly mode: 'replace-where';
  /**
   * Tells the slice by the table's columns that the frame has: `r => r.day.eq('2024-05-01')`. Where it is null a row is
   * not of it.
   */
  readonly where: RowRule<R>;
}

export const replaceWhere: Mode<ReplaceWhereOptions<never>> = {
  takes: { where: true },
  check: ({ where }, schema) => {
    conditionOf(where, schema);
  },
  shape: (schema) => ({ schema, primaryKey: [] }),
  run: async (server, target, incoming, { where }, schema) => {
    await keepWritersOut(server, target);
    const condition = conditionOf(where, schema, target);
    const { rows, bytes } = await stage(server, target, incoming);
    await refuseOutside(server, condition);
    refuseReaching(target);
    const { affected: deleted } = await server.query(
      `DELETE FROM ${target.sql} WHERE ${condition.sql}`,
      condition.values,
    );
    const names = incoming.names.map(quoteIdentifier).join(', ');
    const { affected: inserted } = await server.query(
      `INSERT INTO ${target.sql} (${names}) SELECT ${names} FROM ${STAGING}`,
    );
    refuseFewer(target, rows, inserted);
    return { arrived: rows, written: inserted, bytes, changes: { inserted, deleted } };
  },
};

async function refuseOutside(server: Transaction, { sql, values }: Condition): Promise<void> {
  const { rows } = await server.query(
    `SELECT pg_catalog.row_to_json(s)::text, (count(*) OVER ())::text FROM ${STAGING} AS s WHERE (${sql}) IS NOT TRUE LIMIT 5`,
    values,
  );
  const [first] = rows;
  if (first === undefined) return;
  const count = Number(first[1]);
  const examples = rows.map(([row]) => String(row));
  throw new MillraceError({
    code: 'load.outside_slice',
    message: `${CALLER}: ${count} ${count === 1 ? 'row is' : 'rows are'} not of the slice that where tells, such as ${examples.join(', ')}. Filter the frame by the same condition, or widen it.`,
    details: { count, examples },
  });
}

function refuseFewer(target: TargetTable, made: number, taken: number): void {
  if (made === taken) return;
  throw new MillraceError({
    code: 'load.row_count',
    message: `${CALLER}: ${made} rows were to be written to ${target.sql} and the server wrote ${taken}; a trigger or a rule of the table may leave rows out. Nothing was loaded.`,
    details: { made, taken },
  });
}
