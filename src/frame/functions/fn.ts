import { MillraceError } from '../../errors.ts';
import type { CaseNode, Expression } from '../../plan/expression.ts';
import type { AnyColumnType, DTypeOf } from '../../schema/column-type.ts';
import type { Wide } from '../../schema/columns.ts';
import {
  type AnyDType,
  type Bool,
  FLOAT,
  INT,
  type Int,
  STRING,
  type Text,
  TIMESTAMP,
  type Timestamp,
} from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import {
  Aggregate,
  type AnyScalar,
  aggregate,
  anyNull,
  BaseExpr,
  call,
  make,
  type Scalar,
  unify,
  WindowFunction,
} from './base.ts';
import { type AnyLiteral, type DTypeOfLiteral, literal, literalAs, literalFor, nullLiteral } from './literal.ts';

type DOf<V> = V extends { readonly role: 'scalar'; readonly d: infer D extends AnyDType } ? D : DTypeOfLiteral<V>;
type NOf<V> = V extends { readonly role: 'scalar'; readonly n: infer N extends null } ? N : never;

/** The dtype of several values in one column: known strings are joined, ints beside floats are floats. */
type Joined<V> = [DOf<V>] extends [{ readonly id: 'string' }]
  ? { readonly id: 'string'; readonly js: DOf<V>['js'] & string }
  : [DOf<V>] extends [{ readonly id: 'int' | 'float' }]
    ? 'float' extends DOf<V>['id']
      ? { readonly id: 'float'; readonly js: number }
      : { readonly id: 'int'; readonly js: number }
    : DOf<V>;

/** A conditional that waits for its next branch or its `else`. */
class When<V> {
  readonly #branches: readonly { readonly when: Expression; readonly value: unknown }[];

  constructor(branches: readonly { readonly when: Expression; readonly value: unknown }[]) {
    this.#branches = branches;
  }

  when<const W extends AnyLiteral | AnyScalar>(condition: Scalar<Bool, null>, value: W): When<V | W> {
    return new When([...this.#branches, { when: condition.node, value }]);
  }

  /** The value where no condition holds (null is not true). */
  else<const W extends AnyLiteral | AnyScalar>(value: W): Expr<Joined<V | W> & AnyDType, NOf<V | W>> {
    return make(this.#build(value));
  }

  /** Null where no condition holds. */
  elseNull(): Expr<Joined<V> & AnyDType, null> {
    return make(this.#build(undefined));
  }

  #build(otherwise: unknown): CaseNode {
    const values = [...this.#branches.map((b) => b.value), ...(otherwise === undefined ? [] : [otherwise])];
    const nodes = typed(values);
    const dtype = nodes.map((node) => node.dtype).length === 0 ? STRING : joined(nodes);
    const branches = this.#branches.map((b, i) => ({ when: b.when, value: nodes[i] ?? nullLiteral(dtype) }));
    const last = otherwise === undefined ? nullLiteral(dtype) : (nodes.at(-1) ?? nullLiteral(dtype));
    const nullable = last.nullable || branches.some((b) => b.value.nullable);
    return { kind: 'case', branches, otherwise: last, dtype, nullable };
  }
}

/** The nodes of values that share a column: a literal takes the dtype of the expressions beside it. */
function typed(values: readonly unknown[]): Expression[] {
  const guide = values.find((value) => value instanceof BaseExpr);
  return values.map((value) => {
    if (value instanceof BaseExpr) return value.node;
    return guide instanceof BaseExpr ? literalFor(value, guide.node, { wide: true }) : literal(value);
  });
}

function joined(nodes: readonly Expression[]): Expression['dtype'] {
  const ids = new Set(nodes.map((node) => node.dtype.id));
  if (ids.size === 2 && ids.has('int') && ids.has('float')) return FLOAT;
  return nodes.reduce((left, right) => ({ ...left, dtype: unify(left, right) })).dtype;
}

interface Functions {
  /** How many rows there are. */
  count(): Aggregate<Int, never, never>;
  /** A value, the same for every row; with a type, as that dtype. */
  lit<const L extends AnyLiteral>(value: L): Expr<DTypeOfLiteral<L>, never>;
  lit<T extends AnyColumnType>(value: unknown, type: T): Expr<DTypeOf<T>, null>;
  /** The value of the first condition that is true: `fn.when(r.quantity.gte(100), 'bulk').else('retail')`. */
  when<const V extends AnyLiteral | AnyScalar>(condition: Scalar<Bool, null>, value: V): When<V>;
  /** Texts one after another; null where one of them is null. */
  concat<const V extends readonly (string | Scalar<Text, null>)[]>(...parts: V): Expr<Text, NOf<V[number]>>;
  /** The first value that is not null. */
  coalesce<D extends AnyDType, N extends null, M extends null>(
    first: Scalar<D, N>,
    second: Scalar<D, M>,
  ): Expr<Wide<D>, N & M>;
  /** The rank with gaps, 1 for the first; needs `.over({ orderBy })`. */
  rank(): WindowFunction<Int, never>;
  /** The rank without gaps. */
  denseRank(): WindowFunction<Int, never>;
  /** 1, 2, 3 .. in the order given, ties in source order. */
  rowNumber(): WindowFunction<Int, never>;
  /** The instant at which the run started, the same for every row. */
  now(): Expr<Timestamp, never>;
}

/**
 * What has no column to start from.
 *
 * @example
 * ```ts
 * import { fn, read, t } from 'millrace';
 * const orders = read.rows([{ quantity: 250 }, { quantity: 3 }], { schema: { quantity: t.int() } });
 * const tiers = orders.withColumns(r => ({ tier: fn.when(r.quantity.gte(100), 'bulk').else('retail') }));
 * console.log(await tiers.rows()); // [ { quantity: 250, tier: 'bulk' }, { quantity: 3, tier: 'retail' } ]
 * ```
 */
export const fn: Functions = {
  count: () => new Aggregate(aggregate('count_all', [], INT, false)),
  lit: <R>(value: unknown, type?: AnyColumnType): R => {
    if (type === undefined) return make(literal(value));
    return make(
      value === null ? nullLiteral(type.dtype) : { ...literalAs(value, type.dtype, 'fn.lit'), nullable: true },
    );
  },
  when: (condition, value) => new When([{ when: condition.node, value }]),
  concat: (...parts) => {
    if (parts.length === 0)
      throw new MillraceError({ code: 'expression.literal', message: 'fn.concat() needs a part.' });
    const nodes = parts.map((part) => (typeof part === 'string' ? literal(part) : part.node));
    return make(call('concat', nodes, STRING, anyNull(...nodes)));
  },
  coalesce: (first, second) =>
    make(
      call(
        'coalesce',
        [first.node, second.node],
        unify(first.node, second.node),
        first.node.nullable && second.node.nullable,
      ),
    ),
  rank: () => new WindowFunction(aggregate('rank', [], INT, false)),
  denseRank: () => new WindowFunction(aggregate('dense_rank', [], INT, false)),
  rowNumber: () => new WindowFunction(aggregate('row_number', [], INT, false)),
  now: () => make(call('now', [], TIMESTAMP, false)),
};
