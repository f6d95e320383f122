import { type CallContext, listOption, type Spelling, type SpellingTable } from '../dialect.ts';
import { first, named } from '../spellings.ts';
import { amongEquals } from '../window-frame.ts';
import { exact, typeName } from './spellings.ts';

/** Decimals as floats: the engine's own would round between two of them to their digits. */
function double(args: readonly string[], call: CallContext): readonly string[] {
  return args.map((sql, i) => (call.argTypes[i]?.id === 'decimal' ? `CAST(${sql} AS DOUBLE)` : sql));
}

/**
 * The covariance of the values with themselves. The engine's own variance is the same sum, and ends the run where a float
 * is not finite or the sum is out of range: this one is NaN or infinite then.
 */
const variance: Spelling = (args, call) => {
  const [x] = double(args, call);
  return `covar_samp(${x}, ${x})${call.over}`;
};

/** Of floats that are not all finite, NaN: the engine's own correlation ends the run then. Rows where an argument is null do not count. */
function ofFinite(aggregateOf: Spelling): Spelling {
  return (args, call) => {
    const values = double(args, call);
    if (!call.argTypes.some((dtype) => dtype.id === 'float')) return aggregateOf(values, call);
    const areThere = values.map((sql) => `${sql} IS NOT NULL`).join(' AND ');
    const areFinite = values.map((sql) => `isfinite(CAST(${sql} AS DOUBLE))`).join(' AND ');
    const finite = values.map((sql) => `CASE WHEN ${areFinite} THEN ${sql} END`);
    const infinite = `bool_or(NOT (${areFinite})) FILTER (WHERE ${areThere})${call.over}`;
    return `CASE WHEN ${infinite} THEN CAST('NaN' AS DOUBLE) ELSE ${aggregateOf(finite, call)} END`;
  };
}

/**
 * What the moments around the mean are made of. The engine's own skewness and kurtosis add up powers of the values
 * themselves, of which nothing is left where the mean is large against the spread.
 */
function centred(
  args: readonly string[],
  call: CallContext,
): { n: string; differs: string; variance: string; moment(power: number): string } {
  const [x] = double(args, call);
  const of = (aggregate: string): string => `${aggregate}(${x})${call.over}`;
  return {
    n: `CAST(${of('count')} AS DOUBLE)`,
    differs: `${of('min')} <> ${of('max')}`,
    variance: of('var_pop'),
    moment: (power: number): string =>
      `list_avg(list_transform(${of('list')}, lambda __millrace_x: pow(__millrace_x - (${of('avg')}), ${power})))`,
  };
}

/**
 * The engine adds up shares of two neighbours, which rounds, even where they are equal: what is that near to the value at
 * the place, one of the two, is that value. Nothing is rounded at the ends and in the middle.
 */
const near = (between: string, at: string): string =>
  `list_reduce([${between}, ${at}], lambda __millrace_a, __millrace_b: CASE WHEN abs(__millrace_a - __millrace_b) <= 3e-16 * abs(__millrace_b) THEN __millrace_b ELSE __millrace_a END)`;

const isPlain = (share: number | string): boolean => [0, 0.5, 1].includes(Number(share));

/** The most digits of a decimal in 16 bits. */
const SHORTEST = 4;

/**
 * Decimals of few digits in 16 bits, whose sum the engine keeps in 64 bits rather than in 128. The change of each value costs as
 * much as it saves, but where groups are many and their keys as short as the sum: those of whole numbers may be as many as the rows.
 */
const shortest =
  (aggregateOf: Spelling): Spelling =>
  (args, call) => {
    const [dtype] = call.argTypes;
    const areShort = call.groupedBy.length > 0 && call.groupedBy.every(({ id }) => id === 'int');
    const isShortest = areShort && dtype?.id === 'decimal' && dtype.precision <= SHORTEST;
    return aggregateOf(isShortest ? [`CAST(${first(args)} AS ${typeName(dtype)})`] : args, call);
  };

/** A sum of decimals is one of 38 digits, or fails: the engine looks for that where it adds something to it. */
const checked =
  (sum: Spelling): Spelling =>
  (args, call) =>
    call.dtype.id === 'decimal' ? `(${sum(args, call)} + CAST(0 AS ${typeName(call.dtype)}))` : sum(args, call);

/** The digits of decimals of which no number of rows has a sum beyond 128 bits. */
const SUMMED = 28;

/** Of decimals beyond those digits, as floats: the engine's own mean ends the run where their sum is out of range. */
const mean: Spelling = (args, call) => {
  const [dtype] = call.argTypes;
  if (dtype?.id !== 'decimal' || dtype.precision <= SUMMED) return shortest(named('avg'))(args, call);
  const x = first(args);
  const limit = `CAST('${(10 ** (SUMMED - dtype.scale)).toFixed(dtype.scale)}' AS ${typeName(dtype)})`;
  const fits = `${x} BETWEEN -${limit} AND ${limit}`;
  return `CASE WHEN bool_and(${fits})${call.over} THEN avg(CASE WHEN ${fits} THEN ${x} END)${call.over} ELSE favg(CAST(${x} AS DOUBLE))${call.over} END`;
};

