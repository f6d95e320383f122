import type { DuckDBType, DuckDBValue } from '@duckdb/node-api';
import { Secret } from '../../plan/secret.ts';
import { daysOf, microsOf } from '../../schema/engine-time.ts';
import { quoteText } from '../../sql/dialect.ts';
import type { BoundValue } from '../../sql/expressions.ts';
import { nodeApi } from './node-api.ts';

const { BIGINT, BLOB, BOOLEAN, DATE, DECIMAL, DOUBLE, TIMESTAMP, VARCHAR } = nodeApi;
const { DuckDBBlobValue, DuckDBDateValue, DuckDBDecimalValue, DuckDBTimestampValue } = nodeApi;

/** Values for a statement, each with its engine type. */
export function bind(bound: readonly BoundValue[]): { values: DuckDBValue[]; types: DuckDBType[] } {
  const pairs = bound.map(pair);
  return { values: pairs.map(([value]) => value), types: pairs.map(([, type]) => type) };
}

/**
 * A statement with its values in their places, undefined where one must not be shown or is no text: what comes with its
 * values beside it, the engine plans twice.
 */
export function withValues(sql: string, { values, types }: ReturnType<typeof bind>): string | undefined {
  const literals = values.map((value, i) => literal(value, String(types[i])));
  if (literals.includes(undefined)) return undefined;
  return sql.replace(PLACEHOLDER, (found, n) => (n === undefined ? found : (literals[n - 1] ?? found)));
}

/** A placeholder; what stands in quotes is passed over. */
const PLACEHOLDER = /'[^']*'|"[^"]*"|\$(\d+)/g;

function literal(value: DuckDBValue, type: string): string | undefined {
  const text = Object.is(value, -0) ? '-0' : String(value);
  return type === 'BLOB' || text.includes('\0') ? undefined : `CAST(${quoteText(text)} AS ${type})`;
}

function pair({ value, dtype }: BoundValue): [DuckDBValue, DuckDBType] {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return [BigInt(value as bigint), BIGINT];
    case 'float':
      return [Number(value), DOUBLE];
    case 'decimal': {
      const digits = BigInt(String(value).replace('.', ''));
      return [new DuckDBDecimalValue(digits, dtype.precision, dtype.scale), DECIMAL(dtype.precision, dtype.scale)];
    }
    case 'boolean':
      return [value === true, BOOLEAN];
    case 'date':
      return [new DuckDBDateValue(daysOf(String(value))), DATE];
    case 'timestamp':
      return [new DuckDBTimestampValue(microsOf(String(value))), TIMESTAMP];
    case 'binary':
      return [new DuckDBBlobValue(value instanceof Secret ? value.reveal() : (value as Uint8Array)), BLOB];
    default:
      return [String(value), VARCHAR];
  }
}
