import { type Dialect, quoteText, type Spelling, type SpellingTable } from './dialect.ts';
import { aggregate, window } from './duckdb/aggregates.ts';
import { castSql } from './duckdb/cast.ts';
import { nested } from './duckdb/nested.ts';
import { patterns } from './duckdb/pattern.ts';
import { fail } from './duckdb/reading.ts';
import { reshape } from './duckdb/reshape.ts';
import { scan } from './duckdb/scan.ts';
import { arithmetic, as, exact, holdsShortDecimal, typeName } from './duckdb/spellings.ts';
import { statements } from './duckdb/statements.ts';
import { temporal } from './duckdb/temporal.ts';
import { text } from './duckdb/text.ts';
import { first, infix, named, second, standard } from './spellings.ts';

const float =
  (name: string): Spelling =>
  (args) =>
    `${name}(CAST(${first(args)} AS DOUBLE))`;

/** Nulls are passed over; values of several dtypes are one dtype first. */
function extreme(name: 'greatest' | 'least'): Spelling {
  return (args, call) => {
    const type = typeName(call.dtype);
    const differs = call.dtype.id === 'decimal' || call.argTypes.some((dtype) => dtype.id !== call.dtype.id);
    return `${name}(${args.map((sql) => (differs ? `CAST(${sql} AS ${type})` : sql)).join(', ')})`;
  };
}

/** A whole number is its own: the engine's goes by way of doubles. */
const toWhole =
  (name: string): Spelling =>
  (args, call) =>
    call.dtype.id === 'int' || call.dtype.id === 'bigint' ? first(args) : exact(named(name))(args, call);

/** Comparison, logic, nulls and arithmetic. */
const general: SpellingTable = {
  ...standard,
  coalesce: (args, call) =>
    call.dtype.id === 'decimal' ? as(named('coalesce'))(args, call) : named('coalesce')(args, call),
  require: (args, call) =>
    `CASE WHEN ${first(args)} IS NULL THEN error(${quoteText(String(call.options.message))}) ELSE ${first(args)} END`,
  fail: named('error'),

  add: arithmetic(infix('+')),
  sub: arithmetic(infix('-')),
  mul: arithmetic(infix('*')),
  div: (args) => `(CAST(${first(args)} AS DOUBLE) / nullif(CAST(${second(args)} AS DOUBLE), 0))`,
  mod: exact((args, call) => {
    const by = `nullif(${second(args)}, 0)`;
    // The engine fails at the least bigint by -1.
    return `(${first(args)} % ${call.dtype.id === 'bigint' ? `CASE ${second(args)} WHEN -1 THEN 1 ELSE ${by} END` : by})`;
  }),
  neg: exact((args) => `(- ${first(args)})`),
  abs: exact(named('abs')),
  round: exact((args, call) => `round(${first(args)}, ${call.options.digits})`),
  floor: toWhole('floor'),
  ceil: toWhole('ceil'),
  sign: as(named('sign')),
  clip: (args, call) => {
    const [value = '', low, high] = args;
    const clipped = `least(greatest(${value}, ${low}), ${high})`;
    const typed = call.dtype.id === 'decimal' ? `CAST(${clipped} AS ${typeName(call.dtype)})` : clipped;
    return `CASE WHEN ${value} IS NOT NULL THEN ${typed} END`;
  },
  greatest: extreme('greatest'),
  least: extreme('least'),
  is_nan: named('isnan'),
  is_finite: named('isfinite'),
  log: (args, call) => {
    const { base } = call.options;
    const x = `CAST(${first(args)} AS DOUBLE)`;
    const log = base === 10 ? `log10(${x})` : base === 2 ? `log2(${x})` : `ln(${x})`;
    const scaled = base === undefined || base === 10 || base === 2 ? log : `${log} / ln(CAST(${base} AS DOUBLE))`;
    return `CASE WHEN ${first(args)} > 0 THEN ${scaled} END`;
  },
  sqrt: (args) => `CASE WHEN ${first(args)} >= 0 THEN sqrt(CAST(${first(args)} AS DOUBLE)) END`,
  sin: float('sin'),
  cos: float('cos'),
  tan: float('tan'),
  asin: (args, call) => `CASE WHEN ${first(args)} BETWEEN -1 AND 1 THEN ${float('asin')(args, call)} END`,
  acos: (args, call) => `CASE WHEN ${first(args)} BETWEEN -1 AND 1 THEN ${float('acos')(args, call)} END`,
  atan: float('atan'),
  exp: float('exp'),
  pow: (args) => `pow(CAST(${first(args)} AS DOUBLE), ${second(args)})`,
};

/** DuckDB's SQL. */
export const duckdb: Dialect = {
  name: 'duckdb',
  scalar: { ...general, ...text, ...temporal, ...nested },
  aggregate,
  window,
  rewrites: patterns,
  typeName,
  bound: (position) => `$${position}`,
  cast: castSql,
  widen: (sql, _, to) => `CAST(${sql} AS ${typeName(to)})`,
  rangeKey: (column, { id }) =>
    id === 'decimal'
      ? `CAST(replace(CAST(${column} AS VARCHAR), '.', '') AS HUGEINT)`
      : id === 'int' || id === 'bigint'
        ? `CAST(${column} AS HUGEINT)`
        : column,
  settle: (sql, dtype) => (holdsShortDecimal(dtype) ? `CAST(${sql} AS ${typeName(dtype)})` : sql),
  asText: (sql) => `CAST(${sql} AS VARCHAR)`,
  fail,
  scan,
  ...statements,
  ...reshape,
};
