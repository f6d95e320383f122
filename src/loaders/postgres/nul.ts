import type { Engine, Run } from '../../engines/duckdb/engine.ts';
import { MillraceError } from '../../errors.ts';
import type { DataType, Schema } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../../sql/dialect.ts';
import { CALLER } from './modes/mode.ts';

/** How a table of rejected rows shows a NUL byte, which PostgreSQL cannot hold: U+2400. */
export const NUL_SHOWN = '␀';

/** A NUL byte in the strings of a JSON text: an escape that no other backslash takes the first of. */
export const NUL_IN_JSON: string = String.raw`(^|[^\\])(\\\\)*\\u0000`;

/** Whether values are JSON in a table of PostgreSQL. */
export function isJsonThere({ id }: DataType): boolean {
  return id === 'json' || id === 'list' || id === 'struct';
}

/** The error of a server that met a NUL byte in a text, with its columns; any other error as it is. */
export async function namingNul(
  error: unknown,
  engine: Engine,
  run: Pick<Run, 'query'>,
  schema: Schema,
): Promise<unknown> {
  // The server names the row alone, for the bytes are wrong before they are a column.
  if (!(error instanceof MillraceError) || !['22021', '22P05'].includes(String(error.details.sqlstate))) return error;
  const texts = schema.filter(({ dtype }) => dtype.id === 'string' || isJsonThere(dtype));
  if (texts.length === 0) return error;
  const counts = texts.map(({ name, dtype }) => {
    const column = quoteName(name);
    const found = isJsonThere(dtype)
      ? `regexp_matches(CAST(CAST(${column} AS JSON) AS VARCHAR), ${quoteText(NUL_IN_JSON)})`
      : `contains(${column}, chr(0))`;
    return `count(*) FILTER (WHERE ${found})`;
  });
  const sql = `SELECT ${counts.join(', ')} FROM (${run.query.sql})`;
  const [found = []] = await (await engine.connections.run({ sql, values: run.query.values }, {})).getRowsJS();
  const columns = texts.flatMap(({ name }, i) => (Number(found[i]) > 0 ? [{ name, rows: Number(found[i]) }] : []));
  if (columns.length === 0) return error;
  const named = columns.map(({ name, rows }) => `${JSON.stringify(name)} (${rows} ${rows === 1 ? 'row' : 'rows'})`);
  const [first] = columns;
  return new MillraceError({
    code: 'postgres.value',
    message: `${CALLER}: text with a NUL byte, which PostgreSQL cannot hold, stands in ${named.join(', ')}. Nothing was loaded. Replace it, as by .replace('\\0', ''), or load with schemaContract: 'quarantine', which puts such rows aside.`,
    details: { ...error.details, column: first?.name, columns },
    cause: error,
  });
}
