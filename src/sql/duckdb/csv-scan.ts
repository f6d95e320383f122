import type { CsvFile, Scan, ScanColumn } from '../../plan/scan.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { readText } from './reading.ts';

/** The column that tells which file a row of text is from. */
export const FILE_COLUMN = '__millrace_file';

/** In bytes. */
const LONGEST_LINE = 16 * 1024 * 1024;

/** The rows of a scan as text, a column a declared column; nothing is dropped but what the engine cannot parse. */
export function textOf(
  scan: Scan & { kind: 'csv' },
  options: { readonly withFile: boolean; readonly rejects?: string },
): string {
  const groups = new Map<string, CsvFile[]>();
  for (const file of scan.files) {
    const key = JSON.stringify([file.header, file.blankLines]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  // Files whose headers are alike are one scan; the order of the files is kept only within one.
  const inOrder = groups.size === 1 ? [...groups.values()] : scan.files.map((file) => [file]);
  return inOrder.map((files) => csvText(scan, files, options)).join('\nUNION ALL\n');
}

function csvText(
  scan: Scan & { kind: 'csv' },
  files: readonly CsvFile[],
  options: { readonly withFile: boolean; readonly rejects?: string },
): string {
  const header = files[0]?.header ?? [];
  const columns = header.map((_, i) => `'c${i}': 'VARCHAR'`).join(', ');
  const settings = [
    `[${files.map((file) => quoteText(file.path)).join(', ')}]`,
    'auto_detect = false',
    `header = ${scan.hasHeader}`,
    `skip = ${files[0]?.blankLines ?? 0}`,
    `delim = ${quoteText(scan.delimiter)}`,
    `quote = ${quoteText(scan.quote)}`,
    `escape = ${quoteText(scan.quote)}`,
    'strict_mode = true',
    `encoding = ${quoteText(scan.encoding)}`,
    // An empty list is refused; no text without quotes holds a line end.
    `nullstr = [${(scan.nullMarkers.length === 0 ? ['\n'] : scan.nullMarkers).map(quoteText).join(', ')}]`,
    'allow_quoted_nulls = false',
    `max_line_size = ${LONGEST_LINE}`,
    // Sixteen times the longest line if nothing is said: then one core reads a file of moderate size alone.
    `buffer_size = ${2 * LONGEST_LINE}`,
    ...(options.withFile ? ['filename = true'] : []),
    ...(options.rejects === undefined
      ? []
      : [
          'store_rejects = true',
          `rejects_table = ${quoteText(options.rejects)}`,
          `rejects_scan = ${quoteText(`${options.rejects}_scan`)}`,
          'rejects_limit = 0',
        ]),
    `columns = {${columns}}`,
  ];
  const selected = scan.columns.map((column) => {
    const position = header.indexOf(column.outside);
    return `${quoteName(`c${position}`)} AS ${quoteName(column.name)}`;
  });
  if (options.withFile) selected.push(`filename AS ${quoteName(FILE_COLUMN)}`);
  return `SELECT ${selected.join(', ')} FROM read_csv(${settings.join(', ')})`;
}

/** Whether each column of a row of text fits its declaration. */
function fits(column: ScanColumn): string {
  const name = quoteName(column.name);
  const { valid } = readText(name, column.dtype, column.format);
  // Text that nothing asks for must be looked at too: only so the engine tells that it is not in the file's encoding.
  if (column.nullable) return `(${name} IS NULL OR ${valid === 'true' ? `strlen(${name}) >= 0` : valid})`;
  return valid === 'true' ? `${name} IS NOT NULL` : `(${name} IS NOT NULL AND ${valid})`;
}

/** Whether a row of text fits its declaration as a whole. */
export function rowFits(columns: readonly ScanColumn[]): string {
  const conditions = columns.map((column) => fits(column)).filter((condition) => condition !== 'true');
  return conditions.length === 0 ? 'true' : conditions.join(' AND ');
}

/** The typed columns of rows of text that fit. */
export function typedColumns(columns: readonly ScanColumn[]): string {
  return columns
    .map((column) => {
      const name = quoteName(column.name);
      return `${readText(name, column.dtype, column.format).value} AS ${name}`;
    })
    .join(', ');
}

/** What a text that does not fit does to the run; which text it was is found out afterwards. */
const WRONG = "error('[csv.bad_row]')";

/** Rows of text (`from`) as typed rows, in one pass: the run fails at a text that does not fit. */
export function typedOrFail(columns: readonly ScanColumn[], from: string): string {
  const attempts: string[] = [];
  const selected = columns.map((column, i) => {
    const name = quoteName(column.name);
    const { shape, value, attempt, branches = [{ shape, value }] } = readText(name, column.dtype, column.format);
    if (shape === 'true') {
      return column.nullable ? name : `CASE WHEN ${name} IS NULL THEN ${WRONG} ELSE ${name} END AS ${name}`;
    }
    const absent = column.nullable ? `WHEN ${name} IS NULL THEN NULL ` : '';
    if (attempt === undefined) {
      const whens = branches.map((branch) => `WHEN ${branch.shape} THEN ${branch.value}`).join(' ');
      return `CASE ${whens} ${absent}ELSE ${WRONG} END AS ${name}`;
    }
    const result = quoteName(`__millrace_cast_${i}`);
    attempts.push(`${attempt.cast} AS ${result}`);
    return `CASE WHEN ${attempt.accepts(result)} THEN ${result} ${absent}ELSE ${WRONG} END AS ${name}`;
  });
  return `SELECT ${selected.join(', ')} FROM (SELECT ${['*', ...attempts].join(', ')} FROM (${from}))`;
}

/** What is wrong with a row of text: the first column that does not fit, its value and the reason. */
export function firstMisfit(columns: readonly ScanColumn[]): { column: string; value: string; reason: string } {
  const branches = columns.map((column) => {
    const { reason } = readText(quoteName(column.name), column.dtype, column.format);
    return {
      misfit: `NOT coalesce(${fits(column)}, false)`,
      name: quoteText(column.name),
      value: quoteName(column.name),
      reason: `CASE WHEN ${quoteName(column.name)} IS NULL THEN 'is empty, and the column is not nullable' ELSE ${reason} END`,
    };
  });
  const pick = (part: 'name' | 'value' | 'reason'): string =>
    `CASE ${branches.map((b) => `WHEN ${b.misfit} THEN ${b[part]}`).join(' ')} END`;
  return { column: pick('name'), value: pick('value'), reason: pick('reason') };
}

/** A scan in place: the run fails at a row that does not fit. The check is a filter that no optimizer may skip. */
export function typedInPlace(scan: Scan & { kind: 'csv' }): string {
  const condition = rowFits(scan.columns);
  const text = textOf(scan, { withFile: false });
  const check = condition === 'true' ? '' : ` WHERE CASE WHEN ${condition} THEN true ELSE error('[csv.bad_row]') END`;
  return `SELECT ${typedColumns(scan.columns)} FROM (${text})${check}`;
}

/** A scan whose every column is kept: each text is looked at once. */
export function typedForTable(scan: Scan & { kind: 'csv' }): string {
  return typedOrFail(scan.columns, textOf(scan, { withFile: false }));
}
