import type { Frame } from '../frame/frame.ts';
import type { RunOptions } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Field } from '../schema/dtype.ts';
import { quoteName, quoteText } from '../sql/dialect.ts';
import { forJson, holds, rowText } from '../sql/duckdb/write-nested.ts';
import type { Statement } from '../sql/program.ts';
import { isGzip } from '../storage/compression.ts';
import { writeFileAside } from '../storage/write-aside.ts';
import { checkCall } from './check-call.ts';
import { columnsToWrite, copyTo, finite, INSTANT, shaped } from './copy-to.ts';
import { type LoadReport, runLoad } from './report.ts';

export interface JsonLoadOptions extends RunOptions {
  /** What to do with a file that is there: write over it, or stop. */
  readonly mode: 'replace' | 'fail';
  /** A record a line instead of one array. Default: where the path ends in `.ndjson` or `.jsonl`, with or without `.gz`. */
  readonly lines?: boolean;
}

/**
 * Writes a frame to a JSON array, or to a record a line; compressed where the path ends in `.gz`. `read.json` and
 * `read.ndjson` with the frame's schema read back what it held.
 *
 * The file is written beside its target and renamed into place, so a failure leaves what was there. A null is `null`.
 * Decimals and bigints are JSON numbers with all their digits (a parser that reads numbers as doubles rounds those
 * above 15); timestamps are ISO 8601 in UTC with microseconds, binary base64. NaN and infinity are an error.
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
  checkCall({ loader: 'load.json', frame, target: path, path: 'a file', options, modes: ['replace', 'fail'] });
  const { mode, lines = /\.(ndjson|jsonl)(\.gz)?$/.test(path) } = options;
  const fields = columnsToWrite(frame, 'load.json');
  const compression = isGzip(path) ? 'COMPRESSION gzip' : 'COMPRESSION none';
  const exact = fields.some((field) => holds(field.dtype, 'json'));
  const settings = [...(exact ? textSettings(lines) : jsonSettings(lines)), compression];
  return runLoad(frame, options, (engine, run) =>
    writeFileAside(path, mode, (aside) =>
      copyTo(
        engine,
        exact ? rowTexts(run.query, fields) : shaped(run.query, fields, jsonShape),
        aside,
        settings,
        options,
      ),
    ),
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
    return { name: field.name, dtype: field.dtype, sql: field.dtype.id === 'float' ? finite(name, field) : name };
  });
  return { sql: `SELECT ${rowText(columns, INSTANT)} FROM (${query.sql})`, values: query.values };
}

function jsonShape(name: string, field: Field): string {
  if (field.dtype.id === 'float') return finite(name, field);
  return forJson(name, field.dtype, { exact: false });
}
