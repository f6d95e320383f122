import { existsSync, readFileSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { MillraceError } from '../errors.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { OnBadRow, Source } from '../plan/source.ts';
import { ColumnType, type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { Schema } from '../schema/dtype.ts';
import { read } from '../session.ts';

export interface FixtureOptions {
  readonly onBadRow?: OnBadRow;
  readonly extraColumns?: 'fail' | 'ignore';
}

/**
 * A frame of a fixture file, read by its ending (`.csv`, `.csv.gz`, `.json`, `.ndjson`, `.parquet`). The file is looked
 * for as it is named, then in the folder `fixtures` here and in every folder above. The schema may stand among the
 * options too, as in `read.csv`: `fixture(name, { schema, onBadRow })`.
 *
 * Where columns of the schema have another name outside (`.from()`), the file is one from outside, or has the columns' own
 * names, as what `sampleFixture` cuts has; its values are then in the standard spelling, whatever formats the schema has.
 *
 * @example
 * ```ts
 * import { t } from 'millrace';
 * import { fixture } from 'millrace/testing';
 * const sales = fixture('sales.csv', { sku: t.string() }, { extraColumns: 'ignore' });
 * console.log(await sales.count()); // 10
 * ```
 */
export function fixture<const S extends SchemaSpec>(
  name: string,
  options: FixtureOptions & { readonly schema: S },
): FrameOf<S>;
export function fixture<const S extends SchemaSpec>(name: string, schema: S, options?: FixtureOptions): FrameOf<S>;
export function fixture(
  name: string,
  given: SchemaSpec | (FixtureOptions & { readonly schema: SchemaSpec }),
  further: FixtureOptions = {},
): FrameOf<SchemaSpec> {
  const { schema, ...options } = settings(given, further);
  const path = fixturePath(name);
  if (path === undefined) throw notFound(name);
  const format = fixtureFormat(path);
  const outside = readFixture(path, format, schema, options);
  const renamed = Object.entries(schema).filter(([name, type]) => (type.outsideName ?? name) !== name);
  if (renamed.length === 0) return outside;
  return withOwnNames(outside, readFixture(path, format, declared(schemaOf(schema)), options), () => {
    const keys = keysOf(path, format);
    if (keys === undefined) return undefined;
    return renamed.every(([name, { outsideName = name }]) => {
      return keys.includes(name) && !keys.includes(outsideName) && !keys.includes(outsideName.split('.')[0] ?? '');
    });
  });
}

function readFixture(
  path: string,
  format: ReturnType<typeof fixtureFormat>,
  schema: SchemaSpec,
  options: FixtureOptions,
): FrameOf<SchemaSpec> {
  const { onBadRow = 'fail' } = options;
  switch (format) {
    case 'csv':
      return read.csv(path, { schema, ...options });
    case 'json':
      return read.json(path, { schema, onBadRow });
    case 'ndjson':
      return read.ndjson(path, { schema, onBadRow });
    case 'parquet':
      return read.parquet(path, { schema });
  }
}

/** A file that may have the columns' own names: where `isOwn` says so or, where it cannot tell, the others are missing. */
function withOwnNames(
  outside: FrameOf<SchemaSpec>,
  own: FrameOf<SchemaSpec>,
  isOwn: () => boolean | undefined,
): FrameOf<SchemaSpec> {
  const [source, ownSource] = [sourceOf(outside), sourceOf(own)];
  const prepare: Source['prepare'] = async (context) => {
    const known = isOwn();
    if (known !== undefined) return (known ? ownSource : source).prepare(context);
    try {
      return await source.prepare(context);
    } catch (error) {
      if (!(error instanceof MillraceError && error.code.endsWith('.missing_column'))) throw error;
      // Of the two errors the first is the one to tell.
      return ownSource.prepare(context).catch(() => Promise.reject(error));
    }
  };
  const forget = (): void => {
    source.forget?.();
    ownSource.forget?.();
  };
  return new Frame({ kind: 'source', source: { ...source, prepare, forget } }, outside.executor);
}

function sourceOf({ plan }: FrameOf<SchemaSpec>): Source {
  if (plan.kind !== 'source') throw new Error('a reader gives a source');
  return plan.source;
}

/** The keys of the first record of JSON, which has no header; undefined of another format. */
function keysOf(path: string, format: ReturnType<typeof fixtureFormat>): readonly string[] | undefined {
  if (format !== 'json' && format !== 'ndjson') return undefined;
  const bytes = readFileSync(path);
  const text = (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').replace('\uFEFF', '').trim();
  try {
    const found: unknown = JSON.parse(format === 'json' ? text : (text.split('\n')[0] ?? ''));
    return Object.keys((Array.isArray(found) ? found[0] : found) ?? {});
  } catch {
    // The reader tells what is wrong with it.
    return [];
  }
}

/** A frame's schema as a user would declare it. */
export function declared(schema: Schema): SchemaSpec {
  return Object.fromEntries(schema.map(({ name, dtype, nullable }) => [name, new ColumnType(dtype, nullable)]));
}

/** How a fixture's file is written, by its ending. */
export function fixtureFormat(path: string): 'csv' | 'json' | 'ndjson' | 'parquet' {
  const ending = extname(path.replace(/\.gz$/, ''));
  if (ending === '.csv') return 'csv';
  if (ending === '.json') return 'json';
  if (ending === '.ndjson' || ending === '.jsonl') return 'ndjson';
  if (ending === '.parquet') return 'parquet';
  throw new MillraceError({
    code: 'fixture.format',
    message: `fixture: ${JSON.stringify(path)} ends in ${JSON.stringify(ending)}. The choices are .csv, .csv.gz, .json, .ndjson, .jsonl and .parquet.`,
    details: { path },
  });
}

/** Both ways to call it as one; a schema may have a column called `schema`, which is a column type and no schema. */
function settings(
  given: SchemaSpec | (FixtureOptions & { readonly schema: SchemaSpec }),
  further: FixtureOptions,
): FixtureOptions & { readonly schema: SchemaSpec } {
  if (typeof given !== 'object' || given === null) {
    throw new MillraceError({
      code: 'fixture.schema',
      message: `fixture: the schema is ${JSON.stringify(given) ?? String(given)}. Give { sku: t.string() } or { schema: { sku: t.string() } }.`,
    });
  }
  const { schema } = given;
  const isSchema = typeof schema === 'object' && !(schema instanceof ColumnType);
  return isSchema ? { ...further, ...(given as FixtureOptions), schema } : { ...further, schema: given as SchemaSpec };
}

/** Where a fixture's file is: as it is named, or in the folder `fixtures` here or above. */
export function fixturePath(name: string): string | undefined {
  if (existsSync(name)) return name;
  for (let folder = resolve('.'); ; folder = dirname(folder)) {
    const path = join(folder, 'fixtures', name);
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) return undefined;
  }
}

function notFound(name: string): MillraceError {
  return new MillraceError({
    code: 'fixture.not_found',
    message: `fixture: there is no file ${JSON.stringify(name)}, neither in ${resolve('.')} nor in a folder "fixtures" there or above.`,
    details: { name },
  });
}
