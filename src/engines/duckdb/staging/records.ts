import { rm, writeFile } from 'node:fs/promises';
import { MillraceError } from '../../../errors.ts';
import type { RecordsPart, Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { quoteName, quoteText } from '../../../sql/dialect.ts';
import {
  LINE_BYTES,
  linesOf,
  recordColumns,
  recordFits,
  recordMisfit,
  recordsOf,
} from '../../../sql/duckdb/json-scan.ts';
import { plainRows } from '../../../sql/duckdb/plain-records.ts';
import { duckdb } from '../../../sql/duckdb.ts';
import { badRowError, firstReject } from './bad-row.ts';
import { newRejects, type Staged, type Workshop } from './staged.ts';

/** What a part's rows go into. */
interface Targets {
  readonly table: string;
  /** In fail mode, a table of the first part that has some. */
  rejects: string | undefined;
}

/** Records of JSON, part after part, into a typed table; those that do not fit are told with their place. */
export async function stageRecords(
  shop: Workshop,
  source: Source,
  scan: Scan & { kind: 'records' },
  options: RunOptions,
): Promise<Staged> {
  const targets: Targets = {
    table: shop.newTable(),
    rejects: source.onBadRow === 'fail' ? undefined : await newRejects(shop),
  };
  const types = source.schema.map((f) => `${quoteName(f.name)} ${duckdb.typeName(f.dtype)}`);
  await shop.connections.run({ sql: `CREATE TABLE ${targets.table} (${types.join(', ')})`, values: [] });
  let read = 0;
  let quarantined = 0;
  await scan.read(async (part) => {
    read += part.records;
    if (!(await insertPlain(shop, scan, part, targets, options))) {
      const bad = await insertChecked(shop, scan, part, targets, options);
      if (bad > 0 && source.onBadRow === 'fail') throw await firstBadRow(shop, scan, targets, bad);
      quarantined += bad;
    }
    await rm(part.path, { force: true });
  });
  return { table: targets.table, rejects: targets.rejects, read, quarantined };
}

/** Whether an error says that a text does not fit, or that the engine takes JSON otherwise: all else is no matter of the records. */
function isOfRecords({ code, cause }: MillraceError): boolean {
  if (code.endsWith('.bad_row') || code === 'run.conversion' || code === 'run.overflow') return true;
  return cause instanceof Error && cause.message.startsWith('Invalid Input Error');
}

/** Inserts a part as the engine's own reader of JSON gives it; false where some text in it does not fit. */
async function insertPlain(
  shop: Workshop,
  scan: Scan & { kind: 'records' },
  part: RecordsPart,
  { table }: Targets,
  options: RunOptions,
): Promise<boolean> {
  if (!part.plain || part.refused.length > 0) return false;
  const sql = `INSERT INTO ${table} ${plainRows(part, scan.columns, scan.area)}`;
  let rows: number;
  try {
    rows = (await shop.connections.run({ sql, values: [] }, options)).rowsChanged;
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof MillraceError && isOfRecords(error)) return false;
    throw error;
  }
  if (rows !== part.records) throw unaccounted(scan, part, rows);
  return true;
}

/** Inserts the records of a part that fit, looked at one by one, and tells those that do not; gives how many. */
async function insertChecked(
  shop: Workshop,
  scan: Scan & { kind: 'records' },
  part: RecordsPart,
  targets: Targets,
  options: RunOptions,
): Promise<number> {
  const run = (sql: string) => shop.connections.run({ sql, values: [] }, options);
  const records = shop.newTable();
  const refused = `${part.path}.refused`;
  try {
    await run(
      `CREATE TABLE ${records} AS ${recordsOf(`(${linesOf([part.path], Math.max(LINE_BYTES.usual, part.longest + 1))})`, scan.columns)}`,
    );
    const [[rows = 0n] = []] = await shop.connections.values(`SELECT count(*) FROM ${records}`);
    if (Number(rows) !== part.records) throw unaccounted(scan, part, Number(rows));
    let fits = recordFits(scan);
    let misfit = recordMisfit(scan);
    let from = records;
    if (part.refused.length > 0) {
      await writeFile(refused, part.refused.map((one) => `${JSON.stringify(one)}\n`).join(''));
      from = `(SELECT r.*, r.rowid, n.* FROM ${records} r LEFT JOIN read_json([${quoteText(refused)}], columns = {'record': 'BIGINT', 'column': 'VARCHAR', 'value': 'VARCHAR', 'reason': 'VARCHAR'}, format = 'newline_delimited', maximum_object_size = ${1 << 28}) n ON r.rowid = n.record)`;
      const own = (name: string, sql: string): string => `CASE WHEN record IS NULL THEN ${sql} ELSE ${name} END`;
      fits = `record IS NULL AND ${fits}`;
      misfit = {
        column: own('"column"', misfit.column),
        value: own('value', misfit.value),
        reason: own('reason', misfit.reason),
      };
    }
    const inserted = await run(
      `INSERT INTO ${targets.table} SELECT ${recordColumns(scan)} FROM ${from} WHERE ${fits} ORDER BY rowid`,
    );
    const bad = part.records - inserted.rowsChanged;
    if (bad === 0) return 0;
    targets.rejects ??= await newRejects(shop);
    const places = part.places.map(({ name, first }) => `(${quoteText(name)}, ${first})`).join(', ');
    const told = `SELECT rowid AS at, ${misfit.column} AS "column", ${misfit.value} AS value, ${misfit.reason} AS reason, raw FROM ${from} WHERE NOT (${fits})`;
    await run(
      `INSERT INTO ${targets.rejects} SELECT p.name, b.at - p."first" + 1, b."column", b.value, b.reason, trim(b.raw) FROM (${told}) b ASOF JOIN (VALUES ${places}) p(name, "first") ON b.at >= p."first" ORDER BY b.at`,
    );
    return bad;
  } finally {
    await rm(refused, { force: true });
    if (!shop.connections.closed) await shop.connections.run({ sql: `DROP TABLE IF EXISTS ${records}`, values: [] });
  }
}

function unaccounted({ area }: { readonly area: string }, part: RecordsPart, rows: number): MillraceError {
  return new MillraceError({
    code: `${area}.unaccounted`,
    message: `Of ${part.records} records the engine gave ${rows}.`,
    details: { records: part.records, rows },
  });
}

async function firstBadRow(
  shop: Workshop,
  { area }: { readonly area: string },
  { rejects = '' }: Targets,
  count: number,
): Promise<MillraceError> {
  const first = await firstReject(shop, rejects);
  if (first === undefined) throw new Error('no record was rejected');
  const { file, line, raw, ...misfit } = first;
  return badRowError(misfit, {
    area,
    place: `${file}, record ${line}`,
    absent: 'the value',
    count: { of: 'records', all: count },
    advice: `Mend the source or the schema, or read with onBadRow: 'quarantine' to put such records aside.`,
    details: { file, line, raw, count },
  });
}
