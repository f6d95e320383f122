import type { AnyDType, DTypeId, NumericDType } from '../schema/dtype.ts';
import { defineClasses } from './functions/base.ts';
import { BooleanExpr } from './functions/boolean.ts';
import { JsonExpr, ListExpr, StructExpr } from './functions/nested.ts';
import { NumericExpr } from './functions/numeric.ts';
import { type TemporalDType, TemporalExpr } from './functions/temporal.ts';
import { TextExpr } from './functions/text.ts';
import { ValueExpr } from './functions/value.ts';

/** The class of each dtype's expressions. */
interface ExprOf<D extends AnyDType, N extends null> {
  int: NumericExpr<D & NumericDType, N>;
  bigint: NumericExpr<D & NumericDType, N>;
  float: NumericExpr<D & NumericDType, N>;
  decimal: NumericExpr<D & NumericDType, N>;
  string: TextExpr<D['js'] & string, N>;
  boolean: BooleanExpr<N>;
  date: TemporalExpr<D & TemporalDType, N>;
  timestamp: TemporalExpr<D & TemporalDType, N>;
  json: JsonExpr<D, N>;
  list: ListExpr<D, N>;
  struct: StructExpr<D, N>;
  binary: ValueExpr<D, N>;
}

/** A column expression of dtype `D`; `N` is `null` where it may be null, `never` where it may not. */
export type Expr<D extends AnyDType, N extends null> = ExprOf<D, N>[D['id'] & DTypeId];

defineClasses({
  int: NumericExpr,
  bigint: NumericExpr,
  float: NumericExpr,
  decimal: NumericExpr,
  string: TextExpr,
  boolean: BooleanExpr,
  date: TemporalExpr,
  timestamp: TemporalExpr,
  json: JsonExpr,
  list: ListExpr,
  struct: StructExpr,
  binary: ValueExpr,
});
