import type { Aggregate, AnyValue } from '../../src/frame/functions/base.ts';
import { type AnyDType, fn } from '../../src/index.ts';
import { type Described, known, type Said, type Values } from '../support/described.ts';
import type { Row } from './every-dtype.ts';

/** An aggregate described in groups, and where there are no keys. */
export interface DescribedAggregate extends Described<AnyValue> {
  readonly withoutKeys: string;
}

function agg<D extends AnyDType, N extends null, Empty extends 'empty'>(
  expression: Aggregate<D, N, Empty>,
  inGroups: NoInfer<Said<D, N>>,
  withoutKeys: NoInfer<Said<D, N | (Empty extends 'empty' ? null : never)>>,
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
  'BaseExpr.atMin': [agg(r.int.atMin('day'), 'int', 'int?'), agg(r.dec_n.atMin(r.int), 'decimal?', 'decimal?')],
  'BaseExpr.atMax': [
    agg(r.region.atMax('id'), 'string', 'string?', regions),
    agg(r.at_n.atMax(r.at), 'timestamp?', 'timestamp?'),
  ],
  'BaseExpr.toList': [
    agg(r.int.toList(), 'list', 'list?'),
    agg(r.text_n.toList({ orderBy: { desc: 'id' } }), 'list', 'list?'),
    agg(r.dec.toList(), 'list', 'list?'),
    agg(r.day_n.toList(), 'list', 'list?'),
    agg(r.struct.toList(), 'list', 'list?'),
  ],
  'TextExpr.joinText': [
    agg(r.text.joinText(', '), 'string', 'string?'),
    agg(r.region_n.joinText('', { orderBy: 'id' }), 'string?', 'string?'),
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
  'OrderedExpr.largest': [
    agg(r.int.largest(2), 'list', 'list?'),
    agg(r.big_n.largest(3), 'list?', 'list?'),
    agg(r.float.largest(1), 'list', 'list?'),
    agg(r.dec.largest(2), 'list', 'list?'),
    agg(r.region.largest(2), 'list', 'list?'),
    agg(r.text_n.largest(2), 'list?', 'list?'),
    agg(r.day.largest(2), 'list', 'list?'),
    agg(r.at_n.largest(2), 'list?', 'list?'),
  ],
  'OrderedExpr.smallest': [
    agg(r.int_n.smallest(2), 'list?', 'list?'),
    agg(r.dec_n.smallest(2), 'list?', 'list?'),
    agg(r.text.smallest(9), 'list', 'list?'),
    agg(r.at.smallest(2), 'list', 'list?'),
  ],
  'OrderedExpr.mode': [
    agg(r.int.mode(), 'int', 'int?'),
    agg(r.big_n.mode(), 'bigint?', 'bigint?'),
    agg(r.float.mode(), 'float', 'float?'),
    agg(r.dec.mode(), 'decimal', 'decimal?'),
    agg(r.region.mode(), 'string', 'string?', regions),
    agg(r.text_n.mode(), 'string?', 'string?'),
    agg(r.day.mode(), 'date', 'date?'),
    agg(r.at_n.mode(), 'timestamp?', 'timestamp?'),
  ],
  'BooleanExpr.mode': [agg(r.flag.mode(), 'boolean', 'boolean?'), agg(r.flag_n.mode(), 'boolean?', 'boolean?')],
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
  'NumericExpr.quantiles': [
    agg(r.int.quantiles([0.25, 0.75]), 'list', 'list?'),
    agg(r.dec_n.quantiles([0.5]), 'list?', 'list?'),
  ],
  'NumericExpr.weightedMean': [
    agg(r.dec.weightedMean(r.int), 'float?', 'float?'),
    agg(r.big_n.weightedMean(r.float), 'float?', 'float?'),
  ],
  'NumericExpr.covariance': [agg(r.int.covariance(r.dec), 'float?', 'float?')],
  'NumericExpr.product': [agg(r.int.product(), 'float', 'float?'), agg(r.dec_n.product(), 'float?', 'float?')],
  'NumericExpr.corr': [agg(r.int.corr(r.dec), 'float?', 'float?'), agg(r.big_n.corr(r.float), 'float?', 'float?')],
  'NumericExpr.skewness': [agg(r.int.skewness(), 'float?', 'float?'), agg(r.dec.skewness(), 'float?', 'float?')],
  'NumericExpr.kurtosis': [agg(r.big.kurtosis(), 'float?', 'float?')],
  'NumericExpr.std': [agg(r.int.std(), 'float?', 'float?'), agg(r.dec.std(), 'float?', 'float?')],
  'NumericExpr.var': [agg(r.big.var(), 'float?', 'float?')],
  'BooleanExpr.any': [agg(r.flag.any(), 'boolean', 'boolean?'), agg(r.flag_n.any(), 'boolean?', 'boolean?')],
  'BooleanExpr.all': [agg(r.flag.all(), 'boolean', 'boolean?')],
  'BooleanExpr.countTrue': [agg(r.flag_n.countTrue(), 'int', 'int')],
});
