import { type CallContext, quoteText, type SpellingTable } from '../dialect.ts';
import { failedCast } from '../raised-error.ts';
import { first } from '../spellings.ts';
import { as, typeName } from './spellings.ts';

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

/** Functions of dates and timestamps. */
export const temporal: SpellingTable = {
  date_part: (args, call) => {
    const part = String(call.options.part);
    return `${part === 'weekday' ? 'isodow' : part}(${local(first(args), call)})`;
  },
  truncate: as((args, call) =>
    utc(`date_trunc(${quoteText(String(call.options.unit))}, ${local(first(args), call)})`, call),
  ),
  to_date: as((args, call) => local(first(args), call)),
  epoch: (args, call) => {
    const [unit, size] = call.options.unit === 'second' ? ['second', 1_000_000] : ['millisecond', 1000];
    return `(epoch_us(date_trunc('${unit}', CAST(${first(args)} AS TIMESTAMP))) // ${size})`;
  },
  from_epoch: (args, call) => `make_timestamp(${first(args)} * ${call.options.unit === 'second' ? 1_000_000 : 1000})`,
  make_date: (args, call) => {
    const [year, month, day] = args;
    const valid = `TRY_CAST(CASE WHEN ${year} BETWEEN 1 AND 9999 THEN printf('%04d-%02d-%02d', ${year}, ${month}, ${day}) END AS DATE)`;
    if (call.options.onError === 'null') return valid;
    const shown = args.map((part) => `CAST(${part} AS VARCHAR)`).join(" || '-' || ");
    const wrong = `error(${failedCast('fn.date', call.dtype, `(${shown})`, "'is no day'", '')})`;
    return `CASE WHEN ${args.map((part) => `${part} IS NOT NULL`).join(' AND ')} THEN coalesce(${valid}, ${wrong}) END`;
  },
  format: (args, call) => {
    const at = local(first(args), call);
    // The engine's own %G is wrong before the year 0.
    const pattern = String(call.options.pattern).replace(/%./g, (part) => (part === '%G' ? '\x01' : part));
    const text = `strftime(${at}, ${quoteText(pattern)})`;
    if (!pattern.includes('\x01')) return text;
    return `replace(${text}, chr(1), strftime(make_date(isoyear(${at}), 1, 1), '%Y'))`;
  },
  end_of: as((args, call) => {
    const { unit } = call.options;
    const one = unit === 'quarter' ? '3 month' : `1 ${unit}`;
    const start = `date_trunc(${quoteText(String(unit))}, ${local(first(args), call)})`;
    return utc(`${start} + INTERVAL ${one} - INTERVAL 1 ${call.dtype.id === 'date' ? 'day' : 'microsecond'}`, call);
  }),
  date_diff: (args, call) => {
    const [later, earlier] = args.map((sql) => local(`CAST(${sql} AS TIMESTAMP)`, call));
    const name = call.options.whole === true ? 'date_sub' : 'date_diff';
    const unit = String(call.options.unit);
    // The engine's own weeks are off by one across the year 1970, its quarters before the year 0.
    const [part, size] = { week: ['day', 7], quarter: ['month', 3] }[unit] ?? [unit, 1];
    if (size === 1 || name === 'date_sub') return `${name}('${unit}', ${earlier}, ${later})`;
    return `(date_diff('${part}', date_trunc('${unit}', ${earlier}), date_trunc('${unit}', ${later})) // ${size})`;
  },
  date_add: as((args, call) => {
    const unit = String(call.options.unit);
    const count = args[1] ?? `${call.options.count}`;
    const months = unit === 'quarter' ? `${count} * 3` : count;
    return `${first(args)} + INTERVAL (${months}) ${unit === 'quarter' ? 'month' : unit}`;
  }),
  /** Each step is counted from the first, so that months of other lengths shift no day for good. */
  series: (args, call) => {
    const [from = '', to = ''] = args;
    const unit = String(call.options.unit);
    const [size, name] = { quarter: [3, 'month'], week: [7, 'day'] }[unit] ?? [1, unit];
    const steps = `range(0, date_diff('${name}', ${from}, ${to}) // ${size} + 1)`;
    const all = `list_transform(${steps}, lambda __millrace_k: ${from} + INTERVAL (__millrace_k * ${size}) ${name})`;
    return `CAST(list_filter(${all}, lambda __millrace_at: __millrace_at <= ${to}) AS ${typeName(call.dtype)})`;
  },
};
