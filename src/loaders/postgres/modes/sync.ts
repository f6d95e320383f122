import { MillraceError } from '../../../errors.ts';
import { listOf } from '../../../frame/functions/order.ts';
import { quoteIdentifier } from '../../../postgres/types.ts';
import { BOOLEAN } from '../../../schema/dtype.ts';
import { keepWritersOut } from '../lock.ts';
import { differ, refuseMissing, STAGING, sameKey, stageByKey, taken, updateStaged } from '../staging.ts';
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
    const isGone = `NOT EXISTS (SELECT FROM ${STAGING} AS s WHERE ${sameKey(target, key)})`;
    if (flag === undefined) refuseReaching(target);
    const gone =
      flag === undefined
        ? `DELETE FROM ${target.sql} AS t WHERE ${isGone}`
        : `UPDATE ${target.sql} AS t SET ${quoteIdentifier(flag)} = true WHERE t.${quoteIdentifier(flag)} IS NOT TRUE AND ${isGone}`;
    // First, so that what they hold of other unique columns is free.
    const { affected: deleted } = await server.query(gone);
    const others = incoming.names.filter((name) => !key.includes(name));
    const isFlagged = flag === undefined ? [] : [`t.${quoteIdentifier(flag)} IS DISTINCT FROM false`];
    const isOther = others.length === 0 ? [] : [differ(others, 't', 's')];
    const set = [...taken(others), ...(flag === undefined ? [] : [`${quoteIdentifier(flag)} = false`])];
    const changed = [...isOther, ...isFlagged].join(' OR ');
    const updated = await updateStaged(server, target, set, `${sameKey(target, key)} AND (${changed})`);
    const names = incoming.names.map(quoteIdentifier);
    const { affected: inserted } = await server.query(
      `INSERT INTO ${target.sql} (${names.join(', ')}) SELECT ${names.map((name) => `s.${name}`).join(', ')} FROM ${STAGING} AS s
       WHERE NOT EXISTS (SELECT FROM ${target.sql} AS t WHERE ${sameKey(target, key)})`,
    );
    await refuseMissing(server, target, key);
    const unchanged = rows - inserted - updated;
    return { arrived: rows, written: inserted + updated, bytes, changes: { inserted, updated, deleted, unchanged } };
  },
};

function flagOf({ gone = 'delete' }: SyncOptions<string>): string | undefined {
  if (gone === 'delete') return undefined;
  if (typeof gone === 'object' && gone !== null && typeof gone.flag === 'string' && gone.flag !== '') return gone.flag;
  throw new MillraceError({
    code: 'load.option',
    message: `${CALLER}: gone is ${JSON.stringify(gone)}. Give 'delete', or { flag: 'is_deleted' } with a column of the table.`,
    details: { gone },
  });
}
