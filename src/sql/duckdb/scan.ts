import type { Scan } from '../../plan/scan.ts';
import { notStaged, type ScanUse, type UnreadScan } from '../dialect.ts';
import { textOf, typedForTable, typedInPlace } from './csv-scan.ts';
import { parquetInPlace } from './parquet-scan.ts';

/** The rows of files that DuckDB reads where they are. */
export function scan(scan: UnreadScan, { forTable }: ScanUse): string {
  switch (scan.kind) {
    case 'csv':
      return forTable ? typedForTable(scan) : typedInPlace(scan);
    case 'parquet':
      return parquetInPlace(scan);
    case 'records':
    case 'rows':
    case 'copy':
    case 'columns':
    case 'query':
      throw notStaged(scan);
  }
}

/** The rows of files before any is looked at, and of tables, to be counted; none where what was read is counted already. */
export function rowsOf(scan: Scan): string | undefined {
  switch (scan.kind) {
    case 'csv':
      return textOf(scan, { withFile: false });
    case 'parquet':
      return parquetInPlace(scan);
    case 'records':
    case 'rows':
    case 'copy':
    case 'columns':
    case 'query':
      return undefined;
    case 'table':
      return `FROM ${scan.table}`;
  }
}
