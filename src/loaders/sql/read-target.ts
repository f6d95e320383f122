import type { KnexLike } from '../../knex/client.ts';
import { readSql } from '../../readers/sql/sql.ts';
import type { Schema } from '../../schema/dtype.ts';
import { goneFrom, meantBy } from '../reconcile/meant.ts';
import type { ReadTarget } from '../reconcile/target-rows.ts';
import type { Database, TableName } from './database.ts';
import type { SqlMode } from './load-sql.ts';

/** The rows of a load's table, as `read.sql` gives them. */
export function readTable(
  knex: KnexLike,
  database: Database,
  { name, schema, mode }: { readonly name: TableName; readonly schema: Schema; readonly mode: SqlMode<string> },
): ReadTarget {
  return async (session, asked, { signal }, task) => {
    const { quote } = database;
    const found = await database.find(name, signal);
    if (found === undefined) throw goneFrom(name.table);
    const never = (): never => {
      throw new Error(`no mode of load.sql is ${mode.mode}`);
    };
    const meant = meantBy<string>(mode, asked, found.sql, {
      slice: never,
      current: never,
      notFlagged: (flag) => `t.${quote(flag)} IS NOT TRUE`,
    });
    const compared = schema.flatMap((field) => {
      const column = found.columns.find((c) => c.name === field.name);
      if (column === undefined) throw goneFrom(`column ${JSON.stringify(field.name)} of ${found.sql}`);
      if (meant.columns?.includes(field.name) === false) return [];
      return [{ field, ...database.readAs(column, field) }];
    });
    const selected = compared.map(({ field, sql }) => `${sql} AS ${quote(field.name)}`);
    const where = meant.where === undefined ? '' : ` WHERE ${meant.where}`;
    const frame = readSql(session, knex, `SELECT ${selected.join(', ')} FROM ${found.sql} AS t${where}`, {
      schema: Object.fromEntries(compared.map(({ field, type }) => [field.name, type])),
    });
    return task({
      frame,
      scope: `${meant.which} of ${found.sql}`,
      columns: new Map(compared.map(({ field, how }) => [field.name, how])),
      ...(meant.key === undefined ? {} : { key: meant.key }),
    });
  };
}
