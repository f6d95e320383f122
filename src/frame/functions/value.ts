import type { AnyDType } from '../../schema/dtype.ts';
import { BaseExpr } from './base.ts';

/** Columns of json, list, struct and binary: the methods that every column has. */
export class ValueExpr<D extends AnyDType, N extends null> extends BaseExpr<D, N> {}
