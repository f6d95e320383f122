import type { Relation } from '../plan/relation.ts';
import { placeOf } from '../plan/row-place.ts';
import { quoteName, quoteText } from './dialect.ts';

/** Where the rows are from that a verb puts aside, SQL over its input's columns: the file and line that a reader gave them, else the verb. */
export function rejectedAt(
  input: Relation,
  verb: string,
): { readonly source: string; readonly line: string; readonly isKnown: boolean } {
  const { file, line } = placeOf(input);
  return {
    source: file === undefined ? quoteText(verb) : `coalesce(${quoteName(file)}, ${quoteText(verb)})`,
    line: line === undefined ? 'NULL' : quoteName(line),
    isKnown: file !== undefined || line !== undefined,
  };
}
