import { type CallContext, listOption, type Spelling, type SpellingTable } from '../dialect.ts';
import { orderSql, reversed } from '../order.ts';
import { first, inOrder, named } from '../spellings.ts';
import { amongEquals } from '../window-frame.ts';
import { asItem } from './nested.ts';
import { as, ofFloats, quantilesOf, typeName } from './spellings.ts';

const asFloat =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    `CAST(${spelling(args, call)} AS double precision)`;

const extremes =
  (which: 'largest' | 'smallest'): Spelling =>
  (args, call) => {
    const x = first(args);
    const all = `array_agg(${x}) FILTER (WHERE ${x} IS NOT NULL)${call.over}`;
    const found = `pg_temp.millrace_${which}(${all}, ${call.options.n})`;
    const item = call.argTypes[0]?.id;
    return `to_jsonb(${item === 'date' || item === 'timestamp' ? `CAST(${found} AS text[])` : found})`;
  };

/** Whether an argument is the same in all rows where both are there. */
const isConstant = ([x, y = x]: readonly string[], over: string): string => {
  const areEqual = [`CASE WHEN ${y} IS NOT NULL THEN ${x} END`, `CASE WHEN ${x} IS NOT NULL THEN ${y} END`].map(
    (of) => `min(${of})${over} = max(${of})${over}`,
  );
  return `(${areEqual.join(' OR ')})`;
};

/** The server's own finds some, of rounding, among equal values; of values that are not finite it stays NaN. */
const spread = (name: string): Spelling =>
  ofFloats((args, call) => `(${named(name)(args, call)} * CASE WHEN ${isConstant(args, call.over)} THEN 0 ELSE 1 END)`);

function quantiles(args: readonly string[], call: CallContext, shares: readonly unknown[]): string {
  const list = `CAST(ARRAY[${shares.join(', ')}] AS double precision[])`;
  return ofFloats(([x = '']) =>
    call.argTypes[0]?.id === 'float' ? quantilesOf(x, list) : `percentile_cont(${list}) WITHIN GROUP (ORDER BY ${x})`,
  )(args, call);
}

/** Aggregates, over a group or a window. The server's ordered-set aggregates have no windows: there, our own stand for them. */
export const aggregate: SpellingTable = {
  count_all: (_, { over }) => `count(*)${over}`,
  count: named('count'),
  count_distinct: (args, { over }) => `count(DISTINCT ${first(args)})${over}`,
  count_true: (args, { over }) => `count(*) FILTER (WHERE ${first(args)})${over}`,
  sum: as(named('sum')),
  /** Of floats; this engine has no compensated sum, and a fit asks the other one alone. */
  precise_sum: named('sum'),
  mean: asFloat(named('avg')),
  quantile: (args, call) => `(${quantiles(args, call, [call.options.share])})[1]`,
  min: named('min'),
  max: named('max'),
  largest: extremes('largest'),
  smallest: extremes('smallest'),
  quantiles: (args, call) => `to_jsonb(${quantiles(args, call, listOption(call, 'shares'))})`,
  skewness: ofFloats(named('pg_temp.millrace_skewness')),
  kurtosis: ofFloats(named('pg_temp.millrace_kurtosis')),
  weighted_mean: ofFloats(([value = '', weight = ''], { over }) => {
    const counted = `sum(CASE WHEN ${value} IS NOT NULL THEN ${weight} END)${over}`;
    return `(sum(${value} * ${weight})${over} / nullif(${counted}, 0))`;
  }),
  covariance: spread('covar_samp'),
  corr: ofFloats((args, call) => {
    const corr = named('corr')(args, call);
    return `CASE WHEN ${corr} = 'NaN' OR NOT ${isConstant(args, call.over)} THEN ${corr} END`;
  }),
  product: ofFloats(named('pg_temp.millrace_product')),
  to_list: (args, call) =>
    `jsonb_agg(${asItem(first(args), call.argTypes[0] ?? { id: 'string' })}${inOrder(call)})${call.over}`,
  join_text: named('string_agg'),
  std: spread('stddev_samp'),
  var: spread('var_samp'),
  bool_or: named('bool_or'),
  bool_and: named('bool_and'),
  /** Any value that is not null; the server's own came with version 16. */
  any_value: (args) => `(array_agg(${first(args)}) FILTER (WHERE ${first(args)} IS NOT NULL))[1]`,
  first: (args, call) => `(array_agg(${first(args)} ORDER BY ${orderSql(call.order)}))[1]`,
  last: (args, call) => `(array_agg(${first(args)} ORDER BY ${orderSql(call.order.map(reversed))}))[1]`,
  /** The most frequent value, of several the smallest. */
  mode: (args) => `mode() WITHIN GROUP (ORDER BY ${first(args)})`,
};

/** The default is cast to the dtype of the result, and so is the value. */
const shifted =
  (name: 'lag' | 'lead'): Spelling =>
  (args, call) => {
    const [value, ...rest] = args.map((sql) => `CAST(${sql} AS ${typeName(call.dtype)})`);
    return `${name}(${[value, call.options.rows, ...rest].join(', ')})${call.over}`;
  };

/** Functions that exist only over windows, and aggregates that are spelled otherwise there. */
export const window: SpellingTable = {
  row_number: named('row_number'),
  rank: named('rank'),
  dense_rank: named('dense_rank'),
  average_rank: (_, { over }) => `(rank()${over} + CAST(count(*)${amongEquals(over)} - 1 AS double precision) / 2)`,
  percent_rank: named('percent_rank'),
  cume_dist: named('cume_dist'),
  ntile: (_, call) => `CAST(ntile(${call.options.parts})${call.over} AS bigint)`,
  lag: shifted('lag'),
  lead: shifted('lead'),
  nth: (args, call) => `nth_value(${first(args)}, ${call.options.n})${call.over}`,
  first: named('first_value'),
  last: named('last_value'),
  first_not_null: named('pg_temp.millrace_first'),
  last_not_null: named('pg_temp.millrace_last'),
  count_distinct: (args, { argTypes, over }) => {
    // -0 and 0 are two texts.
    const x = argTypes[0]?.id === 'float' ? `${first(args)} + 0` : first(args);
    return `pg_temp.millrace_count_distinct(CAST(${x} AS text))${over}`;
  },
  quantile: ofFloats(
    (args, call) =>
      `pg_temp.millrace_quantile(${first(args)}, CAST(${call.options.share} AS double precision))${call.over}`,
  ),
  quantiles: ofFloats((args, call) => {
    const at = (share: string | number): string =>
      `pg_temp.millrace_quantile(${first(args)}, CAST(${share} AS double precision))${call.over}`;
    const all = listOption(call, 'shares').map(at);
    return `CASE WHEN ${all[0]} IS NOT NULL THEN jsonb_build_array(${all.join(', ')}) END`;
  }),
  mode: named('pg_temp.millrace_mode'),
};
