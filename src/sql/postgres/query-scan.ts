import type { QueryColumn, Scan } from '../../plan/scan.ts';
import { describeDType } from '../../schema/dtype.ts';
import { notStaged, quoteName, quoteText, type UnreadScan } from '../dialect.ts';
import { raise, typeName } from './spellings.ts';

/** The rows of a query, which PostgreSQL reads as a part of its own SQL. */
export function scan(scan: UnreadScan): string {
  switch (scan.kind) {
    case 'query':
      return queryInPlace(scan);
    case 'csv':
    case 'parquet':
    case 'records':
    case 'rows':
    case 'copy':
    case 'columns':
      throw notStaged(scan);
  }
}

/**
 * A query of the engine's own database, its columns as the plan holds their dtypes. What the database itself does not
 * promise is checked as the values are read; one that breaks the schema's promise ends the run.
 */
function queryInPlace(scan: Scan & { kind: 'query' }): string {
  const columns = scan.columns.map((column) => `${promised(column)} AS ${quoteName(column.name)}`);
  return `SELECT ${columns.join(', ')} FROM (${scan.sql}\n) AS source`;
}

function promised(column: QueryColumn): string {
  const { dtype, outside, nullable, mayMisfit } = column;
  const stored = quoteName(outside);
  const value = typed(column);
  const label = `column ${JSON.stringify(outside)}`;
  const fits: string[] = [];
  if (dtype.id === 'string' && dtype.values !== undefined) {
    fits.push(`${value} IN (${dtype.values.map(quoteText).join(', ')})`);
  }
  if (mayMisfit) fits.push(`${stored} = round(${stored}, ${dtype.id === 'decimal' ? dtype.scale : 0})`);
  if (fits.length === 0 && nullable) return value;
  const message = `${quoteText(`[sql.bad_row] ${label}: '`)} || CAST(${stored} AS text) || ${quoteText(`' is not ${describeDType(dtype)}`)}`;
  const absent = quoteText(`[sql.bad_row] ${label}: is null, and the column is not nullable`);
  return [
    'CASE',
    nullable ? `WHEN ${stored} IS NULL THEN NULL` : `WHEN ${stored} IS NULL THEN ${raise(absent, dtype)}`,
    ...(fits.length === 0
      ? [`ELSE ${value} END`]
      : [`WHEN ${fits.join(' AND ')} THEN ${value}`, `ELSE ${raise(message, dtype)} END`]),
  ].join(' ');
}

/** The value as the plan holds the dtype. */
function typed({ outside, dtype, type, timeZone }: QueryColumn): string {
  const stored = quoteName(outside);
  const nested = type === 'array' || type === 'composite';
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return type === 'int8' ? stored : `CAST(${stored} AS bigint)`;
    case 'float':
    case 'decimal':
      return `CAST(${stored} AS ${typeName(dtype)})`;
    case 'string':
      return `(CAST(${stored} AS text) COLLATE "C")`;
    case 'timestamp': {
      if (type === 'timestamptz') return `(${stored} AT TIME ZONE 'UTC')`;
      return timeZone === undefined ? stored : `((${stored} AT TIME ZONE ${quoteText(timeZone)}) AT TIME ZONE 'UTC')`;
    }
    case 'json':
      return `(CAST(${nested ? `to_json(${stored})` : stored} AS text) COLLATE "C")`;
    case 'list':
    case 'struct':
      return nested ? `to_jsonb(${stored})` : `CAST(${stored} AS jsonb)`;
    case 'boolean':
    case 'date':
    case 'binary':
      return stored;
  }
}
