import type { Aggregate, AnyAggregate } from '../../src/frame/functions/base.ts';
import { type AnyDType, fn } from '../../src/index.ts';
import { type Described, known, type Said, type Values } from '../support/described.ts';
import type { Row } from './every-dtype.ts';

/** An aggregate described in groups, and where there are no keys. */
export interface DescribedAggregate extends Described<AnyAggregate> {
  readonly withoutKeys: string;
}

function agg<D extends AnyDType, N extends null, Empty extends null>(
  expression: Aggregate<D, N, Empty>,
  inGroups: NoInfer<Said<D, N>>,
  withoutKeys: NoInfer<Said<D, N | Empty>>,
  ...values: NoInfer<Values<D>>
): DescribedAggregate {
  return { expression, said: inGroups, withoutKeys, values: known(values) };
}

const regions = { north: true, south: true } as const;

/** Every aggregate, under its class and name. */
export const aggregates = (r: Row): Readonly<Record<string, readonly DescribedAggregate[]>> => ({
  'fn.count': [agg(fn.count(), 'int', 'int')],
  'BaseExpr.count': [agg(r.int_n.count(), 'int', 'int'), agg(r.json.count(), 'int', 'int')],
  'BaseExpr.countDistinct': [agg(r.text.countDistinct(), 'int', 'int'), agg(r.dec_n.countDistinct(), 'int', 'int')],
  'BaseExpr.first': [
    agg(r.int.first(), 'int', 'int?'),
    agg(r.dec_n.first({ orderBy: ['id'] }), 'decimal?', 'decimal?'),
    agg(r.region.first(), 'string', 'string?', regions),
    agg(r.struct.first(), 'struct', 'struct?'),
  ],
  'BaseExpr.last': [
    agg(r.at.last(), 'timestamp', 'timestamp?'),
    agg(r.list.last({ orderBy: [{ desc: 'id' }] }), 'list', 'list?'),
  ],
  'OrderedExpr.min': [
    agg(r.int.min(), 'int', 'int?'),
    agg(r.big_n.min(), 'bigint?', 'bigint?'),
    agg(r.dec.min(), 'decimal', 'decimal?'),
    agg(r.region.min(), 'string', 'string?', regions),
    agg(r.day.min(), 'date', 'date?'),
  ],
  'OrderedExpr.max': [
    agg(r.float.max(), 'float', 'float?'),
    agg(r.text_n.max(), 'string?', 'string?'),
    agg(r.at.max(), 'timestamp', 'timestamp?'),
  ],
  'NumericExpr.sum': [
    agg(r.int.sum(), 'int', 'int?'),
    agg(r.int_n.sum(), 'int?', 'int?'),
    agg(r.big.sum(), 'bigint', 'bigint?'),
    agg(r.dec.sum(), 'decimal', 'decimal?'),
    agg(r.float.sum(), 'float', 'float?'),
  ],
  'NumericExpr.mean': [
    agg(r.int.mean(), 'float', 'float?'),
    agg(r.big.mean(), 'float', 'float?'),
    agg(r.dec.mean(), 'float', 'float?'),
    agg(r.float_n.mean(), 'float?', 'float?'),
  ],
  'NumericExpr.median': [
    agg(r.int.median(), 'float', 'float?'),
    agg(r.dec.median(), 'float', 'float?'),
    agg(r.big_n.median(), 'float?', 'float?'),
  ],
  'NumericExpr.quantile': [agg(r.int.quantile(0.9), 'float', 'float?'), agg(r.dec_n.quantile(0), 'float?', 'float?')],
  'NumericExpr.std': [agg(r.int.std(), 'float?', 'float?'), agg(r.dec.std(), 'float?', 'float?')],
  'NumericExpr.var': [agg(r.big.var(), 'float?', 'float?')],
  'BooleanExpr.any': [agg(r.flag.any(), 'boolean', 'boolean?'), agg(r.flag_n.any(), 'boolean?', 'boolean?')],
  'BooleanExpr.all': [agg(r.flag.all(), 'boolean', 'boolean?')],
  'BooleanExpr.countTrue': [agg(r.flag_n.countTrue(), 'int', 'int')],
});
