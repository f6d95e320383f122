import type { Engine, Run } from '../../engines/duckdb/engine.ts';
import { MillraceError } from '../../errors.ts';
import type { Schema } from '../../schema/dtype.ts';
import { quoteName } from '../../sql/dialect.ts';
import { CALLER } from './modes/mode.ts';

/** How a table of rejected rows shows a NUL byte, which PostgreSQL cannot hold: U+2400. */
export const NUL_SHOWN = '␀';

/** The error of a server that met a NUL byte in a text, with its columns; any other error as it is. */
export async function namingNul(
  error: unknown,
  engine: Engine,
  run: Pick<Run, 'query'>,
  schema: Schema,
): Promise<unknown> {
  // The server names the row alone, for the bytes are wrong before they are a column.
  if (!(error instanceof MillraceError) || error.details.sqlstate !== '22021') return error;
  const texts = schema.filter(({ dtype }) => dtype.id === 'string').map(({ name }) => name);
  if (texts.length === 0) return error;
  const counts = texts.map((name) => `count(*) FILTER (WHERE contains(${quoteName(name)}, chr(0)))`);
  const sql = `SELECT ${counts.join(', ')} FROM (${run.query.sql})`;
  const [found = []] = await (await engine.connections.run({ sql, values: run.query.values }, {})).getRowsJS();
  const columns = texts.flatMap((name, i) => (Number(found[i]) > 0 ? [{ name, rows: Number(found[i]) }] : []));
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
