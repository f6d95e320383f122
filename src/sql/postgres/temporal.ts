import { type CallContext, quoteText, type SpellingTable } from '../dialect.ts';
import { failedCast } from '../raised-error.ts';
import { first } from '../spellings.ts';
import { asItem } from './nested.ts';
import { as, byCodePoint, fits, raise } from './spellings.ts';

/** A timestamp's wall clock in a zone; timestamps hold UTC. */
function local(sql: string, call: CallContext): string {
  const zone = call.options.timeZone;
  const timestamp = call.argTypes[0]?.id === 'timestamp' ? sql : `CAST(${sql} AS timestamp)`;
  return zone === undefined ? timestamp : `timezone(${quoteText(String(zone))}, timezone('UTC', ${timestamp}))`;
}

/** The instant of a wall clock in a zone. */
function utc(sql: string, call: CallContext): string {
  const zone = call.options.timeZone;
  return zone === undefined ? sql : `timezone('UTC', timezone(${quoteText(String(zone))}, ${sql}))`;
}

/** The year, counted through 0: the server's own counts from -1 to 1, and 4800 years are whole cycles of the calendar. */
const yearOf = (sql: string, part = 'year'): string => `(extract(${part} FROM ${sql} + INTERVAL '4800 years') - 4800)`;

/** How many months a unit is, where it is made of months. */
const MONTHS: Readonly<Record<string, number>> = { month: 1, quarter: 3, year: 12 };

/** How many seconds a unit is. */
const SECONDS: Readonly<Record<string, number>> = { week: 604_800, day: 86_400, hour: 3600, minute: 60, second: 1 };

/** The number of a timestamp's unit, counted from some start. */
function numbered(sql: string, unit: string): string {
  const months = MONTHS[unit];
  if (months !== undefined) {
    const month = `(${yearOf(sql)} * 12 + extract(month FROM ${sql}) - 1)`;
    return `floor(${month} / ${months})`;
  }
  return `(extract(epoch FROM date_trunc(${quoteText(unit)}, ${sql})) / ${SECONDS[unit]})`;
}

/** Parts that go by another name. */
const PARTS: Readonly<Record<string, string>> = { weekday: 'isodow', dayofyear: 'doy' };

/** What each directive of strftime is in `to_char`; the names of days and months are English, whatever the locale. */
const WRITTEN: Readonly<Record<string, string>> = {
  Y: 'YYYY',
  m: 'MM',
  d: 'DD',
  H: 'HH24',
  M: 'MI',
  S: 'SS',
  y: 'YY',
  j: 'DDD',
  f: 'US',
  I: 'HH12',
  p: 'AM',
  G: 'IYYY',
  V: 'IW',
  u: 'ID',
  b: 'Mon',
  B: 'FMMonth',
  a: 'Dy',
  A: 'FMDay',
};

/** A strftime pattern as a template of `to_char`. */
function template(pattern: string): string {
  const parts = pattern.match(/%.|[^%]+/gs) ?? [];
  return parts
    .map((part) => WRITTEN[part.startsWith('%') ? part.slice(1) : ''] ?? verbatim(part === '%%' ? '%' : part))
    .join('');
}

const verbatim = (text: string): string => `"${text.replace(/["\\]/g, '\\$&')}"`;

/** How many whole units lie between two timestamps, towards zero. */
function wholeUnits(later: string, earlier: string, unit: string): string {
  const months = MONTHS[unit];
  if (months === undefined) return `trunc(extract(epoch FROM ${later} - ${earlier}) / ${SECONDS[unit]})`;
  return `trunc(pg_temp.millrace_months(${earlier}, ${later}) / ${months}.0)`;
}

