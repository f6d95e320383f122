import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { type AnyDType, describeDType } from '../../schema/dtype.ts';
import { isKey, type Key } from '../lookup.ts';
import { labelOf, literalAs } from './literal.ts';

export interface CategoryOptions<V> {
  /** The level that has no term and that the others are compared with; the first without one. */
  readonly base?: V;
}

/** A column as a category: what has levels and no size. A model takes it, and no verb does. */
export class Category<out D extends AnyDType = AnyDType, out N extends null = null> {
  declare readonly d: D;
  declare readonly n: N;
  readonly role = 'category';
  readonly node: Expression;
  readonly base: Key | undefined;

  constructor(node: Expression, base?: Key) {
    this.node = node;
    this.base = base;
  }
}

/** An expression as a category, its base checked. */
export function categoryOf<D extends AnyDType, N extends null>(
  node: Expression,
  { base }: CategoryOptions<unknown>,
): Category<D, N> {
  if (!isKey(node.dtype)) {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(node)} is ${describeDType(node.dtype)}, which has no levels. A category is a string, an int, a boolean or a date; bin() makes one of numbers.`,
    });
  }
  if (base === undefined) return new Category(node);
  const { value } = literalAs(base, node.dtype, node);
  return new Category(node, typeof value === 'bigint' ? Number(value) : (value as Key));
}
