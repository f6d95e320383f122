import { MillraceError } from '../../errors.ts';
import type { OptionNames } from '../../option-names.ts';
import type { CsvDialect, TextFile } from '../../plan/scan.ts';
import { showValue } from '../../schema/show-value.ts';

/** How CSV files are written. */
export interface CsvDialectOptions {
  /** The character between fields. Default `,`. */
  readonly delimiter?: string;
  /** The character around fields that hold a delimiter or a line end. Default `"`; `''` where no field has quotes. */
  readonly quote?: string;
  /** The character before a quote that is text, and before itself. Default: the quote, which is doubled. */
  readonly escape?: string;
  /** The character that a line begins with which is no record. Anywhere else it is text. Default: all lines are records. */
  readonly comment?: string;
  /** Whether the first record has the names of the columns. If not, they are those of the schema, in its order. Default true. */
  readonly header?: boolean;
  /** How many lines stand before the header, or before the first record where there is none. Default 0. */
  readonly skip?: number;
  /** How many records at the end of each file are none, such as totals. Comments are not counted, nor blank lines that are no records. Default 0. */
  readonly skipFooter?: number;
  /** Whether fields that a record lacks at its end are empty. Default: such a record does not fit. */
  readonly nullPadding?: boolean;
  /**
   * Default `utf-8`, or UTF-16 where a file begins with its byte order mark. `utf-16` is little-endian unless such a
   * mark says otherwise. A byte order mark is passed over.
   */
  readonly encoding?: 'utf-8' | 'utf-16' | 'utf-16le' | 'utf-16be' | 'latin-1' | 'windows-1252';
  /** Default `auto`: told by the first bytes, and by names that end in `.gz` and `.zst`. */
  readonly compression?: 'auto' | 'none' | 'gzip' | 'zstd';
}

export const DIALECT_OPTIONS: OptionNames<CsvDialectOptions> = {
  delimiter: true,
  quote: true,
  escape: true,
  comment: true,
  header: 'boolean',
  skip: true,
  skipFooter: true,
  nullPadding: 'boolean',
  encoding: 'text',
  compression: 'text',
};

/** The same with nothing left open but what each file tells. */
export interface CsvSettings {
  readonly dialect: CsvDialect;
  readonly encoding: TextFile['encoding'] | 'utf-16';
  readonly compression: TextFile['compression'] | 'auto';
}

const ENCODINGS = ['utf-8', 'utf-16', 'utf-16le', 'utf-16be', 'latin-1', 'windows-1252'];
const COMPRESSIONS = ['auto', 'none', 'gzip', 'zstd'];

/** Checks what is given, and adds what is not. */
export function csvSettings(options: CsvDialectOptions): CsvSettings {
  const { delimiter = ',', quote = '"', comment = '', header = true, skip = 0, skipFooter = 0 } = options;
  const { escape: escapes = quote, nullPadding = false, encoding = 'utf-8', compression = 'auto' } = options;
  character('delimiter', delimiter, [quote]);
  if (quote !== '') character('quote', quote, []);
  if (comment !== '') character('comment', comment, [quote, delimiter]);
  if (escapes !== quote) {
    character('escape', escapes, [delimiter, comment]);
    if (quote === '') throw optionError('escape', escapes, 'a quote, for an escape counts only between quotes');
  }
  whole('skip', skip);
  whole('skipFooter', skipFooter);
  oneOf('encoding', encoding, ENCODINGS);
  oneOf('compression', compression, COMPRESSIONS);
  const dialect = { delimiter, quote, escape: escapes, comment, header, skip, skipFooter, nullPadding };
  return { dialect, encoding, compression };
}

/** One character that means nothing else; all but a delimiter are ASCII. */
function character(name: string, given: string, others: readonly string[]): void {
  const means = typeof given === 'string' && given.length === 1 && !/[\w\r\n\0]/.test(given) && !others.includes(given);
  if (means && (name === 'delimiter' || given <= '~')) return;
  const rule = 'one character that is no quote, no letter, no digit and no line end';
  throw optionError(name, given, name === 'delimiter' ? rule : `${rule}, and of ASCII`);
}

function whole(name: string, given: number): void {
  if (!Number.isSafeInteger(given) || given < 0) throw optionError(name, given, 'a whole number from 0');
}

export function oneOf(name: string, given: unknown, choices: readonly string[]): void {
  if (!choices.includes(String(given))) throw optionError(name, given, `one of ${choices.join(', ')}`);
}

export function optionError(name: string, given: unknown, valid: string): MillraceError {
  return new MillraceError({
    code: 'csv.option',
    message: `read.csv: ${name} is ${showValue(given)}. Give ${valid}.`,
    details: { option: name, value: given },
  });
}
