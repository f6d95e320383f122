import { listOf } from '../../../frame/functions/order.ts';
import { refuseMissing, stageByKey } from '../staging.ts';
import { checkKeyOptions, KEY_OPTIONS, type KeyOptions } from './key.ts';
import type { Mode } from './mode.ts';
import { merge } from './upsert.ts';

/** Adds the rows whose key is not there yet; the others count as unchanged. Of no rows, nothing happens. */
export interface InsertNewOptions<K extends string> extends KeyOptions<K> {
  readonly mode: 'insert-new';
}

export const insertNew: Mode<InsertNewOptions<string>> = {
  takes: KEY_OPTIONS,
  check: checkKeyOptions,
  shape: (schema, { key }) => ({ schema, primaryKey: listOf(key) }),
  run: async (server, target, incoming, options) => {
    const key = listOf(options.key);
    const { rows, bytes } = await stageByKey(server, target, incoming, key);
    const { inserted } = await merge(server, target, { names: incoming.names, key, update: [] });
    const unchanged = rows - inserted;
    if (unchanged > 0) await refuseMissing(server, target, key);
    return { arrived: rows, written: inserted, bytes, changes: { inserted, unchanged } };
  },
};
