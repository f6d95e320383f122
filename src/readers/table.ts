import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import type { FrameOf } from '../frame/frame.ts';
import type { Executor } from '../plan/source.ts';
import type { Postgres } from '../postgres/connect.ts';
import { quoteTable, tableNameOf } from '../postgres/types.ts';
import type { SchemaSpec } from '../schema/column-type.ts';
import { ROWS_OPTIONS } from './memory.ts';
import { type Readers, readersOf } from './read.ts';
import { readSql, type SqlOptions } from './sql/sql.ts';

/** What `session.read.table` takes. */
export type TableOptions<S extends SchemaSpec> = Pick<SqlOptions<S>, 'schema' | 'onBadRow'>;

/** The readers of a session whose engine is a database. */
export interface DatabaseReaders extends Readers {
  /** A table or view of that database, `'table'` or `'schema.table'`: nothing of it is moved. Its rows have no order. */
  table<const S extends SchemaSpec>(name: string, options: TableOptions<S>): FrameOf<S>;
}

export function databaseReadersOf(executor: Executor, database: Postgres): DatabaseReaders {
  return {
    ...readersOf(executor),
    table: (name, options) => {
      checkOptions(options, 'read.table', '{ schema: { id: t.int() } }', ROWS_OPTIONS);
      return readSql(executor, database, `SELECT * FROM ${quotedTable(name)}`, options);
    },
  };
}

function quotedTable(name: string): string {
  const found = tableNameOf(name);
  if (found !== undefined) return quoteTable(found);
  throw new MillraceError({
    code: 'sql.table',
    message: `read.table: the table is ${JSON.stringify(name)}. Write 'table' or 'schema.table', without quotes.`,
    details: { table: name },
  });
}
