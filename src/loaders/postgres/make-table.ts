import type { Transaction } from '../../postgres/connect.ts';
import { quoteIdentifier, quoteTable, type TableName } from '../../postgres/types.ts';
import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { type Comment, decorate, type TableIndex } from './definition.ts';
import { findTable, placeOf, type TargetTable, type UniqueKey } from './find-table.ts';

/** A column that a mode keeps by itself; rows do not bring it. */
export interface OwnColumn extends Field {
  /** SQL of what it holds where nothing is said. */
  readonly default?: string;
}

/** What a table must have so that a mode can write to it; one that is made has just this. */
export interface TableShape {
  /** The columns of the rows. */
  readonly schema: Schema;
  readonly own?: readonly OwnColumn[];
  /** Empty where rows are not matched. */
  readonly primaryKey: readonly string[];
  readonly unique?: readonly UniqueKey[];
  /** Those of the keys that no rows are matched by. */
  readonly declared?: readonly (readonly string[])[];
  /** Of no meaning where the table is there. */
  readonly indexes?: readonly TableIndex[];
  readonly comments?: readonly Comment[];
}

/** The table, made where there is none; two loads that make the same one wait for each other. */
export async function ensureTable(transaction: Transaction, given: TableName, shape: TableShape): Promise<TargetTable> {
  const name = await placeOf(transaction, given);
  const found = await findTable(transaction, name);
  if (found !== undefined) return found;
  await transaction.query('SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext($1))', [
    `millrace ${quoteTable(name)}`,
  ]);
  const since = await findTable(transaction, name);
  if (since !== undefined) return since;
  const { schema, own = [], primaryKey, unique = [] } = shape;
  const columns = [...schema, ...own].map((column: OwnColumn) => {
    const notNull = column.nullable ? '' : ' NOT NULL';
    const otherwise = column.default === undefined ? '' : ` DEFAULT ${column.default}`;
    return `${quoteIdentifier(column.name)} ${typeFor(column.dtype)}${notNull}${otherwise}`;
  });
  if (primaryKey.length > 0) columns.push(`PRIMARY KEY (${primaryKey.map(quoteIdentifier).join(', ')})`);
  await transaction.query(`CREATE TABLE IF NOT EXISTS ${quoteTable(name)} (${columns.join(', ')})`);
  for (const key of unique) await transaction.query(`CREATE ${uniqueIndex(quoteTable(name), key)}`);
  await decorate(transaction, quoteTable(name), shape);
  const made = await findTable(transaction, name);
  if (made === undefined) throw new Error(`${quoteTable(name)} was made and is not there`);
  return { ...made, isNew: true };
}

/** A unique index on a table, as SQL after CREATE. */
export function uniqueIndex(table: string, { columns, where }: UniqueKey): string {
  const of = where === undefined ? '' : ` WHERE ${where}`;
  return `UNIQUE INDEX ON ${table} (${columns.map(quoteIdentifier).join(', ')})${of}`;
}

/** The type of a column that is made for a dtype. */
export function typeFor(dtype: DataType): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return 'BIGINT';
    case 'float':
      return 'DOUBLE PRECISION';
    case 'decimal':
      return `NUMERIC(${dtype.precision}, ${dtype.scale})`;
    case 'string':
      return 'TEXT';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMPTZ';
    case 'json':
    case 'list':
    case 'struct':
      return 'JSONB';
    case 'binary':
      return 'BYTEA';
  }
}
