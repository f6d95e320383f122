import { MillraceError } from '../../../errors.ts';
import { listOf } from '../../../frame/functions/order.ts';
import type { Transaction } from '../../../postgres/connect.ts';
import { quoteIdentifier } from '../../../postgres/types.ts';
import { BOOLEAN } from '../../../schema/dtype.ts';
import { type Assignment, type SyncTarget, syncRows } from '../../sync-rows.ts';
import type { TargetTable } from '../find-table.ts';
import { keepWritersOut } from '../lock.ts';
import { differ, refuseMissing, STAGING, sameKey, stageByKey, updateStaged } from '../staging.ts';
import { refuseReaching } from './empty.ts';
import { checkKeyOptions, KEY_OPTIONS, type KeyOptions, refuseOwnColumns } from './key.ts';
import { CALLER, type Mode } from './mode.ts';

/**
 * Makes the table hold the frame's rows and no others: rows are added and replaced as by an upsert, and those whose key
 * the frame does not have go. Of no rows all would go, which is an error unless `onEmpty: 'load'` says that it is meant.
 */
export interface SyncOptions<K extends string> extends KeyOptions<K> {
  readonly mode: 'sync';
  /**
   * What becomes of rows that are gone: they are deleted (the default), or a boolean column of the table becomes true,
   * and false again when they return.
   */
  readonly gone?: 'delete' | { readonly flag: string };
}

export const sync: Mode<SyncOptions<string>> = {
  takes: { ...KEY_OPTIONS, gone: true },
  check: (options, schema) => {
    checkKeyOptions(options, schema);
    const flag = flagOf(options);
    if (flag !== undefined) refuseOwnColumns([flag], schema, options.mode);
  },
  shape: (schema, options) => {
    const flag = flagOf(options);
    const own = flag === undefined ? [] : [{ name: flag, dtype: BOOLEAN, nullable: false, default: 'false' }];
    return { schema, own, primaryKey: listOf(options.key) };
  },
  onEmpty: () => 'fail',
  run: async (server, target, incoming, options) => {
    const key = listOf(options.key);
    const flag = flagOf(options);
    await keepWritersOut(server, target);
    const { rows, bytes } = await stageByKey(server, target, incoming, key);
    if (flag === undefined) refuseReaching(target);
    const { names } = incoming;
    const { inserted, updated, deleted } = await syncRows(syncTarget(server, target, names, key), {
      names,
      key,
      ...(flag === undefined ? {} : { flag }),
    });
    await refuseMissing(server, target, key);
    const unchanged = rows - inserted - updated;
    return { arrived: rows, written: inserted + updated, bytes, changes: { inserted, updated, deleted, unchanged } };
  },
};

function syncTarget(
  server: Transaction,
  target: TargetTable,
  names: readonly string[],
  key: readonly string[],
): SyncTarget {
  const same = sameKey(target, key);
  const isGone = `NOT EXISTS (SELECT FROM ${STAGING} AS s WHERE ${same})`;
  const assigned = ([name, value]: Assignment): string => `${quoteIdentifier(name)} = ${value}`;
  const affected = async (sql: string): Promise<number> => (await server.query(sql)).affected;
  return {
    quote: quoteIdentifier,
    differ: (columns) => differ(columns, 't', 's'),
    deleteGone: () => affected(`DELETE FROM ${target.sql} AS t WHERE ${isGone}`),
    updateGone: (set, where) => affected(`UPDATE ${target.sql} AS t SET ${assigned(set)} WHERE ${where} AND ${isGone}`),
    update: (set, where) => updateStaged(server, target, set.map(assigned), `${same} AND ${where}`),
    insertAbsent: () => {
      const columns = names.map(quoteIdentifier);
      return affected(
        `INSERT INTO ${target.sql} (${columns.join(', ')}) SELECT ${columns.map((name) => `s.${name}`).join(', ')} FROM ${STAGING} AS s
         WHERE NOT EXISTS (SELECT FROM ${target.sql} AS t WHERE ${same})`,
      );
    },
  };
}

/** The column that tells what is gone; undefined where that is deleted. */
export function flagOf({ gone = 'delete' }: SyncOptions<string>, caller: string = CALLER): string | undefined {
  if (gone === 'delete') return undefined;
  if (typeof gone === 'object' && gone !== null && typeof gone.flag === 'string' && gone.flag !== '') return gone.flag;
  throw new MillraceError({
    code: 'load.option',
    message: `${caller}: gone is ${JSON.stringify(gone)}. Give 'delete', or { flag: 'is_deleted' } with a column of the table.`,
    details: { gone },
  });
}
