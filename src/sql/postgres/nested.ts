import type { DataType } from '../../schema/dtype.ts';
import { listOption, quoteText, type SpellingTable } from '../dialect.ts';
import { first, second } from '../spellings.ts';
import { byCodePoint, typeName } from './spellings.ts';

/** A value inside a list or struct as its dtype. */
export function itemAs(item: string, dtype: DataType): string {
  const text = `(${item} #>> '{}')`;
  switch (dtype.id) {
    case 'list':
    case 'struct':
      return `nullif(${item}, 'null')`;
    case 'json':
      return byCodePoint(`CAST(nullif(${item}, 'null') AS text)`);
    case 'string':
      return byCodePoint(text);
    case 'binary':
      return `decode(${text}, 'base64')`;
    default:
      return `CAST(${text} AS ${typeName(dtype)})`;
  }
}

/** A value as it stands inside a list or struct; what JSON has no number or text for is its own text. */
export function asItem(sql: string, dtype: DataType): string {
  if (dtype.id === 'json') return `CAST(${sql} AS jsonb)`;
  if (dtype.id === 'timestamp' || dtype.id === 'date') {
    const text = `regexp_replace(CAST(${sql} AS text), '^(\\S+)(.*) BC$', '\\1 (BC)\\2')`;
    if (dtype.id === 'date') return `to_jsonb(${text})`;
    const instant = `to_char(${sql}, 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;
    return `to_jsonb(CASE WHEN ${sql} >= '0001-01-01' THEN ${instant} ELSE ${text} END)`;
  }
  if (dtype.id === 'binary') return `to_jsonb(replace(encode(${sql}, 'base64'), chr(10), ''))`;
  return `to_jsonb(${sql})`;
}

/** Functions of lists, structs and JSON. */
export const nested: SpellingTable = {
  list: (args, call) =>
    `jsonb_build_array(${args.map((sql, i) => asItem(sql, call.argTypes[i] ?? { id: 'string' })).join(', ')})`,
  list_at: (args, call) => itemAs(`(${first(args)} -> ${call.options.position})`, call.dtype),
  list_length: (args) => `CAST(jsonb_array_length(${first(args)}) AS bigint)`,
  list_contains: (args, call) =>
    `CASE WHEN ${second(args)} IS NOT NULL THEN ${first(args)} @> jsonb_build_array(${asItem(second(args), call.argTypes[1] ?? { id: 'string' })}) END`,
  struct_field: (args, call) => itemAs(`(${first(args)} -> ${quoteText(String(call.options.name))})`, call.dtype),
  json_at: (args, call) => {
    const path = listOption(call, 'path').map(String);
    // The server counts negative positions from the end, and reads 00 and +1 as positions; of objects they are keys.
    const at = path.some((step) => /^(?!(0|[1-9]\d*)$)\s*[+-]?\d+$/.test(step)) ? 'steps' : 'at';
    const steps = quoteText(`{${path.map((step) => JSON.stringify(step)).join(',')}}`);
    const found = `pg_temp.millrace_json_${at}(CAST(${first(args)} AS json), ${steps})`;
    return byCodePoint(`CASE WHEN json_typeof(${found}) <> 'null' THEN CAST(${found} AS text) END`);
  },
};
