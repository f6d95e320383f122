import type { DataType } from '../../schema/dtype.ts';
import { quoteText, type Spelling } from '../dialect.ts';

/** A dtype's name in SQL. JSON is its text, as it came; a list or struct is a `jsonb`. */
export function typeName(dtype: DataType): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return 'bigint';
    case 'float':
      return 'double precision';
    case 'decimal':
      return `numeric(${dtype.precision},${dtype.scale})`;
    case 'string':
    case 'json':
      return 'text';
    case 'boolean':
      return 'boolean';
    case 'date':
      return 'date';
    case 'timestamp':
      return 'timestamp';
    case 'binary':
      return 'bytea';
    case 'list':
    case 'struct':
      return 'jsonb';
  }
}

/** Text that is compared by code point, whatever the database's own collation. */
export const byCodePoint = (sql: string): string => `(${sql} COLLATE "C")`;

/** Ends the run with a message; typed, so that it may stand anywhere. */
export function raise(message: string, dtype: DataType): string {
  return `pg_temp.millrace_error(${message}, CAST(NULL AS ${typeName(dtype)}))`;
}

/** Whether a text can be cast to a type. */
export function fits(text: string, type: string): string {
  return `pg_temp.millrace_fits(${text}, ${quoteText(type)})`;
}

/** A result whose engine dtype may differ is cast to the dtype that the plan promised. */
export const as =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    `CAST(${spelling(args, call)} AS ${typeName(call.dtype)})`;

/** Arguments as doubles, which is what the call is over. */
export const ofFloats =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    spelling(
      args.map((arg, i) => (call.argTypes[i]?.id === 'float' ? arg : `CAST(${arg} AS double precision)`)),
      call,
    );

/** A spelling by the dtype of the first argument. */
export const byDType =
  (table: Readonly<Partial<Record<DataType['id'], Spelling>>>, otherwise: Spelling): Spelling =>
  (args, call) =>
    (table[call.argTypes[0]?.id ?? 'string'] ?? otherwise)(args, call);

/** The quantiles of floats, an array. */
export function quantilesOf(x: string, shares: string): string {
  const upTo = (condition: string): string => `count(*) FILTER (WHERE ${x} ${condition}Infinity')`;
  return `pg_temp.millrace_quantiles(percentile_cont(${shares}) WITHIN GROUP (ORDER BY ${x}), ${shares}, count(${x}), ${upTo("= '-")}, ${upTo("< '")}, ${upTo("<= '")})`;
}
