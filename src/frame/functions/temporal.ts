import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { checkTimeZone } from '../../schema/column-type.ts';
import type { Comparable } from '../../schema/columns.ts';
import { DATE, type Day, type DType, INT, type Int, STRING } from '../../schema/dtype.ts';
import { outputFault } from '../../schema/strptime.ts';
import type { Expr } from '../expr.ts';
import { anyNull, call, type Mark, make, operand, type Scalar } from './base.ts';
import { type Category, type CategoryOptions, categoryOf } from './category.ts';
import { type LiteralOf, labelOf } from './literal.ts';
import type { NumericExpr } from './numeric.ts';
import { OrderedExpr } from './ordered.ts';
import type { TextExpr } from './text.ts';

export type TemporalDType = DType<'date', string> | DType<'timestamp', Date>;
export type DateUnit = 'year' | 'quarter' | 'month' | 'week' | 'day';
export type TimeUnit = DateUnit | 'hour' | 'minute' | 'second';

type UnitOf<D extends TemporalDType> = D['id'] extends 'date' ? DateUnit : TimeUnit;

export interface ZoneOptions {
  /** The zone in which a timestamp's parts are told, an IANA name; default UTC. */
  readonly timeZone?: string;
}

export interface DiffOptions extends ZoneOptions {
  /** Whether only units that have passed in full count. */
  readonly whole?: boolean;
}

/** What an epoch counts. */
export type EpochUnit = 'second' | 'millisecond';

export function checkEpochUnit(unit: EpochUnit, label: string): EpochUnit {
  if (unit === 'second' || unit === 'millisecond') return unit;
  throw new MillraceError({
    code: 'expression.unit',
    message: `${label}: '${String(unit)}' is no unit of an epoch. The units are second, millisecond.`,
  });
}

const DATE_UNITS: readonly string[] = ['year', 'quarter', 'month', 'week', 'day'];
const TIME_UNITS: readonly string[] = [...DATE_UNITS, 'hour', 'minute', 'second'];

/** The methods of date and timestamp columns. */
export class TemporalExpr<D extends TemporalDType, out N extends Mark> extends OrderedExpr<D, N> {
  /** The days as levels of a category, for a model: `r.day.asCategory({ base: '2024-01-01' })`; null where it is null. */
  asCategory<M extends null>(this: TemporalExpr<Day, M>, options: CategoryOptions<string> = {}): Category<Day, M> {
    return categoryOf(this.node, options);
  }

  /** The year: `r.sold_at.year({ timeZone: 'Europe/Berlin' })`; null where it is null. */
  year(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('year', options);
  }

  /** The quarter, 1 to 4: `r.day.quarter()`; null where it is null. */
  quarter(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('quarter', options);
  }

  /** The month, 1 to 12: `r.day.month()`; null where it is null. */
  month(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('month', options);
  }

  /** The day of the month, 1 to 31: `r.day.day()`; null where it is null. */
  day(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('day', options);
  }

  /** The day of the week, 1 for Monday to 7 for Sunday (ISO 8601): `r.day.weekday()`; null where it is null. */
  weekday(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('weekday', options);
  }

  /**
   * The ISO 8601 week, 1 to 53, that Monday starts: `r.day.week()`. It belongs to the year that `isoYear` tells. Null
   * where it is null.
   */
  week(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('week', options);
  }

  /**
   * The year of the ISO 8601 week: `r.day.isoYear()`; null where it is null. At the turn of the year it is perhaps
   * another than the calendar's.
   */
  isoYear(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('isoyear', options);
  }

  /** The day of the year, 1 to 366: `r.day.dayOfYear()`; null where it is null. */
  dayOfYear(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('dayofyear', options);
  }

  /** The hour, 0 to 23: `r.sold_at.hour({ timeZone: 'Asia/Tokyo' })`; 0 for a date, null where it is null. */
  hour(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('hour', options);
  }

  /** The minute, 0 to 59: `r.sold_at.minute()`; 0 for a date, null where it is null. */
  minute(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('minute', options);
  }

  /** The second, 0 to 59, without the fraction: `r.sold_at.second()`; 0 for a date, null where it is null. */
  second(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('second', options);
  }

  /** Whole seconds or milliseconds since 1970-01-01 UTC, before it negative: `r.at.epoch()`, `r.at.epoch('millisecond')`. */
  epoch(unit: EpochUnit = 'second'): NumericExpr<Int, N> {
    return make(
      call('epoch', [this.node], INT, this.node.nullable, { unit: checkEpochUnit(unit, labelOf(this.node)) }),
    );
  }

