import type { Transaction } from '../postgres/connect.ts';

const ROWS = 10_000;

/**
 * The rows of a query with values, all of whose columns are text, as COPY text: fetched part by part, because COPY
 * takes no values. Returns how many rows there were.
 */
export async function* fetchCopyText(
  server: Transaction,
  query: string,
  values: readonly unknown[],
): AsyncGenerator<Uint8Array, number> {
  await server.query(`DECLARE millrace_read NO SCROLL CURSOR FOR ${query}`, values);
  let count = 0;
  for (;;) {
    const { rows } = await server.query(`FETCH ${ROWS} FROM millrace_read`);
    if (rows.length === 0) break;
    count += rows.length;
    yield Buffer.from(rows.map((row) => `${row.map(copyField).join('\t')}\n`).join(''));
  }
  await server.query('CLOSE millrace_read');
  return count;
}

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\t': '\\t', '\r': '\\r' };

function copyField(value: unknown): string {
  return value === null ? '\\N' : String(value).replace(/[\\\n\t\r]/g, (character) => ESCAPES[character] ?? character);
}
