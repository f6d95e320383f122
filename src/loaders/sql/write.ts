import { MillraceError } from '../../errors.ts';
import { listOf } from '../../frame/functions/order.ts';
import type { Written } from '../report.ts';
import { type Batches, CALLER, type Database, type Server, type TargetTable } from './database.ts';
import type { SqlMode } from './load-sql.ts';

/** Rows on their way. */
export interface Incoming {
  readonly names: readonly string[];
  readonly rows: number;
  batches(): Batches;
}

/** Writes the rows as the mode says, in the transaction of the load. */
export async function writeRows(
  server: Server,
  database: Database,
  target: TargetTable,
  incoming: Incoming,
  mode: SqlMode<string>,
): Promise<Omit<Written, 'bytes'>> {
  const { names, rows } = incoming;
  switch (mode.mode) {
    case 'append':
      await insertAll(server, target.sql, target, incoming);
      return { arrived: rows, written: rows, repeatable: false };
    case 'replace': {
      if (target.isNew !== true) await server.run(`DELETE FROM ${target.sql}`);
      await insertAll(server, target.sql, target, incoming);
      const [[count] = []] = await server.rows(`SELECT count(*) FROM ${target.sql}`);
      if (Number(count) !== rows) throw rowCount(target, rows, Number(count));
      return { arrived: rows, written: rows };
    }
    case 'insert-new':
    case 'upsert': {
      const key = listOf(mode.key);
      const others = names.filter((name) => !key.includes(name));
      const update = mode.mode === 'upsert' ? listOf(mode.update ?? others) : [];
      const staged = await server.stage(target, names);
      await insertAll(server, staged, target, incoming);
      const updated = update.length === 0 ? 0 : await server.update(target, staged, { key, update });
      const { quote } = database;
      const columns = names.map(quote);
      const same = key.map((name) => `t.${quote(name)} = s.${quote(name)}`).join(' AND ');
      const absent = `FROM ${staged} AS s LEFT JOIN ${target.sql} AS t ON ${same} WHERE t.${quote(key[0] ?? '')} IS NULL`;
      const inserted = await server.run(
        `INSERT INTO ${target.sql} (${columns.join(', ')}) SELECT ${columns.map((name) => `s.${name}`).join(', ')} ${absent}`,
      );
      const [[missing] = []] = await server.rows(`SELECT count(*) ${absent}`);
      if (Number(missing) > 0) throw rowCount(target, rows, rows - Number(missing));
      const changes = { inserted, updated, unchanged: rows - inserted - updated };
      return { arrived: rows, written: inserted + updated, changes };
    }
  }
}

async function insertAll(server: Server, table: string, target: TargetTable, incoming: Incoming): Promise<void> {
  const taken = await server.insert(table, incoming.names, incoming.batches());
  if (taken !== incoming.rows) throw rowCount(target, incoming.rows, taken);
}

function rowCount(target: TargetTable, made: number, taken: number): MillraceError {
  return new MillraceError({
    code: 'load.row_count',
    message: `${CALLER}: ${made} rows were to be in ${target.sql} and the database has ${taken} of them; a trigger of the table may leave rows out. Nothing was loaded.`,
    details: { made, taken },
  });
}
