import { castSql } from './cast.ts';
import { type Dialect, quoteText, type SpellingTable } from './dialect.ts';
import { aggregate, window } from './duckdb/aggregates.ts';
import { as, exact, first, infix, named, second, typeName, widened } from './duckdb/spellings.ts';
import { statements } from './duckdb/statements.ts';
import { temporal } from './duckdb/temporal.ts';
import { text } from './duckdb/text.ts';
import { duckdbReading } from './read-text.ts';

/** Comparison, logic, nulls and arithmetic. */
const general: SpellingTable = {
  eq: infix('='),
  ne: infix('<>'),
  gt: infix('>'),
  gte: infix('>='),
  lt: infix('<'),
  lte: infix('<='),
  and: infix('AND'),
  or: infix('OR'),
  not: (args) => `(NOT ${first(args)})`,
  in: (args) =>
    args.length === 1 ? `(${first(args)} <> ${first(args)})` : `(${first(args)} IN (${args.slice(1).join(', ')}))`,
  is_null: (args) => `(${first(args)} IS NULL)`,
  is_not_null: (args) => `(${first(args)} IS NOT NULL)`,
  coalesce: (args, call) =>
    call.dtype.id === 'decimal' ? as(named('coalesce'))(args, call) : named('coalesce')(args, call),
  null_if: named('nullif'),
  require: (args, call) =>
    `CASE WHEN ${first(args)} IS NULL THEN error(${quoteText(String(call.options.message))}) ELSE ${first(args)} END`,
  fail: named('error'),
  now: () => {
    throw new Error('now is a value of the run');
  },

  add: widened(infix('+')),
  sub: widened(infix('-')),
  mul: widened(infix('*')),
  div: (args) => `(CAST(${first(args)} AS DOUBLE) / nullif(CAST(${second(args)} AS DOUBLE), 0))`,
  mod: exact((args) => `(${first(args)} % nullif(${second(args)}, 0))`),
  neg: exact((args) => `(- ${first(args)})`),
  abs: exact(named('abs')),
  round: exact((args, call) => `round(${first(args)}, ${call.options.digits})`),
  floor: exact(named('floor')),
  ceil: exact(named('ceil')),
  log: (args) => `CASE WHEN ${first(args)} > 0 THEN ln(CAST(${first(args)} AS DOUBLE)) END`,
  sqrt: (args) => `CASE WHEN ${first(args)} >= 0 THEN sqrt(CAST(${first(args)} AS DOUBLE)) END`,
  exp: (args) => `exp(CAST(${first(args)} AS DOUBLE))`,
  pow: (args) => `pow(CAST(${first(args)} AS DOUBLE), ${second(args)})`,
};

/** DuckDB's SQL. */
export const duckdb: Dialect = {
  name: 'duckdb',
  scalar: { ...general, ...text, ...temporal },
  aggregate,
  window,
  rewrites: {},
  typeName,
  bound: (position) => `$${position}`,
  cast: (sql, cast) => castSql(sql, cast, duckdb),
  widen: (sql, _, to) => `CAST(${sql} AS ${typeName(to)})`,
  asText: (sql) => `CAST(${sql} AS VARCHAR)`,
  fail: (message) => `error(${message})`,
  readText: (text, dtype, format) => duckdbReading(text, dtype, format, duckdb),
  ...statements,
};
