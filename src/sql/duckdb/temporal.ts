import { type CallContext, quoteText, type SpellingTable } from '../dialect.ts';
import { as, first, second } from './spellings.ts';

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
  date_diff: (args, call) =>
    `date_diff(${quoteText(String(call.options.unit))}, CAST(${second(args)} AS TIMESTAMP), CAST(${first(args)} AS TIMESTAMP))`,
  date_add: as((args, call) => {
    const unit = String(call.options.unit);
    const count = Number(call.options.count) * (unit === 'quarter' ? 3 : 1);
    return `${first(args)} + INTERVAL (${count}) ${unit === 'quarter' ? 'month' : unit}`;
  }),
};
