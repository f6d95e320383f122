import { type AnyColumnType, t } from '../schema/column-type.ts';
import { quoted } from '../schema/declaration.ts';
import { MAX_PRECISION } from '../schema/dtype.ts';
import { areSwapped } from './day-formats.ts';
import { declared } from './declared.ts';
import { clockFormats } from './instants.ts';
import type { Example, Profile } from './profile.ts';
import { enumOf, spellingsDoubt } from './spellings.ts';
import type { Doubt, Draft } from './suggestion.ts';
import { type NumberStyle, type Shape, STYLES } from './text-traits.ts';

/** A type for the texts of a column, and what is unsure of it; undefined where they are no such values. */
interface Decision {
  readonly type: AnyColumnType;
  readonly doubts?: readonly Doubt[];
}

/** How a column is named, and whether all its rows were looked at. */
export interface Circumstances {
  readonly name: string;
  readonly complete: boolean;
}

/** What is unsure is a string, with what else it could be. */
export function decide(profile: Profile, circumstances: Circumstances): Draft {
  const { name, complete } = circumstances;
  const decision =
    profile.values === 0
      ? empty(profile)
      : (booleans(profile) ??
        numbers(profile, name) ??
        amounts(profile) ??
        days(profile) ??
        words(profile, circumstances));
  const isText = decision === undefined || isPlainText(decision.type);
  const found = decision ?? { type: t.string(), doubts: texts(profile, circumstances) };
  // A word that may mean null is text among texts; among numbers and days it can be nothing else.
  const markers = isText ? {} : counts(profile);
  const doubts = [...(found.doubts ?? [])];
  if (isText && profile.markers.size > 0) doubts.push(markersAmongTexts(profile));
  const nulls = profile.nulls + Object.values(markers).reduce((sum, count) => sum + count, 0);
  const nullable = nulls > 0 || !complete || profile.rows === 0;
  const type = nullable ? found.type.nullable() : found.type;
  const clock = isText
    ? clockFormats(profile.distinct?.keys() ?? examplesOf(profile, ['text']).map(({ value }) => value))
    : undefined;
  return { name, type, nulls, markers, doubts, ...(clock === undefined ? {} : { clock }) };
}

function isPlainText({ dtype }: AnyColumnType): boolean {
  return dtype.id === 'string' && dtype.values === undefined;
}

function counts({ markers }: Profile): Record<string, number> {
  return Object.fromEntries([...markers].map(([text, { count }]) => [text, count]));
}

function examplesOf(profile: Profile, shapes: readonly Shape[]): Example[] {
  return shapes.flatMap((shape) => profile.shapes.get(shape)?.examples ?? []).slice(0, 3);
}

function countOf(profile: Profile, ...shapes: readonly Shape[]): number {
  return shapes.reduce((sum, shape) => sum + (profile.shapes.get(shape)?.count ?? 0), 0);
}

function empty(profile: Profile): Decision {
  const reason = profile.rows === 0 ? 'there are no rows' : 'no row has a value';
  return { type: t.string(), doubts: [{ about: 'empty', reason, choices: [], examples: [] }] };
}

/** Words for true and for false, in pairs. */
const PAIRS: readonly (readonly [yes: string, no: string])[] = [
  ['true', 'false'],
  ['yes', 'no'],
  ['y', 'n'],
  ['t', 'f'],
  ['on', 'off'],
  ['ja', 'nein'],
  ['j', 'n'],
  ['oui', 'non'],
  ['si', 'no'],
  ['sí', 'no'],
  ['wahr', 'falsch'],
  ['vrai', 'faux'],
];

function booleans({ distinct }: Profile): Decision | undefined {
  if (distinct === undefined || distinct.size > 6) return undefined;
  const words = [...distinct.keys()];
  const lower = new Set(words.map((word) => word.toLowerCase()));
  const pair = PAIRS.find(([yes, no]) => [...lower].every((word) => word === yes || word === no));
  if (pair === undefined) return undefined;
  const [yes, no] = pair;
  if (yes === 'true') return { type: t.boolean() };
  const spelled = (word: string): string[] => words.filter((one) => one.toLowerCase() === word);
  const [first] = distinct;
  if (lower.size === 2) return { type: t.boolean({ true: spelled(yes), false: spelled(no) }) };
  const seen = words.map(quoted).join(', ');
  const doubt: Doubt = {
    about: 'boolean',
    reason: `only ${seen} was seen, which may be one half of ${quoted(yes)} and ${quoted(no)}`,
    choices: [declared(t.boolean({ true: [yes], false: [no] }))],
    examples: first === undefined ? [] : [{ value: first[0], line: first[1].line }],
  };
  return { type: t.string(), doubts: [doubt] };
}

