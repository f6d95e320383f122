import { MillraceError } from '../../errors.ts';
import { listOf, type OneOrMore } from '../../frame/functions/order.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import type { TableShape } from './make-table.ts';
import { checkColumns } from './modes/key.ts';
import { CALLER } from './modes/mode.ts';

/**
 * What a table is made with where it is absent. One that is there must have the keys, as each unique index has them, and
 * keeps its own indexes and comments.
 */
export interface TableDefinition<K extends string> {
  /** The columns of the primary key. Default: the key of the mode, which otherwise is a unique index. */
  readonly primaryKey?: OneOrMore<K>;
  /** Further keys: columns that no two rows have alike, null being no value. */
  readonly unique?: readonly OneOrMore<K>[];
  /** Indexes: the columns of each, in a B-tree unless said. */
  readonly indexes?: readonly IndexDefinition<K>[];
  /** What the table is, for those who look at it. */
  readonly comment?: string;
  /** What columns are. */
  readonly comments?: { readonly [N in K]?: string };
}

/** The columns of an index, or those and the kind of index. */
export type IndexDefinition<K extends string> =
  | OneOrMore<K>
  | { readonly on: OneOrMore<K>; readonly using: IndexMethod };

/** The kinds of indexes that PostgreSQL makes. */
export type IndexMethod = 'btree' | 'hash' | 'gin' | 'gist' | 'spgist' | 'brin';

const METHODS: readonly IndexMethod[] = ['btree', 'hash', 'gin', 'gist', 'spgist', 'brin'];

/** An index that is made with a table. */
export interface TableIndex {
  readonly columns: readonly string[];
  readonly using: IndexMethod;
}

/** A text that is kept with a table, or with one of its columns. */
export interface Comment {
  readonly column: string | undefined;
  readonly text: string;
}

/** The shape that a mode asks for, with what else is declared. */
export function defined(shape: TableShape, definition: TableDefinition<string> | undefined): TableShape {
  if (definition === undefined) return shape;
  const { primaryKey, unique = [], comment, comments = {} } = definition;
  const declared = primaryKey === undefined ? [] : listOf(primaryKey);
  const keys = unique.map((columns) => ({ columns: listOf(columns) }));
  const { primaryKey: own } = shape;
  const isOther = declared.length > 0 && own.length > 0 && !sameColumns(declared, own);
  const ofColumns = Object.entries(comments).flatMap(([column, text]): Comment[] =>
    text === undefined ? [] : [{ column, text }],
  );
  return {
    ...shape,
    primaryKey: declared.length > 0 ? declared : own,
    // Rows are matched by the mode's own key, whatever else tells them apart.
    unique: [...(shape.unique ?? []), ...(isOther ? [{ columns: own }] : []), ...keys],
    declared: [
      ...(declared.length > 0 && !sameColumns(declared, own) ? [declared] : []),
      ...keys.map((k) => k.columns),
    ],
    indexes: (definition.indexes ?? []).map(indexOf),
    comments: [...(comment === undefined ? [] : [{ column: undefined, text: comment }]), ...ofColumns],
  };
}

/** Refuses a definition that no table of these columns can have, before anything runs. */
export function checkDefinition(definition: TableDefinition<string>, names: readonly string[]): void {
  if (typeof definition !== 'object' || definition === null) throw refused(`is ${JSON.stringify(definition)}`);
  const unknown = Object.keys(definition).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw refused(`has an option ${JSON.stringify(unknown)}`);
  const { primaryKey, unique = [], indexes = [], comment, comments = {} } = definition;
  if (primaryKey !== undefined) checkKey(listOf(primaryKey), names, 'primaryKey');
  for (const columns of unique) checkKey(listOf(columns), names, 'unique');
  for (const index of indexes) {
    const { columns, using } = indexOf(index);
    checkKey(columns, names, 'indexes');
    if (!METHODS.includes(using)) {
      throw new MillraceError({
        code: 'load.option',
        message: `${CALLER}: create.indexes asks for an index of the kind ${JSON.stringify(using)}. The kinds are ${METHODS.join(', ')}.`,
        details: { using },
      });
    }
  }
  checkColumns(Object.keys(comments), names, { code: 'load.option', what: 'to have one of create.comments' });
  for (const text of [comment, ...Object.values(comments)]) {
    if (text === undefined || (typeof text === 'string' && !text.includes('\0'))) continue;
    throw refused(`has the comment ${JSON.stringify(text)}; comments are texts without NUL bytes`);
  }
}

const OPTIONS = ['primaryKey', 'unique', 'indexes', 'comment', 'comments'];

function checkKey(columns: readonly string[], names: readonly string[], option: string): void {
  if (columns.length === 0) throw refused(`has ${option} without a column`);
  checkColumns(columns, names, { code: 'load.option', what: `to be in create.${option}` });
}

function refused(what: string): MillraceError {
  return new MillraceError({
    code: 'load.option',
    message: `${CALLER}: create ${what}. Give { ${OPTIONS.map((name) => `${name}?`).join(', ')} }.`,
  });
}

function indexOf(given: IndexDefinition<string>): TableIndex {
  if (typeof given === 'object' && given !== null && 'on' in given) {
    return { columns: listOf(given.on), using: given.using };
  }
  return { columns: listOf(given), using: 'btree' };
}

function sameColumns(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

/** Makes what stands beside a table that was just made. */
export async function decorate(
  server: Transaction,
  table: string,
  { indexes = [], comments = [] }: Pick<TableShape, 'indexes' | 'comments'>,
): Promise<void> {
  for (const { columns, using } of indexes) {
    await server.query(`CREATE INDEX ON ${table} USING ${using} (${columns.map(quoteIdentifier).join(', ')})`);
  }
  for (const { column, text } of comments) {
    const on = column === undefined ? `TABLE ${table}` : `COLUMN ${table}.${quoteIdentifier(column)}`;
    // The statement takes no values: the server writes the text into it.
    const { rows } = await server.query('SELECT pg_catalog.quote_literal($1::pg_catalog.text)', [text]);
    await server.query(`COMMENT ON ${on} IS ${String(rows[0]?.[0])}`);
  }
}
