import type { Engine } from '../../engines/duckdb/engine.ts';
import type { ScratchRows } from '../../engines/duckdb/scratch-rows.ts';
import { MillraceError } from '../../errors.ts';
import { quoteName } from '../../sql/dialect.ts';
import type { TargetColumn, TargetTable } from './find-table.ts';
import { CALLER } from './modes/mode.ts';

/**
 * How many characters a column keeps of a text of which the rest is blanks: PostgreSQL cuts these off without a word, in
 * COPY and in assignments, where any other character too many is an error. Of `char(n)` no blank at the end is a value.
 */
export function keptCharacters({ type, modifier }: TargetColumn): number | undefined {
  return type === 'varchar' && modifier > 4 ? modifier - 4 : undefined;
}

/** Refuses the first text of which the server would cut blanks off. */
export async function refuseCutBlanks(engine: Engine, rows: ScratchRows, target: TargetTable): Promise<void> {
  const checks = rows.columns.flatMap(({ name: column, dtype }, i) => {
    const name = rows.names[i];
    const to = target.columns.find((c) => c.name === name);
    const most = dtype.id !== 'string' || to === undefined ? undefined : keptCharacters(to);
    return most === undefined || to === undefined ? [] : [{ column: quoteName(column), to, most }];
  });
  if (checks.length === 0) return;
  const firsts = checks.map(
    ({ column, most }) =>
      `min(rowid) FILTER (WHERE length(${column}) > ${most} AND length(rtrim(${column}, ' ')) <= ${most})`,
  );
  const [found = []] = await engine.connections.values(`SELECT ${firsts.join(', ')} FROM ${rows.table}`);
  for (const [i, { column, to, most }] of checks.entries()) {
    const at = found[i];
    if (at === null || at === undefined) continue;
    const [[text, number] = []] = await engine.connections.values(
      `SELECT ${column}, (SELECT count(*) FROM ${rows.table} WHERE rowid <= ${at}) FROM ${rows.table} WHERE rowid = ${at}`,
    );
    const row = Number(number);
    throw new MillraceError({
      code: 'load.value',
      message: `${CALLER}: row ${row} has ${JSON.stringify(text)} in column ${JSON.stringify(to.name)}, and ${to.written} keeps ${most} characters: PostgreSQL would cut the blanks at the end off without an error. Nothing was loaded. Trim the column, or make the table's wider.`,
      details: { row, column: to.name, value: text, type: to.written },
    });
  }
}
