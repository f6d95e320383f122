import { MillraceError } from '../errors.ts';
import type { Frame } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import { RUN_OPTIONS, type RunOptions } from '../plan/source.ts';
import { readCsv } from '../readers/csv/csv.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Field } from '../schema/dtype.ts';
import { quoteText } from '../sql/dialect.ts';
import { decimalText } from '../sql/duckdb/decimal-text.ts';
import { INSTANT, jsonText } from '../sql/duckdb/write-nested.ts';
import { compressionFor } from '../storage/compression.ts';
import type { S3Options } from '../storage/s3/options.ts';
import { storeFile } from '../storage/stores.ts';
import { checkCall } from './check-call.ts';
import { columnsToWrite, copyTo, inStore, shaped } from './copy-to.ts';
import { byValue, type ReadTarget, readBackSchema } from './reconcile/target-rows.ts';
import { type LoadReport, runLoad } from './report.ts';
import { withinText } from './text-limits.ts';

/** What `load.csv` takes. */
export interface CsvLoadOptions extends RunOptions {
  /** What to do with a file that is there: write over it, or stop. */
  readonly mode: 'replace' | 'fail';
  /** The character between fields. Default `,`. */
  readonly delimiter?: string;
  /** Whether the first line names the columns. Default true. */
  readonly header?: boolean;
  /** How a null is written. Default: nothing at all; an empty string is `""`. */
  readonly nullMarker?: string;
  /** How the store of an `s3://` url is reached. */
  readonly s3?: S3Options;
}

const CSV_OPTIONS: OptionNames<CsvLoadOptions> = {
  mode: true,
  delimiter: 'text',
  header: 'boolean',
  nullMarker: 'text',
  s3: 'object',
  ...RUN_OPTIONS,
};

/**
 * Writes a frame to a CSV file, compressed where the path ends in `.gz` or `.zst`; `read.csv` with the frame's schema reads back
 * what it held.
 *
 * The file is written beside its target and renamed into place, so a failure leaves what was there; to an `s3://` url it
 * is sent when it is whole (needs the package `@aws-sdk/client-s3`). A null is the null
 * marker without quotes; a string that looks like it is quoted. Timestamps are ISO 8601 in UTC with microseconds,
 * decimals exact, binary base64, json, lists and structs JSON. NaN and infinity are an error
 * (`load.not_finite`), and so are years outside of 1 to 9999 (`load.far_time`).
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * const notes = read.rows([{ id: 1, note: null }, { id: 2, note: '' }], { schema: { id: t.int(), note: t.string().nullable() } });
 * const report = await load.csv(notes, 'warehouse/notes.csv', { mode: 'replace' });
 * console.log(report.rows.written); // 2
 * ```
 */
export async function loadCsv<C extends AnyCol>(
  frame: Frame<C>,
  path: string,
  options: CsvLoadOptions,
): Promise<LoadReport> {
  checkCall({
    loader: 'load.csv',
    frame,
    target: path,
    path: 'a file',
    stores: true,
    options,
    names: CSV_OPTIONS,
    modes: ['replace', 'fail'],
  });
  const { mode, delimiter = ',', header = true, nullMarker = '' } = options;
  const fields = columnsToWrite(frame, 'load.csv');
  if (delimiter.length !== 1 || /[\w\r\n"]/.test(delimiter)) {
    throw new MillraceError({
      code: 'load.option',
      message: `load.csv: delimiter is ${JSON.stringify(delimiter)}. Give one character that is no quote, no digit and no line end.`,
    });
  }
  if (/["\r\n]/.test(nullMarker) || nullMarker.includes(delimiter)) {
    throw new MillraceError({
      code: 'load.option',
      message: `load.csv: nullMarker is ${JSON.stringify(nullMarker)}. Give a text without quotes, delimiters and line ends.`,
    });
  }
  const [only, ...others] = fields;
  if (others.length === 0 && only?.nullable === true && nullMarker === '') {
    throw new MillraceError({
      code: 'load.option',
      message: `load.csv: the only column ${JSON.stringify(only.name)} can be null, and a null alone on its line is a blank line, which readers pass over. Give a nullMarker such as 'NULL'.`,
    });
  }
  const settings = [
    'FORMAT csv',
    `HEADER ${header}`,
    `DELIMITER ${quoteText(delimiter)}`,
    `QUOTE '"'`,
    `ESCAPE '"'`,
    `NULLSTR ${quoteText(nullMarker)}`,
    `TIMESTAMPFORMAT ${quoteText(INSTANT)}`,
    `COMPRESSION ${compressionFor(path)}`,
  ];
  const readTarget: ReadTarget = (session, _, __, task) => {
    const { s3 } = options;
    const store = s3 === undefined ? {} : { s3 };
    const read = { schema: readBackSchema(fields), delimiter, header, nullMarkers: [nullMarker], ...store };
    return task({ frame: readCsv(session, path, read), scope: `all rows of ${path}`, columns: byValue(fields) });
  };
  return runLoad(
    frame,
    options,
    path,
    (engine, run) =>
      inStore(engine, options, (store) =>
        storeFile(path, store, mode, (aside) =>
          copyTo(engine, shaped(run.query, fields, textShape), aside, settings, options),
        ),
      ),
    readTarget,
  );
}

function textShape(name: string, field: Field): string {
  switch (field.dtype.id) {
    case 'binary':
      return `to_base64(${name})`;
    case 'list':
    case 'struct':
      return withinText(name, field, `CASE WHEN ${name} IS NOT NULL THEN ${jsonText(name, field.dtype)} END`);
    case 'decimal':
      return decimalText(name, field.dtype);
    default:
      return withinText(name, field);
  }
}
