import { Frame, type FrameOf } from '../frame/frame.ts';
import type { Scan } from '../plan/scan.ts';
import type { Executor, OnBadRow, Source } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { checkGzip, isGzip } from '../storage/compression.ts';
import { expandPaths } from '../storage/paths.ts';
import { stamped } from '../storage/stamps.ts';
import { filesSince, type IncrementalFilesOptions, incrementalFiles, NO_FILES } from './incremental/files.ts';
import { scanColumns } from './scan-columns.ts';

export interface NdjsonOptions<S extends SchemaSpec> {
  /**
   * The columns; `.from('customer.email')` is a path into a record, `.from('tags.0')` the first item of an array. In a
   * record that has a key `"customer.email"`, it is that key.
   */
  readonly schema: S;
  /** What a record that does not fit its schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
  /** Reads the files that came or were changed since the last load that committed. */
  readonly incremental?: IncrementalFilesOptions;
}

export interface JsonOptions<S extends SchemaSpec> extends NdjsonOptions<S> {
  /** The path of the array of records in each document, such as `'data.items'`. Default: the document itself. */
  readonly records?: string;
}

/**
 * Reads files of a JSON record a line.
 *
 * A number is read from its digits, so decimals and 64-bit integers are exact. A string is read as strictly as a field
 * of a CSV file. 1.0 and 1e3 are whole numbers; a number or boolean in a string column
 * is the text it is written as; an object or array
 * fits only `t.json()`, `t.list()` and `t.struct()`. A null and a missing key are null; keys that the schema does not
 * name are passed over, in structs too. A key that the schema names and that stands twice in its object does not fit.
 *
 * Inside lists and structs every value must be of its own kind (`t.list`). `t.json()` keeps the text: its numbers stay
 * digit for digit in files and databases, and become doubles only where JavaScript asks for the value, where of a key
 * that stands twice the last counts. A key that is a column's whole name, dots and all, goes before a path.
 */
export function readNdjson<const S extends SchemaSpec>(
  executor: Executor,
  paths: string | readonly string[],
  options: NdjsonOptions<S>,
): FrameOf<S> {
  return frameOf(executor, paths, options, { kind: 'ndjson', lines: true, records: undefined });
}

/** Reads JSON documents: an array of records, at the top or under a path. An object is one record. */
export function readJson<const S extends SchemaSpec>(
  executor: Executor,
  paths: string | readonly string[],
  options: JsonOptions<S>,
): FrameOf<S> {
  return frameOf(executor, paths, options, { kind: 'json', lines: false, records: options.records });
}

function frameOf<S extends SchemaSpec>(
  executor: Executor,
  paths: string | readonly string[],
  options: NdjsonOptions<S>,
  shape: { readonly kind: string; readonly lines: boolean; readonly records: string | undefined },
): FrameOf<S> {
  const columns = scanColumns(options.schema);
  const { lines, records } = shape;
  const incremental = incrementalFiles(options.incremental);
  const sound = new Map<string, string>();
  const source: Source = {
    name: `${shape.kind} ${typeof paths === 'string' ? paths : paths.join(', ')}`,
    schema: schemaOf(options.schema),
    ordered: true,
    onBadRow: options.onBadRow ?? 'fail',
    volatile: incremental !== undefined,
    ...(incremental === undefined ? {} : { incremental }),
    prepare: async (context): Promise<Scan> => {
      const files = filesSince(expandPaths(paths, shape.kind), context);
      if (files.length === 0) return NO_FILES;
      await checkGzip(files.filter(isGzip).map(stamped), 'json', sound);
      return { kind: 'json', area: 'json', paths: files, lines, records, names: undefined, columns };
    },
  };
  return new Frame({ kind: 'source', source }, executor);
}
