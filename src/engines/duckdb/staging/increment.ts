import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../../errors.ts';
import type { FilesBeginning, IncrementalRows, RowsBeginning, Span } from '../../../plan/incremental.ts';
import type { RunOptions, Source } from '../../../plan/source.ts';
import { quoteName, quoteText } from '../../../sql/dialect.ts';
import { duckdb } from '../../../sql/duckdb.ts';
import { limitShare, newRejects, type Staged, type Workshop } from './staged.ts';

/** Leaves out of staged rows what lies before the reading's begin and what was loaded before, and says how far it went. */
export async function takeIncrement(
  shop: Workshop,
  source: Source,
  staged: Staged,
  beginning: RowsBeginning | FilesBeginning,
  options: RunOptions,
): Promise<Staged> {
  if (beginning.kind === 'files') return { ...staged, increment: await beginning.end(staged.read) };
  const { incremental } = source;
  if (incremental?.kind !== 'rows') throw new Error(`${source.name} has no cursor`);
  return takeRows(shop, source, incremental, staged, beginning, options);
}

async function takeRows(
  shop: Workshop,
  source: Source,
  incremental: IncrementalRows,
  staged: Staged,
  beginning: RowsBeginning,
  options: RunOptions,
): Promise<Staged> {
  const { cursor, nulls } = incremental;
  const { to } = beginning;
  const name = quoteName(cursor.name);
  const digest = digestOf(incremental);
  // A row without a cursor is in no window.
  const takesNulls = nulls === 'include' && to === undefined;
  const inSpan = `coalesce(${within(cursor, beginning)}, ${takesNulls})`;
  const counted = await shop.connections.values(
    `SELECT count(*), count(*) FILTER (${name} IS NULL), count(*) FILTER (${inSpan}), ${textOf(incremental, `max(${name}) FILTER (${within(cursor, beginning)})`)} FROM ${staged.table}`,
    options,
  );
  const [all = 0, withoutCursor = 0, taken = 0] = (counted[0] ?? []).slice(0, 3).map(Number);
  const greatest = counted[0]?.[3] as string | null;
  if (withoutCursor > 0 && nulls === 'error' && to === undefined) throw nullCursor(source, incremental, withoutCursor);
  const seen = beginning.seen.length === 0 ? undefined : await seenTable(shop, beginning.seen, options);
  let { table } = staged;
  let kept = all;
  if (taken < all || seen !== undefined) {
    table = shop.newTable();
    const isNew = seen === undefined ? '' : ` AND ${digest} NOT IN (FROM ${seen})`;
    const made = await shop.connections.run(
      { sql: `CREATE TABLE ${table} AS FROM ${staged.table} WHERE ${inSpan}${isNew} ORDER BY rowid`, values: [] },
      options,
    );
    kept = Number((await made.getRowsJS())[0]?.[0]);
  }
  const asides = nulls === 'quarantine' && to === undefined ? withoutCursor : 0;
  const rejects = asides === 0 ? staged.rejects : (staged.rejects ?? (await newRejects(shop)));
  if (asides > 0) {
    const reason = `is null, so that it cannot be told whether the row was loaded`;
    const raw = `CAST(to_json(r) AS VARCHAR)`;
    await shop.connections.run({
      sql: `INSERT INTO ${rejects} SELECT ${quoteText(source.name)}, NULL, ${quoteText(cursor.name)}, NULL, ${quoteText(reason)}, ${raw} FROM ${staged.table} r WHERE ${name} IS NULL ORDER BY rowid`,
      values: [],
    });
  }
  const increment = await beginning.end({
    greatest: greatest === null ? undefined : canonical(source, incremental, greatest),
    rows: kept,
    removed: taken - kept,
    digestsFrom: async (cursorFrom) => {
      const rows = within(cursor, { from: cursorFrom, to: undefined });
      const found = await shop.connections.values(
        `SELECT DISTINCT ${digest} FROM ${staged.table} WHERE coalesce(${rows}, ${takesNulls})`,
        options,
      );
      return found.map(([text]) => String(text));
    },
  });
  const counts = { read: staged.read - all + kept + asides, quarantined: staged.quarantined + asides };
  return limitShare(source, { table, rejects, ...counts, increment });
}

/** Whether a cursor is in a span; null for none. */
function within(cursor: IncrementalRows['cursor'], { from, to }: Span): string {
  const name = quoteName(cursor.name);
  const value = (text: string): string => `CAST(${quoteText(text)} AS ${duckdb.typeName(cursor.dtype)})`;
  const conditions = [
    ...(from === undefined ? [] : [`${name} >= ${value(from)}`]),
    ...(to === undefined ? [] : [`${name} < ${value(to)}`]),
  ];
  return conditions.length === 0 ? `(${name} IS NOT NULL OR NULL)` : `(${conditions.join(' AND ')})`;
}

/** What tells a version of a row: its key and its cursor. */
function digestOf({ key, cursor }: IncrementalRows): string {
  const parts = [...key, cursor.name].map((name) => `CAST(${quoteName(name)} AS VARCHAR)`);
  return `md5(CAST(to_json([${parts.join(', ')}]) AS VARCHAR))`;
}

/** A cursor as its state has it. */
function textOf({ cursor }: IncrementalRows, sql: string): string {
  return cursor.dtype.id === 'timestamp' ? `strftime(${sql}, '%Y-%m-%dT%H:%M:%S.%fZ')` : `CAST(${sql} AS VARCHAR)`;
}

/** An instant without end, or one that has no four digits for its year, would let nothing come after it. */
function canonical(source: Source, { cursor }: IncrementalRows, text: string): string {
  const { id } = cursor.dtype;
  const fits =
    id === 'timestamp'
      ? /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(text)
      : id !== 'date' || /^\d{4}-\d\d-\d\d$/.test(text);
  if (fits) return text;
  throw new MillraceError({
    code: 'incremental.cursor',
    message: `${source.name}: the greatest ${JSON.stringify(cursor.name)} is ${text}, after which nothing could come. Mend that row, or leave it out in the query.`,
    details: { column: cursor.name, value: text },
  });
}

async function seenTable(shop: Workshop, seen: readonly string[], options: RunOptions): Promise<string> {
  const path = join(await shop.folder(), `${crypto.randomUUID()}.txt`);
  await writeFile(path, `${seen.join('\n')}\n`);
  const table = shop.newTable();
  const columns = `columns = {'digest': 'VARCHAR'}, header = false, auto_detect = false, delim = ',', quote = '', escape = ''`;
  await shop.connections.run(
    { sql: `CREATE TABLE ${table} AS FROM read_csv(${quoteText(path)}, ${columns})`, values: [] },
    options,
  );
  return table;
}

function nullCursor(source: Source, { cursor, name }: IncrementalRows, count: number): MillraceError {
  return new MillraceError({
    code: 'incremental.null_cursor',
    message: `${source.name}: ${count} rows have no ${JSON.stringify(cursor.name)}, which is the cursor of ${JSON.stringify(name)}. Mend them, or say nulls: 'include' or 'quarantine'.`,
    details: { column: cursor.name, count },
  });
}
