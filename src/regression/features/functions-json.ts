import type { CallOptions } from '../../plan/expression.ts';
import { checkTimeZone } from '../../schema/column-type.ts';
import { outputFault } from '../../schema/strptime.ts';
import { bad, count, oneOf, record, text } from '../checked-json.ts';

/**
 * The functions that a model's JSON may hold, with how many arguments and which options. What is not here is refused, and
 * every option is checked: some are spelled in SQL as they are.
 */

interface Signature {
  readonly least: number;
  readonly most: number;
  readonly options: Readonly<Record<string, Option>>;
}

type Option = (value: unknown, place: string) => string | number | boolean;

const takes = (least: number, most: number = least, options: Signature['options'] = {}): Signature => ({
  least,
  most,
  options,
});
const all = (names: string, signature: Signature): readonly (readonly [string, Signature])[] =>
  names.split(' ').map((name) => [name, signature]);

const DATE_UNITS = ['year', 'quarter', 'month', 'week', 'day', 'hour', 'minute', 'second'] as const;
const PARTS = [...DATE_UNITS, 'weekday', 'isoyear', 'dayofyear'] as const;

const choice =
  (choices: readonly string[]): Option =>
  (value, place) =>
    oneOf(value, place, choices);
const unit = choice(DATE_UNITS);
const isTrue: Option = (value, place) => {
  if (value !== true) throw bad(place, value, 'true');
  return true;
};
const timeZone: Option = (value, place) => {
  const zone = text(value, place);
  checkTimeZone(zone);
  return zone;
};
const whole: Option = (value, place) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw bad(place, value, 'a whole number');
  return value;
};
const positive: Option = (value, place) => {
  if (typeof value !== 'number' || !(value > 0 && value < Infinity)) throw bad(place, value, 'a number above 0');
  return value;
};
const share: Option = (value, place) => {
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) throw bad(place, value, 'a share from 0 to 1');
  return value;
};
const pattern: Option = (value, place) => {
  const given = text(value, place);
  if (outputFault(given) !== undefined) throw bad(place, value, 'a pattern of directives');
  return given;
};
const epoch = choice(['second', 'millisecond']);

/** Functions of one row. */
export const SCALARS: ReadonlyMap<string, Signature> = new Map([
  ...all('add sub mul div mod pow eq ne gt gte lt lte null_if index_of', takes(2)),
  ...all('neg abs sign floor ceil sqrt sin cos tan asin acos atan exp is_nan is_finite', takes(1)),
  ...all(
    'not is_null is_not_null lower upper trim trim_start trim_end squish title nfc strip_accents length',
    takes(1),
  ),
  ...all('and or coalesce concat greatest least in', takes(1, 10_000)),
  ['clip', takes(3)],
  ['replace', takes(3)],
  ['round', takes(1, 1, { digits: count })],
  ['log', takes(1, 1, { base: positive })],
  ['slice', takes(1, 1, { start: whole, end: whole })],
  ['date_part', takes(1, 1, { part: choice(PARTS), timeZone })],
  ['to_date', takes(1, 1, { timeZone })],
  ['truncate', takes(1, 1, { unit, timeZone })],
  ['end_of', takes(1, 1, { unit, timeZone })],
  ['date_diff', takes(2, 2, { unit, timeZone, whole: isTrue })],
  ['date_add', takes(1, 2, { unit, count: whole })],
  ['format', takes(1, 1, { pattern, timeZone })],
  ['epoch', takes(1, 1, { unit: epoch })],
  ['from_epoch', takes(1, 1, { unit: epoch })],
  ['make_date', takes(3, 3, { onError: choice(['fail', 'null']) })],
]);

/** Functions of the rows around a row. */
export const WINDOWS: ReadonlyMap<string, Signature> = new Map([
  ...all('count_all row_number rank dense_rank average_rank percent_rank cume_dist', takes(0)),
  ...all('sum mean min max std var count count_distinct first last mode', takes(1)),
  ['lag', takes(1, 2, { rows: count })],
  ['lead', takes(1, 2, { rows: count })],
  ['nth', takes(1, 1, { n: count })],
  ['ntile', takes(0, 0, { parts: count })],
  ['quantile', takes(1, 1, { share })],
]);

/** The options of a call, each of them known and checked. */
export function callOptions(signature: Signature, value: unknown, place: string): CallOptions {
  return Object.fromEntries(
    Object.entries(record(value, place)).map(([name, given]) => {
      const read = Object.hasOwn(signature.options, name) ? signature.options[name] : undefined;
      if (read === undefined) throw bad(`${place}.${name}`, given, 'an option of this function');
      return [name, read(given, `${place}.${name}`)];
    }),
  );
}
