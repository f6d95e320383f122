import { MillraceError } from '../../errors.ts';
import { quoteIdentifier } from '../../postgres/types.ts';

/** A table as it is named: its schema where one is given. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

/** PostgreSQL cuts longer names off without an error, so that two of them may be one. */
const NAME_BYTES = 63;

export function refuseLongName(name: string): void {
  const bytes = Buffer.byteLength(name);
  if (bytes <= NAME_BYTES) return;
  throw new MillraceError({
    code: 'load.long_name',
    message: `load.postgres: the name ${JSON.stringify(name)} has ${bytes} bytes, and PostgreSQL keeps ${NAME_BYTES}. Give a shorter one.`,
    details: { name, bytes, most: NAME_BYTES },
  });
}

/** `'table'` or `'schema.table'`, capitals as they stand. */
export function tableName(given: string): TableName {
  const parts = given.split('.');
  if (parts.length > 2 || parts.includes('')) {
    throw new MillraceError({
      code: 'load.table',
      message: `load.postgres: table is ${JSON.stringify(given)}. Write 'table' or 'schema.table', without quotes.`,
      details: { table: given },
    });
  }
  for (const part of parts) refuseLongName(part);
  const [first = '', second] = parts;
  return second === undefined ? { schema: undefined, table: first } : { schema: first, table: second };
}

export function quoteTable({ schema, table }: TableName): string {
  return schema === undefined ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}
