import { type CsvColumn, type CsvFile, LONGEST_RECORD, type Scan, type ScanColumn } from '../../plan/scan.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { readText } from './reading.ts';

/** The column that tells which file a row of text is from: the path that the engine reads. */
export const FILE_COLUMN = '__millrace_file';
/** The column that tells the line on which a record starts, of a copy that has it. */
export const LINE_COLUMN = '__millrace_line';

type CsvScan = Scan & { kind: 'csv' };

interface TextOptions {
  readonly withFile: boolean;
  readonly rejects?: string;
}

/** The rows of a scan as text, a column a declared column; nothing is dropped but what the engine cannot parse. */
export function textOf(scan: CsvScan, options: TextOptions): string {
  const groups = new Map<string, CsvFile[]>();
  const tellsName = scan.columns.some((column) => column.from === 'file name');
  for (const file of scan.files) {
    const { header, linesBefore, compression, copy, partitions } = file;
    // A file that the engine reads under another name tells its own alone.
    const name = tellsName && file.name !== pathOf(file) ? file.name : undefined;
    const key = JSON.stringify([header, linesBefore, compression, copy === undefined, name, partitions]);
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  // Files whose headers are alike are one scan; the order of the files is kept only within one.
  const inOrder = groups.size === 1 ? [...groups.values()] : scan.files.map((file) => [file]);
  return inOrder.map((files) => csvText(scan, files, options)).join('\nUNION ALL\n');
}

/** What the engine reads of a file. */
export function pathOf(file: CsvFile): string {
  return file.copy?.path ?? file.path;
}

function csvText(scan: CsvScan, files: readonly CsvFile[], options: TextOptions): string {
  const [first] = files;
  if (first === undefined) throw new Error('a scan of no files');
  const { header, copy } = first;
  const named = first.name !== pathOf(first);
  const { delimiter, quote, escape: escapes } = scan.dialect;
  // A copy's records have a line more, and may have twice the quotes and some delimiters.
  const longest = copy === undefined ? LONGEST_RECORD : (escapes === quote ? 1 : 2) * LONGEST_RECORD + 65_536;
  const columns = [...(copy === undefined ? [] : ['line']), ...header.map((_, i) => `c${i}`)];
  const markers = markersOf(scan.columns, copy !== undefined);
  const withName = options.withFile || (!named && scan.columns.some((column) => column.from === 'file name'));
  const settings = [
    `[${files.map((file) => quoteText(pathOf(file))).join(', ')}]`,
    'auto_detect = false',
    `header = ${scan.dialect.header && copy === undefined}`,
    `skip = ${copy === undefined ? first.linesBefore : 0}`,
    `compression = ${quoteText(copy === undefined ? first.compression : 'none')}`,
    `delim = ${quoteText(delimiter)}`,
    `quote = ${quoteText(quote)}`,
    `escape = ${quoteText(quote)}`,
    'strict_mode = true',
    // Else the first line end, in quotes or not, would be taken for that of every record.
    ...(copy === undefined ? [] : ["new_line = '\\n'"]),
    // An empty list is refused; no text without quotes holds a line end.
    `nullstr = [${(markers.length === 0 ? ['\n'] : markers).map(quoteText).join(', ')}]`,
    'allow_quoted_nulls = false',
    `max_line_size = ${longest}`,
    // Sixteen times the longest line if nothing is said: then one core reads a file of moderate size alone.
    `buffer_size = ${2 * longest}`,
    ...(withName ? ['filename = true'] : []),
    ...(options.rejects === undefined
      ? []
      : [
          'store_rejects = true',
          `rejects_table = ${quoteText(options.rejects)}`,
          `rejects_scan = ${quoteText(`${options.rejects}_scan`)}`,
          'rejects_limit = 0',
        ]),
    `columns = {${columns.map((name) => `'${name}': 'VARCHAR'`).join(', ')}}`,
  ];
  const textOfColumn = (column: CsvColumn): string => {
    if (column.from === 'line') return 'line';
    if (column.from === 'file name') return named ? quoteText(first.name) : 'filename';
    if (Object.hasOwn(first.partitions, column.outside)) {
      const value = first.partitions[column.outside];
      return typeof value === 'string' ? quoteText(value) : 'CAST(NULL AS VARCHAR)';
    }
    return nullsOf(column, `c${header.indexOf(column.outside)}`, markers);
  };
  const selected = scan.columns.map((column) => `${textOfColumn(column)} AS ${quoteName(column.name)}`);
  if (options.withFile) {
    selected.push(`filename AS ${quoteName(FILE_COLUMN)}`);
    selected.push(`${copy === undefined ? 'NULL' : 'CAST(line AS BIGINT)'} AS ${quoteName(LINE_COLUMN)}`);
  }
  // Where the engine keeps what it refuses, it ends with an error of its own at some records of which it reads but a part.
  const others = header.flatMap((name, i) =>
    options.rejects === undefined || scan.columns.some((column) => column.outside === name)
      ? []
      : [`(c${i} IS NULL OR strlen(c${i}) >= 0)`],
  );
  const where = others.length === 0 ? '' : ` WHERE ${others.join(' AND ')}`;
  return `SELECT ${selected.join(', ')} FROM read_csv(${settings.join(', ')})${where}`;
}

/** In a file of one column a blank line is a record where the empty text is null; elsewhere it is passed over. */
export function isBlankARecord(header: readonly string[], columns: readonly CsvColumn[]): boolean {
  return header.length === 1 && markersOf(columns, false).includes('');
}

/**
 * The null markers that the parser looks for, in all columns: of a copy all, where columns do not differ, else the empty text
 * alone. A field too many that a marker begins with it drops without a word, and a copy has none.
 */
function markersOf(columns: readonly CsvColumn[], isCopy: boolean): readonly string[] {
  const fields = columns.filter((column) => column.from === 'field').map((column) => column.nullMarkers);
  const [first = []] = fields;
  if (isCopy && fields.every((markers) => sameTexts(markers, first))) return first;
  return fields.some((markers) => markers.includes('')) ? [''] : [];
}

/** A column with its own null markers, where the parser has not found them. */
function nullsOf(column: CsvColumn, text: string, found: readonly string[]): string {
  if (sameTexts(column.nullMarkers, found)) return text;
  const whole = found.includes('') && !column.nullMarkers.includes('') ? `coalesce(${text}, '')` : text;
  const own = column.nullMarkers.filter((marker) => marker !== '').map(quoteText);
  return own.length === 0 ? whole : `CASE WHEN ${whole} IN (${own.join(', ')}) THEN NULL ELSE ${whole} END`;
}

function sameTexts(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((text) => b.includes(text));
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
