import type { Run } from '../engines/duckdb/engine.ts';
import type { Frame } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import { RUN_OPTIONS, type RunOptions } from '../plan/source.ts';
import { readJson, readNdjson } from '../readers/json.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Field } from '../schema/dtype.ts';
import { quoteName, quoteText } from '../sql/dialect.ts';
import { forJson, INSTANT, needsMarks, rowText } from '../sql/duckdb/write-nested.ts';
import type { Statement } from '../sql/program.ts';
import { compressionFor } from '../storage/compression.ts';
import type { S3Options } from '../storage/s3/options.ts';
import { storeFile } from '../storage/stores.ts';
import { checkCall } from './check-call.ts';
import { columnsToWrite, copyTo, inStore, shaped } from './copy-to.ts';
import { byValue, type ReadTarget, readBackSchema } from './reconcile/target-rows.ts';
import { type LoadReport, runLoad } from './report.ts';
import { withinText } from './text-limits.ts';

/** What `load.json` takes. */
export interface JsonLoadOptions extends RunOptions {
  /** What to do with a file that is there: write over it, or stop. */
  readonly mode: 'replace' | 'fail';
  /** A record a line instead of one array. Default: where the path ends in `.ndjson` or `.jsonl`, with or without `.gz` or `.zst`. */
  readonly lines?: boolean;
  /** How the store of an `s3://` url is reached. */
  readonly s3?: S3Options;
}

const JSON_OPTIONS: OptionNames<JsonLoadOptions> = {
  mode: true,
  lines: 'boolean',
  s3: 'object',
  ...RUN_OPTIONS,
};

/**
 * Writes a frame to a JSON array, or to a record a line; compressed where the path ends in `.gz` or `.zst`. `read.json` and
 * `read.ndjson` with the frame's schema read back what it held.
 *
 * The file is written beside its target and renamed into place, so a failure leaves what was there; to an `s3://` url it
 * is sent when it is whole (needs the package `@aws-sdk/client-s3`). A null is `null`.
 * Decimals and bigints are JSON numbers with all their digits (a parser that reads numbers as doubles rounds those
 * above 15); timestamps are ISO 8601 in UTC with microseconds, binary base64. NaN and infinity are an error
 * (`load.not_finite`), and so are years outside of 1 to 9999 (`load.far_time`).
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * const prices = read.rows([{ sku: 'a', price: '1.50' }], { schema: { sku: t.string(), price: t.decimal(12, 2) } });
 * const report = await load.json(prices, 'warehouse/prices.ndjson', { mode: 'replace' });
 * console.log(report.rows.written); // 1
 * ```
 */
export async function loadJson<C extends AnyCol>(
  frame: Frame<C>,
  path: string,
  options: JsonLoadOptions,
): Promise<LoadReport> {
  checkCall({
    loader: 'load.json',
    frame,
    target: path,
    path: 'a file',
    stores: true,
    options,
    names: JSON_OPTIONS,
    modes: ['replace', 'fail'],
  });
  const { mode, lines = /\.(ndjson|jsonl)(\.(gz|zst))?$/.test(path) } = options;
  const fields = columnsToWrite(frame, 'load.json');
  const exact = fields.some((field) => needsMarks(field.dtype));
  const settings = [...(exact ? textSettings(lines) : jsonSettings(lines)), `COMPRESSION ${compressionFor(path)}`];
  const readTarget: ReadTarget = (session, _, __, task) => {
    const read = lines ? readNdjson : readJson;
    const { s3 } = options;
    const rows = read(session, path, { schema: readBackSchema(fields), ...(s3 === undefined ? {} : { s3 }) });
    return task({ frame: rows, scope: `all rows of ${path}`, columns: byValue(fields) });
  };
  const query = (run: Run): Statement => (exact ? rowTexts(run.query, fields) : shaped(run.query, fields, jsonShape));
  return runLoad(
    frame,
    options,
    path,
    (engine, run) =>
      inStore(engine, options, (store) =>
        storeFile(path, store, mode, (aside) => copyTo(engine, query(run), aside, settings, options)),
      ),
    readTarget,
  );
}

function jsonSettings(lines: boolean): string[] {
  return ['FORMAT json', `ARRAY ${!lines}`, `TIMESTAMPFORMAT ${quoteText(INSTANT)}`];
}

/** The engine's JSON writer would read the numbers in a JSON column as doubles: its text writer writes lines as they are. */
function textSettings(lines: boolean): string[] {
  const text = ['FORMAT csv', 'HEADER false', "QUOTE ''", "ESCAPE ''", "DELIMITER ''"];
  return lines ? text : [...text, "PREFIX '[\n\t'", "SUFFIX '\n]\n'", "NEW_LINE ',\n\t'"];
}

function rowTexts(query: Statement, fields: readonly Field[]): Statement {
  const columns = fields.map((field) => {
    const name = quoteName(field.name);
    return { name: field.name, dtype: field.dtype, sql: withinText(name, field) };
  });
  return { sql: `SELECT ${rowText(columns, INSTANT)} FROM (${query.sql})`, values: query.values };
}

function jsonShape(name: string, field: Field): string {
  return withinText(name, field, forJson(name, field.dtype, { exact: false, instants: INSTANT }));
}
