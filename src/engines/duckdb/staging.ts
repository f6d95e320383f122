import type { DuckDBConnection } from '@duckdb/node-api';
import { MillraceError } from '../../errors.ts';
import type { RunOptions, Scan, Source } from '../../plan/source.ts';
import type { Schema } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../../sql/dialect.ts';
import { duckdb } from '../../sql/duckdb.ts';
import { FILE_COLUMN, firstMisfit, rowFits, textOf, typedColumns } from '../../sql/scan.ts';
import { appendRows, type BadRow, carrier } from './append.ts';
import { appendColumns } from './append-columns.ts';
import { type Connections, runOn } from './connections.ts';
import { findPlaces, type Places } from './csv-lines.ts';
import { stageCopy } from './staging-copy.ts';
import { stageJson } from './staging-json.ts';

/** The columns of a table of rejected rows. */
export const REJECT_COLUMNS =
  'source VARCHAR, line BIGINT, "column" VARCHAR, value VARCHAR, reason VARCHAR, raw VARCHAR';

/** A source's rows in scratch. */
export interface Staged {
  readonly table: string;
  /** The table of its rejected rows, where it may have some. */
  readonly rejects: string | undefined;
  readonly read: number;
  readonly quarantined: number;
}

/** What staging needs of the engine around it. */
export interface Workshop {
  readonly connections: Connections;
  newTable(): string;
}

/** Brings a source's rows into scratch, putting aside those that do not fit where it is asked to. */
export async function stage(shop: Workshop, source: Source, scan: Scan, options: RunOptions): Promise<Staged> {
  switch (scan.kind) {
    case 'csv':
      return limitShare(source, await stageCsv(shop, scan, options));
    case 'rows':
      return limitShare(source, await stageRows(shop, source, scan, options));
    case 'columns': {
      const arrived = await arrive(shop, source.schema, options, (connection, target) =>
        appendColumns(connection, target, source.schema, scan.batches()),
      );
      return { ...arrived, rejects: undefined, quarantined: 0 };
    }
    case 'json':
      return limitShare(source, await stageJson(shop, source, scan, options));
    case 'copy':
      return limitShare(source, await stageCopy(shop, source, scan, options));
    case 'table':
      return { table: scan.table, rejects: undefined, read: 0, quarantined: 0 };
    default:
      throw new Error(`a ${scan.kind} scan cannot be staged`);
  }
}

/** Brings values into a new table; lists and structs, which arrive as JSON text, take their own types there. */
async function arrive(
  shop: Workshop,
  columns: Schema,
  options: RunOptions,
  append: (connection: DuckDBConnection, table: { schema: string; name: string }) => Promise<number>,
): Promise<{ readonly table: string; readonly read: number }> {
  const table = shop.newTable();
  const [schema = '', , quoted = ''] = /^(\w+)\.("(.*)")$/.exec(table)?.slice(1) ?? [];
  const nested = columns.some((f) => carrier(f.dtype) !== f.dtype);
  const arrival = nested ? `${quoted}_text` : quoted;
  const read = await shop.connections.lend((connection) => append(connection, { schema, name: arrival }));
  if (!nested) return { table, read };
  const typed = columns.map((f) => {
    const name = quoteName(f.name);
    return carrier(f.dtype) === f.dtype
      ? name
      : `CAST(CAST(${name} AS JSON) AS ${duckdb.typeName(f.dtype)}) AS ${name}`;
  });
  const from = `${schema}.${quoteName(arrival)}`;
  const sql = `CREATE TABLE ${table} AS SELECT ${typed.join(', ')} FROM ${from} ORDER BY rowid`;
  await shop.connections.run({ sql, values: [] }, options);
  await shop.connections.run({ sql: `DROP TABLE ${from}`, values: [] });
  return { table, read };
}

async function stageRows(
  shop: Workshop,
  source: Source,
  scan: Scan & { kind: 'rows' },
  options: RunOptions,
): Promise<Staged> {
  const bad: BadRow[] = [];
  const onBadRow = (row: BadRow): void => {
    if (source.onBadRow === 'fail') throw badRow(source.name, row);
    bad.push(row);
  };
  const { table, read } = await arrive(shop, source.schema, options, (connection, target) =>
    appendRows(connection, target, source.schema, scan.batches(), onBadRow),
  );
  if (source.onBadRow === 'fail') return { table, rejects: undefined, read, quarantined: 0 };
  const rejects = await newRejects(shop);
  for (const row of bad) {
    const raw = JSON.stringify(Object.fromEntries(source.schema.map((f, i) => [f.name, row.raw[i]])), bigintText);
    const values = [
      quoteText(source.name),
      row.row,
      quoteText(row.column),
      textOrNull(row.value),
      quoteText(row.reason),
      quoteText(raw),
    ];
    await shop.connections.run({ sql: `INSERT INTO ${rejects} VALUES (${values.join(', ')})`, values: [] });
  }
  return { table, rejects, read, quarantined: bad.length };
}

