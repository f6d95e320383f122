import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { quoteName, quoteText, type ValueCast } from '../dialect.ts';
import { withZone } from '../instant-text.ts';
import { failedCast } from '../raised-error.ts';
import { shareTexts } from '../row-share.ts';
import { unsupported } from '../unsupported.ts';
import { readText } from './reading.ts';
import { byCodePoint, fits, raise, typeName } from './spellings.ts';

/** A value as text, the same text as of the other engines. */
export function asText(sql: string, dtype: DataType): string {
  switch (dtype.id) {
    case 'string':
    case 'json':
      return sql;
    case 'float':
      return byCodePoint(`pg_temp.millrace_float_text(${sql})`);
    case 'date':
      return byCodePoint(`pg_temp.millrace_format(CAST(${sql} AS timestamp), 'YYYY-MM-DD')`);
    case 'binary':
      return byCodePoint(`upper(encode(${sql}, 'hex'))`);
    default:
      return byCodePoint(`CAST(${sql} AS text)`);
  }
}

/** A value as one of another dtype; null, or the end of the run, where it does not fit. */
export function castValue(sql: string, cast: ValueCast): string {
  const { from, target, format, onError, label } = cast;
  if (target.id !== 'json' && (cast.content === true || (from.id === 'json' && target.id !== 'string'))) {
    return contentOf(sql, cast);
  }
  const isEnum = target.id === 'string' && target.values !== undefined;
  if (isEnum || (from.id === 'string' && target.id !== 'string')) {
    const read = readText(asText(sql, from), target, format);
    return onError === 'fail' ? read.orFail(label) : read.orNull;
  }
  if (from.id === target.id && (from.id === 'list' || from.id === 'struct')) {
    throw unsupported('postgres', 'cast', `a cast of a ${from.id} to another ${from.id}`);
  }
  if (target.id === 'string') {
    return from.id === 'timestamp'
      ? byCodePoint(`pg_temp.millrace_format(${sql}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`)
      : asText(sql, from);
  }
  if ((from.id === 'float' || from.id === 'decimal') && (target.id === 'int' || target.id === 'bigint')) {
    return wholeNumber(sql, cast);
  }
  const value = plainCast(sql, from, target);
  if (onError === 'fail') return value;
  return `CASE WHEN ${doesFit(sql, from, target)} THEN ${value} END`;
}

/** What JSON is read as: only values of its own kind fit, and digits in a string where a number would lose some. */
function contentOf(sql: string, { target, onError, label }: ValueCast): string {
  const json = `CAST(${sql} AS json)`;
  const text = `(${json} #>> '{}')`;
  const kind = `json_typeof(${json})`;
  const isExact = target.id === 'bigint' || target.id === 'decimal';
  const isNumber = isExact || target.id === 'int' || target.id === 'float';
  const kinds =
    target.id === 'boolean' ? ['boolean'] : isExact ? ['number', 'string'] : [isNumber ? 'number' : 'string'];
  // 1.0 and 1e3 are whole numbers.
  const plain = `CAST(trim_scale(CAST(${text} AS numeric)) AS text)`;
  const written =
    isNumber && target.id !== 'float' ? `CASE WHEN ${kind} = 'number' THEN ${plain} ELSE ${text} END` : text;
  const read = readText(byCodePoint(written), target, {});
  const fitting = `${kind} IN (${kinds.map(quoteText).join(', ')})`;
  if (onError !== 'fail') return `CASE WHEN ${fitting} THEN ${read.orNull} END`;
  const message = failedCast(label, target, `CAST(${sql} AS text)`, quoteText(`is not ${read.expected}`), '');
  return `CASE WHEN ${sql} IS NULL THEN NULL WHEN ${fitting} THEN ${read.orFail(label)} ELSE ${raise(message, target)} END`;
}

