import { existsSync, statSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { didYouMean, MillraceError } from '../errors.ts';
import type { UnknownCols } from '../frame/columns.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { Executor, FoundColumn, ParquetColumn, Scan, ScanColumn, Source, SourceContext } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { type DataType, describeDType, type Schema, sameDType } from '../schema/dtype.ts';
import { expandPaths } from './paths.ts';
import { scanColumns } from './scan-columns.ts';

export interface ParquetOptions<S extends SchemaSpec> {
  /** The columns, checked by name and dtype when the plan runs; columns that it does not name are passed over. */
  readonly schema: S;
}

/** Files, and which columns stand in the names of the folders they are in. */
interface Dataset {
  readonly paths: readonly string[];
  readonly partitions: readonly string[];
}

/**
 * Reads Parquet files with a declared schema: by path, paths, glob, or the folder of a dataset, whose folders named
 * `column=value` are columns too.
 */
export function readParquet<const S extends SchemaSpec>(
  executor: Executor,
  paths: string | readonly string[],
  options: ParquetOptions<S>,
): FrameOf<S> {
  const declared = scanColumns(options.schema);
  const source = sourceOf(paths, schemaOf(options.schema), (found, name) =>
    declared.map((column) => matchColumn(column, found, name)),
  );
  return new Frame({ kind: 'source', source }, executor);
}

/** Reads Parquet files whose columns the files tell: they are looked at now, and their columns known at run time. */
export async function openParquet(executor: Executor, paths: string | readonly string[]): Promise<Frame<UnknownCols>> {
  const { columns } = await lookAt(paths, await executor.look({}));
  const resolved = columns.map((column) => ownColumn(column, nameOf(paths)));
  const schema = resolved.map(({ name, dtype, nullable }) => ({ name, dtype, nullable }));
  const source = sourceOf(paths, schema, (found, name) => resolved.map((column) => matchColumn(column, found, name)));
  return new Frame({ kind: 'source', source }, executor);
}

function sourceOf(
  paths: string | readonly string[],
  schema: Schema,
  match: (found: readonly FoundColumn[], name: string) => ParquetColumn[],
): Source {
  const name = nameOf(paths);
  return {
    name,
    schema,
    ordered: true,
    onBadRow: 'fail',
    volatile: false,
    prepare: async (context): Promise<Scan> => {
      const { dataset, columns } = await lookAt(paths, context);
      const partitioned = dataset.partitions.length > 0;
      return { kind: 'parquet', paths: dataset.paths, partitioned, columns: match(columns, name) };
    },
  };
}

function nameOf(paths: string | readonly string[]): string {
  return `parquet ${typeof paths === 'string' ? paths : paths.join(', ')}`;
}

async function lookAt(
  paths: string | readonly string[],
  context: SourceContext,
): Promise<{ readonly dataset: Dataset; readonly columns: readonly FoundColumn[] }> {
  const dataset = datasetOf(paths);
  return { dataset, columns: await context.parquetColumns(dataset.paths, dataset.partitions) };
}

function datasetOf(paths: string | readonly string[]): Dataset {
  const given = typeof paths === 'string' ? [paths] : paths;
  const parts = given.map((path): Dataset => {
    if (!existsSync(path) || !statSync(path).isDirectory()) {
      return { paths: expandPaths(path, 'parquet'), partitions: [] };
    }
    const files = expandPaths(`${path.replace(/[\\/]+$/, '')}/**/*.parquet`, 'parquet');
    const keys = files.map((file) =>
      relative(resolve(path), resolve(file))
        .split(sep)
        .slice(0, -1)
        .flatMap((folder) => /^([^=]+)=/.exec(folder)?.[1] ?? []),
    );
    const partitions = keys[0] ?? [];
    const other = keys.findIndex((names) => names.join('/') !== partitions.join('/'));
    if (other !== -1) {
      throw new MillraceError({
        code: 'parquet.mixed',
        message: `The files of the dataset ${JSON.stringify(path)} are partitioned differently: ${files[0]} by (${partitions.join(', ')}), ${files[other]} by (${keys[other]?.join(', ')}).`,
        details: { path, files: [files[0], files[other]] },
      });
    }
    return { paths: files, partitions };
  });
  const [first, ...others] = parts;
  const partitions = first?.partitions ?? [];
  if (others.some((part) => part.partitions.join('/') !== partitions.join('/'))) {
    throw new MillraceError({
      code: 'parquet.mixed',
      message: `The datasets ${given.join(', ')} are partitioned differently. Read them apart and join them with concat.`,
      details: { paths: given },
    });
  }
  return { paths: parts.flatMap((part) => part.paths), partitions };
}

/** A column without a declaration: what the files say it is. */
function ownColumn(found: FoundColumn, name: string): ScanColumn {
  if (found.dtype === undefined) {
    throw new MillraceError({
      code: 'parquet.dtype',
      message: `${name}: column ${JSON.stringify(found.name)} is ${found.type}, which no dtype holds. Read with a schema that leaves it out.`,
      details: { column: found.name, type: found.type },
    });
  }
  return { name: found.name, outside: found.name, dtype: found.dtype, nullable: true, format: {} };
}

function matchColumn(column: ScanColumn, found: readonly FoundColumn[], name: string): ParquetColumn {
  const match = found.find((candidate) => candidate.name === column.outside);
  if (match === undefined) {
    const names = found.map((candidate) => candidate.name);
    throw new MillraceError({
      code: 'parquet.missing_column',
      message: `${name} has no column ${JSON.stringify(column.outside)}.${didYouMean(column.outside, names)} Its columns are ${names.join(', ')}.`,
      details: { column: column.outside, columns: names },
    });
  }
  if (!match.partition && !holds(column.dtype, match)) {
    throw new MillraceError({
      code: 'parquet.dtype',
      message: `${name}: column ${JSON.stringify(column.outside)} is ${match.type}, the schema says ${describeDType(column.dtype)}. ${advice(match)}`,
      details: { column: column.outside, type: match.type, declared: describeDType(column.dtype) },
    });
  }
  return { ...column, found: match };
}

function advice(found: FoundColumn): string {
  return found.dtype === undefined
    ? 'No dtype holds it: leave it out of the schema.'
    : `Declare it ${describeDType(found.dtype)}, and cast it in a verb.`;
}

/** Whether a declared dtype holds every value of a column, checks of single values aside. */
function holds(declared: DataType, found: FoundColumn): boolean {
  const stored = found.dtype;
  if (stored === undefined) return false;
  if (declared.id === 'bigint') return stored.id === 'int';
  if (declared.id === 'string') return stored.id === 'string';
  if (declared.id === 'decimal' && stored.id === 'decimal') {
    return declared.scale >= stored.scale && declared.precision - declared.scale >= stored.precision - stored.scale;
  }
  if (declared.id === 'list' && stored.id === 'list') return holds(declared.item, { ...found, dtype: stored.item });
  if (declared.id === 'struct' && stored.id === 'struct') {
    return (
      declared.fields.length === stored.fields.length &&
      declared.fields.every((field, i) => {
        const there = stored.fields[i];
        return there?.name === field.name && holds(field.dtype, { ...found, dtype: there.dtype });
      })
    );
  }
  return sameDType(declared, stored);
}
