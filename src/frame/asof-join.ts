import { MillraceError } from '../errors.ts';
import type { OptionNames } from '../option-names.ts';
import { isOrdered } from '../plan/order.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { AsofJoinRelation, Relation } from '../plan/relation.ts';
import type { AnyCol, NamesOf, Nulled } from '../schema/columns.ts';
import {
  type DataType,
  type Day,
  describeDType,
  isNumeric,
  type NumericDType,
  type Timestamp,
} from '../schema/dtype.ts';
import { columnNode, fieldOf } from './columns.ts';
import { call } from './functions/base.ts';
import type { OneOrMore } from './functions/order.ts';
import { type Clash, checkPair, columnsFrom, keyPairs, type RightCols } from './join.ts';

/** What has distances: numbers, dates, timestamps. */
type AtDType = NumericDType | Day | Timestamp;

/** The column by which rows are near: a name of both sides, or `{ left: 'right' }`. */
export type AsofKey<C extends AnyCol, D extends AnyCol> =
  | (NamesOf<C, AtDType> & NamesOf<D, AtDType>)
  | ([NamesOf<C, AtDType>] extends [never] ? never : { readonly [P in NamesOf<C, AtDType>]?: NamesOf<D, AtDType> });

/** The largest distance at which a row still is near: a number between numbers, else a length of time. */
export type Tolerance =
  | number
  | { readonly weeks: number }
  | { readonly days: number }
  | { readonly hours: number }
  | { readonly minutes: number }
  | { readonly seconds: number };

/** Options of `asofJoin`; `suffix` is asked for where a column of both sides has the same name. */
export type AsofOptions<C extends AnyCol, D extends AnyCol, At, By, Suffix> = {
  readonly on: At;
  /** What both sides must agree in. */
  readonly by?: OneOrMore<By>;
  /** Where the nearest row is looked for: at or before the row of the left (the default), at or after it, or both ways. */
  readonly direction?: 'backward' | 'forward' | 'nearest';
  readonly tolerance?: Tolerance;
  /** Added to the right side's column where the left has one of its name. */
  readonly suffix?: Suffix;
} & ([Clash<C, D, LeftOut<At, By>>] extends [never] ? unknown : { readonly suffix: string });

/** The keys whose columns of the right are left out: what equals the left's. */
type LeftOut<At, By> = By | Extract<At, string>;

/** The left's columns, and the right's, which are null where no row is near. */
export type AsofJoined<C extends AnyCol, D extends AnyCol, At, By, Suffix> =
  | C
  | Nulled<RightCols<C, D, LeftOut<At, By>, Suffix>>;

interface AnyAsofOptions {
  readonly on: unknown;
  readonly by?: unknown;
  readonly direction?: unknown;
  readonly tolerance?: unknown;
  readonly suffix?: unknown;
}

export const ASOF_OPTIONS: OptionNames<AnyAsofOptions> = {
  on: true,
  by: true,
  direction: true,
  tolerance: true,
  suffix: true,
};

const DIRECTIONS = ['backward', 'forward', 'nearest'] as const;

export function asofJoin(left: Relation, right: Relation, options: AnyAsofOptions): AsofJoinRelation {
  const direction = DIRECTIONS.find((known) => known === (options.direction ?? 'backward'));
  if (direction === undefined) {
    throw refused(`direction is ${JSON.stringify(options.direction)}. The choices are ${DIRECTIONS.join(', ')}.`);
  }
  const [leftSchema, rightSchema] = [outputSchema(left), outputSchema(right)];
  const [at, ...more] = keyPairs(options.on ?? [], 'asofJoin', 'on');
  if (at === undefined || more.length > 0) {
    throw refused(
      `on names ${more.length === 0 ? 'no column' : `${more.length + 1} columns`}. Name the one by which rows are near, and those that must be equal with by.`,
    );
  }
  const by = keyPairs(options.by ?? [], 'asofJoin', 'by');
  for (const pair of [at, ...by]) checkPair(pair, leftSchema, rightSchema, 'asofJoin', false);
  const { dtype } = fieldOf(leftSchema, at.left, 'asofJoin');
  const other = fieldOf(rightSchema, at.right, 'asofJoin').dtype;
  if (!(isNumeric(dtype) || dtype.id === 'date' || dtype.id === 'timestamp') || dtype.id !== other.id) {
    const types = `${at.left} is ${describeDType(dtype)} and ${at.right} is ${describeDType(other)}`;
    throw refused(`${types}. Rows are near by two numbers, dates or timestamps of one dtype.`);
  }
  const tolerance = options.tolerance === undefined ? undefined : distanceOf(options.tolerance, at.left, dtype);
  const leftOut = at.left === at.right ? [...by, at] : by;
  return Object.freeze({
    kind: 'asof-join',
    left,
    right: oneRowEach(
      right,
      [...by, at].map((pair) => pair.right),
    ),
    at,
    by,
    direction,
    tolerance,
    rightColumns: columnsFrom(leftSchema, rightSchema, leftOut, options.suffix, 'asofJoin'),
  });
}

/** The rows without a null in the keys, of those with the same keys the last. */
function oneRowEach(right: Relation, keys: readonly string[]): Relation {
  let input = right;
  for (const name of keys) {
    const column = columnNode(fieldOf(outputSchema(right), name, 'asofJoin'));
    if (!column.nullable) continue;
    input = { kind: 'filter', input, predicate: call('is_not_null', [column], { id: 'boolean' }, false) };
  }
  // Rows without an order are told apart by all their columns, once an order is asked for.
  const orderBy = isOrdered(right) ? [] : keys.map((column) => ({ column, descending: false, nulls: 'last' as const }));
  return { kind: 'dedupe', input, by: keys, keep: 'last', orderBy };
}

const SECONDS: Readonly<Record<string, number>> = {
  weeks: 604_800,
  days: 86_400,
  hours: 3600,
  minutes: 60,
  seconds: 1,
};

/** A tolerance as a plan holds it: a number, days between dates, microseconds between timestamps. */
function distanceOf(given: unknown, name: string, dtype: DataType): number {
  const isTime = dtype.id === 'date' || dtype.id === 'timestamp';
  const [[unit = '', count] = [], ...more] =
    typeof given === 'object' && given !== null ? Object.entries(given) : [['', given] as const];
  const units = dtype.id === 'date' ? ['weeks', 'days'] : Object.keys(SECONDS);
  const fits = typeof count === 'number' && Number.isFinite(count) && count >= 0 && more.length === 0;
  if (fits && !isTime && unit === '') return count;
  const whole = dtype.id === 'timestamp' || Number.isInteger(count);
  if (fits && isTime && units.includes(unit) && whole) {
    const seconds = count * (SECONDS[unit] ?? 1);
    return dtype.id === 'date' ? seconds / 86_400 : Math.round(seconds * 1e6);
  }
  const choices = isTime ? `one of { ${units.join(' | ')}: count }, from 0` : 'a number from 0';
  throw refused(
    `tolerance is ${JSON.stringify(given)}, and ${name} is ${describeDType(dtype)}. Give ${choices}.`,
    given,
  );
}

function refused(message: string, value?: unknown): MillraceError {
  return new MillraceError({
    code: 'plan.asof_join',
    message: `asofJoin: ${message}`,
    ...(value === undefined ? {} : { details: { value } }),
  });
}