/** Aggregates, over a group or a window. */
export const aggregate: SpellingTable = {
  count_all: (_, { over }) => `count(*)${over}`,
  count: named('count'),
  count_distinct: (args, { over }) => `count(DISTINCT ${first(args)})${over}`,
  count_true: (args, { over }) => `count(*) FILTER (WHERE ${first(args)})${over}`,
  sum: checked(exact(shortest(named('sum')))),
  /** Compensated, of floats. */
  precise_sum: named('fsum'),
  mean,
  product: (args, call) => `product(${double(args, call)[0]})${call.over}`,
  quantile: (args, call) => {
    const { share } = call.options;
    const of = (name: string): string =>
      `CAST(quantile_${name}(${double(args, call)[0]}, ${share})${call.over} AS DOUBLE)`;
    return isPlain(Number(share)) ? of('cont') : near(of('cont'), of('disc'));
  },
  quantiles: (args, call) => {
    const shares = listOption(call, 'shares');
    const of = (name: string): string =>
      `CAST(quantile_${name}(${double(args, call)[0]}, [${shares.join(', ')}])${call.over} AS DOUBLE[])`;
    const at = `(${of('disc')})[__millrace_i]`;
    return shares.every(isPlain)
      ? of('cont')
      : `list_transform(${of('cont')}, lambda __millrace_q, __millrace_i: ${near('__millrace_q', at)})`;
  },
  weighted_mean: (args, { over }) => {
    const [value, weight] = args.map((sql) => `CAST(${sql} AS DOUBLE)`);
    const counted = `sum(CASE WHEN ${value} IS NOT NULL THEN ${weight} END)${over}`;
    return `(sum(${value} * ${weight})${over} / nullif(${counted}, 0))`;
  },
  covariance: (args, call) => `covar_samp(${double(args, call).join(', ')})${call.over}`,
  // Of values that are all the same it is NaN.
  corr: ofFinite((args, { over }) => `nullif(corr(${args.join(', ')})${over}, CAST('NaN' AS DOUBLE))`),
  skewness: (args, call) => {
    const { n, differs, moment, variance } = centred(args, call);
    return `CASE WHEN ${n} > 2 AND ${differs} THEN sqrt(${n} * (${n} - 1)) / (${n} - 2) * ${moment(3)} / pow(${variance}, 1.5) END`;
  },
  kurtosis: (args, call) => {
    const { n, differs, moment, variance } = centred(args, call);
    const excess = `(${moment(4)} / pow(${variance}, 2) - 3)`;
    return `CASE WHEN ${n} > 3 AND ${differs} THEN (${n} - 1) / ((${n} - 2) * (${n} - 3)) * ((${n} + 1) * ${excess} + 6) END`;
  },
  min: named('min'),
  max: named('max'),
  largest: (args, call) => `max(${first(args)}, ${call.options.n})${call.over}`,
  smallest: (args, call) => `min(${first(args)}, ${call.options.n})${call.over}`,
  std: (args, call) => `sqrt(${variance(args, call)})`,
  var: variance,
  bool_or: named('bool_or'),
  bool_and: named('bool_and'),
  /** Any value that is not null. */
  any_value: named('any_value'),
  first: named('first'),
  last: named('last'),
  to_list: named('list'),
  join_text: named('string_agg'),
  /** The most frequent value, of several the smallest. */
  mode: (args, { argTypes, over }) => {
    // The engine counts NaN as whichever number it met, but not inside of a struct.
    const x = first(args);
    const [key, value] =
      argTypes[0]?.id === 'float' ? [`CASE WHEN ${x} IS NOT NULL THEN {'v': ${x}} END`, '.v'] : [x, ''];
    return `(list_sort(list_transform(map_entries(histogram(${key})${over}), lambda __millrace_entry: {'n': -__millrace_entry.value::BIGINT, 'v': __millrace_entry.key${value}})))[1].v`;
  },
};

/** The engine casts the default to the dtype of the value: both are cast where the two together need another. */
function shifted(name: 'lag' | 'lead'): Spelling {
  return (args, call) => {
    const [value, other] = args.map((sql) =>
      call.dtype.id === 'decimal' ? `CAST(${sql} AS ${typeName(call.dtype)})` : sql,
    );
    return `${name}(${value}, ${call.options.rows}${other === undefined ? '' : `, ${other}`})${call.over}`;
  };
}

/** Functions that exist only over windows, and aggregates that are spelled otherwise there. */
export const window: SpellingTable = {
  row_number: named('row_number'),
  rank: named('rank'),
  dense_rank: named('dense_rank'),
  average_rank: (_, { over }) => `(rank()${over} + CAST(count(*)${amongEquals(over)} - 1 AS DOUBLE) / 2)`,
  percent_rank: named('percent_rank'),
  cume_dist: named('cume_dist'),
  ntile: (_, call) => `ntile(${call.options.parts})${call.over}`,
  lag: shifted('lag'),
  lead: shifted('lead'),
  nth: (args, call) => `nth_value(${first(args)}, ${call.options.n})${call.over}`,
  first: named('first_value'),
  last: named('last_value'),
  first_not_null: (args, { over }) => `first_value(${first(args)} IGNORE NULLS)${over}`,
  last_not_null: (args, { over }) => `last_value(${first(args)} IGNORE NULLS)${over}`,
};
