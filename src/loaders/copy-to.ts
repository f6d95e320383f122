import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import type { Engine } from '../engines/duckdb/engine.ts';
import { MillraceError } from '../errors.ts';
import type { Frame } from '../frame/frame.ts';
import type { RunOptions } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Field } from '../schema/dtype.ts';
import { quoteName, quoteText } from '../sql/dialect.ts';
import type { Statement } from '../sql/program.ts';
import type { S3Options } from '../storage/s3/options.ts';
import type { StoreOptions } from '../storage/stores.ts';

/** The query with each column as a file holds it. */
export function shaped(
  query: Statement,
  schema: readonly Field[],
  shape: (name: string, field: Field) => string,
): Statement {
  const columns = schema.map((field) => {
    const name = quoteName(field.name);
    const sql = shape(name, field);
    return sql === name ? name : `${sql} AS ${name}`;
  });
  return { sql: `SELECT ${columns.join(', ')} FROM (${query.sql})`, values: query.values };
}

/** Has the engine write a query to a file or a folder; gives how many rows it wrote. */
export async function copyTo(
  engine: Engine,
  query: Statement,
  path: string,
  settings: readonly string[],
  options: RunOptions,
): Promise<number> {
  const sql = `COPY (${query.sql}) TO ${quoteText(path)} (${settings.join(', ')})`;
  const result = await engine.connections.run({ sql, values: query.values }, options);
  const [[count] = []] = await result.getRowsJS();
  return Number(count);
}

/** What a store needs of a run: how it is reached, and folders for what is on its way, which go when the task has ended. */
export function inStore<R>(
  engine: Engine,
  { s3, signal }: RunOptions & { readonly s3?: S3Options },
  task: (options: StoreOptions) => Promise<R>,
): Promise<R> {
  const newFolder = (parent: string): Promise<string> => mkdtemp(join(parent, 's3-'));
  return engine.scratch.within((shop) => task({ s3, signal, newFolder: () => shop.folder().then(newFolder) }));
}

/** A frame's columns; an error where it has none. */
export function columnsToWrite<C extends AnyCol>(frame: Frame<C>, loader: string): readonly Field[] {
  if (frame.schema.length > 0) return frame.schema;
  throw new MillraceError({ code: 'load.no_columns', message: `${loader}: the frame has no columns.` });
}