/**
 * Every column is read as text into a table, in full, before anything is cast: only so does no row escape the check.
 * Then rows that fit become the typed table; rows that do not, and those that the engine could not parse, are told
 * with their place in the file.
 */
export async function stageCsv(shop: Workshop, scan: Scan & { kind: 'csv' }, options: RunOptions): Promise<Staged> {
  const [text, table, rejects] = [shop.newTable(), shop.newTable(), await newRejects(shop)];
  const condition = `coalesce(${rowFits(scan.columns, duckdb)}, false)`;
  return shop.connections.lend(async (connection) => {
    const run = async (sql: string): Promise<unknown[][]> => {
      return (await runOn(connection, { sql, values: [] }, options)).getRowsJS();
    };
    // The table of structural rejects belongs to this connection.
    const structural = `millrace_rejects_${/\d+/.exec(text)?.[0] ?? '0'}`;
    await run(`CREATE TABLE ${text} AS ${textOf(scan, { withFile: true, rejects: structural })}`);
    await run(`CREATE TABLE ${table} AS SELECT ${typedColumns(scan.columns, duckdb)} FROM ${text} WHERE ${condition}`);
    const [[rows = 0n, good = 0n] = []] = await run(
      `SELECT (SELECT count(*) FROM ${text}), (SELECT count(*) FROM ${table})`,
    );
    const refused = await run(
      `SELECT s.file_path, e.line_byte_position - 1, min(CAST(e.error_type AS VARCHAR)), min(e.csv_line)
       FROM ${structural} e JOIN ${structural}_scan s USING (scan_id, file_id) GROUP BY 1, 2 ORDER BY 1, 2`,
    );
    if (rows !== good || refused.length > 0) {
      await writeRejects(shop, scan, run, { text, condition, rejects, refused });
    }
    await run(`DROP TABLE ${text}`);
    await run(`DROP TABLE IF EXISTS ${structural}`);
    await run(`DROP TABLE IF EXISTS ${structural}_scan`);
    const quarantined = Number(rows) - Number(good) + refused.length;
    return { table, rejects, read: Number(rows) + refused.length, quarantined };
  });
}

/** Tells each rejected row of a CSV: which line, what value, and why. */
async function writeRejects(
  shop: Workshop,
  scan: Scan & { kind: 'csv' },
  run: (sql: string) => Promise<unknown[][]>,
  found: { text: string; condition: string; rejects: string; refused: readonly unknown[][] },
): Promise<void> {
  const misfit = firstMisfit(scan.columns, duckdb);
  const numbered = `SELECT *, row_number() OVER (PARTITION BY ${quoteName(FILE_COLUMN)} ORDER BY rowid) AS "__millrace_record" FROM ${found.text}`;
  const bad = await run(
    `SELECT ${quoteName(FILE_COLUMN)}, "__millrace_record", ${misfit.column}, ${misfit.value}, ${misfit.reason} FROM (${numbered}) WHERE NOT ${found.condition} ORDER BY 2`,
  );
  const counts = new Map(
    (await run(`SELECT ${quoteName(FILE_COLUMN)}, count(*) FROM ${found.text} GROUP BY 1`)).map(([file, count]) => [
      String(file),
      Number(count),
    ]),
  );
  const { DuckDBDataChunk, BIGINT, VARCHAR } = await import('@duckdb/node-api');
  const [, schema = '', name = ''] = /^(\w+)\."(.*)"$/.exec(found.rejects) ?? [];
  await shop.connections.lend(async (connection) => {
    const appender = await connection.createAppender(name, 'main', schema);
    for (const file of scan.files) {
      const rows = bad.filter((row) => row[0] === file.path);
      const refused = found.refused.filter((row) => row[0] === file.path);
      if (rows.length + refused.length === 0) continue;
      const places = await findPlaces({
        path: file.path,
        delimiter: scan.delimiter,
        quote: scan.quote,
        hasHeader: scan.hasHeader,
        encoding: scan.encoding,
        oneColumn: file.header.length === 1 && scan.nullMarkers.includes(''),
        records: new Set(rows.map((row) => Number(row[1]))),
        refused: refused.map((row) => Number(row[1])),
      });
      const given = counts.get(file.path) ?? 0;
      const agrees = refused.every((row) => isSame(String(row[3]), places.byOffset.get(Number(row[1]))?.raw));
      if (places.records !== given || !agrees) {
        throw unaccounted(file.path, places, given, refused.length);
      }
      const told = rejectRows(file.path, rows, refused, places);
      for (let i = 0; i < told.length; i += 2048) {
        const part = told.slice(i, i + 2048);
        const chunk = DuckDBDataChunk.create([VARCHAR, BIGINT, VARCHAR, VARCHAR, VARCHAR, VARCHAR], part.length);
        chunk.setRows(part);
        appender.appendDataChunk(chunk);
      }
    }
    appender.closeSync();
  });
}

