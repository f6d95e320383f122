import { MillraceError } from '../../errors.ts';
import type { FoundColumn, MapPlaces } from '../../plan/scan.ts';
import type { RunOptions } from '../../plan/source.ts';
import { BOOLEAN, DATE, type DataType, decimal, FLOAT, INT, JSON_, STRING, TIMESTAMP } from '../../schema/dtype.ts';
import { quoteText } from '../../sql/dialect.ts';
import { parquetFiles } from '../../sql/duckdb/parquet-scan.ts';
import type { Connections } from './connections.ts';
import { nodeApi } from './node-api.ts';
import { nameUnreadable } from './parquet-errors.ts';

const { DuckDBTypeId } = nodeApi;

/** A column's nulls and numbers in all files, from their statistics. */
interface Bounds {
  readonly noNulls: boolean;
  readonly largest: bigint | undefined;
}

/** The columns of Parquet files; only their footers are read. */
export async function parquetColumns(
  connections: Connections,
  paths: readonly string[],
  partitions: readonly string[],
  options: RunOptions,
): Promise<FoundColumn[]> {
  try {
    return await columnsOf(connections, paths, partitions, options);
  } catch (error) {
    if (!(error instanceof MillraceError) || error.code.startsWith('parquet.')) throw error;
    const footer = (path: string): string =>
      `SELECT (SELECT count(*) FROM parquet_schema(${quoteText(path)})), (SELECT count(*) FROM parquet_metadata(${quoteText(path)})), (SELECT count(*) FROM (SELECT * FROM ${parquetFiles([path], false)} LIMIT 0))`;
    throw (await nameUnreadable(connections, paths, footer, options)) ?? error;
  }
}

async function columnsOf(
  connections: Connections,
  paths: readonly string[],
  partitions: readonly string[],
  options: RunOptions,
): Promise<FoundColumn[]> {
  const files = `[${paths.map(quoteText).join(', ')}]`;
  const [first = '', ...others] = await onePerShape(connections, files, options);
  const stored = await describe(connections, parquetFiles([first], false), options);
  for (const other of others) {
    refuseDifference(first, stored, other, await describe(connections, parquetFiles([other], false), options));
  }
  const bounds = await boundsOf(connections, files, options);
  const columns = stored
    .filter((column) => !partitions.includes(column.name))
    .map(({ name, type, dtype, maps }): FoundColumn => {
      const known = bounds.get(name);
      return {
        name,
        dtype,
        type,
        partition: false,
        noNulls: known?.noNulls ?? false,
        largest: known?.largest,
        maps,
      };
    });
  const folders = partitions.map(
    (name): FoundColumn => ({
      name,
      dtype: STRING,
      type: 'VARCHAR',
      partition: true,
      noNulls: false,
      largest: undefined,
      maps: undefined,
    }),
  );
  return [...columns, ...folders];
}

/** One file of each set of columns that there is; most often one in all. */
async function onePerShape(connections: Connections, files: string, options: RunOptions): Promise<string[]> {
  const shapes = await connections.values(
    `SELECT min(file_name) FROM (SELECT file_name, list([name, type, converted_type, logical_type])[2:] AS shape FROM parquet_schema(${files}) GROUP BY file_name) GROUP BY shape ORDER BY 1`,
    options,
  );
  return shapes.map(([file]) => String(file));
}

async function boundsOf(connections: Connections, files: string, options: RunOptions): Promise<Map<string, Bounds>> {
  const size = (value: string): string => `abs(try_cast(trunc(try_cast(${value} AS DECIMAL(38,9))) AS DECIMAL(29,0)))`;
  const known = '(stats_min_value IS NOT NULL AND stats_max_value IS NOT NULL) OR stats_null_count = num_values';
  const rows = await connections.values(
    `SELECT path_in_schema, bool_and(coalesce(stats_null_count = 0, false)), bool_and(${known}), CAST(max(greatest(${size('stats_min_value')}, ${size('stats_max_value')})) AS VARCHAR) FROM parquet_metadata(${files}) GROUP BY 1`,
    options,
  );
  return new Map(
    rows.map(([name, noNulls, isKnown, largest]) => [
      String(name),
      {
        noNulls: noNulls === true,
        largest: isKnown === true && largest !== null ? BigInt(String(largest)) : undefined,
      },
    ]),
  );
}

interface Described {
  readonly name: string;
  readonly type: string;
  readonly dtype: DataType | undefined;
  readonly maps: MapPlaces | undefined;
}