/** Names of columns whose digits are no quantity. */
const NAMES_OF_CODES =
  /(^|[^a-z])(zip|plz|postcode|postal|phone|tel|mobile|fax|iban|bic|ean|isbn|upc|gtin|ssn|vat)([^a-z]|$)/i;

function numbers(profile: Profile, name: string): Decision | undefined {
  const all = profile.values;
  const wholes = countOf(profile, 'whole number');
  if (wholes + countOf(profile, 'number') !== all) return undefined;
  const { whole, fraction } = profile.digits['.'];
  if (profile.leadingZeroCount > 0) {
    const reason = `${profile.leadingZeroCount} of ${all} values begin with a zero that a number would lose: an identifier`;
    return identifier(reason, profile.leadingZeros, wholes === all && whole <= 15 ? ['t.int()'] : []);
  }
  if (wholes === all) return wholeNumbers(profile, name, whole);
  if (profile.exponents > 0 && profile.styles[0] === all) return { type: t.float() };
  const fitting = STYLES.filter((_, i) => profile.styles[i] === all);
  const [style] = fitting;
  if (style === undefined) return undefined;
  const points = new Set(fitting.map(({ decimal }) => decimal));
  if (points.size > 1) return unsureSeparator(profile, fitting);
  if (profile.pointedWholes === all - wholes && style.decimal === '.' && style.thousands === '' && fraction <= 1) {
    const reason =
      "whole numbers written with a point, as pandas writes identifiers that some rows lack: replaceMatches(/\\.0$/, '') takes it off";
    return identifier(reason, examplesOf(profile, ['number']), [declared(decimalOf(profile, style)), 't.float()']);
  }
  return { type: decimalOf(profile, style) };
}

function wholeNumbers(profile: Profile, name: string, digits: number): Decision {
  const examples = examplesOf(profile, ['whole number']);
  if (digits >= 16) {
    const choices = digits <= 18 ? ['t.bigint()'] : [declared(t.decimal(Math.min(digits, MAX_PRECISION), 0))];
    return identifier(
      `up to ${digits} digits, more than a number of JavaScript holds: an identifier`,
      examples,
      choices,
    );
  }
  if (profile.shortest === profile.longest && NAMES_OF_CODES.test(name)) {
    return identifier(`digits that are no quantity, by the column's name`, examples, ['t.int()']);
  }
  const isBits = profile.distinct?.size === 2 && profile.distinct.has('0') && profile.distinct.has('1');
  if (!isBits) return { type: t.int() };
  const choices = [declared(t.boolean({ true: ['1'], false: ['0'] }))];
  return { type: t.int(), doubts: [{ about: 'boolean', reason: 'only 0 and 1 were seen', choices, examples: [] }] };
}

function identifier(reason: string, examples: readonly Example[], choices: readonly string[]): Decision {
  return { type: t.string(), doubts: [{ about: 'identifier', reason, choices, examples }] };
}

function unsureSeparator(profile: Profile, fitting: readonly NumberStyle[]): Decision {
  const choices = (['.', ','] as const).flatMap((decimal) => {
    const style = fitting.find((one) => one.decimal === decimal);
    return style === undefined ? [] : [declared(decimalOf(profile, style))];
  });
  const reason = 'every separator may be a decimal point as well as one of thousands';
  const examples = profile.separators === undefined ? [] : [profile.separators];
  return { type: t.string(), doubts: [{ about: 'separator', reason, choices, examples }] };
}

/** Digits to spare before the point; a double where there are more digits behind it than amounts have. */
function decimalOf(profile: Profile, { decimal, thousands }: NumberStyle, extra = 0): AnyColumnType {
  const { whole, fraction } = profile.digits[decimal];
  const format = {
    ...(decimal === '.' ? {} : { decimal }),
    ...(thousands === '' ? {} : { thousands }),
  };
  const hasFormat = Object.keys(format).length > 0;
  const scale = fraction + extra;
  if (fraction === 0 && extra === 0) return hasFormat && thousands !== '' ? t.int({ thousands }) : t.int();
  if (scale > 8 && whole + fraction <= 17) return hasFormat ? t.float(format) : t.float();
  const precision = Math.min(MAX_PRECISION, Math.max(18, whole + scale));
  if (scale >= precision) return hasFormat ? t.float(format) : t.float();
  return hasFormat ? t.decimal(precision, scale, format) : t.decimal(precision, scale);
}

