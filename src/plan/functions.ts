import type { CallOptions } from './expression.ts';

/** What must be known of functions by their names, beside their spellings. */

/** Aggregates that ask which row comes first, so that their answer depends on the order of their rows. */
export const ORDERED: ReadonlySet<string> = new Set(['first', 'last', 'to_list', 'join_text']);

/** Aggregates that give 0 of no rows. */
export const COUNTS: ReadonlySet<string> = new Set(['count', 'count_all', 'count_distinct', 'count_true']);

/** Window functions that tell ties apart by giving them the same number: for them ties must stay ties. */
export const RANKS: ReadonlySet<string> = new Set(['rank', 'dense_rank', 'average_rank', 'percent_rank', 'cume_dist']);

/** Window functions of a row's place, which see no frame. */
export const PLACES: ReadonlySet<string> = new Set(['row_number', 'ntile', 'lag', 'lead']);

/** Window functions that see the whole partition unless they are told which rows. */
export const WHOLE: ReadonlySet<string> = new Set(['first', 'last', 'nth', 'first_not_null', 'last_not_null']);

/** Those whose name in the API is not their own in other letters. */
const CALLED: Readonly<Record<string, string>> = {
  bool_and: 'all',
  bool_or: 'any',
  count_all: 'count',
  date_add: 'plus',
  date_diff: 'diff',
  first_not_null: 'backward',
  is_nan: 'isNaN',
  hmac_sha256: 'sha256',
  json_at: 'extract',
  last_not_null: 'forward',
  list_at: 'at',
  list_contains: 'contains',
  list_length: 'length',
  make_date: 'date',
  nfc: 'normalize',
  regex_extract: 'extract',
  regex_matches: 'matches',
  regex_replace: 'replaceMatches',
  struct_field: 'field',
  to_date: 'date',
};

/** What a user calls a function: `strip_accents` is `stripAccents`. */
export function calledAs(fn: string, options: CallOptions = {}): string {
  if (fn === 'date_part') return String(options.part);
  return CALLED[fn] ?? fn.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
