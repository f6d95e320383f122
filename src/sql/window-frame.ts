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

function edge(distance: RangeEdge, unbounded: 'PRECEDING' | 'FOLLOWING'): string {
  if (distance === null) return `UNBOUNDED ${unbounded}`;
  if (distance === 0) return 'CURRENT ROW';
  const count = typeof distance === 'number' ? distance : distance.count;
  const size = typeof distance === 'number' ? `${Math.abs(count)}` : `INTERVAL '${Math.abs(count)} ${distance.unit}'`;
  return `${size} ${count < 0 ? 'PRECEDING' : 'FOLLOWING'}`;
}

/** A window that sees the rows equal to the current one, it among them. */
export function amongEquals(over: string): string {
  return over.replace(/\)$/, ' RANGE BETWEEN CURRENT ROW AND CURRENT ROW)');
}
