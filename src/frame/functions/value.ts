import type { AnyDType } from '../../schema/dtype.ts';
import { BaseExpr, type Mark } from './base.ts';

/** Columns of binary, and of json, list and struct: the methods that every column has. */
export class ValueExpr<D extends AnyDType, out N extends Mark> extends BaseExpr<D, N> {}
