import { didYouMean, MillraceError } from '../errors.ts';
import type { OptionNames } from '../option-names.ts';
import type { ColumnNode, Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import { BOOLEAN } from '../schema/dtype.ts';
import { columnNode, fieldOf, orderOf } from './columns.ts';
import { call } from './functions/base.ts';
import { fn } from './functions/fn.ts';
import { literal, literalFor } from './functions/literal.ts';
import { listOf } from './functions/order.ts';
import type { SplitOptions } from './verb-types.ts';

/** The plans of both sides of a split. */
export interface Sides {
  readonly train: Relation;
  readonly test: Relation;
}

export const SPLIT_OPTIONS: OptionNames<SplitOptions<string>> = {
  test: true,
  seed: true,
  groups: true,
  orderBy: true,
  by: true,
  from: true,
};

export function splitPlan(input: Relation, options: SplitOptions<string>): Sides {
  if (options.by !== undefined) return byTime(input, options);
  checkShare(options.test, 'split', 'test');
  const edge = edgeOf(options.test);
  const part = (from: number, to: number): Relation =>
    options.orderBy === undefined
      ? sampled(input, listOf(options.groups ?? []), options.seed, from, to, 'split')
      : { kind: 'slice', input, orderBy: orderOf(input, options.orderBy, 'split'), from, to };
  return { train: part(0, edge), test: part(edge, 1) };
}

/** 1 - 0.9 is a little less than 0.1, which would cost a row. */
function edgeOf(test: number): number {
  return Number((1 - test).toPrecision(15));
}

/** Rows of one value of `by` stand on one side, those without a value in the test. */
function byTime(input: Relation, options: SplitOptions<string> & { readonly by: string }): Sides {
  const odd = Object.keys(options).find((name) => !['by', 'test', 'from'].includes(name));
  if (odd !== undefined || (options.test === undefined) === (options.from === undefined)) {
    const found = odd === undefined ? '' : ` ${odd} does not go with by.${didYouMean(odd, ['test', 'from'])}`;
    throw new MillraceError({
      code: 'plan.split',
      message: `split: by needs either test, a share, or from, the first value of the test: { test: 0.2, by: 'day' }.${found}`,
    });
  }
  const column = columnNode(fieldOf(outputSchema(input), options.by, 'split'));
  const earlier = isEarlier(column, options);
  const known = call('coalesce', [earlier, literal(false)], BOOLEAN, false);
  return {
    train: { kind: 'filter', input, predicate: known },
    test: { kind: 'filter', input, predicate: call('not', [known], BOOLEAN, false) },
  };
}

function isEarlier(column: ColumnNode, options: SplitOptions<string>): Expression {
  if (options.from !== undefined) {
    return call('lt', [column, literalFor(options.from, column)], BOOLEAN, column.nullable);
  }
  checkShare(options.test, 'split', 'test');
  return fn.cumeDist().over({ orderBy: column.name }).lte(edgeOf(options.test)).node;
}

/** The rows of which the hash of `by` falls between two shares. */
export function sampled(
  input: Relation,
  by: readonly string[],
  seed: number | undefined,
  from: number,
  to: number,
  verb: string,
): Relation {
  for (const name of by) fieldOf(outputSchema(input), name, verb);
  checkSeed(seed, verb);
  return { kind: 'sample', input, by, seed, from, to };
}

export function checkSeed(seed: number | undefined, verb: string): asserts seed is number {
  if (seed === undefined || !Number.isSafeInteger(seed)) {
    throw new MillraceError({ code: 'plan.seed', message: `${verb}: seed is ${seed}. Give a whole number.` });
  }
}

export function checkShare(share: number, verb: string, name: string): void {
  if (typeof share !== 'number' || !(share > 0 && share < 1)) {
    throw new MillraceError({
      code: 'plan.share',
      message: `${verb}: ${name} is ${share}. Give a share between 0 and 1.`,
    });
  }
}