/** A cast to a whole number must not round silently. */
function wholeNumber(sql: string, { from, target, onError, label }: ValueCast): string {
  // Beyond these a double is no 64-bit number.
  const range = from.id === 'float' ? `${sql} >= -9223372036854775808 AND ${sql} < 9223372036854775808` : 'true';
  const inRange = from.id === 'float' ? range : fits(`CAST(trunc(${sql}) AS text)`, 'bigint');
  const whole = `${sql} = trunc(${sql})`;
  if (onError !== 'fail') return `CASE WHEN ${whole} AND ${inRange} THEN CAST(${sql} AS bigint) END`;
  const message = failedCast(label, target, asText(sql, from), "'is not a whole number'", '');
  return `CASE WHEN ${sql} IS NULL THEN NULL WHEN NOT (${whole}) THEN ${raise(message, { id: 'int' })} ELSE CAST(${sql} AS bigint) END`;
}

function plainCast(sql: string, from: DataType, to: DataType): string {
  if (from.id === 'float' && to.id === 'decimal') {
    return `CAST(pg_temp.millrace_decimal(${sql}) AS ${typeName(to)})`;
  }
  if (to.id === 'boolean' && from.id !== 'boolean') return `(${sql} <> 0)`;
  if (from.id === 'boolean' && to.id !== 'boolean') return `CAST(CAST(${sql} AS int) AS ${typeName(to)})`;
  const isNested = from.id === 'list' || from.id === 'struct';
  const written = to.id === 'json' && isNested ? `CASE WHEN ${sql} IS NOT NULL THEN ${jsonText(sql, from)} END` : sql;
  return `CAST(${written} AS ${typeName(to)})`;
}

/** The JSON of a list or struct without blanks, the fields in their order: the server has one of its own for keys. */
function jsonText(sql: string, dtype: DataType): string {
  const when = (kind: string, text: string): string =>
    `CASE WHEN jsonb_typeof(${sql}) = '${kind}' THEN ${text} ELSE 'null' END`;
  if (dtype.id === 'struct') {
    const fields = dtype.fields.map(
      ({ name, dtype }) =>
        `${quoteText(`${JSON.stringify(name)}:`)} || ${jsonText(`(${sql} -> ${quoteText(name)})`, dtype)}`,
    );
    return when('object', `'{' || ${fields.join(" || ',' || ")} || '}'`);
  }
  if (dtype.id !== 'list') return `coalesce(pg_temp.millrace_json_text(${sql}), 'null')`;
  const items = `SELECT string_agg(${jsonText('v', dtype.item)}, ',' ORDER BY i) FROM jsonb_array_elements(${sql}) WITH ORDINALITY AS e(v, i)`;
  return when('array', `'[' || coalesce((${items}), '') || ']'`);
}

function doesFit(sql: string, from: DataType, to: DataType): string {
  if (to.id !== 'decimal') return 'true';
  const exact =
    from.id === 'float' ? `pg_temp.millrace_decimal(${sql})` : from.id === 'boolean' ? `CAST(${sql} AS int)` : sql;
  return fits(`CAST(${exact} AS text)`, typeName(to));
}

/** What a value adds to the share of its row; for text that is the value itself. */
function hashed({ name, dtype }: Field): string {
  const column = quoteName(name);
  if (dtype.id === 'list' || dtype.id === 'struct') return `pg_temp.millrace_json_text(${column})`;
  // -0 and 0 are equal.
  return asText(dtype.id === 'float' ? `(${column} + 0)` : column, dtype);
}

/** A number from 0 to 1, of the lower half of the MD5 of the values. */
export function share(columns: Schema, seed: number): string {
  return `pg_temp.millrace_share(array_to_string(ARRAY['${seed}', ${shareTexts(columns, hashed)}], '|1'))`;
}

/** A row as JSON text. */
export function rowAsJson(columns: Schema): string {
  const parts = columns.map((field, i) => {
    const key = `${i === 0 ? '{' : ','}${JSON.stringify(field.name)}:`;
    return `${quoteText(key)} || coalesce(${valueAsJson(field)}, 'null')`;
  });
  return byCodePoint(`(${parts.join(' || ')} || '}')`);
}

function valueAsJson({ name, dtype }: Field): string {
  const column = quoteName(name);
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'float':
    case 'decimal':
    case 'boolean':
    case 'json':
      return asText(column, dtype);
    case 'list':
    case 'struct':
      return `pg_temp.millrace_json_text(${column})`;
    default:
      return `CAST(to_json(${withZone(asText(column, dtype), dtype)}) AS text)`;
  }
}