type RejectRow = [string, bigint | null, string | null, string | null, string, string | null];

function rejectRows(
  path: string,
  rows: readonly unknown[][],
  refused: readonly unknown[][],
  places: Places,
): RejectRow[] {
  const told = [
    ...rows.map(([, record, column, value, reason]): RejectRow => {
      const place = places.byRecord.get(Number(record));
      return [path, line(place), String(column), text(value), String(reason), place?.raw ?? null];
    }),
    ...refused.map(([, offset, kind, raw]): RejectRow => {
      const place = places.byOffset.get(Number(offset));
      return [path, line(place), null, null, structuralReason(String(kind)), place?.raw ?? text(raw)];
    }),
  ];
  return told.sort((a, b) => Number((a[1] ?? 0n) - (b[1] ?? 0n)));
}

const STRUCTURAL: Readonly<Record<string, string>> = {
  'MISSING COLUMNS': 'the record has fewer fields than the header',
  'TOO MANY COLUMNS': 'the record has more fields than the header',
  'UNQUOTED VALUE': 'a quoted field is not closed, or has text after its closing quote',
  'LINE SIZE OVER MAXIMUM': 'the record is longer than 16 MiB',
  'INVALID ENCODING': 'the record is not valid text in the encoding of the file',
  'INVALID STATE': 'a quote stands inside a field that is not quoted',
};

function structuralReason(kind: string): string {
  return STRUCTURAL[kind] ?? `the record cannot be parsed (${kind.toLowerCase()})`;
}

function line(place: { readonly line: number } | undefined): bigint | null {
  return place === undefined ? null : BigInt(place.line);
}

function text(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/**
 * The engine's parser loses records, or tells them wrongly, after a record that has several stray quotes over several
 * lines: rather than lose them too, the run stops.
 */
function unaccounted(path: string, places: Places, given: number, refused: number): MillraceError {
  const records = places.records + places.byOffset.size;
  const first = Math.min(...[...places.byOffset.values()].map((place) => place.line));
  const where = Number.isFinite(first) ? ` Look for it from line ${first} on.` : '';
  return new MillraceError({
    code: 'csv.unaccounted',
    message: `${path}: of ${records} records the engine gave ${given} and refused ${refused}, so some cannot be accounted for. A field has a quote that is neither closed nor doubled.${where} Mend its quotes.`,
    details: { file: path, records, given, refused },
  });
}

/** Whether the engine's text of a refused record is the one found for it; what it does not show as it is left aside. */
function isSame(shown: string, found: string | undefined): boolean {
  const plain = (raw: string): string => raw.replaceAll(/[^ -~]|[?]/g, '');
  return found !== undefined && plain(shown) === plain(found);
}

/** A new table for rejected rows. */
export async function newRejects(shop: Workshop): Promise<string> {
  const rejects = shop.newTable();
  await createRejects(shop, rejects);
  return rejects;
}

export async function createRejects(shop: Workshop, table: string): Promise<void> {
  await shop.connections.run({ sql: `CREATE TABLE ${table} (${REJECT_COLUMNS})`, values: [] });
}

/** Stops where a source rejects a larger share of its rows than it may. */
function limitShare(source: Source, staged: Staged): Staged {
  if (typeof source.onBadRow !== 'object') return staged;
  const { maxShare } = source.onBadRow.quarantine;
  const share = staged.read === 0 ? 0 : staged.quarantined / staged.read;
  if (share <= maxShare) return staged;
  throw new MillraceError({
    code: 'quarantine.too_many',
    message: `${source.name}: ${staged.quarantined} of ${staged.read} rows do not fit the schema (${(share * 100).toFixed(2)}%), more than the ${(maxShare * 100).toFixed(2)}% that maxShare allows.`,
    details: { read: staged.read, quarantined: staged.quarantined, maxShare },
  });
}

function badRow(name: string, bad: BadRow): MillraceError {
  return new MillraceError({
    code: 'rows.bad_row',
    message: `${name}, row ${bad.row}, column ${JSON.stringify(bad.column)}: ${JSON.stringify(bad.value, bigintText) ?? 'undefined'} ${bad.reason}.`,
    details: { row: bad.row, column: bad.column, value: bad.value, reason: bad.reason },
  });
}

function textOrNull(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return quoteText(typeof value === 'string' ? value : (JSON.stringify(value, bigintText) ?? String(value)));
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
