import type { DuckDBConnection } from '@duckdb/node-api';
import type { MillraceError } from '../../../errors.ts';
import type { RowBatch, Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { countedRows } from '../../../progress.ts';
import type { Schema } from '../../../schema/dtype.ts';
import { showValue } from '../../../schema/show-value.ts';
import { quoteName, quoteText } from '../../../sql/dialect.ts';
import { marked, readNested } from '../../../sql/duckdb/read-nested.ts';
import { appendRows, type BadRow, carrier } from './append.ts';
import { badRowError } from './bad-row.ts';
import { newRejects, partsOf, type Staged, type Workshop } from './staged.ts';

/** Brings values into a new table; lists and structs, which arrive as JSON text, take their own types there. */
export async function arrive(
  shop: Workshop,
  { table, columns }: { readonly table: string; readonly columns: Schema },
  options: RunOptions,
  append: (connection: DuckDBConnection, table: { schema: string; name: string }) => Promise<number>,
): Promise<number> {
  const nested = columns.some((f) => carrier(f.dtype) !== f.dtype);
  const from = nested ? shop.newTable() : table;
  const read = await shop.connections.lend((connection) => append(connection, partsOf(from)));
  if (!nested) return read;
  const typed = columns.map((f) => {
    const column = quoteName(f.name);
    return carrier(f.dtype) === f.dtype
      ? column
      : `${readNested(marked(column, [f.dtype]), f.dtype).value} AS ${column}`;
  });
  const sql = `CREATE TABLE ${table} AS SELECT ${typed.join(', ')} FROM ${from} ORDER BY rowid`;
  await shop.connections.run({ sql, values: [] }, options);
  return read;
}

const REJECTS_A_STATEMENT = 1000;

/** JavaScript rows, those that do not fit put aside where that is asked for. */
export async function stageRows(
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
  const table = shop.newTable();
  const read = await arrive(shop, { table, columns: source.schema }, options, (connection, target) =>
    appendRows(connection, target, source.schema, arriving(scan.batches(), options), onBadRow),
  );
  if (source.onBadRow === 'fail') return { table, rejects: undefined, read, quarantined: 0 };
  const rejects = await newRejects(shop);
  const told = bad.map((row) => {
    const { raw: given } = row;
    const raw = 'given' in given ? given.given : Object.fromEntries(source.schema.map((f, i) => [f.name, given[i]]));
    const texts = [textOrNull(row.column), textOrNull(row.value), quoteText(row.reason), quoteText(showValue(raw))];
    return `(${[quoteText(source.name), row.row, ...texts].join(', ')})`;
  });
  for (let i = 0; i < told.length; i += REJECTS_A_STATEMENT) {
    const values = told.slice(i, i + REJECTS_A_STATEMENT).join(', ');
    await shop.connections.run({ sql: `INSERT INTO ${rejects} VALUES ${values}`, values: [] });
  }
  return { table, rejects, read, quarantined: bad.length };
}

async function* arriving(
  batches: AsyncIterable<RowBatch> | Iterable<RowBatch>,
  { signal }: RunOptions,
): AsyncGenerator<RowBatch> {
  for await (const batch of countedRows(batches, ({ length }) => length)) {
    signal?.throwIfAborted();
    yield batch;
  }
}

function badRow(name: string, { row, column, value, reason }: BadRow): MillraceError {
  return badRowError({ column, value, reason }, { area: 'rows', place: `${name}, row ${row}`, details: { row } });
}

function textOrNull(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return quoteText(typeof value === 'string' ? value : showValue(value));
}
