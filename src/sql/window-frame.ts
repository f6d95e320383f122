import type { Expression, RangeEdge, WindowNode } from '../plan/expression.ts';
import { ORDERED, PLACES, RANKS, WHOLE } from '../plan/functions.ts';
import type { DataType } from '../schema/dtype.ts';

/** Whether an expression's answer depends on an order that it does not give in full. */
export function dependsOnOrder(node: Expression): boolean {
  if (node.kind === 'aggregate') return ORDERED.has(node.fn);
  if (node.kind !== 'window' || node.range !== undefined || RANKS.has(node.call.fn)) return false;
  const { fn } = node.call;
  // A running aggregate differs between two tied rows.
  return PLACES.has(fn) || WHOLE.has(fn) || ORDERED.has(fn) || node.rows !== undefined || node.orderBy.length > 0;
}

/** Which rows of its ordered partition a function sees. */
export function frameOf(node: WindowNode, key?: DataType): string | undefined {
  const { fn, orderBy } = node.call;
  if (RANKS.has(fn) || PLACES.has(fn)) return undefined;
  if (node.range !== undefined) return between('RANGE', node.range, key?.id === 'decimal' ? key.scale : undefined);
  if (node.rows !== undefined) return between('ROWS', node.rows);
  const whole = WHOLE.has(fn) || orderBy.length > 0 || node.orderBy.length === 0;
  return between('ROWS', whole ? [null, null] : [null, 0]);
}

function between(kind: 'ROWS' | 'RANGE', [from, to]: readonly [RangeEdge, RangeEdge], scale?: number): string {
  return `${kind} BETWEEN ${edge(from, 'PRECEDING', scale)} AND ${edge(to, 'FOLLOWING', scale)}`;
}

/** A distance in units of the last digit of the decimals that it is between, which is what the engines order them by. */
function lastDigits(distance: number, scale: number, up: boolean): bigint {
  const [digits = '', exponent = 0] = `${distance}`.split('e');
  const [whole = '', fraction = ''] = digits.split('.');
  const places = Number(exponent) + scale - fraction.length;
  const all = BigInt(whole + fraction);
  const unit = 10n ** BigInt(Math.abs(places));
  return places < 0 ? (all + (up ? unit - 1n : 0n)) / unit : all * unit;
}

/** As many years away as no two values are: what is farther is written as this, for the engines have limits of their own. */
const FAR = 20_000;
const IN_YEAR: Readonly<Record<string, number>> = {
  month: 12,
  week: 53,
  day: 366,
  hour: 8784,
  minute: 527_040,
  second: 31_622_400,
};

function edge(distance: RangeEdge, unbounded: 'PRECEDING' | 'FOLLOWING', scale?: number): string {
  if (distance === null) return `UNBOUNDED ${unbounded}`;
  if (distance === 0) return 'CURRENT ROW';
  const count = typeof distance === 'number' ? distance : distance.count;
  const size =
    typeof distance === 'number'
      ? scale === undefined
        ? `${Math.abs(count)}`
        : `${lastDigits(Math.abs(count), scale, count < 0 === (unbounded === 'FOLLOWING'))}`
      : `INTERVAL '${Math.min(Math.abs(count), FAR * (IN_YEAR[distance.unit] ?? 1))} ${distance.unit}'`;
  return `${size} ${count < 0 ? 'PRECEDING' : 'FOLLOWING'}`;
}

/** A window that sees the rows equal to the current one, it among them. */
export function amongEquals(over: string): string {
  return over.replace(/\)$/, ' RANGE BETWEEN CURRENT ROW AND CURRENT ROW)');
}
