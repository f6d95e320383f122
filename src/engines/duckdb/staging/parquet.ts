import type { Scan } from '../../../plan/scan.ts';
import type { RunOptions } from '../../../plan/source.ts';
import { parquetInPlace } from '../../../sql/duckdb/parquet-scan.ts';
import { calledAs } from '../../../storage/called-as.ts';
import { explainParquet } from '../parquet-errors.ts';
import type { Staged, Workshop } from './staged.ts';

/** The rows of Parquet files of which it must be remembered that they were read. */
export async function stageParquet(
  shop: Workshop,
  scan: Scan & { kind: 'parquet' },
  options: RunOptions,
): Promise<Staged> {
  const table = shop.newTable();
  try {
    const sql = `CREATE TABLE ${table} AS ${parquetInPlace(scan)}`;
    const made = await shop.connections.run({ sql, values: [] }, options);
    const [[read = 0n] = []] = await made.getRowsJS();
    return { table, rejects: undefined, read: Number(read), quarantined: 0 };
  } catch (error) {
    const told = (await explainParquet(shop.connections, scan, error, options)) ?? error;
    throw calledAs(told, scan.paths, scan.names);
  }
}
