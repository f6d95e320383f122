import { MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { placed } from '../../postgres/search-path.ts';
import { quoteIdentifier, quoteTable, type TableName } from '../../postgres/types.ts';

/** Columns that no two rows have alike: of all rows, or of those for which `where` holds (a boolean column, as the server writes it). */
export interface UniqueKey {
  readonly columns: readonly string[];
  readonly where?: string;
}

export interface TargetColumn {
  readonly name: string;
  /** As the server writes it: `numeric(12,2)`. */
  readonly written: string;
  /** The name of the type, of a domain the type under it. */
  readonly type: string;
  readonly isEnum: boolean;
  readonly isDomain: boolean;
  readonly modifier: number;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly generated: boolean;
  readonly inPrimaryKey: boolean;
  /** As SQL, the operator by which a unique index finds two values alike. */
  readonly equals: string;
}

/** A table that stands in the target. */
export interface TargetTable {
  /** As SQL, with its schema. */
  readonly sql: string;
  readonly schema: string;
  readonly isPartitioned: boolean;
  readonly columns: readonly TargetColumn[];
  /** The unique indexes that a key can match. */
  readonly uniqueKeys: readonly UniqueKey[];
  /** The foreign keys of other tables that point here, and what they do to rows whose target goes. */
  readonly references: readonly { readonly constraint: string; readonly from: string; readonly onDelete: string }[];
  /** Whether this transaction made it. */
  readonly isNew?: boolean;
}

/** The place that a name means, in a schema that is there. */
export async function placeOf(transaction: Transaction, name: TableName): Promise<TableName> {
  const place = await placed(transaction.query, name);
  if (place !== undefined) return place;
  throw new MillraceError({
    code: 'load.table',
    message: `load.postgres: table is ${JSON.stringify(name.table)}, and no schema of the connection's search_path is there. Write 'schema.table'.`,
    details: { table: name.table },
  });
}

/** The table as it stands; undefined where there is none. */
export async function findTable(transaction: Transaction, name: TableName): Promise<TargetTable | undefined> {
  const found = await transaction.query(
    `SELECT c.oid::text, n.nspname::text, c.relkind::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.oid = pg_catalog.to_regclass($1::text)::oid`,
    [quoteTable(await placeOf(transaction, name))],
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
       (a.atthasdef OR a.attidentity <> '')::text, (a.attgenerated <> '')::text,
       (own.typtype = 'd')::text,
       EXISTS (SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisprimary AND a.attnum = ANY (i.indkey))::text,
       (SELECT n.nspname::text FROM pg_index i, ROWS FROM (pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indclass::oid[])) AS k(attnum, class), pg_opclass c, pg_amop o, pg_operator e, pg_namespace n
        WHERE i.indrelid = a.attrelid AND i.indisunique AND k.attnum = a.attnum AND c.oid = k.class AND o.amopfamily = c.opcfamily
          AND o.amoplefttype = c.opcintype AND o.amoprighttype = c.opcintype AND o.amopstrategy = 3 AND e.oid = o.amopopr
          AND e.oprname = '=' AND n.oid = e.oprnamespace LIMIT 1)
     FROM pg_attribute a JOIN pg_type own ON own.oid = a.atttypid
     JOIN pg_type t ON t.oid = CASE WHEN own.typtype = 'd' THEN own.typbasetype ELSE own.oid END
     WHERE a.attrelid = $1::oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`,
    [oid],
  );
  const keys = await transaction.query(
    `SELECT pg_catalog.json_agg(a.attname ORDER BY k.at)::text, pg_get_expr(i.indpred, i.indrelid)
     FROM pg_index i, pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, at), pg_attribute a
     WHERE i.indrelid = $1::oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indexprs IS NULL
       AND k.at <= i.indnkeyatts AND a.attrelid = i.indrelid AND a.attnum = k.attnum
     GROUP BY i.indexrelid, i.indpred, i.indrelid`,
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
    isPartitioned: kind === 'p',
    columns: columns.rows.map((column): TargetColumn => {
      const [named = '', written = '', type = '', ...facts] = column.map(String);
      const [isEnum, modifier, notNull, hasDefault, generated, isDomain, inPrimaryKey] = facts;
      const of = column.at(-1);
      return {
        name: named,
        written,
        type,
        isEnum: isEnum === 'true',
        isDomain: isDomain === 'true',
        modifier: Number(modifier),
        notNull: notNull === 'true',
        hasDefault: hasDefault === 'true',
        generated: generated === 'true',
        inPrimaryKey: inPrimaryKey === 'true',
        equals: typeof of === 'string' ? `OPERATOR(${quoteIdentifier(of)}.=)` : '=',
      };
    }),
    uniqueKeys: keys.rows.map(([names, where]): UniqueKey => {
      const columns = JSON.parse(String(names)) as string[];
      return where === null ? { columns } : { columns, where: String(where) };
    }),
    references: references.rows.map((reference) => {
      const [constraint = '', from = '', onDelete = ''] = reference.map(String);
      return { constraint, from, onDelete };
    }),
  };
}
