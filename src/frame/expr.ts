import type { AnyDType, DTypeId, NumericDType } from '../schema/dtype.ts';
import { BaseExpr, defineClasses, type Mark } from './functions/base.ts';
import { BooleanExpr } from './functions/boolean.ts';
import { JsonExpr, ListExpr, StructExpr } from './functions/nested.ts';
import { NumericExpr } from './functions/numeric.ts';
import { tellOfOtherMethods } from './functions/other-methods.ts';
import { type TemporalDType, TemporalExpr } from './functions/temporal.ts';
import { TextExpr } from './functions/text.ts';
import { ValueExpr } from './functions/value.ts';

/** The class of each dtype's expressions. */
interface ExprOf<D extends AnyDType, out N extends Mark> {
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
export type Expr<D extends AnyDType, N extends Mark> = ExprOf<D, N>[IdOf<D>];

/** In one piece, so that the compiler compares two of them by what `out` says. */
type IdOf<D extends AnyDType> = D['id'] extends DTypeId ? D['id'] : DTypeId;

const CLASSES = {
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
};

defineClasses(CLASSES);
tellOfOtherMethods(BaseExpr, CLASSES);
