import type { DuckDBConnection } from '@duckdb/node-api';
import { MillraceError } from '../../../errors.ts';
import type { CopyColumn, CopySegment, Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { asPiece, beginPart } from '../../../progress.ts';
import { quoteName, quoteText } from '../../../sql/dialect.ts';
import {
  copyFits,
  copyMisfit,
  copyRows,
  copyValues,
  isToldByValue,
  sentText,
  storedMisfits,
} from '../../../sql/duckdb/copy-scan.ts';
import { duckdb } from '../../../sql/duckdb.ts';
import { runOn } from '../connections.ts';
import { badRowError } from './bad-row.ts';
import { insertInOneGo } from './insert.ts';
import { newRejects, type Staged, type Workshop } from './staged.ts';

/**
 * COPY text, file after file, into a typed table; what the server sent and what arrived must be as many rows. A transaction has
 * enough of them that the engine takes the rows over as they are, and as many as there were: those of a small file it would write twice.
 */
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
  let committed = 0;
  let columns: readonly CopyColumn[] = [];
  const part = beginPart();
  const sent = await shop.connections.lend(async (connection) => {
    const target = { shop, connection, table, source };
    const commit = async (): Promise<void> => {
      await runOn(connection, { sql: 'COMMIT', values: [] });
      committed = good;
      await refuseMisfits(target, columns, options);
    };
    const read = async (segment: CopySegment): Promise<void> => {
      columns = segment.columns;
      const before = good + quarantined;
      good += await insertGood(target, segment, before, options);
      if (rejects !== undefined) quarantined += await insertBad(shop, { rejects, source, segment, before }, options);
      part?.tell({ rows: good + quarantined });
      if (good - committed < Math.max(ROW_GROUP, committed)) return;
      await commit();
      await runOn(connection, { sql: 'BEGIN', values: [] });
    };
    await runOn(connection, { sql: 'BEGIN', values: [] });
    try {
      const rows = await scan.read((segment) => asPiece(() => read(segment)));
      await commit();
      return rows;
    } catch (error) {
      await connection.run('ROLLBACK').catch(() => {});
      throw error;
    } finally {
      part?.end();
    }
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

/** How many rows the engine takes over as they are. */
const ROW_GROUP = 122_880;

interface Target {
  readonly shop: Workshop;
  readonly connection: DuckDBConnection;
  readonly table: string;
  readonly source: Source;
}

/** Inserts the rows that fit; in fail mode all must: what their values tell is asked when they are stored. */
async function insertGood(
  { shop, connection, table, source }: Target,
  segment: CopySegment,
  before: number,
  options: RunOptions,
): Promise<number> {
  const { columns } = segment;
  const isStrict = source.onBadRow === 'fail';
  const fits = copyFits(isStrict ? columns.filter((column) => !isToldByValue(column)) : columns);
  const condition = isStrict ? `CASE WHEN ${fits} THEN true ELSE error('[sql.bad_row]') END` : fits;
  const where = fits === undefined ? '' : ` WHERE ${condition}`;
  const rows = `SELECT ${copyValues(columns)} FROM (${copyRows(segment)})${where}`;
  try {
    return await insertInOneGo(connection, { table, rows, columns: columns.length }, options);
  } catch (error) {
    // An instant beyond the engine's is not looked at before it is cast.
    const mayBeBad =
      error instanceof MillraceError && ['sql.bad_row', 'run.conversion', 'run.overflow'].includes(error.code);
    if (!mayBeBad || copyFits(columns) === undefined) throw error;
    const numbered = `${NUMBERED} + ${before} AS ${RECORD} FROM (${copyRows(segment)})`;
    throw (await firstBadRow(shop, source, badRows(numbered, columns), options)) ?? error;
  }
}

/** In fail mode: stops at the first stored row that does not fit, as far as values tell. */
async function refuseMisfits(
  { shop, table, source }: Target,
  columns: readonly CopyColumn[],
  options: RunOptions,
): Promise<void> {
  const misfits = source.onBadRow === 'fail' ? storedMisfits(table, columns) : undefined;
  if (misfits === undefined) return;
  if ((await shop.connections.values(`${misfits} LIMIT 1`, options)).length === 0) return;
  const numbered = `${NUMBERED} AS ${RECORD} FROM ${table}`;
  throw await firstBadRow(shop, source, badRows(numbered, columns.filter(isToldByValue)), options);
}

async function insertBad(
  shop: Workshop,
  { rejects, source, segment, before }: { rejects: string; source: Source; segment: CopySegment; before: number },
  options: RunOptions,
): Promise<number> {
  if (copyFits(segment.columns) === undefined) return 0;
  const names = segment.columns.map((column) => `${quoteName(column.name)} := ${sentText(column)}`);
  const numbered = `${NUMBERED} + ${before} AS ${RECORD} FROM (${copyRows(segment)})`;
  const raw = `CAST(to_json(struct_pack(${names.join(', ')})) AS VARCHAR)`;
  const sql = `INSERT INTO ${rejects} SELECT ${quoteText(source.name)}, * FROM (${badRows(numbered, segment.columns, raw)})`;
  return (await shop.connections.run({ sql, values: [] }, options)).rowsChanged;
}

const RECORD = '"__millrace_record"';
const NUMBERED = 'SELECT *, row_number() OVER ()';

/** The rows that do not fit: which row of the result, the column, its value and the reason. */
function badRows(numbered: string, columns: readonly CopyColumn[], raw = 'NULL'): string {
  const misfit = copyMisfit(columns);
  return `SELECT ${RECORD}, ${misfit.column}, ${misfit.value}, ${misfit.reason}, ${raw} FROM (${numbered}) WHERE NOT (${copyFits(columns)}) ORDER BY 1`;
}

async function firstBadRow(
  shop: Workshop,
  source: Source,
  bad: string,
  options: RunOptions,
): Promise<MillraceError | undefined> {
  const [found] = await shop.connections.values(`${bad} LIMIT 1`, options);
  if (found === undefined) return undefined;
  const [row, column, value, reason] = found;
  return badRowError(
    { column: String(column), value, reason: String(reason) },
    {
      area: 'sql',
      place: `${source.name}, row ${row}`,
      absent: 'the value',
      advice: `Mend the query or the schema, or read with onBadRow: 'quarantine' to put such rows aside.`,
      details: { row: Number(row) },
    },
  );
}
