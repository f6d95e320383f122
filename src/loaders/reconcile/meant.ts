import { MillraceError } from '../../errors.ts';
import { listOf } from '../../frame/functions/order.ts';
import type { PostgresMode } from '../postgres/modes.ts';
import type { AskedLoad } from './target-rows.ts';

/** Which rows of its table a load left. */
export interface Meant<W> {
  /** `all rows of ..`, without the table. */
  readonly which: string;
  readonly where?: W;
  readonly key?: readonly string[];
  /** The columns that are as in the frame; all where nothing is said. */
  readonly columns?: readonly string[];
}

/** The conditions of modes, as one kind of database tells them. */
export interface Wheres<W> {
  slice(): W;
  current(): W;
  notFlagged(flag: string): W;
}

/** What a mode says of the rows that its load left. */
export function meantBy<W>(
  options: PostgresMode<string>,
  { wasEmpty, key }: AskedLoad,
  table: string,
  wheres: Wheres<W>,
): Meant<W> {
  if (key !== undefined && options.mode !== 'append') {
    throw new MillraceError({
      code: 'reconcile.key',
      message: `reconcile: key is for rows that were appended to others; the mode '${options.mode}' tells its rows by itself. Leave it out.`,
    });
  }
  const all: Meant<W> = { which: 'all rows' };
  const byKey = (columns: readonly string[]): Meant<W> => {
    return { which: `the rows whose ${columns.join(', ')} the frame has,`, key: columns };
  };
  switch (options.mode) {
    case 'append':
      if (key !== undefined) return byKey(key);
      if (wasEmpty === true) return all;
      throw new MillraceError({
        code: 'reconcile.rows_unknown',
        message: `reconcile: ${table} ${wasEmpty === false ? 'had rows before the append' : 'was not loaded by this run'}, and nothing tells the load's rows from the others. Give reconcile({ key }) with columns that do.`,
        details: { table },
      });
    case 'replace':
      return all;
    case 'replace-where':
      return { which: 'the rows of the slice', where: wheres.slice() };
    case 'insert-new': {
      // The others of a row that was there stay what they were.
      const columns = listOf<string>(options.key);
      return { ...byKey(columns), columns };
    }
    case 'upsert': {
      const columns = listOf<string>(options.key);
      if (options.update === undefined) return byKey(columns);
      return { ...byKey(columns), columns: [...columns, ...listOf<string>(options.update)] };
    }
    case 'sync': {
      const { gone = 'delete' } = options;
      if (gone === 'delete') return all;
      return { which: 'the rows that are not flagged as gone', where: wheres.notFlagged(gone.flag) };
    }
    case 'scd2': {
      const current: Meant<W> = { which: 'the current versions', where: wheres.current() };
      return options.gone === 'close' ? current : { ...byKey(listOf<string>(options.key)), ...current };
    }
  }
}

/** What was loaded stands no more where it was. */
export function goneFrom(what: string, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'reconcile.gone',
    message: `reconcile: ${what} is not there any more, so what was loaded cannot be read back.`,
    details: { what },
    cause,
  });
}