/** Money and percentages. */
function amounts(profile: Profile): Decision | undefined {
  const all = profile.values;
  const isPercent = countOf(profile, 'percentage') === all;
  const numeric = countOf(profile, 'amount', 'whole number', 'number');
  if (!isPercent && (numeric !== all || countOf(profile, 'amount') === 0)) return undefined;
  const fitting = STYLES.filter((_, i) => profile.styles[i] === all);
  const [style] = fitting;
  if (style === undefined || profile.exponents > 0 || profile.leadingZeroCount > 0) return undefined;
  if (new Set(fitting.map(({ decimal }) => decimal)).size > 1 && profile.separators !== undefined) {
    return unsureSeparator(profile, fitting);
  }
  const { whole, fraction } = profile.digits[style.decimal];
  const scale = fraction + (isPercent ? 2 : 0);
  const precision = Math.min(MAX_PRECISION, Math.max(18, whole + scale));
  if (scale > precision) return undefined;
  const type = t.decimal(precision, scale, {
    ...(style.decimal === '.' ? {} : { decimal: style.decimal }),
    ...(style.thousands === '' ? {} : { thousands: style.thousands }),
    ...(profile.currencies.size === 0 ? {} : { currency: [...profile.currencies] }),
    ...(profile.parentheses > 0 ? { parentheses: true } : {}),
    ...(isPercent ? { percent: true } : {}),
  });
  if (profile.currencies.size < 2) return { type };
  const reason = `amounts of several currencies (${[...profile.currencies].join(', ')}), whose difference a number loses`;
  const examples = examplesOf(profile, ['amount']);
  return { type: t.string(), doubts: [{ about: 'amount', reason, choices: [declared(type)], examples }] };
}

function days(profile: Profile): Decision | undefined {
  const all = profile.values;
  const [dates, times] = [countOf(profile, 'date'), countOf(profile, 'time')];
  if (dates + times !== all) return undefined;
  const isDate = times === 0;
  const make = (formats: readonly string[]): AnyColumnType =>
    isDate ? t.date({ formats: [...formats] }) : t.timestamp({ formats: [...formats] });
  const sets = [...profile.days.values()];
  const examples = sets.slice(0, 3).map((set) => set.example);
  if (profile.standardDays === all && (dates === 0 || times === 0)) {
    return isDate ? { type: t.date() } : { type: t.timestamp(), doubts: zoneDoubts(profile, examples) };
  }
  const common = sets.reduce<readonly string[]>(
    (left, { formats }) => left.filter((format) => formats.includes(format)),
    sets[0]?.formats ?? [],
  );
  const formats = common.length > 0 ? oneOfNames(common) : picks(sets.map((set) => set.formats));
  if (formats.some((a) => formats.some((b) => areSwapped(a, b)))) return unsureDay(sets, make);
  if (common.length > 1 && formats.length > 1) return undefined;
  if (formats.length === 0) return undefined;
  if (formats.some((format) => format.includes('%y'))) {
    const reason = 'years of two digits do not tell their century';
    return { type: t.string(), doubts: [{ about: 'century', reason, choices: [declared(make(formats))], examples }] };
  }
  return { type: make(formats), doubts: isDate ? [] : zoneDoubts(profile, examples) };
}

interface DaySet {
  readonly formats: readonly string[];
  readonly example: Example;
}

function unsureDay(sets: readonly DaySet[], make: (formats: readonly string[]) => AnyColumnType): Decision {
  const sure = sets.flatMap(({ formats }) => (formats.length === 1 ? formats : []));
  const isMixed = sure.some((a) => sure.some((b) => areSwapped(a, b)));
  const isDayFirst = (format: string): boolean => format.indexOf('%d') < format.search(/%[mbB]/);
  const choices = [true, false].map((dayFirst) => {
    const chosen = sets.flatMap(({ formats }) =>
      formats.length === 1 ? formats : formats.filter((format) => isDayFirst(format) === dayFirst).slice(0, 1),
    );
    return declared(make([...new Set(chosen)]));
  });
  const doubt: Doubt = {
    about: 'day-or-month',
    reason: isMixed
      ? 'in some values the day stands first, in others the month'
      : 'no value tells whether the day or the month stands first',
    choices: isMixed ? [] : choices,
    examples: sets
      .filter(({ formats }) => isMixed || formats.length > 1)
      .map(({ example }) => example)
      .slice(0, 3),
  };
  return { type: t.string(), doubts: [doubt] };
}

