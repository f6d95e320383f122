import type { CallContext, Spelling, SpellingTable } from '../dialect.ts';
import { first, infix, named, second } from '../spellings.ts';
import { BLANK_CODES } from '../text-shapes.ts';

/** What JavaScript's `trim` removes, too: the engine's own removes spaces of every kind, but no tabs and line ends. */
const BLANKS = BLANK_CODES.map((code) => `chr(${code})`).join(' || ');

/** Those of them that the engine's trim without a set of characters leaves. */
const NO_SPACES = [9, 10, 11, 12, 13, 8232, 8233, 65_279];

/** The engine's trim with a set of characters takes three times as long: it is used where a tab or line end is left. */
const trimmed =
  (name: 'trim' | 'ltrim' | 'rtrim'): Spelling =>
  (args) => {
    const spaces = `${name}(${first(args)})`;
    const far = NO_SPACES.slice(5).map((code) => `starts_with(${spaces}, chr(${code}))`);
    const left = name === 'rtrim' ? [] : [`${spaces} < '!'`, `${spaces} > chr(8231) AND (${far.join(' OR ')})`];
    const right = name === 'ltrim' ? [] : NO_SPACES.map((code) => `ends_with(${spaces}, chr(${code}))`);
    return `CASE WHEN ${[...left, ...right].join(' OR ')} THEN ${name}(${first(args)}, ${BLANKS}) ELSE ${spaces} END`;
  };

/** Positions as in JavaScript's `slice`, on an engine that counts from 1. */
function slice(args: readonly string[], call: CallContext): string {
  const start = Number(call.options.start);
  const end = call.options.end === undefined ? undefined : Number(call.options.end);
  const text = first(args);
  const from = start >= 0 ? `${start}` : `greatest(length(${text}) - ${-start}, 0)`;
  const to = end === undefined ? undefined : end >= 0 ? `${end}` : `length(${text}) - ${-end}`;
  if (to === undefined) return `substr(${text}, ${from} + 1)`;
  return `substr(${text}, ${from} + 1, CAST(greatest(${to} - (${from}), 0) AS BIGINT))`;
}

/** The engine's own cuts longer text. */
const padded =
  (name: 'lpad' | 'rpad'): Spelling =>
  (args, call) => {
    const { length } = call.options;
    return `CASE WHEN length(${first(args)}) < ${length} THEN ${name}(${first(args)}, ${length}, ${second(args)}) ELSE ${first(args)} END`;
  };

/** Functions of strings. */
export const text: SpellingTable = {
  trim: trimmed('trim'),
  trim_start: trimmed('ltrim'),
  trim_end: trimmed('rtrim'),
  squish: (args) => `trim(regexp_replace(${first(args)}, '[\\t\\n\\x0B\\f\\r\\p{Z}\\x{FEFF}]+', ' ', 'g'))`,
  lower: named('lower'),
  upper: named('upper'),
  title: (args) => {
    // Letters in circles are letters.
    const kinds = '\\p{L}\\p{M}\\p{N}\\x{24B6}-\\x{24E9}]+';
    const words = `regexp_extract_all(lower(${first(args)}), '[${kinds}|[^${kinds}')`;
    return `array_to_string(list_transform(${words}, lambda __millrace_word: upper(__millrace_word[1]) || __millrace_word[2:]), '')`;
  },
  strip_accents: named('strip_accents'),
  nfc: named('nfc_normalize'),
  pad_start: padded('lpad'),
  pad_end: padded('rpad'),
  repeat: (args, call) => `repeat(${first(args)}, ${call.options.count})`,
  split: named('string_split'),
  index_of: (args) => `(strpos(${args.join(', ')}) - 1)`,
  sha256: named('sha256'),
  hmac_sha256: ([text, inner, outer]) => `sha256(${outer} || unhex(sha256(${inner} || encode(${text}))))`,
  redact: (args) => `CASE WHEN ${first(args)} IS NOT NULL THEN ${second(args)} END`,
  keep_last: (args, call) => {
    const [text, mask, shown] = [first(args), second(args), call.options.count];
    const masked = (count: string): string => `repeat(${mask}, ${count})`;
    return `CASE WHEN length(${text}) > ${shown} THEN ${masked(`length(${text}) - ${shown}`)} || right(${text}, ${shown}) ELSE ${masked(`length(${text})`)} END`;
  },
  replace: named('replace'),
  regex_replace: (args) => `regexp_replace(${args.join(', ')}, 'g')`,
  regex_matches: (args, call) => (call.options.like === true ? infix('LIKE') : named('regexp_matches'))(args, call),
  regex_extract: (args, call) =>
    `CASE WHEN regexp_matches(${first(args)}, ${second(args)}) THEN regexp_extract(${first(args)}, ${second(args)}, ${call.options.group}) END`,
  slice,
  length: named('length'),
  contains: named('contains'),
  starts_with: named('starts_with'),
  ends_with: named('ends_with'),
  concat: infix('||'),
};
