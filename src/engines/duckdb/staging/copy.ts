import { rm } from 'node:fs/promises';
import { MillraceError } from '../../../errors.ts';
import type { CopySegment, Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { quoteName, quoteText } from '../../../sql/dialect.ts';
import { copyFits, copyMisfit, copyRows, copyValues, isToldByValue } from '../../../sql/duckdb/copy-scan.ts';
import { duckdb } from '../../../sql/duckdb.ts';
import { badRowError } from './bad-row.ts';
import { newRejects, type Staged, type Workshop } from './staged.ts';

/** COPY text, file after file, into a typed table; what the server sent and what arrived must be as many rows. */
export async function stageCopy(
  shop: Workshop,
  source: Source,
  scan: Scan & { kind: 'copy' },
  options: RunOptions,
): Promise<Staged> {
  const table = shop.newTable();
  const rejects = source.onBadRow === 'fail' ? undefined : await newRejects(shop);
  const types = source.schema.map((f) => `${quoteName(f.name)} ${duckdb.typeName(f.dtype)}`);
  await shop.connections.run({ sql: `CREATE TABLE ${table} (${types.join(', ')})`, values: [] });
  let good = 0;
  let quarantined = 0;
  const sent = await scan.read(async (segment) => {
    const before = good + quarantined;
    good += await insertGood(shop, { table, source, segment, before }, options);
    if (rejects !== undefined) quarantined += await insertBad(shop, { rejects, source, segment, before }, options);
    await rm(segment.path, { force: true });
  });
  if (sent !== good + quarantined) {
    throw new MillraceError({
      code: 'sql.row_count',
      message: `${source.name}: the server sent ${sent} rows and ${good + quarantined} arrived.`,
      details: { sent, arrived: good + quarantined },
    });
  }
  return { table, rejects, read: sent, quarantined };
}

/** Inserts the rows that fit; in fail mode all must: what their values tell is asked when they are stored. */
async function insertGood(
  shop: Workshop,
  { table, source, segment, before }: { table: string; source: Source; segment: CopySegment; before: number },
  options: RunOptions,
): Promise<number> {
  const { columns } = segment;
  const isStrict = source.onBadRow === 'fail';
  const fits = copyFits(isStrict ? columns.filter((column) => !isToldByValue(column)) : columns);
  const condition = isStrict ? `CASE WHEN ${fits} THEN true ELSE error('[sql.bad_row]') END` : fits;
  const where = fits === undefined ? '' : ` WHERE ${condition}`;
  const sql = `INSERT INTO ${table} SELECT ${copyValues(columns)} FROM (${copyRows(segment)})${where}`;
  try {
    const { rowsChanged } = await shop.connections.run({ sql, values: [] }, options);
    const stored = isStrict ? copyFits(columns.filter(isToldByValue)) : undefined;
    if (stored === undefined) return rowsChanged;
    const found = await shop.connections.values(`SELECT 1 FROM ${table} WHERE NOT (${stored}) LIMIT 1`, options);
    if (found.length === 0) return rowsChanged;
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code !== 'sql.bad_row') throw error;
  }
  const [row] = await shop.connections.values(`${badRows(segment, before)} LIMIT 1`, options);
  throw badRow(source.name, row ?? []);
}

async function insertBad(
  shop: Workshop,
  { rejects, source, segment, before }: { rejects: string; source: Source; segment: CopySegment; before: number },
  options: RunOptions,
): Promise<number> {
  if (copyFits(segment.columns) === undefined) return 0;
  const names = segment.columns.map((column) => `${quoteName(column.name)} := ${quoteName(column.name)}`);
  const raw = `CAST(to_json(struct_pack(${names.join(', ')})) AS VARCHAR)`;
  const sql = `INSERT INTO ${rejects} SELECT ${quoteText(source.name)}, * FROM (${badRows(segment, before, raw)})`;
  return (await shop.connections.run({ sql, values: [] }, options)).rowsChanged;
}

/** The rows that do not fit: which row of the result, the column, its value and the reason. */
function badRows(segment: CopySegment, before: number, raw = 'NULL'): string {
  const { columns } = segment;
  const misfit = copyMisfit(columns);
  const numbered = `SELECT *, row_number() OVER () + ${before} AS "__millrace_record" FROM (${copyRows(segment)})`;
  return `SELECT "__millrace_record", ${misfit.column}, ${misfit.value}, ${misfit.reason}, ${raw} FROM (${numbered}) WHERE NOT (${copyFits(columns)}) ORDER BY 1`;
}

function badRow(name: string, [row, column, value, reason]: readonly unknown[]): MillraceError {
  return badRowError(
    { column: String(column), value, reason: String(reason) },
    {
      area: 'sql',
      place: `${name}, row ${row}`,
      absent: 'the value',
      advice: `Mend the query or the schema, or read with onBadRow: 'quarantine' to put such rows aside.`,
      details: { row: Number(row) },
    },
  );
}
