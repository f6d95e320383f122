import { existsSync } from 'node:fs';
import { dirname, extname, join, resolve } from 'node:path';
import { MillraceError } from '../errors.ts';
import type { FrameOf } from '../frame/frame.ts';
import type { OnBadRow } from '../plan/source.ts';
import { ColumnType, type SchemaSpec } from '../schema/column-type.ts';
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
  const { onBadRow = 'fail' } = options;
  switch (fixtureFormat(path)) {
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
      message: `fixture: the schema is ${JSON.stringify(given) ?? String(given)}. Give fixture(name, { sku: t.string() }) or fixture(name, { schema: { sku: t.string() } }).`,
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
