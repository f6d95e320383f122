import type { CallContext, Spelling, SpellingTable } from './dialect.ts';
import { orderSql } from './order.ts';

/** What every SQL spells alike. */

export const infix =
  (operator: string): Spelling =>
  (args) =>
    `(${args.join(` ${operator} `)})`;

export const named =
  (name: string): Spelling =>
  (args, call) =>
    `${name}(${args.join(', ')}${inOrder(call)})${call.over}`;

/** The order in which an aggregate takes its rows, inside its call. */
export const inOrder = (call: CallContext): string =>
  call.order.length === 0 ? '' : ` ORDER BY ${orderSql(call.order)}`;

export const first = (args: readonly string[]): string => args[0] ?? '';
export const second = (args: readonly string[]): string => args[1] ?? '';

/** Comparison, logic and nulls. */
export const standard: SpellingTable = {
  eq: infix('='),
  ne: infix('<>'),
  gt: infix('>'),
  gte: infix('>='),
  lt: infix('<'),
  lte: infix('<='),
  and: infix('AND'),
  or: infix('OR'),
  not: (args) => `(NOT ${first(args)})`,
  in: (args) =>
    args.length === 1 ? `(${first(args)} <> ${first(args)})` : `(${first(args)} IN (${args.slice(1).join(', ')}))`,
  is_null: (args) => `(${first(args)} IS NULL)`,
  is_not_null: (args) => `(${first(args)} IS NOT NULL)`,
  null_if: named('nullif'),
};