/** Functions of dates and timestamps. */
export const temporal: SpellingTable = {
  date_part: as((args, call) => {
    const part = String(call.options.part);
    const at = local(first(args), call);
    const value =
      part.endsWith('year') && part !== 'dayofyear' ? yearOf(at, part) : `extract(${PARTS[part] ?? part} FROM ${at})`;
    // Seconds come with their fraction.
    return `floor(${value})`;
  }),
  truncate: as((args, call) =>
    utc(`date_trunc(${quoteText(String(call.options.unit))}, ${local(first(args), call)})`, call),
  ),
  to_date: as((args, call) => local(first(args), call)),
  epoch: as((args, call) => {
    const size = call.options.unit === 'second' ? 1 : 1000;
    return `floor(extract(epoch FROM CAST(${first(args)} AS timestamp)) * ${size})`;
  }),
  from_epoch: (args, call) => {
    const unit = call.options.unit === 'second' ? 'second' : 'millisecond';
    return `(TIMESTAMP '1970-01-01' + ${first(args)} * INTERVAL '1 ${unit}')`;
  },
  make_date: (args, call) => {
    const [year, month, day] = args;
    const text = `lpad(CAST(${year} AS text), 4, '0') || '-' || lpad(CAST(${month} AS text), 2, '0') || '-' || lpad(CAST(${day} AS text), 2, '0')`;
    const inRange = `${year} BETWEEN 1 AND 9999 AND ${month} BETWEEN 1 AND 12 AND ${day} BETWEEN 1 AND 31`;
    const valid = `CASE WHEN ${inRange} THEN CASE WHEN ${fits(text, 'date')} THEN CAST(${text} AS date) END END`;
    if (call.options.onError === 'null') return valid;
    const shown = args.map((part) => `CAST(${part} AS text)`).join(" || '-' || ");
    const wrong = raise(failedCast('fn.date', call.dtype, `(${shown})`, "'is no day'", ''), call.dtype);
    return `CASE WHEN ${args.map((part) => `${part} IS NOT NULL`).join(' AND ')} THEN coalesce(${valid}, ${wrong}) END`;
  },
  format: (args, call) =>
    byCodePoint(
      `pg_temp.millrace_format(${local(first(args), call)}, ${quoteText(template(String(call.options.pattern)))})`,
    ),
  end_of: as((args, call) => {
    const { unit } = call.options;
    const one = unit === 'quarter' ? '3 month' : `1 ${unit}`;
    const start = `date_trunc(${quoteText(String(unit))}, ${local(first(args), call)})`;
    return utc(`${start} + INTERVAL '${one}' - INTERVAL '1 ${call.dtype.id === 'date' ? 'day' : 'microsecond'}'`, call);
  }),
  date_diff: as((args, call) => {
    const unit = String(call.options.unit);
    const [to, from] = args.map((sql, i) =>
      local(`CAST(${sql} AS timestamp)`, { ...call, argTypes: i === 0 ? call.argTypes : [] }),
    );
    const [later = '', earlier = ''] = [to, from];
    if (call.options.whole === true) return wholeUnits(later, earlier, unit);
    return `round(${numbered(later, unit)} - ${numbered(earlier, unit)})`;
  }),
  date_add: as((args, call) => {
    const unit = String(call.options.unit);
    const [size, name] = unit === 'quarter' ? [3, 'month'] : [1, unit];
    if (args[1] !== undefined) return `(${first(args)} + ${args[1]} * INTERVAL '${size} ${name}')`;
    return `(${first(args)} + INTERVAL '${Number(call.options.count) * size} ${name}')`;
  }),
  /** Each step is counted from the first, so that months of other lengths shift no day for good. */
  series: (args, call) => {
    const [from, to] = args.map((sql) => `CAST(${sql} AS timestamp)`);
    const unit = String(call.options.unit);
    const [size, name] = { quarter: [3, 'month'], week: [7, 'day'] }[unit] ?? [1, unit];
    const years = `(${yearOf(to ?? '')} - ${yearOf(from ?? '')})`;
    const months = `(${years} * 12 + extract(month FROM ${to}) - extract(month FROM ${from}))`;
    const seconds = `floor(extract(epoch FROM ${to} - ${from}) / extract(epoch FROM INTERVAL '1 ${name}'))`;
    const count = name === 'year' ? years : name === 'month' ? months : seconds;
    const steps = `generate_series(0, CAST(${count} AS int), ${size}) AS k`;
    const dtype = call.dtype.id === 'list' ? call.dtype.item : call.dtype;
    const item = asItem(dtype.id === 'date' ? 'CAST(made.at AS date)' : 'made.at', dtype);
    const all = `SELECT ${from} + k * INTERVAL '1 ${name}' AS at FROM ${steps}`;
    return `(SELECT jsonb_agg(${item} ORDER BY made.at) FROM (${all}) AS made WHERE made.at <= ${to})`;
  },
};
