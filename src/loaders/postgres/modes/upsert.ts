import { MillraceError } from '../../../errors.ts';
import { listOf, type OneOrMore } from '../../../frame/functions/order.ts';
import type { Transaction } from '../../../postgres/connect.ts';
import { quoteIdentifier } from '../../../postgres/types.ts';
import type { Schema } from '../../../schema/dtype.ts';
import type { TargetTable } from '../find-table.ts';
import { differ, refuseMissing, refuseWrongKeys, STAGING, sameKey, stage, stageByKey } from '../staging.ts';
import { checkColumns, checkKeyOptions, KEY_OPTIONS, type KeyOptions } from './key.ts';
import { CALLER, type Mode } from './mode.ts';

/**
 * A row whose key is there replaces that row's columns, every other row is added. A row that is the same to the bit is
 * not written again, and counts as unchanged. Of no rows, nothing happens.
 */
export interface UpsertOptions<K extends string> extends KeyOptions<K> {
  readonly mode: 'upsert';
  /** The columns that are replaced where the key is there. Rows that are added have all of them. Default: all but the key. */
  readonly update?: OneOrMore<K>;
}

export const upsert: Mode<UpsertOptions<string>> = {
  takes: { ...KEY_OPTIONS, update: true },
  check: (options, schema) => {
    checkKeyOptions(options, schema);
    checkUpdate(options, schema);
  },
  shape: (schema, { key }) => ({ schema, primaryKey: listOf(key) }),
  run: async (server, target, incoming, options) => {
    const key = listOf(options.key);
    const update = listOf(options.update ?? incoming.names.filter((name) => !key.includes(name)));
    const columns = { names: incoming.names, key, update };
    const isToldByMerge = tellsWrongKeys(target, columns);
    const { rows, bytes } = await (isToldByMerge
      ? stage(server, target, incoming)
      : stageByKey(server, target, incoming, key));
    const { inserted, updated } = await (isToldByMerge ? mergeByKey : merge)(server, target, columns);
    const unchanged = rows - inserted - updated;
    if (unchanged > 0) {
      if (isToldByMerge) await refuseWrongKeys(server, key);
      await refuseMissing(server, target, key);
    }
    return { arrived: rows, written: inserted + updated, bytes, changes: { inserted, updated, unchanged } };
  },
};

interface Columns {
  readonly names: readonly string[];
  readonly key: readonly string[];
  /** Those that are written over rows that are there; with none, such rows stay. */
  readonly update: readonly string[];
}

/**
 * Whether the merge tells of keys that are wrong, so that they need no look of their own: no key that is null can be
 * added, and a row is written once at most, so that as many rows were written as came where no key stands twice.
 */
const tellsWrongKeys = ({ columns }: TargetTable, { key, update }: Columns): boolean =>
  update.length > 0 && key.every((name) => columns.some((column) => column.name === name && column.notNull));

/** The merge of rows whose keys nobody has looked at; where it fails, they are looked at for what to tell. */
async function mergeByKey(
  server: Transaction,
  target: TargetTable,
  columns: Columns,
): Promise<{ readonly inserted: number; readonly updated: number }> {
  await server.query('SAVEPOINT millrace_merge');
  try {
    return await merge(server, target, columns);
  } catch (error) {
    const isBack = await server.query('ROLLBACK TO SAVEPOINT millrace_merge').then(
      () => true,
      () => false,
    );
    if (isBack) await refuseWrongKeys(server, columns.key);
    throw error;
  }
}

/** Adds the staged rows, and writes over those that are there and differ. */
export async function merge(
  server: Transaction,
  target: TargetTable,
  { names, key, update }: Columns,
): Promise<{ readonly inserted: number; readonly updated: number }> {
  const columns = names.map(quoteIdentifier).join(', ');
  const set = update.map((name) => `${quoteIdentifier(name)} = EXCLUDED.${quoteIdentifier(name)}`).join(', ');
  const action = update.length === 0 ? 'NOTHING' : `UPDATE SET ${set} WHERE ${differ(update, 't', 'EXCLUDED')}`;
  const insert = `INSERT INTO ${target.sql} AS t (${columns}) SELECT ${columns} FROM ${STAGING}
    ON CONFLICT (${key.map(quoteIdentifier).join(', ')}) DO ${action}`;
  if (update.length === 0) return { inserted: (await server.query(insert)).affected, updated: 0 };
  const known = `SELECT count(*) FROM ${STAGING} AS s JOIN ${target.sql} AS t ON ${sameKey(target, key)}`;
  // A row that was added has not been locked by anyone yet; a table in parts does not tell.
  const { rows } = target.isPartitioned
    ? await server.query(
        `WITH done AS (${insert} RETURNING 1) SELECT (SELECT count(*) FROM ${STAGING}) - (${known}), count(*) FROM done`,
      )
    : await server.query(
        `WITH done AS (${insert} RETURNING t.xmax = 0 AS is_new) SELECT count(*) FILTER (WHERE is_new) AS inserted, count(*) AS written FROM done`,
      );
  const [inserted = 0, written = 0] = (rows[0] ?? []).map(Number);
  return { inserted, updated: written - inserted };
}

/** Refuses columns to replace that are not there, or are the key. */
export function checkUpdate({ key, update }: UpsertOptions<string>, schema: Schema, caller: string = CALLER): void {
  if (update === undefined) return;
  const columns = listOf<string>(update);
  if (columns.length === 0) {
    throw new MillraceError({
      code: 'load.option',
      message: `${caller}: update names no column. Name the columns to replace, leave it out to replace all, or load with mode 'insert-new'.`,
    });
  }
  const names = schema.map((f) => f.name);
  checkColumns(columns, names, { code: 'load.option', what: 'to update', caller });
  const ofKey = columns.find((name) => listOf<string>(key).includes(name));
  if (ofKey === undefined) return;
  throw new MillraceError({
    code: 'load.option',
    message: `${caller}: update names ${JSON.stringify(ofKey)}, which is of the key and so is the same already. Leave it out.`,
    details: { column: ofKey },
  });
}
