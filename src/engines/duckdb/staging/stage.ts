import type { Scan } from '../../../plan/scan.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { countedRows } from '../../../progress.ts';
import { appendColumns } from './append-columns.ts';
import { stageCopy } from './copy.ts';
import { stageCsv } from './csv.ts';
import { stageParquet } from './parquet.ts';
import { stageRecords } from './records.ts';
import { arrive, stageRows } from './rows.ts';
import { limitShare, type Staged, type Workshop } from './staged.ts';

/** Brings a source's rows into scratch, putting aside those that do not fit where it is asked to. */
export async function stage(shop: Workshop, source: Source, scan: Scan, options: RunOptions): Promise<Staged> {
  switch (scan.kind) {
    case 'csv':
      return limitShare(source, await stageCsv(shop, source, scan, options));
    case 'rows':
      return limitShare(source, await stageRows(shop, source, scan, options));
    case 'columns': {
      const table = shop.newTable();
      const read = await arrive(shop, { table, columns: source.schema }, options, (connection, target) =>
        appendColumns(
          connection,
          target,
          source.schema,
          countedRows(scan.batches(), ({ rows }) => rows),
        ),
      );
      return { table, read, rejects: undefined, quarantined: 0 };
    }
    case 'records':
      return limitShare(source, await stageRecords(shop, source, scan, options));
    case 'copy':
      return limitShare(source, await stageCopy(shop, source, scan, options));
    case 'table':
      return { table: scan.table, rejects: undefined, read: 0, quarantined: 0 };
    case 'parquet':
      return stageParquet(shop, scan, options);
    case 'query':
      throw new Error(`a ${scan.kind} scan cannot be staged`);
  }
}
