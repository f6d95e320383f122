import { listOption, quoteText, type SpellingTable } from '../dialect.ts';
import { first, named, second } from '../spellings.ts';
import { LONG_NUMBER, marked, pointerOf, unmarked } from './read-nested.ts';
import { typeName } from './spellings.ts';

/** Functions of lists, structs and JSON. */
export const nested: SpellingTable = {
  list: (args, call) => `CAST([${args.join(', ')}] AS ${typeName(call.dtype)})`,
  list_at: (args, call) => {
    const position = Number(call.options.position);
    return `(${first(args)})[${position < 0 ? position : position + 1}]`;
  },
  list_length: named('len'),
  list_contains: (args) => `CASE WHEN ${second(args)} IS NOT NULL THEN list_contains(${args.join(', ')}) END`,
  struct_field: (args, call) => `struct_extract(${first(args)}, ${quoteText(String(call.options.name))})`,
  /** The engine reads numbers as doubles: those that would lose a digit are marked before it looks. */
  json_at: (args, call) => {
    const pointer = quoteText(pointerOf(listOption(call, 'path').map(String)));
    const raw = `CAST(${first(args)} AS VARCHAR)`;
    const at = (json: string): string => `json_extract(${json}, ${pointer})`;
    const exact = `CAST(${unmarked(at(marked(raw, [call.dtype])))} AS JSON)`;
    const found = `CASE WHEN regexp_matches(${raw}, '${LONG_NUMBER}') THEN ${exact} ELSE ${at(first(args))} END`;
    return `CASE WHEN json_type(${first(args)}, ${pointer}) <> 'NULL' THEN ${found} END`;
  },
};
