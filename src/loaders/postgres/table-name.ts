import { MillraceError } from '../../errors.ts';
import { type TableName, tableNameOf } from '../../postgres/types.ts';
import { brokenName, NAME_BYTES } from '../../schema/column-name.ts';

/** PostgreSQL cuts longer names off without an error, so that two of them may be one; so does what is no character. */
export function refuseLongName(name: string): void {
  const broken = brokenName(name);
  if (broken !== undefined) {
    throw new MillraceError({
      code: 'load.name',
      message: `load.postgres: ${JSON.stringify(name)} names nothing in PostgreSQL: ${broken}. Give another name.`,
      details: { name },
    });
  }
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
  const name = tableNameOf(given);
  if (name === undefined) {
    throw new MillraceError({
      code: 'load.table',
      message: `load.postgres: table is ${JSON.stringify(given)}. Write 'table' or 'schema.table', without quotes.`,
      details: { table: given },
    });
  }
  if (name.schema !== undefined) refuseLongName(name.schema);
  refuseLongName(name.table);
  return name;
}
