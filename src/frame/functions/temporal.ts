import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { checkTimeZone } from '../../schema/column-type.ts';
import type { Comparable } from '../../schema/columns.ts';
import { DATE, type Day, type DType, INT, type Int } from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import { anyNull, call, make, operand, type Scalar } from './base.ts';
import { type LiteralOf, labelOf } from './literal.ts';
import type { NumericExpr } from './numeric.ts';
import { OrderedExpr } from './ordered.ts';

export type TemporalDType = DType<'date', string> | DType<'timestamp', Date>;
export type DateUnit = 'year' | 'quarter' | 'month' | 'week' | 'day';
export type TimeUnit = DateUnit | 'hour' | 'minute' | 'second';

type UnitOf<D extends TemporalDType> = D['id'] extends 'date' ? DateUnit : TimeUnit;

export interface ZoneOptions {
  /** The zone in which a timestamp's parts are told, an IANA name; default UTC. */
  readonly timeZone?: string;
}

const DATE_UNITS: readonly string[] = ['year', 'quarter', 'month', 'week', 'day'];
const TIME_UNITS: readonly string[] = [...DATE_UNITS, 'hour', 'minute', 'second'];

/** The methods of date and timestamp columns. */
export class TemporalExpr<D extends TemporalDType, N extends null> extends OrderedExpr<D, N> {
  year(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('year', options);
  }

  /** 1 to 4. */
  quarter(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('quarter', options);
  }

  /** 1 to 12. */
  month(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('month', options);
  }

  /** The day of the month, 1 to 31. */
  day(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('day', options);
  }

  /** 1 is Monday, 7 is Sunday (ISO 8601). */
  weekday(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('weekday', options);
  }

  /** 0 to 23; 0 for a date. */
  hour(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('hour', options);
  }

  /** 0 to 59; 0 for a date. */
  minute(options?: ZoneOptions): NumericExpr<Int, N> {
    return this.#part('minute', options);
  }

  /** The start of the unit the value lies in; weeks start on Monday. In a zone, the start there, as an instant. */
  truncate(unit: UnitOf<D>, options?: ZoneOptions): Expr<D, N> {
    this.#checkUnit(unit);
    const node = call('truncate', [this.node], this.node.dtype, this.node.nullable, {
      unit,
      ...zone(this.node, options),
    });
    return make(node);
  }

  /** The calendar day of a timestamp. */
  date(options?: ZoneOptions): TemporalExpr<Day, N> {
    const node = call('to_date', [this.node], DATE, this.node.nullable, zone(this.node, options));
    return make(node);
  }

  /** How many unit boundaries lie from `earlier` to this value: 1 day from 23:59 to 00:01; in UTC. */
  diff<M extends null = never>(
    earlier: LiteralOf<D> | Scalar<Comparable<D>, M>,
    unit: UnitOf<D>,
  ): NumericExpr<Int, N | NoInfer<M>> {
    this.#checkUnit(unit);
    const other = operand(earlier, this.node);
    const node = call('date_diff', [this.node, other], INT, anyNull(this.node, other), { unit });
    return make(node);
  }

  /** The value `count` units later; the last day of a shorter month where the day does not exist. */
  plus(count: number, unit: UnitOf<D>): Expr<D, N> {
    this.#checkUnit(unit);
    if (!Number.isSafeInteger(count)) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.plus(${count}, '${unit}'): give a whole number of units.`,
      });
    }
    return make(call('date_add', [this.node], this.node.dtype, this.node.nullable, { count, unit }));
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
