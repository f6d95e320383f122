import { didYouMean, MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { numericShape, quoteIdentifier } from '../../postgres/types.ts';
import { type DataType, describeDType, type Schema } from '../../schema/dtype.ts';

/** A table as it is named: its schema where one is given. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

interface TargetColumn {
  readonly name: string;
  /** As the server writes it: `numeric(12,2)`. */
  readonly written: string;
  /** The name of the type, of a domain the type under it. */
  readonly type: string;
  readonly isEnum: boolean;
  readonly modifier: number;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly generated: boolean;
}

/** A table that stands in the target. */
export interface TargetTable {
  /** As SQL, with its schema. */
  readonly sql: string;
  readonly schema: string;
  readonly columns: readonly TargetColumn[];
  /** The columns of each unique index that a key can match. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** The foreign keys of other tables that point here, and what they do to rows whose target goes. */
  readonly references: readonly { readonly constraint: string; readonly from: string; readonly onDelete: string }[];
  /** Whether this transaction made it. */
  readonly isNew?: boolean;
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

/** The table as it stands; undefined where there is none. */
export async function findTable(transaction: Transaction, name: TableName): Promise<TargetTable | undefined> {
  const found = await transaction.query(
    `SELECT c.oid::text, n.nspname::text, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = to_regclass($1)`,
    [quoteTable(name)],
  );
  const [row] = found.rows;
  if (row === undefined) return undefined;
  const [oid, schema, kind] = row.map(String);
  if (kind !== 'r' && kind !== 'p') {
    throw new MillraceError({
      code: 'load.table',
      message: `load.postgres: ${quoteTable(name)} is not a table. Name a table, or one that does not exist yet.`,
      details: { table: name.table },
    });
  }
  const columns = await transaction.query(
    `SELECT a.attname::text, format_type(a.atttypid, a.atttypmod), t.typname::text, (t.typtype = 'e')::text,
       (CASE WHEN own.typtype = 'd' THEN own.typtypmod ELSE a.atttypmod END)::text, a.attnotnull::text,
       (a.atthasdef OR a.attidentity <> '')::text, (a.attgenerated <> '')::text
     FROM pg_attribute a JOIN pg_type own ON own.oid = a.atttypid
     JOIN pg_type t ON t.oid = CASE WHEN own.typtype = 'd' THEN own.typbasetype ELSE own.oid END
     WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [oid],
  );
  const keys = await transaction.query(
    `SELECT json_agg(a.attname)::text FROM pg_index i, unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at), pg_attribute a
     WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
       AND k.at <= i.indnkeyatts AND a.attrelid = i.indrelid AND a.attnum = k.attnum
     GROUP BY i.indexrelid`,
    [oid],
  );
  const references = await transaction.query(
    `SELECT conname::text, conrelid::regclass::text, confdeltype::text FROM pg_constraint
     WHERE confrelid = $1::oid AND contype = 'f' AND conrelid <> confrelid`,
    [oid],
  );
  return {
    sql: quoteTable({ schema: String(schema), table: name.table }),
    schema: String(schema),
    columns: columns.rows.map((column): TargetColumn => {
      const [named = '', written = '', type = '', isEnum, modifier, notNull, hasDefault, generated] =
        column.map(String);
      return {
        name: named,
        written,
        type,
        isEnum: isEnum === 'true',
        modifier: Number(modifier),
        notNull: notNull === 'true',
        hasDefault: hasDefault === 'true',
        generated: generated === 'true',
      };
    }),
    uniqueKeys: keys.rows.map((key) => JSON.parse(String(key[0])) as string[]),
    references: references.rows.map((reference) => {
      const [constraint = '', from = '', onDelete = ''] = reference.map(String);
      return { constraint, from, onDelete };
    }),
  };
}

/** The table, made from a schema where there is none; two loads that make the same one wait for each other. */
export async function ensureTable(
  transaction: Transaction,
  name: TableName,
  schema: Schema,
  key: readonly string[],
): Promise<TargetTable> {
  const found = await findTable(transaction, name);
  if (found !== undefined) return found;
  await transaction.query('SELECT pg_advisory_xact_lock(hashtext($1))', [`millrace ${quoteTable(name)}`]);
  const since = await findTable(transaction, name);
  if (since !== undefined) return since;
  const columns = schema.map((f) => {
    const notNull = f.nullable ? '' : ' NOT NULL';
    return `${quoteIdentifier(f.name)} ${typeFor(f.dtype)}${notNull}`;
  });
  if (key.length > 0) columns.push(`PRIMARY KEY (${key.map(quoteIdentifier).join(', ')})`);
  await transaction.query(`CREATE TABLE IF NOT EXISTS ${quoteTable(name)} (${columns.join(', ')})`);
  const made = await findTable(transaction, name);
  if (made === undefined) throw new Error(`${quoteTable(name)} was made and is not there`);
  return { ...made, isNew: true };
}

/** Refuses a table that cannot take the rows as they are. */
export function checkTable(target: TargetTable, schema: Schema): void {
  const names = target.columns.map((column) => column.name);
  for (const field of schema) {
    const column = target.columns.find(({ name }) => name === field.name);
    if (column === undefined) {
      throw new MillraceError({
        code: 'load.missing_column',
        message: `load.postgres: the table ${target.sql} has no column ${JSON.stringify(field.name)}.${didYouMean(field.name, names)} Its columns are ${names.join(', ')}. Add it to the table, or leave it out with .drop().`,
        details: { table: target.sql, column: field.name, columns: names },
      });
    }
    if (column.generated || !takes(column, field.dtype)) {
      const what = column.generated ? 'is generated by the table' : `is ${column.written} in the table`;
      throw new MillraceError({
        code: 'load.column_type',
        message: `load.postgres: column ${JSON.stringify(field.name)} is ${describeDType(field.dtype)} and ${what} ${target.sql}, which does not hold it exactly. Cast the column, or change the table to ${typeFor(field.dtype)}.`,
        details: { table: target.sql, column: field.name, dtype: describeDType(field.dtype), type: column.written },
      });
    }
  }
  const given = new Set(schema.map((field) => field.name));
  const required = target.columns.filter((c) => c.notNull && !c.hasDefault && !c.generated && !given.has(c.name));
  if (required.length > 0) {
    throw new MillraceError({
      code: 'load.required_column',
      message: `load.postgres: the table ${target.sql} needs a value in ${required.map((c) => JSON.stringify(c.name)).join(', ')}, which the frame does not have.`,
      details: { table: target.sql, columns: required.map((c) => c.name) },
    });
  }
}

/** Refuses a key that no unique index of the table matches: without one, nothing says which row is meant. */
export function checkKey(target: TargetTable, key: readonly string[]): void {
  const wanted = [...key].sort().join('\0');
  if (target.uniqueKeys.some((columns) => [...columns].sort().join('\0') === wanted)) return;
  const known = target.uniqueKeys.map((columns) => `(${columns.join(', ')})`).join(', ');
  throw new MillraceError({
    code: 'load.no_unique_index',
    message: `load.postgres: the table ${target.sql} has no unique index on (${key.join(', ')}), so rows cannot be matched by it. Its unique keys are ${known === '' ? 'none' : known}. Add one: ALTER TABLE ${target.sql} ADD UNIQUE (${key.map(quoteIdentifier).join(', ')}).`,
    details: { table: target.sql, key, uniqueKeys: target.uniqueKeys },
  });
}

/** The type of a column that is made for a dtype. */
function typeFor(dtype: DataType): string {
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

const TEXT_TYPES = ['text', 'varchar', 'bpchar', 'citext', 'uuid', 'xml', 'inet', 'cidr'];

/** Whether a column holds any value of a dtype as it is, or refuses it with an error: never rounded, never shifted. */
function takes(column: TargetColumn, dtype: DataType): boolean {
  const { type, modifier } = column;
  const shape = numericShape(modifier);
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return ['int2', 'int4', 'int8'].includes(type) || (type === 'numeric' && (shape?.scale ?? 0) >= 0);
    case 'float':
      return type === 'float8' || (type === 'numeric' && shape === undefined);
    case 'decimal':
      return type === 'numeric' && (shape === undefined || shape.scale >= dtype.scale);
    case 'string':
      return column.isEnum || TEXT_TYPES.includes(type);
    case 'boolean':
      return type === 'bool';
    case 'date':
      return type === 'date';
    case 'timestamp':
      // Without a zone it holds UTC, as the engine does; with fewer digits it would round.
      return (type === 'timestamptz' || type === 'timestamp') && (modifier === -1 || modifier === 6);
    case 'json':
    case 'list':
    case 'struct':
      return type === 'jsonb' || type === 'json';
    case 'binary':
      return type === 'bytea';
  }
}
