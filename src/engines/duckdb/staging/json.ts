import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../../errors.ts';
import type { Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { quoteText } from '../../../sql/dialect.ts';
import {
  LINE_BYTES,
  linesOf,
  recordColumns,
  recordFits,
  recordMisfit,
  recordsOf,
} from '../../../sql/duckdb/json-scan.ts';
import { badRowError, firstReject } from './bad-row.ts';
import { emptyLines, writeRecords } from './json-records.ts';
import { newRejects, type Staged, type Workshop } from './staged.ts';

/** A file of lines, and what to call it. */
interface LinesFile {
  readonly path: string;
  readonly name: string;
}

/** Where there are no files. */
const NO_LINES = `(SELECT '' AS raw, '' AS file WHERE false)`;

/** A line of blanks is no record. */
const NOT_BLANK = `regexp_matches(raw, '[^ \\t\\r]')`;

/**
 * Records are lines of text first, those of whole documents cut out as they stand; then the lines that fit become the
 * typed table, and those that do not are told with their place.
 */
export async function stageJson(
  shop: Workshop,
  source: Source,
  scan: Scan & { kind: 'json' },
  options: RunOptions,
): Promise<Staged> {
  const [records, table] = [shop.newTable(), shop.newTable()];
  const run = (sql: string): Promise<unknown> => shop.connections.run({ sql, values: [] }, options);
  const files = await linesFiles(shop, scan, options);
  try {
    const paths = files.map((file) => file.path);
    const readLines = (longest: number): Promise<unknown> => {
      const from = paths.length === 0 ? NO_LINES : `(${linesOf(paths, longest)})`;
      return run(`CREATE TABLE ${records} AS ${recordsOf(from, scan.columns)}`);
    };
    await readLines(LINE_BYTES.usual).catch((error: unknown) => {
      if (!isLongLine(error)) throw error;
      return readLines(LINE_BYTES.most);
    });
    const [[rows = 0n] = []] = await shop.connections.values(`SELECT count(*) FROM ${records} WHERE ${NOT_BLANK}`);
    await run(
      `CREATE TABLE ${table} AS SELECT ${recordColumns(scan)} FROM ${records} WHERE ${NOT_BLANK} AND ${recordFits(scan)}`,
    );
    const [[good = 0n] = []] = await shop.connections.values(`SELECT count(*) FROM ${table}`);
    const { refused = [] } = scan;
    const read = Number(rows) + refused.length;
    const bad = read - Number(good);
    if (source.onBadRow === 'fail' && bad === 0) return { table, rejects: undefined, read, quarantined: 0 };
    const rejects = await newRejects(shop);
    if (refused.length > 0) await writeWithRefused(shop, scan, files, { records, rejects });
    else if (bad > 0) await writeRejects(shop, scan, files, { records, rejects });
    if (source.onBadRow === 'fail') throw await firstBadRow(shop, scan, rejects, bad);
    return { table, rejects, read, quarantined: bad };
  } catch (error) {
    if (!shop.connections.closed) await run(`DROP TABLE IF EXISTS ${table}`);
    throw error;
  } finally {
    if (!shop.connections.closed) await run(`DROP TABLE IF EXISTS ${records}`);
    if (!scan.lines) for (const file of files) await rm(file.path, { force: true });
  }
}

function isLongLine(error: unknown): boolean {
  // Of a line that goes over more than two buffers the engine says that it cannot read the file in parallel.
  return error instanceof MillraceError && /maximum line size|does not support a full read/i.test(String(error.cause));
}

/** The files as they are where a record is a line; else the records of each, written aside. */
async function linesFiles(shop: Workshop, scan: Scan & { kind: 'json' }, options: RunOptions): Promise<LinesFile[]> {
  const named = scan.paths.map((path, i): LinesFile => ({ path, name: scan.names?.[i] ?? path }));
  if (scan.lines) return named;
  const folder = await shop.folder();
  const written: LinesFile[] = [];
  for (const { path, name } of named) {
    const target = join(folder, `${crypto.randomUUID()}.ndjson`);
    await writeRecords({ path, name, records: scan.records }, target, options.signal);
    written.push({ path: target, name });
  }
  return written;
}

/** Tells each record that does not fit: where it stands, which value, and why. */
async function writeRejects(
  shop: Workshop,
  scan: Scan & { kind: 'json' },
  files: readonly LinesFile[],
  tables: { readonly records: string; readonly rejects: string },
): Promise<void> {
  const run = (sql: string): Promise<unknown> => shop.connections.run({ sql, values: [] });
  const misfit = recordMisfit(scan);
  const numbered = `SELECT *, row_number() OVER (PARTITION BY file ORDER BY rowid) AS record FROM ${tables.records}`;
  // Once for all files: to plan these expressions takes longer than to look at the records of a page.
  const bad = shop.newTable();
  await run(
    `CREATE TABLE ${bad} AS SELECT file, record, ${misfit.column} AS "column", ${misfit.value} AS value, ${misfit.reason} AS reason, raw FROM (${numbered}) WHERE ${NOT_BLANK} AND NOT (${recordFits(scan)})`,
  );
  for (const { path, name } of files) {
    const own = `SELECT ${quoteText(name)} AS source, record, "column", value, reason, raw FROM ${bad} WHERE file = ${quoteText(path)}`;
    const empty = scan.lines ? await emptyLines(path) : [];
    if (empty.length === 0) {
      await run(`INSERT INTO ${tables.rejects} SELECT * FROM (${own}) ORDER BY record`);
      continue;
    }
    // The record after the n-th empty line stands n lines further down.
    const skipped = `(SELECT "before", max(n) AS n FROM (SELECT unnest([${empty.join(', ')}]) AS "before", generate_subscripts([${empty.join(', ')}], 1) AS n) GROUP BY 1)`;
    await run(
      `INSERT INTO ${tables.rejects} SELECT source, record + coalesce(n, 0), "column", value, reason, raw FROM (${own}) b ASOF LEFT JOIN ${skipped} s ON b.record > s."before" ORDER BY record`,
    );
  }
  await run(`DROP TABLE ${bad}`);
}

const REFUSED_A_STATEMENT = 1000;

/** The same with what the reader refused, each at its file's place. */
async function writeWithRefused(
  shop: Workshop,
  scan: Scan & { kind: 'json' },
  files: readonly LinesFile[],
  { records, rejects }: { readonly records: string; readonly rejects: string },
): Promise<void> {
  const found = await newRejects(shop);
  await writeRejects(shop, scan, files, { records, rejects: found });
  const { refused = [] } = scan;
  const run = (sql: string): Promise<unknown> => shop.connections.run({ sql, values: [] });
  const text = (value: string | null): string => (value === null ? 'NULL' : quoteText(value));
  const rows = refused.map(
    ({ file, record, column, value, reason, raw }) =>
      `(${[text(file), record, text(column), text(value), text(reason), text(raw)].join(', ')})`,
  );
  for (let i = 0; i < rows.length; i += REFUSED_A_STATEMENT) {
    await run(`INSERT INTO ${found} VALUES ${rows.slice(i, i + REFUSED_A_STATEMENT).join(', ')}`);
  }
  const names = `[${files.map((file) => quoteText(file.name)).join(', ')}]`;
  await run(`INSERT INTO ${rejects} FROM ${found} ORDER BY list_position(${names}, source), line`);
  await run(`DROP TABLE ${found}`);
}

async function firstBadRow(
  shop: Workshop,
  scan: Scan & { kind: 'json' },
  rejects: string,
  count: number,
): Promise<MillraceError> {
  const first = await firstReject(shop, rejects);
  await shop.connections.run({ sql: `DROP TABLE ${rejects}`, values: [] });
  if (first === undefined) throw new Error('no record was rejected');
  const { file, line, raw, ...misfit } = first;
  return badRowError(misfit, {
    area: scan.area,
    place: `${file}, ${scan.area === 'excel' ? 'row' : scan.lines ? 'line' : 'record'} ${line}`,
    absent: 'the value',
    count: { of: 'records', all: count },
    advice: `Mend the source or the schema, or read with onBadRow: 'quarantine' to put such records aside.`,
    details: { file, line, raw, count },
  });
}
