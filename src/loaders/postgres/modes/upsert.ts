import { MillraceError } from '../../../errors.ts';
import { listOf } from '../../../frame/functions/order.ts';
import { quoteIdentifier } from '../../../postgres/types.ts';
import { checkKeys, STAGING, stage } from '../staging.ts';
import { checkKeyOption } from './key.ts';
import { added, CALLER, type Mode } from './mode.ts';

/** A row whose key is there replaces that row's columns (a row that is nothing but its key stays), every other row is added. */
export interface UpsertOptions<K extends string> {
  readonly mode: 'upsert';
  /** The columns that tell rows apart. */
  readonly key: K | readonly [K, ...K[]];
}

export const upsert: Mode<UpsertOptions<string>> = {
  takes: { key: true },
  check: (options, schema) => checkKeyOption(options, schema),
  shape: (schema, { key }) => ({ schema, primaryKey: listOf(key) }),
  run: async (server, target, incoming, options) => {
    const key = listOf(options.key);
    const copied = await stage(server, target, incoming);
    await checkKeys(server, key);
    const names = incoming.names.map(quoteIdentifier).join(', ');
    const others = incoming.names.filter((name) => !key.includes(name)).map(quoteIdentifier);
    const action =
      others.length === 0
        ? 'DO NOTHING'
        : `DO UPDATE SET ${others.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`;
    const { affected } = await server.query(
      `INSERT INTO ${target.sql} (${names}) SELECT ${names} FROM ${STAGING} ON CONFLICT (${key.map(quoteIdentifier).join(', ')}) ${action}`,
    );
    const { rows, bytes } = copied;
    // Rows that are nothing but their key are there already, or are added.
    if (others.length === 0) {
      return { arrived: rows, written: affected, bytes, changes: { inserted: affected, unchanged: rows - affected } };
    }
    if (affected !== rows) {
      throw new MillraceError({
        code: 'load.row_count',
        message: `${CALLER}: ${rows} rows were to be written to ${target.sql} and the server wrote ${affected}; a trigger or a rule of the table may leave rows out. Nothing was loaded.`,
        details: { made: rows, taken: affected },
      });
    }
    return added(copied);
  },
};
