import type { CallContext, Spelling, SpellingTable } from '../dialect.ts';
import { first, infix, named, second } from '../spellings.ts';
import { BLANK_CODES } from '../text-shapes.ts';
import { byCodePoint } from './spellings.ts';

/** What JavaScript's `trim` removes. */
const BLANKS = BLANK_CODES.map((code) => `\\${code.toString(16).padStart(4, '0')}`).join('');

const trimmed =
  (name: 'btrim' | 'ltrim' | 'rtrim'): Spelling =>
  (args) =>
    `${name}(${first(args)}, U&'${BLANKS}')`;

/** Letters by Unicode, which the database's own collation need not know. */
const cased =
  (name: 'lower' | 'upper'): Spelling =>
  (args) =>
    byCodePoint(`pg_temp.millrace_${name}(${first(args)})`);

const padded =
  (name: 'pad_start' | 'pad_end'): Spelling =>
  (args, call) => {
    const text = first(args);
    const pad = `repeat(${second(args)}, greatest(${call.options.length} - length(${text}), 0))`;
    const cut = `left(${pad}, greatest(${call.options.length} - length(${text}), 0))`;
    return name === 'pad_start' ? `(${cut} || ${text})` : `(${text} || ${cut})`;
  };

/** The largest position that the server takes. */
const MOST = 2_147_483_646;

const clamped = (position: number): number => Math.min(position, MOST);

/** Positions as in JavaScript's `slice`, on an engine that counts from 1. */
function slice(args: readonly string[], call: CallContext): string {
  const start = Number(call.options.start);
  const end = call.options.end === undefined ? undefined : Number(call.options.end);
  const text = first(args);
  const back = (count: number): string => `length(${text}) - ${clamped(count)}`;
  const from = start >= 0 ? `${clamped(start)}` : `greatest(${back(-start)}, 0)`;
  if (end === undefined) return `substr(${text}, ${from} + 1)`;
  const to = end >= 0 ? `${clamped(end)}` : back(-end);
  return `substr(${text}, ${from} + 1, greatest(${to} - (${from}), 0))`;
}

/** Functions of strings. */
export const text: SpellingTable = {
  trim: trimmed('btrim'),
  trim_start: trimmed('ltrim'),
  trim_end: trimmed('rtrim'),
  lower: cased('lower'),
  upper: cased('upper'),
  squish: (args) => `btrim(regexp_replace(${first(args)}, U&'[${BLANKS}]+', ' ', 'g'))`,
  title: (args) => byCodePoint(`pg_temp.millrace_title(${first(args)})`),
  nfc: (args) => byCodePoint(`normalize(${first(args)}, NFC)`),
  strip_accents: (args) => byCodePoint(`pg_temp.millrace_strip_accents(${first(args)})`),
  pad_start: padded('pad_start'),
  pad_end: padded('pad_end'),
  repeat: (args, call) => `repeat(${first(args)}, ${call.options.count})`,
  split: (args) =>
    `CASE WHEN ${first(args)} = '' THEN '[""]'::jsonb ELSE to_jsonb(string_to_array(${args.join(', ')})) END`,
  index_of: (args) => `CAST(strpos(${args.join(', ')}) - 1 AS bigint)`,
  sha256: (args) => byCodePoint(`encode(sha256(convert_to(${first(args)}, 'UTF8')), 'hex')`),
  hmac_sha256: ([text, inner, outer]) =>
    byCodePoint(`encode(sha256(${outer} || sha256(${inner} || convert_to(${text}, 'UTF8'))), 'hex')`),
  redact: (args) => `CASE WHEN ${first(args)} IS NOT NULL THEN ${second(args)} END`,
  keep_last: (args, call) => {
    const [text, mask, shown] = [first(args), second(args), call.options.count];
    return `(repeat(${mask}, CASE WHEN length(${text}) > ${shown} THEN length(${text}) - ${shown} ELSE length(${text}) END) || CASE WHEN length(${text}) > ${shown} THEN right(${text}, ${shown}) ELSE '' END)`;
  },
  replace: named('replace'),
  regex_replace: (args) => `regexp_replace(${args.join(', ')}, 'g')`,
  regex_matches: infix('~'),
  // The pattern has the wanted group as its first; a group that takes no part is an empty text.
  regex_extract: (args, call) =>
    `CASE WHEN ${first(args)} ~ ${second(args)} THEN coalesce((regexp_match(${args.join(', ')}))[${Math.max(1, Number(call.options.group))}], '') END`,
  slice,
  length: (args) => `CAST(length(${first(args)}) AS bigint)`,
  contains: (args) => `(strpos(${args.join(', ')}) > 0)`,
  starts_with: named('starts_with'),
  ends_with: (args) => `(right(${first(args)}, length(${second(args)})) = ${second(args)})`,
  concat: infix('||'),
};
