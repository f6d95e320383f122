import type { AnyDType } from '../../schema/dtype.ts';
import { BaseExpr } from './base.ts';

/** Columns of binary, and of json, list and struct: the methods that every column has. */
export class ValueExpr<D extends AnyDType, N extends null> extends BaseExpr<D, N> {}
