import { MillraceError } from '../errors.ts';
import type { Executor } from '../plan/source.ts';
import { isPGlite, isPool } from '../postgres/connect.ts';
import { quoteTable, tableNameOf } from '../postgres/types.ts';
import { readersOf } from '../readers/read.ts';
import type { SqlConnection } from '../readers/sql/sql.ts';
import { type AnyColumnType, ColumnType, t } from '../schema/column-type.ts';
import type { Findings } from './csv.ts';
import type { Doubt, Draft } from './suggestion.ts';

/** The query that reads a table. */
export function selectOf(table: string): string {
  const found = tableNameOf(table);
  if (found !== undefined) return `SELECT * FROM ${quoteTable(found)}`;
  throw new MillraceError({
    code: 'suggest.table',
    message: `suggestSchema: the table is ${JSON.stringify(table)}. Write 'table' or 'schema.table', without quotes.`,
    details: { table },
  });
}

/** Asks a database for the types of a table's columns; PostgreSQL also for what is never null, and for enums. */
export async function suggestSql(connection: SqlConnection, table: string, executor: Executor): Promise<Findings> {
  const query = selectOf(table);
  const { sql } = readersOf(executor);
  const frame = await sql(connection, query);
  const isPostgres = typeof connection === 'string' || isPGlite(connection) || isPool(connection);
  const known = isPostgres ? await catalogOf(connection, query, executor) : new Map<string, Catalog>();
  const doubts: Doubt[] = [];
  const drafts = frame.schema.map(({ name, dtype }): Draft => {
    const { isNotNull = false, labels = [], type = '' } = known.get(name) ?? {};
    const own = typed(type, labels) ?? new ColumnType(dtype);
    return { name, type: isNotNull ? own : own.nullable(), nulls: 0, markers: {}, doubts: doubtsOf(type) };
  });
  return { rows: 0, complete: true, drafts, options: {}, doubts };
}

interface Catalog {
  readonly isNotNull: boolean;
  readonly labels: readonly string[];
  readonly type: string;
}

function typed(type: string, labels: readonly string[]): AnyColumnType | undefined {
  const [first, ...others] = labels;
  if (first !== undefined) return t.enum([first, ...others]);
  return type === 'bigint' ? t.bigint() : undefined;
}

function doubtsOf(type: string): Doubt[] {
  if (type === 'numeric') {
    const reason = 'a numeric without a precision, whose every digit only text keeps';
    return [{ about: 'number', reason, choices: ['t.decimal(38, 10)', 't.float()'], examples: [] }];
  }
  if (type === 'bigint') {
    return [{ about: 'identifier', reason: 'whole numbers of 64 bits', choices: ['t.int()'], examples: [] }];
  }
  if (!/^timestamp.* without time zone$/.test(type)) return [];
  const reason = 'the type has no zone: its times are read as UTC unless timeZone says otherwise';
  return [{ about: 'zone', reason, choices: [`t.timestamp({ timeZone: 'Europe/Berlin' })`], examples: [] }];
}

async function catalogOf(connection: SqlConnection, query: string, executor: Executor): Promise<Map<string, Catalog>> {
  const name = query.replace('SELECT * FROM ', '');
  const columns = `SELECT a.attname::text AS name, a.attnotnull AS strict, format_type(a.atttypid, a.atttypmod)::text AS type,
      (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = a.atttypid) AS labels
    FROM pg_attribute a WHERE a.attrelid = $1::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;
  const found = readersOf(executor).sql(connection, columns, {
    schema: { name: t.string(), strict: t.boolean(), type: t.string(), labels: t.list(t.string()).nullable() },
    values: [name],
    ordered: true,
  });
  const rows = await found.rows();
  return new Map(rows.map((row) => [row.name, { isNotNull: row.strict, type: row.type, labels: row.labels ?? [] }]));
}
