import { basename } from 'node:path';
import { MillraceError } from '../errors.ts';
import { derive } from '../frame/derive.ts';
import type { Frame } from '../frame/frame.ts';
import type { Source } from '../plan/source.ts';
import { NO_FILES } from '../readers/incremental/files.ts';
import { readParquet } from '../readers/parquet.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Schema } from '../schema/dtype.ts';
import type { DatasetMode } from '../storage/manifest.ts';
import type { S3Options } from '../storage/s3/options.ts';
import { goneFrom } from './reconcile/meant.ts';
import { byValue, type ReadTarget, readBackSchema } from './reconcile/target-rows.ts';

/** What was written, and how. */
export interface ParquetTarget {
  readonly path: string;
  readonly mode: DatasetMode;
  readonly partitionBy: readonly string[];
  readonly s3: S3Options | undefined;
}

/** The end of the name of a file that a run wrote. */
export function fileEnd(runId: string): string {
  return runId.slice(0, 8);
}

/** The rows of the files that a load left: all that are there, its own, or those of its partitions. */
export function readFiles({ path, mode, partitionBy, s3 }: ParquetTarget, schema: Schema): ReadTarget {
  return (session, { runId, alreadyLoaded }, _, task) => {
    const isAdded = mode === 'append';
    if (isAdded && alreadyLoaded) {
      throw new MillraceError({
        code: 'reconcile.rows_unknown',
        message: `reconcile: this run wrote no files to ${path}, where the load had been done before. Read the dataset, and compare it with the frame.`,
        details: { path },
      });
    }
    const own = new RegExp(`-${fileEnd(runId)}(-\\d+)?\\.parquet$`);
    const read = { schema: readBackSchema(schema), ...(s3 === undefined ? {} : { s3 }) };
    const frame = readParquet(session, path, read);
    return task({
      frame: ofFiles(frame, isAdded ? (file) => own.test(basename(file)) : () => true),
      scope: isAdded
        ? `the files of this load in ${path}`
        : `${mode === 'replacePartitions' ? 'the partitions of the frame' : 'all rows'} of ${path}`,
      columns: byValue(schema),
      ...(mode === 'replacePartitions' ? { key: partitionBy } : {}),
    });
  };
}

function gone(cause: MillraceError): MillraceError {
  return goneFrom(String(cause.details.files), cause);
}

/** Some of a frame's files; there need not be any. */
function ofFiles<C extends AnyCol>(frame: Frame<C>, isMeant: (file: string) => boolean): Frame<C> {
  if (frame.plan.kind !== 'source') return frame;
  const { source } = frame.plan;
  const prepare: Source['prepare'] = async (context) => {
    const scan = await source.prepare(context).catch((error: unknown) => {
      // A dataset without rows has no files.
      if (error instanceof MillraceError && error.code === 'parquet.not_found') return NO_FILES;
      if (error instanceof MillraceError && error.code === 'parquet.missing_file') throw gone(error);
      throw error;
    });
    if (scan.kind !== 'parquet') return scan;
    const { names = scan.paths } = scan;
    const meant = (_: unknown, i: number): boolean => isMeant(names[i] ?? '');
    const paths = scan.paths.filter(meant);
    if (paths.length === 0) return NO_FILES;
    return { ...scan, paths, ...(scan.names === undefined ? {} : { names: scan.names.filter(meant) }) };
  };
  return derive(frame, { kind: 'source', source: { ...source, prepare } });
}