  /**
   * The value as text: `r.sold_at.format('%Y-%m')`; null where it is null. The directives are %Y %m %d %H %M %S, %y, %j
   * (day of the year), %f (microseconds), %I %p, %G %V %u (ISO week), %b %B %a %A (English names) and %%.
   */
  format(pattern: string, options?: ZoneOptions): TextExpr<string, N> {
    const fault = outputFault(pattern);
    if (fault !== undefined) {
      throw new MillraceError({
        code: 'expression.format',
        message: `${labelOf(this.node)}.format: ${JSON.stringify(pattern)} ${fault}.`,
        details: { value: pattern },
      });
    }
    const shape = { pattern, ...zone(this.node, options) };
    return make(call('format', [this.node], STRING, this.node.nullable, shape));
  }

  /**
   * The start of the unit the value lies in: `r.day.truncate('month')`. Weeks start on Monday, and in a zone it is the
   * start there, as an instant. Null where it is null.
   */
  truncate(unit: UnitOf<D>, options?: ZoneOptions): Expr<D, N> {
    this.#checkUnit(unit);
    const node = call('truncate', [this.node], this.node.dtype, this.node.nullable, {
      unit,
      ...zone(this.node, options),
    });
    return make(node);
  }

  /** The calendar day of a timestamp: `r.sold_at.date({ timeZone: 'Europe/Berlin' })`; null where it is null. */
  date(options?: ZoneOptions): TemporalExpr<Day, N> {
    const node = call('to_date', [this.node], DATE, this.node.nullable, zone(this.node, options));
    return make(node);
  }

  /**
   * The last day, or of a timestamp the last microsecond, of the unit the value lies in: `r.day.endOf('month')`. Weeks
   * end on Sunday.
   */
  endOf(unit: UnitOf<D>, options?: ZoneOptions): Expr<D, N> {
    this.#checkUnit(unit);
    const shape = { unit, ...zone(this.node, options) };
    return make(call('end_of', [this.node], this.node.dtype, this.node.nullable, shape));
  }

  /**
   * How many unit boundaries lie from `earlier` to this value. It is 1 day from 23:59 to 00:01, 1 year from December to
   * January. With `whole` it counts the units that have passed in full, so that an age is
   * `r.today.diff(r.born, 'year', { whole: true })`. Negative where `earlier` is later, null where either is null; days
   * begin in UTC unless a zone is given.
   */
  diff<M extends Mark = never>(
    earlier: LiteralOf<D> | Scalar<Comparable<D>, M>,
    unit: UnitOf<D>,
    options: DiffOptions = {},
  ): NumericExpr<Int, N | NoInfer<M>> {
    this.#checkUnit(unit);
    const other = operand(earlier, this.node);
    const shape = { unit, ...(options.whole === true ? { whole: true } : {}), ...zone(this.node, options) };
    return make(call('date_diff', [this.node, other], INT, anyNull(this.node, other), shape));
  }

  /**
   * The value `count` units later, a number or a column: `r.day.plus(r.term, 'month')`. It is the last day of a shorter
   * month where the day does not exist. Null where either is null.
   */
  plus<M extends Mark = never>(count: number | Scalar<Int, M>, unit: UnitOf<D>): Expr<D, N | NoInfer<M>> {
    this.#checkUnit(unit);
    const { dtype, nullable } = this.node;
    if (typeof count !== 'number') {
      const by = operand(count, { ...this.node, dtype: INT });
      if (by.dtype.id === 'int')
        return make(call('date_add', [this.node, by], dtype, nullable || by.nullable, { unit }));
    } else if (Number.isSafeInteger(count))
      return make(call('date_add', [this.node], dtype, nullable, { count, unit }));
    throw new MillraceError({
      code: 'expression.literal',
      message: `${labelOf(this.node)}.plus(${typeof count === 'number' ? count : '..'}, '${unit}'): give a whole number of units.`,
    });
  }

  #part(part: string, options: ZoneOptions | undefined): NumericExpr<Int, N> {
    const node = call('date_part', [this.node], INT, this.node.nullable, { part, ...zone(this.node, options) });
    return make(node);
  }

  #checkUnit(unit: string): void {
    const units = this.node.dtype.id === 'date' ? DATE_UNITS : TIME_UNITS;
    if (!units.includes(unit)) {
      throw new MillraceError({
        code: 'expression.unit',
        message: `${labelOf(this.node)}: '${unit}' is no unit of a ${this.node.dtype.id}. The units are ${units.join(', ')}.`,
      });
    }
  }
}

/** A date has no zone: its parts are what they are. */
function zone(node: Expression, options: ZoneOptions | undefined): { timeZone?: string } {
  const timeZone = options?.timeZone;
  if (timeZone === undefined || timeZone === 'UTC') return {};
  if (node.dtype.id === 'date') {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(node)} is a date, which has no time zone: leave timeZone out.`,
    });
  }
  checkTimeZone(timeZone);
  return { timeZone };
}
