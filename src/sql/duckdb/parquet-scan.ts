import type { MapPlaces, ParquetColumn, Scan } from '../../plan/scan.ts';
import { type DataType, describeDType } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { withoutZone } from './instant.ts';
import { readText } from './reading.ts';
import { isShort, typeName } from './spellings.ts';

/** Where the columns of Parquet files are selected from. */
export function parquetFiles(paths: readonly string[], partitioned: boolean): string {
  const files = `[${paths.map(quoteText).join(', ')}]`;
  return `read_parquet(${files}, hive_partitioning = false${partitioned ? `, filename = ${quoteText(FILE)}` : ''})`;
}

/** The column of the path of a row's file. */
const FILE = '__millrace_file';

/**
 * The text in the name of the folder nearest to the file. The engine's own reading takes the text `null` for a null,
 * and a folder above the dataset for one of its partitions.
 */
function partitionText(name: string): string {
  const encoded = encodeURIComponent(name);
  // The engine's writer also encodes these.
  const strictly = encoded.replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const names = [name, encoded, strictly].map((text) => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&'));
  const folder = quoteText(`(?s)^.*[/\\\\](?:${names.join('|')})=([^/\\\\]*)[/\\\\].*$`);
  return `url_decode(nullif(regexp_extract(${quoteName(FILE)}, ${folder}, 1), '__HIVE_DEFAULT_PARTITION__'))`;
}

/**
 * Parquet files read in place. A value that breaks the schema's promise fails the run; where the files' statistics say
 * that there is none, nothing stands between a filter and the files.
 */
export function parquetInPlace(scan: Scan & { kind: 'parquet' }): string {
  const columns = scan.columns.map((column) => `${promisedOrFail(column)} AS ${quoteName(column.name)}`);
  return `SELECT ${columns.join(', ')} FROM ${parquetFiles(scan.paths, scan.partitioned)}`;
}

function promisedOrFail(column: ParquetColumn): string {
  const { found, dtype } = column;
  const stored = found.partition ? partitionText(column.outside) : quoteName(column.outside);
  const label = `column ${JSON.stringify(column.outside)}`;
  const value = promised(column, stored, typed(column, stored), label);
  if (column.nullable || found.noNulls) return value;
  const message = `[parquet.null] ${label} holds a null, and the schema says that it never does. Declare it t.${dtype.id === 'string' ? 'string' : dtype.id}(..).nullable().`;
  return `CASE WHEN ${stored} IS NULL THEN error(${quoteText(message)}) ELSE ${value} END`;
}

/** The value as the engine holds the dtype. */
function typed(column: ParquetColumn, stored: string): string {
  const { found, dtype } = column;
  if (found.partition && !(dtype.id === 'string' && dtype.values === undefined)) {
    const { valid, value, reason } = readText(stored, dtype, column.format);
    const label = quoteText(`[parquet.bad_value] column ${JSON.stringify(column.outside)}, by its folder: '`);
    const wrong = `error(${label} || ${stored} || ''' ' || ${reason} || '.')`;
    return `CASE WHEN ${stored} IS NULL THEN NULL WHEN ${valid} THEN ${value} ELSE ${wrong} END`;
  }
  if (found.type === 'TIMESTAMP WITH TIME ZONE') return withoutZone(stored);
  const wanted = typeName(dtype);
  if (fitsAsStored(column)) return stored;
  return found.type === wanted ? stored : `CAST(${withoutMaps(stored, found.maps, 0)} AS ${wanted})`;
}

/** Whether the files say that their decimals fit the schema's, which the engine then need not make narrower. */
function fitsAsStored(column: ParquetColumn): boolean {
  const { dtype, found } = column;
  if (dtype.id !== 'decimal' || found.dtype?.id !== 'decimal' || found.dtype.scale !== dtype.scale) return false;
  return isShort(dtype) && isShort(found.dtype) && fits(column);
}

/** A nested value with its maps as lists of keys and values, which the engine casts to no other type. */
function withoutMaps(value: string, maps: MapPlaces | undefined, depth: number): string {
  const item = `__millrace_item${depth}`;
  switch (maps?.kind) {
    case undefined:
      return value;
    case 'map': {
      if (maps.key === undefined && maps.value === undefined) return `map_entries(${value})`;
      const pair = (['key', 'value'] as const).map(
        (part) => `"${part}" := ${withoutMaps(`${item}."${part}"`, maps[part], depth + 1)}`,
      );
      return `list_transform(map_entries(${value}), lambda ${item}: struct_pack(${pair.join(', ')}))`;
    }
    case 'list':
      return `list_transform(${value}, lambda ${item}: ${withoutMaps(item, maps.item, depth + 1)})`;
    case 'struct': {
      const fields = maps.fields.map(
        (field) => `${quoteName(field.name)} := ${withoutMaps(`${value}.${quoteName(field.name)}`, field.maps, depth)}`,
      );
      return `CASE WHEN ${value} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
    }
  }
}

/** Whether a null stands inside a value where its dtype says that none does. */
function holdsNull(value: string, dtype: DataType, depth: number): string | undefined {
  const item = `__millrace_item${depth}`;
  if (dtype.id === 'list') {
    const inside = nullOr(item, dtype.item, dtype.nullableItem ?? true, depth + 1);
    return inside === undefined ? undefined : `len(list_filter(${value}, lambda ${item}: ${inside})) > 0`;
  }
  if (dtype.id !== 'struct') return undefined;
  const inside = dtype.fields.flatMap(
    (field) => nullOr(`${value}.${quoteName(field.name)}`, field.dtype, field.nullable, depth) ?? [],
  );
  return inside.length === 0 ? undefined : `(${value} IS NOT NULL AND (${inside.join(' OR ')}))`;
}

function nullOr(value: string, dtype: DataType, nullable: boolean, depth: number): string | undefined {
  const inside = holdsNull(value, dtype, depth);
  if (nullable) return inside;
  return inside === undefined ? `${value} IS NULL` : `(${value} IS NULL OR ${inside})`;
}

/** The value, checked for what a schema promises beyond the type: an int that a double holds, an enum's values. */
function promised(column: ParquetColumn, stored: string, value: string, label: string): string {
  const { found, dtype } = column;
  if (found.partition) return value;
  const advice = dtype.id === 'int' ? ' Declare it t.bigint().' : '';
  const wrong = `error(${quoteText(`[parquet.bad_value] ${label}: '`)} || CAST(${stored} AS VARCHAR) || ${quoteText(`' is not ${describeDType(dtype)}.${advice}`)})`;
  if (dtype.id === 'string' && dtype.values !== undefined) {
    return `CASE WHEN ${stored} IS NULL OR ${stored} IN (${dtype.values.map(quoteText).join(', ')}) THEN ${value} ELSE ${wrong} END`;
  }
  const nullInside = holdsNull(value, dtype, 0);
  if (nullInside !== undefined) {
    const message = `[parquet.null] ${label} holds a null inside ${describeDType(dtype)}, where the schema says that there is none. Declare it nullable there.`;
    return `CASE WHEN ${nullInside} THEN error(${quoteText(message)}) ELSE ${value} END`;
  }
  const most = mostOf(column);
  if (most === undefined || fits(column)) return value;
  const limit = dtype.id === 'decimal' ? `${most}.${'9'.repeat(dtype.scale)}` : most;
  return `CASE WHEN ${stored} IS NULL OR ${stored} BETWEEN -${limit} AND ${limit} THEN ${value} ELSE ${wrong} END`;
}

/** Whether the files' statistics say that no value has more digits than the schema's dtype. */
function fits(column: ParquetColumn): boolean {
  const most = mostOf(column);
  return most !== undefined && column.found.largest !== undefined && column.found.largest <= most;
}

/** The largest whole number of a dtype that holds less than the column's own type. */
function mostOf({ dtype, found }: ParquetColumn): bigint | undefined {
  if (dtype.id === 'int' && found.type === 'BIGINT') return BigInt(Number.MAX_SAFE_INTEGER);
  const stored = found.dtype;
  if (dtype.id !== 'decimal' || stored?.id !== 'decimal') return undefined;
  const digits = dtype.precision - dtype.scale;
  return digits < stored.precision - stored.scale ? 10n ** BigInt(digits) - 1n : undefined;
}