async function describe(connections: Connections, from: string, options: RunOptions): Promise<Described[]> {
  const result = await connections.run({ sql: `SELECT * FROM ${from} LIMIT 0`, values: [] }, options);
  const types = result.columnTypesJson() as unknown as readonly TypeJson[];
  return result.columnNames().map((name, i) => ({
    name,
    type: String(result.columnType(i)),
    dtype: dtypeOf(types[i]),
    maps: mapsOf(types[i]),
  }));
}

function refuseDifference(
  file: string,
  columns: readonly Described[],
  other: string,
  found: readonly Described[],
): void {
  const given = new Map(found.map((column) => [column.name, column.type]));
  for (const { name, type } of columns) {
    const there = given.get(name);
    if (there === type) continue;
    const what = there === undefined ? 'is missing' : `is ${there}`;
    throw new MillraceError({
      code: 'parquet.mixed',
      message: `Column ${JSON.stringify(name)} is ${type} in ${file}, and in ${other} it ${what}. Read files of other columns apart and join them with concat.`,
      details: { column: name, files: [file, other] },
    });
  }
}

/** The engine's own description of a type. */
interface TypeJson {
  readonly typeId: number;
  readonly alias?: string;
  readonly width?: number;
  readonly scale?: number;
  readonly keyType?: TypeJson;
  readonly valueType?: TypeJson;
  readonly entryNames?: readonly string[];
  readonly entryTypes?: readonly TypeJson[];
}

/** The dtype that holds every value of an engine type. */
function dtypeOf(type: TypeJson | undefined): DataType | undefined {
  switch (type?.typeId) {
    case DuckDBTypeId.BOOLEAN:
      return BOOLEAN;
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.BIGINT:
      return INT;
    case DuckDBTypeId.UBIGINT:
      return decimal(20, 0);
    case DuckDBTypeId.HUGEINT:
      return decimal(38, 0);
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return FLOAT;
    case DuckDBTypeId.DECIMAL:
      return decimal(type.width ?? 38, type.scale ?? 0);
    case DuckDBTypeId.VARCHAR:
      return type.alias === 'JSON' ? JSON_ : STRING;
    case DuckDBTypeId.ENUM:
    case DuckDBTypeId.UUID:
      return STRING;
    case DuckDBTypeId.DATE:
      return DATE;
    case DuckDBTypeId.TIMESTAMP:
    case DuckDBTypeId.TIMESTAMP_S:
    case DuckDBTypeId.TIMESTAMP_MS:
    case DuckDBTypeId.TIMESTAMP_NS:
    case DuckDBTypeId.TIMESTAMP_TZ:
      return TIMESTAMP;
    case DuckDBTypeId.BLOB:
      return { id: 'binary' };
    case DuckDBTypeId.LIST: {
      const item = dtypeOf(type.valueType);
      return item === undefined ? undefined : { id: 'list', item };
    }
    case DuckDBTypeId.MAP: {
      const [key, value] = [dtypeOf(type.keyType), dtypeOf(type.valueType)];
      if (key === undefined || value === undefined) return undefined;
      const fields = [
        { name: 'key', dtype: key, nullable: false },
        { name: 'value', dtype: value, nullable: true },
      ];
      return { id: 'list', item: { id: 'struct', fields }, nullableItem: false };
    }
    case DuckDBTypeId.STRUCT: {
      const fields = (type.entryNames ?? []).map((name, i) => ({ name, dtype: dtypeOf(type.entryTypes?.[i]) }));
      if (fields.some((field) => field.dtype === undefined)) return undefined;
      return { id: 'struct', fields: fields.map((f) => ({ name: f.name, dtype: f.dtype ?? STRING, nullable: true })) };
    }
    default:
      return undefined;
  }
}

function mapsOf(type: TypeJson | undefined): MapPlaces | undefined {
  switch (type?.typeId) {
    case DuckDBTypeId.MAP:
      return { kind: 'map', key: mapsOf(type.keyType), value: mapsOf(type.valueType) };
    case DuckDBTypeId.LIST: {
      const item = mapsOf(type.valueType);
      return item === undefined ? undefined : { kind: 'list', item };
    }
    case DuckDBTypeId.STRUCT: {
      const fields = (type.entryNames ?? []).map((name, i) => ({ name, maps: mapsOf(type.entryTypes?.[i]) }));
      return fields.some((field) => field.maps !== undefined) ? { kind: 'struct', fields } : undefined;
    }
    default:
      return undefined;
  }
}
