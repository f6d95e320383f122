import type { Spelling, SpellingTable } from '../dialect.ts';
import { exact, first, named, typeName } from './spellings.ts';

/** Aggregates, over a group or a window. */
export const aggregate: SpellingTable = {
  count_all: () => 'count(*)',
  count: named('count'),
  count_distinct: (args) => `count(DISTINCT ${first(args)})`,
  count_true: (args) => `count(*) FILTER (WHERE ${first(args)})`,
  sum: exact(named('sum')),
  mean: (args) => `avg(${first(args)})`,
  quantile: (args, call) => `CAST(quantile_cont(${first(args)}, ${call.options.share}) AS DOUBLE)`,
  min: named('min'),
  max: named('max'),
  std: (args) => `stddev_samp(${first(args)})`,
  var: (args) => `var_samp(${first(args)})`,
  bool_or: named('bool_or'),
  bool_and: named('bool_and'),
  first: named('first'),
  last: named('last'),
  /** The most frequent value, of several the smallest. */
  mode: (args, { over = '' }) =>
    `(list_sort(list_transform(map_entries(histogram(${first(args)}) ${over}), lambda __millrace_entry: {'n': -__millrace_entry.value::BIGINT, 'v': __millrace_entry.key})))[1].v`,
};

/** The engine casts the default to the dtype of the value: both are cast where the two together need another. */
function shifted(name: 'lag' | 'lead'): Spelling {
  return (args, call) => {
    const [value, other] = args.map((sql) =>
      call.dtype.id === 'decimal' ? `CAST(${sql} AS ${typeName(call.dtype)})` : sql,
    );
    return `${name}(${value}, ${call.options.rows}${other === undefined ? '' : `, ${other}`})`;
  };
}

/** Functions that exist only over windows, and aggregates that are spelled otherwise there. */
export const window: SpellingTable = {
  row_number: () => 'row_number()',
  rank: () => 'rank()',
  dense_rank: () => 'dense_rank()',
  percent_rank: () => 'percent_rank()',
  cume_dist: () => 'cume_dist()',
  ntile: (_, call) => `ntile(${call.options.parts})`,
  lag: shifted('lag'),
  lead: shifted('lead'),
  nth: (args, call) => `nth_value(${first(args)}, ${call.options.n})`,
  first: named('first_value'),
  last: named('last_value'),
  first_not_null: (args) => `first_value(${first(args)} IGNORE NULLS)`,
  last_not_null: (args) => `last_value(${first(args)} IGNORE NULLS)`,
};
