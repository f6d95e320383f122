import { didYouMean, MillraceError } from '../../errors.ts';
import type { CopyColumn, ScanColumn } from '../../plan/scan.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { TextFormat } from '../../schema/column-type.ts';
import { declarationOf } from '../../schema/declaration.ts';
import { type DataType, describeDType } from '../../schema/dtype.ts';
import type { Since } from './since.ts';

/** What is asked of a server: SQL in its own words, and the values of its placeholders. */
export interface Request {
  readonly sql: string;
  readonly values: readonly unknown[];
  /** Which of its rows are needed. */
  readonly since?: Since;
}

/** A column of a result, with the server's own account of its type. */
export interface ServerColumn {
  readonly name: string;
  /** As the server writes it: `numeric(12,2)`. */
  readonly written: string;
}

/** How a column of a server becomes one of a dtype. */
export interface Wire {
  /** Which of the texts that it sends fit the dtype. */
  readonly fits: CopyColumn['fits'];
  /** How its texts are written, where that is not as the column is declared. */
  readonly format?: TextFormat;
}

/** A column as it is asked for. */
export interface WireColumn<C extends ServerColumn = ServerColumn, W extends Wire = Wire> {
  readonly server: C;
  readonly wire: W;
  readonly column: CopyColumn;
}

/** The result of a request, as long as its connection is held. */
export interface Result<C extends ServerColumn = ServerColumn, W extends Wire = Wire> {
  /** `described`: whether their dtypes will be asked for, which may need a look at the rows. */
  columns(described: boolean): Promise<readonly C[]>;
  /** The rows as COPY text, cut anywhere; returns how many there were. */
  copyText(wires: readonly WireColumn<C, W>[]): AsyncGenerator<Uint8Array, number>;
}

/** A column whose values come as JavaScript values, and how each is told as text. */
export interface ValueWire extends Wire {
  readonly text: (value: unknown) => string | null;
}

/** One kind of database: its table of types, and how it is asked. */
export interface SqlServer<C extends ServerColumn = ServerColumn, W extends Wire = Wire> {
  /** The dtype of a column that no schema declares. */
  dtypeOf(column: C): DataType;
  /** Whether and how a column becomes one of a dtype; undefined where it cannot without loss. */
  wire(column: C, dtype: DataType, format: TextFormat): W | undefined;
  /** Holds a connection, on which nothing can be written, while the task runs. */
  open<R>(
    request: Request,
    options: Pick<RunOptions, 'signal'>,
    task: (result: Result<C, W>) => Promise<R>,
  ): Promise<R>;
}

export const CALLER = 'read.sql';

/** A column for a declared one; an error that names both types where it cannot be that. */
export function wireAs<C extends ServerColumn, W extends Wire>(
  server: Pick<SqlServer<C, W>, 'dtypeOf' | 'wire'>,
  found: C,
  { name, dtype, nullable, format }: ScanColumn,
): WireColumn<C, W> {
  const wire = server.wire(found, dtype, format);
  if (wire !== undefined) {
    return { server: found, wire, column: { name, dtype, nullable, fits: wire.fits, format: wire.format ?? format } };
  }
  const own = server.dtypeOf(found);
  throw new MillraceError({
    code: 'sql.column_type',
    message: `${CALLER}: column ${JSON.stringify(found.name)} is ${found.written} in the result, which the schema cannot read as ${describeDType(dtype)}. Declare it as ${declarationOf(own)}, or cast it in the query.`,
    details: { column: found.name, type: found.written, dtype: describeDType(dtype) },
  });
}

/** A column of a result for one that no schema declares. */
export function undeclared<C extends ServerColumn>(
  server: Pick<SqlServer<C>, 'dtypeOf'>,
  { name, ...rest }: C,
): ScanColumn {
  const dtype = server.dtypeOf({ name, ...rest } as C);
  return { name, outside: name, dtype, nullable: true, format: {} };
}

/** The columns of a result; their names must tell them apart. */
export function checkNames<C extends ServerColumn>(columns: readonly C[]): readonly C[] {
  const seen = new Set<string>();
  for (const { name } of columns) {
    if (seen.has(name.toLowerCase())) {
      throw new MillraceError({
        code: 'sql.duplicate_column',
        message: `${CALLER}: the result has the column ${JSON.stringify(name)} twice (case does not count). Give one of them another name with AS.`,
        details: { column: name },
      });
    }
    seen.add(name.toLowerCase());
  }
  if (columns.length === 0) {
    throw new MillraceError({ code: 'sql.no_columns', message: `${CALLER}: the query gives no columns.` });
  }
  return columns;
}

export function columnOf<C extends ServerColumn>(found: readonly C[], name: string): C {
  const column = found.find((c) => c.name === name);
  if (column !== undefined) return column;
  const names = found.map((c) => c.name);
  throw new MillraceError({
    code: 'sql.missing_column',
    message: `${CALLER}: the result has no column ${JSON.stringify(name)}.${didYouMean(name, names)} Its columns are ${names.join(', ')}.`,
    details: { column: name, columns: names },
  });
}
