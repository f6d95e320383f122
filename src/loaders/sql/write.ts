import { MillraceError } from '../../errors.ts';
import { listOf } from '../../frame/functions/order.ts';
import { flagOf } from '../postgres/modes/sync.ts';
import type { Written } from '../report.ts';
import { type Assignment, type SyncTarget, syncRows } from '../sync-rows.ts';
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
    case 'append': {
      const wasEmpty = (await server.rows(`SELECT 1 FROM ${target.sql} LIMIT 1`)).length === 0;
      await insertAll(server, target.sql, target, incoming);
      return { arrived: rows, written: rows, repeatable: false, wasEmpty };
    }
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
      const staged = await server.stage(target, names, []);
      await insertAll(server, staged, target, incoming);
      const set = assigned(update, database);
      const where = server.differ(update);
      const updated = set.length === 0 ? 0 : await server.update(target, staged, { key, set, where });
      const inserted = await insertAbsent(server, database, target, { staged, names, key });
      const changes = { inserted, updated, unchanged: rows - inserted - updated };
      return { arrived: rows, written: inserted + updated, changes };
    }
    case 'sync': {
      const key = listOf(mode.key);
      const flag = flagOf(mode, CALLER);
      const staged = await server.stage(target, names, key);
      await insertAll(server, staged, target, incoming);
      const isGone = `NOT EXISTS (SELECT 1 FROM ${staged} AS s WHERE ${sameKey(key, database)})`;
      const sync: SyncTarget = {
        quote: database.quote,
        differ: server.differ,
        deleteGone: () => server.remove(target, isGone),
        updateGone: ([column, value], where) =>
          server.run(`UPDATE ${target.sql} AS t SET ${database.quote(column)} = ${value} WHERE ${where} AND ${isGone}`),
        update: (set, where) => server.update(target, staged, { key, set, where }),
        insertAbsent: () => insertAbsent(server, database, target, { staged, names, key }),
      };
      const changes = await syncRows(sync, { names, key, ...(flag === undefined ? {} : { flag }) });
      const written = changes.inserted + changes.updated;
      return { arrived: rows, written, changes: { ...changes, unchanged: rows - written } };
    }
  }
}

interface Staged {
  readonly staged: string;
  readonly names: readonly string[];
  readonly key: readonly string[];
}

/** Adds the staged rows whose key is not there, after which every key must be. */
async function insertAbsent(
  server: Server,
  database: Database,
  target: TargetTable,
  { staged, names, key }: Staged,
): Promise<number> {
  const { quote } = database;
  const columns = names.map(quote);
  const absent = `FROM ${staged} AS s LEFT JOIN ${target.sql} AS t ON ${sameKey(key, database)} WHERE t.${quote(key[0] ?? '')} IS NULL`;
  const inserted = await server.run(
    `INSERT INTO ${target.sql} (${columns.join(', ')}) SELECT ${columns.map((name) => `s.${name}`).join(', ')} ${absent}`,
  );
  const [[missing] = []] = await server.rows(`SELECT count(*) ${absent}`);
  if (Number(missing) > 0) {
    const [[rows] = []] = await server.rows(`SELECT count(*) FROM ${staged}`);
    throw rowCount(target, Number(rows), Number(rows) - Number(missing));
  }
  return inserted;
}

function sameKey(key: readonly string[], { quote }: Database): string {
  return key.map((name) => `t.${quote(name)} = s.${quote(name)}`).join(' AND ');
}

function assigned(names: readonly string[], { quote }: Database): readonly Assignment[] {
  return names.map((name) => [name, `s.${quote(name)}`]);
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
