import { MillraceError } from '../../../errors.ts';
import type { Transaction } from '../../../postgres/connect.ts';
import type { TargetTable } from '../find-table.ts';
import { keepWritersOut } from '../lock.ts';
import { added, CALLER, type Mode } from './mode.ts';

/** Empties the table first; the table stays, with its views, grants and indexes. Of no rows, it is empty then. */
export interface ReplaceOptions {
  readonly mode: 'replace';
}

export const replace: Mode<ReplaceOptions> = {
  takes: {},
  shape: (schema) => ({ schema, primaryKey: [] }),
  run: async (server, target, incoming) => {
    if (target.isNew === true) return added(await incoming.fill(server, target.sql, target));
    const rows = (await incoming.aside?.(server)) ?? incoming;
    await empty(server, target);
    return added(await rows.fill(server, target.sql, target));
  },
};

/** Empties a table that stays. Where others point to it TRUNCATE is refused, and deleting must not reach them. */
async function empty(server: Transaction, target: TargetTable): Promise<void> {
  if (target.references.length === 0) {
    await server.query(`TRUNCATE ${target.sql}`);
    return;
  }
  const reaching = target.references.find(({ onDelete }) => ['c', 'n', 'd'].includes(onDelete));
  if (reaching !== undefined) {
    throw new MillraceError({
      code: 'load.referenced',
      message: `${CALLER}: replacing the rows of ${target.sql} would change ${reaching.from}, whose foreign key ${reaching.constraint} acts when they are deleted. Load with mode 'upsert', or change that constraint.`,
      details: { table: target.sql, constraint: reaching.constraint, from: reaching.from },
    });
  }
  // Without it two writers at once would each leave the other's rows.
  await keepWritersOut(server, target);
  await server.query(`DELETE FROM ${target.sql}`);
}
