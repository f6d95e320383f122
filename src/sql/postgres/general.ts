import { quoteText, type Spelling, type SpellingTable } from '../dialect.ts';
import { first, infix, named, second, standard } from '../spellings.ts';
import { unsupported } from '../unsupported.ts';
import { as, byDType, ofFloats, raise, typeName } from './spellings.ts';

/** As the plan promised, but for floats, which nothing else becomes. */
const exact =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    call.dtype.id === 'float' ? spelling(args, call) : as(spelling)(args, call);

/** Beyond the range of floats the server raises errors. */
const arithmetic =
  (name: string, operator: string): Spelling =>
  (args, call) =>
    call.dtype.id === 'float'
      ? ofFloats((floats) => `pg_temp.millrace_${name}(${floats.join(', ')})`)(args, call)
      : as(infix(operator))(args, call);

const unchanged: Spelling = first;

/** Comparison, logic, nulls and arithmetic. */
export const general: SpellingTable = {
  ...standard,
  coalesce: (args, call) =>
    call.dtype.id === 'decimal' ? as(named('coalesce'))(args, call) : named('coalesce')(args, call),
  require: (args, call) =>
    `CASE WHEN ${first(args)} IS NULL THEN ${raise(quoteText(String(call.options.message)), call.dtype)} ELSE ${first(args)} END`,
  fail: (args, call) => raise(first(args), call.dtype),

  add: arithmetic('add', '+'),
  sub: arithmetic('sub', '-'),
  mul: arithmetic('mul', '*'),
  div: ofFloats((args) => `pg_temp.millrace_div(${first(args)}, nullif(${second(args)}, 0))`),
  mod: (args, call) => {
    // The server has no remainder of doubles, and numbers of decimal digits are not their values.
    if (call.dtype.id === 'float')
      throw unsupported('postgres', 'mod', 'mod of floats', 'Cast both to a decimal first.');
    return as(() => `(${first(args)} % nullif(${second(args)}, 0))`)(args, call);
  },
  neg: exact((args) => `(- ${first(args)})`),
  abs: exact(named('abs')),
  round: byDType(
    { float: (args, call) => `pg_temp.millrace_round(${first(args)}, ${call.options.digits})` },
    as((args, call) => `round(CAST(${first(args)} AS numeric), ${call.options.digits})`),
  ),
  floor: byDType({ int: unchanged, bigint: unchanged }, exact(named('floor'))),
  ceil: byDType({ int: unchanged, bigint: unchanged }, exact(named('ceil'))),
  sign: as(named('sign')),
  clip: (args, call) => {
    const [value = '', low, high] = args.map((sql) => `CAST(${sql} AS ${typeName(call.dtype)})`);
    return `CASE WHEN ${value} IS NOT NULL THEN least(greatest(${value}, ${low}), ${high}) END`;
  },
  greatest: as((args, call) => `greatest(${args.map((sql) => `CAST(${sql} AS ${typeName(call.dtype)})`).join(', ')})`),
  least: as((args, call) => `least(${args.map((sql) => `CAST(${sql} AS ${typeName(call.dtype)})`).join(', ')})`),
  is_nan: (args) => `(${first(args)} = 'NaN')`,
  is_finite: (args) => `(${first(args)} NOT IN ('NaN', 'Infinity', '-Infinity'))`,
  log: ofFloats((args, call) => {
    const { base } = call.options;
    const x = first(args);
    const natural = `ln(${x})`;
    const log =
      base === undefined ? natural : base === 10 ? `log(${x})` : `${natural} / ln(CAST(${base} AS double precision))`;
    return `CASE WHEN ${x} > 0 THEN ${log} END`;
  }),
  sqrt: ofFloats((args) => `CASE WHEN ${first(args)} >= 0 THEN sqrt(${first(args)}) END`),
  sin: ofFloats(named('sin')),
  cos: ofFloats(named('cos')),
  tan: ofFloats(named('tan')),
  asin: ofFloats((args) => `CASE WHEN ${first(args)} BETWEEN -1 AND 1 THEN asin(${first(args)}) END`),
  acos: ofFloats((args) => `CASE WHEN ${first(args)} BETWEEN -1 AND 1 THEN acos(${first(args)}) END`),
  atan: ofFloats(named('atan')),
  exp: ofFloats((args) => `pg_temp.millrace_exp(${first(args)})`),
  pow: ofFloats((args) => `pg_temp.millrace_pow(${args.join(', ')})`),
};
