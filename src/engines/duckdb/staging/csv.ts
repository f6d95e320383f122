import type { DuckDBAppender } from '@duckdb/node-api';
import { NOT_TEXT } from '../../../csv/bytes.ts';
import { fieldsOf } from '../../../csv/records.ts';
import { MillraceError } from '../../../errors.ts';
import type { CsvCopy, CsvDialect, CsvFile, Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { quoteName } from '../../../sql/dialect.ts';
import {
  FILE_COLUMN,
  firstMisfit,
  isBlankARecord,
  LINE_COLUMN,
  pathOf,
  rowFits,
  textOf,
  typedColumns,
  typedForTable,
} from '../../../sql/duckdb/csv-scan.ts';
import { runOn } from '../connections.ts';
import { nodeApi } from '../node-api.ts';
import { withAppender } from './append.ts';
import { badRowError, firstReject } from './bad-row.ts';
import { findLines, findPlaces, type Places, refusedOf } from './csv-lines.ts';
import { newRejects, partsOf, type Staged, type Workshop } from './staged.ts';

/** A CSV in scratch: in fail mode every row or an error, else those that fit, the others put aside. */
export async function stageCsv(
  shop: Workshop,
  source: Pick<Source, 'onBadRow'>,
  scan: Scan & { kind: 'csv' },
  options: RunOptions,
): Promise<Staged> {
  try {
    return source.onBadRow === 'fail' ? await stageWhole(shop, scan, options) : await stageApart(shop, scan, options);
  } catch (error) {
    throw withNames(error, scan);
  }
}

/** An error of the engine with the names of files in place of where their bytes were brought. */
function withNames(error: unknown, { files }: Scan & { kind: 'csv' }): unknown {
  const file = files.find(
    (one) => error instanceof MillraceError && one.name !== pathOf(one) && error.message.includes(pathOf(one)),
  );
  if (file === undefined || !(error instanceof MillraceError)) return error;
  const { code, retryable, details, cause } = error;
  const message = error.message.replaceAll(pathOf(file), file.name);
  return new MillraceError({ code, message, retryable, details: { ...details, file: file.name }, cause });
}

async function stageWhole(shop: Workshop, scan: Scan & { kind: 'csv' }, options: RunOptions): Promise<Staged> {
  const table = shop.newTable();
  try {
    await shop.connections.run({ sql: `CREATE TABLE ${table} AS ${typedForTable(scan)}`, values: [] }, options);
  } catch (error) {
    throw (await badCsvRow(shop, scan, error, options)) ?? error;
  }
  const [[rows = 0n] = []] = await shop.connections.values(`SELECT count(*) FROM ${table}`);
  const copied = scan.files.reduce((sum, file) => sum + (file.copy?.records ?? 0), 0);
  if (scan.files.every((file) => file.copy !== undefined) && copied !== Number(rows)) {
    throw new MillraceError({ code: 'csv.unaccounted', message: `Of ${copied} records the engine gave ${rows}.` });
  }
  if (scan.files.some((file) => (file.copy?.refused.records ?? 0) > 0)) {
    const refused = new MillraceError({ code: 'csv.bad_row', message: 'A record cannot be parsed.' });
    throw (await badCsvRow(shop, scan, refused, options)) ?? refused;
  }
  return { table, rejects: undefined, read: Number(rows), quarantined: 0 };
}

/** What a bad row of text may end a run with: the engine's own words where the SQL has none. */
const SIGNS = ['csv.bad_row', 'run.failed', 'run.conversion', 'run.overflow'];

/** An error that only says that some row of a CSV is bad, as one that says which; undefined where none is. */
export async function badCsvRow(
  shop: Workshop,
  scan: Scan & { kind: 'csv' },
  cause: unknown,
  options: RunOptions,
): Promise<MillraceError | undefined> {
  if (!(cause instanceof MillraceError) || options.signal?.aborted === true || !SIGNS.includes(cause.code)) return;
  const { rejects, quarantined } = await stageApart(shop, scan, options);
  const first = await firstReject(shop, rejects);
  if (first === undefined) return undefined;
  const { file, line, raw, ...misfit } = first;
  return badRowError(misfit, {
    area: 'csv',
    place: line === null ? file : `${file}, line ${line}`,
    absent: 'the field',
    count: { of: 'row', all: quarantined },
    advice: `${
      misfit.reason === NOT_TEXT
        ? "Name the file's encoding, such as encoding: 'windows-1252' (utf-8 is the default)"
        : 'Mend the file or the schema'
    }, or read with onBadRow: 'quarantine' to put such rows aside.`,
    details: { file, line, raw, count: quarantined },
    cause,
  });
}

/** Rows that fit and rows that do not; where the engine's parser goes astray in a file, of copies that are parsed here. */
async function stageApart(
  shop: Workshop,
  scan: Scan & { kind: 'csv' },
  options: RunOptions,
): Promise<Staged & { readonly rejects: string }> {
  try {
    return await stageParsed(shop, scan, options);
  } catch (error) {
    const astray = error instanceof MillraceError && error.code === 'csv.unaccounted';
    if (!astray || scan.files.every((file) => file.copy !== undefined)) throw error;
    const files = await scan.copies(await shop.folder(), options);
    return stageParsed(shop, { ...scan, files }, options);
  }
}

/**
 * Every column is read as text into a table, in full, before anything is cast: only so does no row escape the check.
 * Then rows that fit become the typed table; rows that do not, and those that the engine could not parse, are told
 * with their place in the file.
 */
async function stageParsed(
  shop: Workshop,
  scan: Scan & { kind: 'csv' },
  options: RunOptions,
): Promise<Staged & { readonly rejects: string }> {
  const [text, table, rejects] = [shop.newTable(), shop.newTable(), await newRejects(shop)];
  const condition = `coalesce(${rowFits(scan.columns)}, false)`;
  return shop.connections.lend(async (connection) => {
    const run = async (sql: string): Promise<unknown[][]> => {
      return (await runOn(connection, { sql, values: [] }, options)).getRowsJS();
    };
    // The table of structural rejects belongs to this connection.
    const structural = `millrace_rejects_${/\d+/.exec(text)?.[0] ?? '0'}`;
    try {
      await run(`CREATE TABLE ${text} AS ${textOf(scan, { withFile: true, rejects: structural })}`);
      await run(`CREATE TABLE ${table} AS SELECT ${typedColumns(scan.columns)} FROM ${text} WHERE ${condition}`);
      const [[rows = 0n, good = 0n] = []] = await run(
        `SELECT (SELECT count(*) FROM ${text}), (SELECT count(*) FROM ${table})`,
      );
      const refused = await run(
        `SELECT s.file_path, e.line_byte_position - 1, min(CAST(e.error_type AS VARCHAR)), min(e.csv_line)
       FROM ${structural} e JOIN ${structural}_scan s USING (scan_id, file_id) GROUP BY 1, 2 ORDER BY 1, 2`,
      );
      const before = scan.files.reduce((sum, file) => sum + (file.copy?.refused.records ?? 0), 0);
      // Every record of a copy is counted; where there is nothing to tell, the sum is enough.
      const copied = scan.files.reduce((sum, file) => sum + (file.copy?.records ?? 0), 0);
      const agrees = copied === 0 || (scan.files.every((file) => file.copy !== undefined) && copied === Number(rows));
      if (rows !== good || refused.length > 0 || before > 0 || !agrees) {
        await writeRejects(shop, scan, run, { text, condition, rejects, refused });
      }
      const quarantined = Number(rows) - Number(good) + refused.length + before;
      return { table, rejects, read: Number(rows) + refused.length + before, quarantined };
    } finally {
      const sql = `DROP TABLE IF EXISTS ${structural}; DROP TABLE IF EXISTS ${structural}_scan`;
      await runOn(connection, { sql, values: [] });
    }
  });
}

/** Tells each rejected row of a CSV: which line, what value, and why. */
async function writeRejects(
  shop: Workshop,
  scan: Scan & { kind: 'csv' },
  run: (sql: string) => Promise<unknown[][]>,
  found: { text: string; condition: string; rejects: string; refused: readonly unknown[][] },
): Promise<void> {
  const misfit = firstMisfit(scan.columns);
  const numbered = `SELECT *, row_number() OVER (PARTITION BY ${quoteName(FILE_COLUMN)} ORDER BY rowid) AS "__millrace_record" FROM ${found.text}`;
  const bad = await run(
    `SELECT ${quoteName(FILE_COLUMN)}, ${quoteName(LINE_COLUMN)}, "__millrace_record", ${misfit.column}, ${misfit.value}, ${misfit.reason} FROM (${numbered}) WHERE NOT ${found.condition} ORDER BY 3`,
  );
  const counts = new Map(
    (await run(`SELECT ${quoteName(FILE_COLUMN)}, count(*) FROM ${found.text} GROUP BY 1`)).map(([file, count]) => [
      String(file),
      Number(count),
    ]),
  );
  const { DuckDBDataChunk, BIGINT, VARCHAR } = nodeApi;
  const { schema, name } = partsOf(found.rejects);
  const append = async (appender: DuckDBAppender): Promise<void> => {
    for (const file of scan.files) {
      const path = pathOf(file);
      const rows = bad.filter((row) => row[0] === path);
      const refused = found.refused.filter((row) => row[0] === path);
      const given = counts.get(path) ?? 0;
      const told =
        file.copy === undefined
          ? await rejectsInPlace(scan, file, { rows, refused, given })
          : await rejectsOfCopy(scan, file, file.copy, { rows, refused, given });
      for (let i = 0; i < told.length; i += 2048) {
        const part = told.slice(i, i + 2048);
        const chunk = DuckDBDataChunk.create([VARCHAR, BIGINT, VARCHAR, VARCHAR, VARCHAR, VARCHAR], part.length);
        chunk.setRows(part);
        appender.appendDataChunk(chunk);
      }
    }
  };
  await shop.connections.lend((connection) => withAppender(connection, { schema, name }, append));
}

type RejectRow = [string, bigint | null, string | null, string | null, string, string | null];

/** What was found of one file: rows that do not fit, records that the engine refused, and how many rows it gave. */
interface FileRejects {
  readonly rows: readonly unknown[][];
  readonly refused: readonly unknown[][];
  readonly given: number;
}

/** The rejected records of a file that the engine read as it is: a second look finds their lines. */
async function rejectsInPlace(
  scan: Scan & { kind: 'csv' },
  file: CsvFile,
  { rows, refused, given }: FileRejects,
): Promise<RejectRow[]> {
  if (rows.length + refused.length === 0) return [];
  const { columns, dialect } = scan;
  const places = await findPlaces({
    file,
    dialect,
    oneColumn: isBlankARecord(file.header, columns),
    records: new Set(rows.map((row) => Number(row[2]))),
    refused: refused.map((row) => Number(row[1])),
  });
  const agrees = refused.every(([, offset, kind, shown]) => {
    const found = places.byOffset.get(Number(offset))?.raw;
    return isSame(String(shown), found) && (kind !== 'INVALID ENCODING' || found?.includes('\ufffd') === true);
  });
  if (places.records !== given || places.stray > 0 || !agrees)
    throw unaccounted(file.name, places, given, refused.length);
  return inOrder([
    ...rows.map(([, , record, column, value, reason]): RejectRow => {
      const place = places.byRecord.get(Number(record));
      return rejectOf(scan, file, line(place), [column, value, reason], place?.raw ?? null);
    }),
    ...refused.map(([, offset, kind, raw]): RejectRow => {
      const place = places.byOffset.get(Number(offset));
      return [file.name, line(place), null, null, structuralReason(String(kind), dialect), place?.raw ?? text(raw)];
    }),
  ]);
}

/** The rejected records of a file that was copied for the engine: the copy has their lines. */
async function rejectsOfCopy(
  scan: Scan & { kind: 'csv' },
  file: CsvFile,
  copy: CsvCopy,
  { rows, refused, given }: FileRejects,
): Promise<RejectRow[]> {
  if (given !== copy.records || refused.length > 0) {
    throw new MillraceError({
      code: 'csv.unaccounted',
      message: `${file.name}: of ${copy.records} records the engine gave ${given}.`,
      details: { file: file.name, records: copy.records, given, refused: refused.length },
    });
  }
  const raws = await findLines(file, scan.dialect, new Set(rows.map((row) => Number(row[1]))));
  const before = copy.refused.records === 0 ? [] : await refusedOf(copy);
  return inOrder([
    ...rows.map(([, start, , column, value, reason]): RejectRow => {
      const raw = raws.get(Number(start)) ?? null;
      return rejectOf(scan, file, BigInt(Number(start)), [column, value, reason], raw);
    }),
    ...before.map(([start, reason, raw]): RejectRow => {
      return [file.name, BigInt(start), null, null, reason, raw];
    }),
  ]);
}

/** A row that does not fit; of a null, with the text that stood there. */
function rejectOf(
  { columns, dialect }: Scan & { kind: 'csv' },
  file: CsvFile,
  line: bigint | null,
  [column, value, reason]: readonly unknown[],
  raw: string | null,
): RejectRow {
  const field = columns.find(({ name, from }) => name === column && from === 'field');
  if (value === null && field !== undefined && raw !== null) {
    const bytes = Buffer.from(raw);
    const marker = fieldsOf({ bytes, start: 0, end: bytes.length }, dialect)[file.header.indexOf(field.outside)];
    if (marker !== undefined && field.nullMarkers.includes(marker) && marker !== '') {
      return [file.name, line, field.name, marker, 'is a null marker, and the column is not nullable', raw];
    }
  }
  return [file.name, line, String(column), text(value), String(reason), raw];
}

function inOrder(rows: RejectRow[]): RejectRow[] {
  return rows.sort((a, b) => Number((a[1] ?? 0n) - (b[1] ?? 0n)));
}

const STRUCTURAL: Readonly<Record<string, string>> = {
  'MISSING COLUMNS': 'the record has fewer fields than the header',
  'TOO MANY COLUMNS': 'the record has more fields than the header',
  'UNQUOTED VALUE': 'a quoted field is not closed, or has text after its closing quote',
  'LINE SIZE OVER MAXIMUM': 'the record is longer than 16 MiB',
  'INVALID ENCODING': NOT_TEXT,
  'INVALID STATE': 'a quote stands inside a field that is not quoted',
};

function structuralReason(kind: string, { header }: CsvDialect): string {
  return (
    STRUCTURAL[kind]?.replace('the header', header ? 'the header' : 'the schema') ??
    `the record cannot be parsed (${kind.toLowerCase()})`
  );
}

function line(place: { readonly line: number } | undefined): bigint | null {
  return place === undefined ? null : BigInt(place.line);
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** The engine's parser loses records, or tells them wrongly, after one that has several stray quotes over several lines. */
function unaccounted(path: string, { records, byOffset }: Places, given: number, refused: number): MillraceError {
  return new MillraceError({
    code: 'csv.unaccounted',
    message: `${path}: of ${records + byOffset.size} records the engine gave ${given} and refused ${refused}.`,
    details: { file: path, records: records + byOffset.size, given, refused },
  });
}

/** Whether the engine's text of a refused record is the one found for it; what it does not show as it is left aside. */
function isSame(shown: string, found: string | undefined): boolean {
  const plain = (raw: string): string => raw.replaceAll(/[^ -~]|[?]/g, '');
  return found !== undefined && plain(shown) === plain(found);
}
