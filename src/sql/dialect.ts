import { MillraceError } from '../errors.ts';
import type { DataType } from '../schema/dtype.ts';

/** What a row of a dialect table knows of the call it spells. */
export interface CallContext {
  readonly options: Readonly<Record<string, string | number | boolean>>;
  readonly dtype: DataType;
  readonly argTypes: readonly DataType[];
  /** The window of an aggregate, `OVER (..)`; it goes behind the one call that a spelling is, unless the spelling puts it itself. */
  readonly over?: string;
}

/** Spells one function in SQL from the SQL of its arguments. */
export type Spelling = (args: readonly string[], call: CallContext) => string;

export type SpellingTable = Readonly<Record<string, Spelling>>;

/** One SQL: how names, types and functions are written in it. */
export interface Dialect {
  readonly name: string;
  readonly scalar: SpellingTable;
  readonly aggregate: SpellingTable;
  readonly window: SpellingTable;
  typeName(dtype: DataType): string;
}

/** An identifier, always quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text of our own in SQL; a user's values are bound instead. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** The spelling of a function; an error that names it and the engine where it has none. */
export function spelling(dialect: Dialect, table: 'scalar' | 'aggregate' | 'window', fn: string): Spelling {
  const found = dialect[table][fn];
  if (found === undefined) {
    throw new MillraceError({
      code: 'compile.unsupported',
      message: `${dialect.name} has no ${table} function ${fn}.`,
      details: { operation: fn, engine: dialect.name },
    });
  }
  return found;
}
