import type { DuckDBBlobValue } from '@duckdb/node-api';
import type { RunOptions } from '../../plan/source.ts';
import { asPiece, beginPart, type Part } from '../../progress.ts';
import type { Schema } from '../../schema/dtype.ts';
import { quoteName } from '../../sql/dialect.ts';
import { runOn } from './connections.ts';
import { type CopyBlock, copyBlocks } from './copy-text.ts';
import type { Engine, Run } from './engine.ts';

/** Rows in a scratch table, ready to be made into COPY text. */
export interface ScratchRows {
  /** The columns' names in the target. */
  readonly names: readonly string[];
  readonly rows: number;
  /** Where they are, and as what: a column may have another name there than in the target. */
  readonly table: string;
  readonly columns: Schema;
  blobs(): AsyncGenerator<Uint8Array>;
  drop(): Promise<void>;
}

/**
 * The rows of a run in a scratch table: the one that holds them already, or a new one. `rowNumber` names a column of
 * the target that takes the number of each row.
 */
export async function scratchRows(
  engine: Engine,
  run: Pick<Run, 'query' | 'table'>,
  schema: Schema,
  options: RunOptions,
  rowNumber?: string,
): Promise<ScratchRows> {
  const names = [...schema.map((f) => f.name), ...(rowNumber === undefined ? [] : [rowNumber])];
  const numbered = (columns: Schema): Schema => (rowNumber === undefined ? columns : [...columns, ROW_ID]);
  // A column of this name would hide the engine's own number of the row.
  const hidden = schema.some((f) => f.name.toLowerCase() === 'rowid');
  if (run.table !== undefined && !hidden) {
    return ofTable(engine, run.table, { names, columns: numbered(schema), options, drop: async () => {} });
  }
  const columns = hidden ? schema.map((f, i) => ({ ...f, name: `c${i}` })) : schema;
  const renamed = schema.map((f, i) => `${quoteName(f.name)} AS ${quoteName(columns[i]?.name ?? f.name)}`);
  const sql = hidden ? `SELECT ${renamed.join(', ')} FROM (${run.query.sql})` : run.query.sql;
  const { table } = await engine.toTable({ sql, values: run.query.values }, options);
  return ofTable(engine, table, { names, columns: numbered(columns), options, drop: () => engine.drop(table) });
}

/** The engine's own number of a table's row. */
const ROW_ID: Schema[number] = { name: 'rowid', dtype: { id: 'int' }, nullable: false };

async function ofTable(
  engine: Engine,
  table: string,
  { names, columns, options, drop }: Pick<ScratchRows, 'names' | 'drop'> & { columns: Schema; options: RunOptions },
): Promise<ScratchRows> {
  const [[count = 0n, end = 0n] = []] = await engine.connections.values(
    `SELECT count(*), coalesce(max(rowid) + 1, 0) FROM ${table}`,
    options,
  );
  const rows = Number(count);
  const { signal, onProgress } = options;
  const running: RunOptions = { signal };
  let sent = 0;
  let part: Part | undefined;
  const fetch = (sql: string): Promise<CopyBlock> => {
    part ??= beginPart();
    return asPiece(() =>
      engine.connections.lend(async (connection) => {
        const result = await runOn(connection, { sql, values: [] }, running);
        const chunk = await result.fetchChunk();
        const made = chunk?.getColumnVector(1).getItem(0) as DuckDBBlobValue | null | undefined;
        const block = { rows: Number(chunk?.getColumnVector(0).getItem(0)), bytes: made?.bytes };
        sent += block.rows;
        const share = rows === 0 ? 1 : sent / rows;
        onProgress?.(share);
        part?.tell({ share, rows: sent });
        return block;
      }),
    );
  };
  return {
    names,
    rows,
    table,
    columns,
    drop: async () => {
      part?.end();
      await drop();
    },
    blobs: () => copyBlocks({ table, columns, rows, end: Number(end), fetch }),
  };
}
