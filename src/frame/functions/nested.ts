import { didYouMean, MillraceError } from '../../errors.ts';
import type { OnError } from '../../plan/expression.ts';
import type { AnyColumnType, DTypeOf } from '../../schema/column-type.ts';
import type { Comparable } from '../../schema/columns.ts';
import { type AnyDType, BOOLEAN, INT, type Int, JSON_, type StructFields } from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import { anyNull, call, castNode, type Mark, make, operand, type ParseOptions, type Scalar } from './base.ts';
import type { BooleanExpr } from './boolean.ts';
import { type LiteralOf, labelOf } from './literal.ts';
import type { NumericExpr } from './numeric.ts';
import { ValueExpr } from './value.ts';

/** The dtype of a list's items. */
export type ItemOf<D> = D extends { readonly item: { readonly d: infer I extends AnyDType } } ? I : AnyDType;
type FieldsOf<D> = D extends { readonly fields: infer F extends StructFields } ? F : StructFields;

/** The methods of list columns. Positions count from 0. */
export class ListExpr<D extends AnyDType, out N extends Mark> extends ValueExpr<D, N> {
  /** The item at a position, -1 being the last: `r.tags.at(0)`; null where there is none. */
  at(position: number): Expr<ItemOf<D>, N | null> {
    if (!Number.isSafeInteger(position) || Math.abs(position) > 2 ** 31) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.at(${String(position)}): give a whole number, negative to count from the end.`,
        details: { value: position },
      });
    }
    const { dtype } = this.node;
    const item = dtype.id === 'list' ? dtype.item : dtype;
    return make(call('list_at', [this.node], item, true, { position }));
  }

  /** How many items there are: `r.tags.length()`; null where the list is. */
  length(): NumericExpr<Int, N> {
    return make(call('list_length', [this.node], INT, this.node.nullable));
  }

  /** Whether an item equals the value: `r.tags.contains('new')`; null where the list or the value is. */
  contains<M extends Mark = never>(
    value: LiteralOf<ItemOf<D>> | Scalar<Comparable<ItemOf<D>>, M>,
  ): BooleanExpr<N | NoInfer<M>> {
    const { dtype } = this.node;
    const item = operand(value, { ...this.node, dtype: dtype.id === 'list' ? dtype.item : dtype });
    return make(call('list_contains', [this.node, item], BOOLEAN, anyNull(this.node, item)));
  }
}

/** The methods of struct columns. */
export class StructExpr<D extends AnyDType, out N extends Mark> extends ValueExpr<D, N> {
  /** The value of a field: `r.address.field('city')`; null where the struct is. */
  field<const K extends keyof FieldsOf<D> & string>(name: K): Expr<FieldsOf<D>[K]['d'], FieldsOf<D>[K]['n'] | N> {
    const { dtype } = this.node;
    const fields = dtype.id === 'struct' ? dtype.fields : [];
    const found = fields.find((field) => field.name === name);
    if (found === undefined) {
      const names = fields.map((field) => field.name);
      throw new MillraceError({
        code: 'expression.field',
        message: `${labelOf(this.node)}: there is no field ${JSON.stringify(name)}.${didYouMean(String(name), names)} The fields are ${names.join(', ')}.`,
        details: { field: name, fields: names },
      });
    }
    return make(call('struct_field', [this.node], found.dtype, this.node.nullable || found.nullable, { name }));
  }
}

/** The methods of JSON columns. */
export class JsonExpr<D extends AnyDType, out N extends Mark> extends ValueExpr<D, N> {
  /**
   * The value under a path, as a dtype: `r.payload.extract('customer.email', t.string())`. The path's steps are keys and
   * positions in arrays, with dots between them or as a list. Null where there is none. A value of another kind, such as a
   * number for a string, does not fit: `onError` says what becomes of it.
   */
  extract<T extends AnyColumnType, const E extends OnError = 'fail'>(
    path: string | readonly (string | number)[],
    type: T,
    options: ParseOptions<E> = {},
  ): Expr<DTypeOf<T>, N | null> {
    const steps = typeof path === 'string' ? path.split('.') : Array.isArray(path) ? path.map(String) : [];
    if (steps.length === 0 || steps.includes('')) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.extract: the path is ${JSON.stringify(path) ?? String(path)}. Give steps such as 'customer.email' or ['items', 0, 'sku'].`,
        details: { value: path },
      });
    }
    const found = call('json_at', [this.node], JSON_, true, { path: steps });
    return make({ ...castNode(found, type, options.onError ?? 'fail'), content: true });
  }
}