/** `May` is named in two ways at once. */
function oneOfNames(formats: readonly string[]): readonly string[] {
  const short = formats.filter((format) => !format.includes('%B'));
  return short.length === 0 ? formats : short;
}

/** Formats such that each text fits one: those that some texts leave no choice about. */
function picks(sets: readonly (readonly string[])[]): readonly string[] {
  const sure = new Set(sets.filter((formats) => formats.length === 1).flat());
  const isTold = sets.every((formats) => formats.filter((format) => sure.has(format)).length === 1);
  return isTold ? [...sure] : [...new Set(sets.flat())];
}

function zoneDoubts(profile: Profile, examples: readonly Example[]): Doubt[] {
  if (profile.zones === profile.values) return [];
  const what = profile.zones === 0 ? 'no time has' : `of ${profile.values} times ${profile.zones} have`;
  const reason = `${what} a zone: one without is read as UTC unless timeZone says otherwise`;
  return [
    {
      about: 'zone',
      reason,
      choices: [`t.timestamp({ timeZone: 'Europe/Berlin' })`],
      examples: examples.filter(({ value }) => !/(Z|[+-]\d{2}:?\d{2})$/.test(value)).slice(0, 1),
    },
  ];
}

function words(profile: Profile, circumstances: Circumstances): Decision | undefined {
  const { padded } = profile;
  if (padded === undefined) return undefined;
  const doubts = texts(profile, circumstances);
  const reason = 'some values have blanks around them, which belong to the text: trim() takes them off';
  return { type: t.string(), doubts: [...doubts, { about: 'padded', reason, choices: [], examples: [padded] }] };
}

const LARGEST_ENUM = 20;

/** What else texts may be: values of another kind among others, or one of few words. */
function texts(profile: Profile, circumstances: Circumstances): Doubt[] {
  const kinds: readonly (readonly [string, readonly Shape[]])[] = [
    ['numbers', ['whole number', 'number']],
    ['amounts', ['amount', 'percentage']],
    ['days or times', ['date', 'time']],
  ];
  const doubts = kinds.flatMap(([kind, shapes]) => mixed(profile, kind, shapes, circumstances));
  const { distinct, values: all } = profile;
  if (distinct === undefined || distinct.size > LARGEST_ENUM || all < 10 * distinct.size) return doubts;
  const words = [...distinct.keys()];
  const united = spellingsDoubt(words, circumstances.name, circumstances.complete);
  if (united !== undefined) doubts.push(united);
  else if (circumstances.complete && profile.padded === undefined) {
    const reason = `${words.length} different value${words.length === 1 ? '' : 's'} in ${all} rows`;
    doubts.push({ about: 'enum', reason, choices: [declared(enumOf(words))], examples: [] });
  }
  return doubts;
}

/** Values of a kind among others, where they are a fifth; of more than a half it is told what would read them. */
function mixed(profile: Profile, kind: string, shapes: readonly Shape[], { name, complete }: Circumstances): Doubt[] {
  const all = profile.values;
  const count = countOf(profile, ...shapes);
  if (count * 5 < all) return [];
  const others = [...profile.shapes.keys()].filter((shape) => !shapes.includes(shape));
  const examples = examplesOf(profile, others.length === 0 ? shapes : others);
  const reason = `${count} of ${all} values look like ${kind}, ${count === all ? 'written in different ways' : 'the others do not'}`;
  const part = count * 2 > all && count < all ? profile.restrictedTo(shapes) : undefined;
  const found = part && (numbers(part, name) ?? amounts(part) ?? days(part));
  if (found === undefined) return [{ about: 'mixed', reason, choices: [], examples }];
  const choices = isPlainText(found.type)
    ? (found.doubts ?? []).flatMap((doubt) => doubt.choices)
    : [declared(found.type)];
  const nullable = complete && profile.nulls + profile.markers.size === 0 ? '' : '.nullable()';
  const aside = choices.length === 0 ? '' : `: \`onBadRow: 'quarantine'\` puts those aside`;
  return [
    { about: 'mixed', reason: `${reason}${aside}`, choices: choices.map((one) => `${one}${nullable}`), examples },
  ];
}

function markersAmongTexts(profile: Profile): Doubt {
  const found = [...profile.markers];
  const shown = found.map(([text, { count }]) => `${quoted(text)} (${count})`).join(', ');
  return {
    about: 'null',
    reason: `${shown} may mean that there is no value, and is read as text`,
    choices: [`nullMarkers: ['', ${found.map(([text]) => quoted(text)).join(', ')}]`],
    examples: found.slice(0, 3).map(([value, { line }]) => ({ value, line })),
  };
}
