import type { Expression, RangeEdge, WindowNode } from '../plan/expression.ts';
import { ORDERED, PLACES, RANKS, WHOLE } from '../plan/functions.ts';

/** Whether an expression's answer depends on an order that it does not give in full. */
export function dependsOnOrder(node: Expression): boolean {
  if (node.kind === 'aggregate') return ORDERED.has(node.fn);
  if (node.kind !== 'window' || node.range !== undefined || RANKS.has(node.call.fn)) return false;
  const { fn } = node.call;
  // A running aggregate differs between two tied rows.
  return PLACES.has(fn) || WHOLE.has(fn) || ORDERED.has(fn) || node.rows !== undefined || node.orderBy.length > 0;
}

/** Which rows of its ordered partition a function sees. */
export function frameOf(node: WindowNode): string | undefined {
  const { fn, orderBy } = node.call;
  if (RANKS.has(fn) || PLACES.has(fn)) return undefined;
  if (node.range !== undefined) return between('RANGE', node.range);
  if (node.rows !== undefined) return between('ROWS', node.rows);
  const whole = WHOLE.has(fn) || orderBy.length > 0 || node.orderBy.length === 0;
  return between('ROWS', whole ? [null, null] : [null, 0]);
}

function between(kind: 'ROWS' | 'RANGE', [from, to]: readonly [RangeEdge, RangeEdge]): string {
  return `${kind} BETWEEN ${edge(from, 'PRECEDING')} AND ${edge(to, 'FOLLOWING')}`;
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

function edge(distance: RangeEdge, unbounded: 'PRECEDING' | 'FOLLOWING'): string {
  if (distance === null) return `UNBOUNDED ${unbounded}`;
  if (distance === 0) return 'CURRENT ROW';
  const count = typeof distance === 'number' ? distance : distance.count;
  const size =
    typeof distance === 'number'
      ? `${Math.abs(count)}`
      : `INTERVAL '${Math.min(Math.abs(count), FAR * (IN_YEAR[distance.unit] ?? 1))} ${distance.unit}'`;
  return `${size} ${count < 0 ? 'PRECEDING' : 'FOLLOWING'}`;
}

/** A window that sees the rows equal to the current one, it among them. */
export function amongEquals(over: string): string {
  return over.replace(/\)$/, ' RANGE BETWEEN CURRENT ROW AND CURRENT ROW)');
}
