import type { DataType } from '../schema/dtype.ts';
import { type CallContext, type Dialect, quoteName, quoteText, type Spelling, type SpellingTable } from './dialect.ts';

function typeName(dtype: DataType): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return 'BIGINT';
    case 'float':
      return 'DOUBLE';
    case 'decimal':
      return `DECIMAL(${dtype.precision},${dtype.scale})`;
    case 'string':
      return 'VARCHAR';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'json':
      return 'JSON';
    case 'binary':
      return 'BLOB';
    case 'list':
      return `${typeName(dtype.item)}[]`;
    case 'struct':
      return `STRUCT(${dtype.fields.map((f) => `${quoteName(f.name)} ${typeName(f.dtype)}`).join(', ')})`;
  }
}

const infix =
  (operator: string): Spelling =>
  (args) =>
    `(${args.join(` ${operator} `)})`;

const named =
  (name: string): Spelling =>
  (args) =>
    `${name}(${args.join(', ')})`;

/** A result whose engine dtype may differ is cast to the dtype that the plan promised. */
const as =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    `CAST(${spelling(args, call)} AS ${typeName(call.dtype)})`;

/** As `as`, for decimals and the engine's 128-bit whole numbers only. */
const exact =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    call.dtype.id === 'float' ? spelling(args, call) : as(spelling)(args, call);

/** The engine keeps a result of decimals of 18 digits within 18 digits: one of them is widened where more are promised. */
const widened =
  (spelling: Spelling): Spelling =>
  (args, call) => {
    const [left] = call.argTypes;
    const short = call.argTypes.every((type) => type.id === 'decimal' && type.precision <= 18);
    if (call.dtype.id !== 'decimal' || call.dtype.precision <= 18 || left?.id !== 'decimal' || !short) {
      return exact(spelling)(args, call);
    }
    return exact(spelling)([`CAST(${first(args)} AS DECIMAL(19,${left.scale}))`, ...args.slice(1)], call);
  };

const first = (args: readonly string[]): string => args[0] ?? '';
const second = (args: readonly string[]): string => args[1] ?? '';

/** What JavaScript's `trim` removes, too: the engine's own removes spaces of every kind, but no tabs and line ends. */
const BLANKS = [9, 10, 11, 12, 13, 32, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202]
  .concat([8232, 8233, 8239, 8287, 12288, 65279])
  .map((code) => `chr(${code})`)
  .join(' || ');

/** The engine's trim with a set of characters takes three times as long: it is used where a tab or line end is left. */
const trimmed =
  (name: 'trim' | 'ltrim' | 'rtrim'): Spelling =>
  (args) => {
    const spaces = `${name}(${first(args)})`;
    const left = name === 'rtrim' ? [] : [`${spaces} < '!'`];
    const right = name === 'ltrim' ? [] : [9, 10, 13].map((code) => `ends_with(${spaces}, chr(${code}))`);
    return `CASE WHEN ${[...left, ...right].join(' OR ')} THEN ${name}(${first(args)}, ${BLANKS}) ELSE ${spaces} END`;
  };

/** A timestamp's wall clock in a zone; the engine's timestamps hold UTC. */
function local(sql: string, call: CallContext): string {
  const zone = call.options.timeZone;
  return zone === undefined ? sql : `timezone(${quoteText(String(zone))}, timezone('UTC', ${sql}))`;
}

/** The instant of a wall clock in a zone. */
function utc(sql: string, call: CallContext): string {
  const zone = call.options.timeZone;
  return zone === undefined ? sql : `timezone('UTC', timezone(${quoteText(String(zone))}, ${sql}))`;
}

/** Positions as in JavaScript's `slice`, on an engine that counts from 1. */
function slice(args: readonly string[], call: CallContext): string {
  const start = Number(call.options.start);
  const end = call.options.end === undefined ? undefined : Number(call.options.end);
  const text = first(args);
  const from = start >= 0 ? `${start}` : `greatest(length(${text}) - ${-start}, 0)`;
  const to = end === undefined ? undefined : end >= 0 ? `${end}` : `length(${text}) - ${-end}`;
  if (to === undefined) return `substr(${text}, ${from} + 1)`;
  return `substr(${text}, ${from} + 1, CAST(greatest(${to} - (${from}), 0) AS BIGINT))`;
}

const scalar: SpellingTable = {
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

  trim: trimmed('trim'),
  trim_start: trimmed('ltrim'),
  trim_end: trimmed('rtrim'),
  lower: named('lower'),
  upper: named('upper'),
  replace: named('replace'),
  regex_replace: (args) => `regexp_replace(${args.join(', ')}, 'g')`,
  regex_matches: named('regexp_matches'),
  regex_extract: (args, call) =>
    `CASE WHEN regexp_matches(${first(args)}, ${second(args)}) THEN regexp_extract(${first(args)}, ${second(args)}, ${call.options.group}) END`,
  slice,
  length: named('length'),
  contains: named('contains'),
  starts_with: named('starts_with'),
  ends_with: named('ends_with'),
  concat: infix('||'),

  date_part: (args, call) => {
    const part = String(call.options.part);
    return `${part === 'weekday' ? 'isodow' : part}(${local(first(args), call)})`;
  },
  truncate: as((args, call) =>
    utc(`date_trunc(${quoteText(String(call.options.unit))}, ${local(first(args), call)})`, call),
  ),
  to_date: as((args, call) => local(first(args), call)),
  date_diff: (args, call) =>
    `date_diff(${quoteText(String(call.options.unit))}, CAST(${second(args)} AS TIMESTAMP), CAST(${first(args)} AS TIMESTAMP))`,
  date_add: as((args, call) => {
    const unit = String(call.options.unit);
    const count = Number(call.options.count) * (unit === 'quarter' ? 3 : 1);
    return `${first(args)} + INTERVAL (${count}) ${unit === 'quarter' ? 'month' : unit}`;
  }),
};

const aggregate: SpellingTable = {
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
  mode: (args) =>
    `(list_sort(list_transform(map_entries(histogram(${first(args)})), lambda __millrace_entry: {'n': -__millrace_entry.value::BIGINT, 'v': __millrace_entry.key})))[1].v`,
};

const window: SpellingTable = {
  row_number: () => 'row_number()',
  rank: () => 'rank()',
  dense_rank: () => 'dense_rank()',
  lag: (args, call) => `lag(${first(args)}, ${call.options.rows})`,
  lead: (args, call) => `lead(${first(args)}, ${call.options.rows})`,
  first: named('first_value'),
  last: named('last_value'),
  first_not_null: (args) => `first_value(${first(args)} IGNORE NULLS)`,
  last_not_null: (args) => `last_value(${first(args)} IGNORE NULLS)`,
};

/** DuckDB's SQL. */
export const duckdb: Dialect = { name: 'duckdb', scalar, aggregate, window, typeName };
