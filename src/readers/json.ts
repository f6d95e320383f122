import { MillraceError } from '../errors.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import type { Scan, ScanColumn } from '../plan/scan.ts';
import type { Executor, OnBadRow, Source } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { expandPaths } from '../storage/paths.ts';
import { DOWNLOAD_OPTIONS, type DownloadOptions } from './download.ts';
import { filesSince, type IncrementalFilesOptions, incrementalFiles, NO_FILES } from './incremental/files.ts';
import { bytesOf, fetched, type JsonFile, type JsonInput, nameOf, partsOf } from './json-files.ts';
import { documentLines, withLineEnds } from './records/document.ts';
import { blocksOfLines, LineReader } from './records/lines.ts';
import { Parts } from './records/parts.ts';
import { plainShape } from './records/plain-shape.ts';
import { scanColumns } from './scan-columns.ts';

/** What `read.ndjson` takes. */
export interface NdjsonOptions<S extends SchemaSpec> extends DownloadOptions {
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

export const NDJSON_OPTIONS: OptionNames<NdjsonOptions<SchemaSpec>> = {
  schema: true,
  onBadRow: 'text|object',
  incremental: 'object',
  ...DOWNLOAD_OPTIONS,
};

/** What `read.json` takes. */
export interface JsonOptions<S extends SchemaSpec> extends NdjsonOptions<S> {
  /** The path of the array of records in each document, such as `'data.items'`. Default: the document itself. */
  readonly records?: string;
}

export const JSON_OPTIONS: OptionNames<JsonOptions<SchemaSpec>> = { records: 'text', ...NDJSON_OPTIONS };

/**
 * Reads files of a JSON record a line: by path, paths, glob or url; compressed with gzip or zstd or not.
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
  input: JsonInput,
  options: NdjsonOptions<S>,
): FrameOf<S> {
  return frameOf(executor, input, options, { kind: 'ndjson', lines: true, records: undefined });
}

/**
 * Reads JSON documents: an array of records, at the top or under a path. An object is one record. Values are read as
 * `read.ndjson` reads them.
 *
 * Errors, also those of `read.ndjson`: `json.bad_row` with file, line or record, column and value; `json.malformed` for a
 * document that is cut off or none, `json.no_records`; `json.too_long` for a line over 256 MB; `json.gzip` and `json.zstd` for files that are cut off or
 * damaged; `json.status` and `json.network` of urls, which are tried again; `json.not_found`, `json.duplicate_path`,
 * `json.scheme`, `json.option`; where files are named, `ndjson.` stands for `json.` in `read.ndjson`.
 */
export function readJson<const S extends SchemaSpec>(
  executor: Executor,
  input: JsonInput,
  options: JsonOptions<S>,
): FrameOf<S> {
  return frameOf(executor, input, options, { kind: 'json', lines: false, records: options.records });
}

function frameOf<S extends SchemaSpec>(
  executor: Executor,
  input: JsonInput,
  options: NdjsonOptions<S>,
  shape: { readonly kind: 'json' | 'ndjson'; readonly lines: boolean; readonly records: string | undefined },
): FrameOf<S> {
  const columns = scanColumns(options.schema);
  const { lines } = shape;
  const incremental = incrementalFiles(options.incremental);
  const parts = partsOf(input);
  const sound = new Map<string, string>();
  const urls = parts.filter((part) => part.isUrl);
  if (incremental !== undefined && urls.length > 0) {
    throw new MillraceError({
      code: 'json.option',
      message: `read.${shape.kind}: incremental reads files of this machine, and a url is none. Read urls without it.`,
    });
  }
  const source: Source = {
    name: `${shape.kind} ${nameOf(input, options)}`,
    schema: schemaOf(options.schema),
    ordered: true,
    onBadRow: options.onBadRow ?? 'fail',
    volatile: incremental !== undefined,
    ...(incremental === undefined ? {} : { incremental }),
    prepare: async (context): Promise<Scan> => {
      const paths = parts.flatMap(({ text, isUrl }) => (isUrl ? [] : [text]));
      // All paths at once, so that a file which is named twice is found.
      const local = paths.length === 0 && parts.length > 0 ? [] : expandPaths(paths, shape.kind);
      const since = filesSince(local, context);
      if (since.length === 0 && paths.length === parts.length) return NO_FILES;
      const files: JsonFile[] = [];
      for (const { text, isUrl } of parts) {
        const own = isUrl
          ? [await fetched(text, options, context)]
          : expandPaths(text, shape.kind).flatMap((path) => (since.includes(path) ? [{ path, name: path }] : []));
        files.push(...own);
      }
      return {
        kind: 'records',
        area: 'json',
        unit: lines ? 'line' : 'record',
        columns,
        read: async (take) => {
          const parts = new Parts(await context.scratchFolder(), take);
          try {
            for (const file of files) await addFile(parts, file, { ...shape, columns, sound, signal: context.signal });
            await parts.end();
          } finally {
            await parts.settled();
          }
        },
      };
    },
  };
  return new Frame({ kind: 'source', source }, executor);
}

/** Adds the records of a file. */
async function addFile(
  parts: Parts,
  file: JsonFile,
  how: {
    readonly lines: boolean;
    readonly records: string | undefined;
    readonly columns: readonly ScanColumn[];
    readonly sound: Map<string, string>;
    readonly signal: AbortSignal | undefined;
  },
): Promise<void> {
  const { name } = file;
  const bytes = bytesOf(file, how.sound);
  const reader = new LineReader(plainShape(how.columns));
  const lines = how.lines ? bytes : documentLines(bytes, { name, records: how.records });
  for await (const block of blocksOfLines(lines, name)) {
    how.signal?.throwIfAborted();
    const { runs, ...records } = reader.read(block);
    if (!how.lines) for (const { start, end } of records.aside) withLineEnds(records.lines.subarray(start, end));
    await parts.add(name, records, runs);
  }
}
