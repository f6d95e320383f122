import { readParams } from '../../pipeline/params.ts';
import type { Pipeline } from '../../pipeline/pipeline.ts';
import { intervalText } from '../../pipeline/schedule/interval-text.ts';
import { momentOf } from '../../pipeline/schedule/moment.ts';
import { type Interval, type Schedule, scheduleOf } from '../../pipeline/schedule/schedule.ts';
import { type Output, UsageError } from '../command.ts';

/** A number of an option. */
export function wholeNumber(
  command: string,
  option: string,
  text: string | undefined,
  least: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = Number(text);
  if (/^\d+$/.test(text) && number >= least) return number;
  throw new UsageError(`${command}: --${option} ${JSON.stringify(text)} is no whole number from ${least} on`);
}

/** Params as they are written, `region=north`, read by the columns that the pipeline declares. */
export async function paramsOf(
  command: string,
  pipeline: Pipeline<unknown>,
  texts: readonly string[] = [],
): Promise<Readonly<Record<string, unknown>>> {
  return pipeline.checkedParams(await givenOf(command, pipeline, texts));
}

/** The same, of what is written alone. */
export async function givenOf(
  command: string,
  pipeline: Pipeline<unknown>,
  texts: readonly string[] = [],
): Promise<Readonly<Record<string, unknown>>> {
  const given: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
    if (name === undefined || value === undefined) {
      throw new UsageError(`${command}: --param ${JSON.stringify(text)} is none. Write it as name=value.`);
    }
    given[name] = value;
  }
  return readParams(pipeline, given);
}

/**
 * The interval of a run by its bounds; of a schedule the end need not be said, and nothing for the last that ended. Without a
 * schedule that is undefined.
 */
export async function intervalOf(
  command: string,
  { options: { schedule: text, timezone = 'UTC' } }: Pipeline<unknown>,
  { from, to }: { readonly from?: string | undefined; readonly to?: string | undefined },
  { err }: Output,
): Promise<Interval | undefined> {
  const schedule = text === undefined ? undefined : await scheduleOf(text, timezone);
  const now = new Date();
  if (from === undefined) {
    if (to !== undefined) throw new UsageError(`${command}: --to stands without --from`);
    return schedule?.latest(now);
  }
  const begins = momentOf(from, timezone);
  const ends = to === undefined ? undefined : momentOf(to, timezone);
  if (ends !== undefined && ends < begins) throw new UsageError(`${command}: --to ${to} is before --from ${from}`);
  if (schedule === undefined) {
    if (ends === undefined) throw new UsageError(`${command}: without a schedule --from needs --to`);
    return { from: begins, to: ends };
  }
  const open = schedule.latest(begins).to;
  const before = { from: open, to: schedule.after(open) };
  const own = ends === undefined && open < begins ? (ofDay(schedule, from, timezone) ?? before) : before;
  const would = `it would be ${intervalText(own, timezone)}`;
  if (ends === undefined) {
    if (own.from < begins) {
      const next = { from: own.to, to: schedule.after(own.to) };
      const around = [own, next].map((one) => intervalText(one, timezone)).join(' and ');
      throw new UsageError(
        `${command}: --from ${from} begins no interval of the schedule. Those around it are ${around}. For another name --to, too.`,
      );
    }
    if (own.to > now) {
      throw new UsageError(
        `${command}: ${intervalText(own, timezone)} has not ended. To run it nevertheless name --to, too.`,
      );
    }
    return own;
  }
  if (ends <= begins) throw new UsageError(`${command}: --from and --to have nothing between them; ${would}`);
  const given = { from: begins, to: ends };
  if (open < begins || own.to.getTime() !== ends.getTime()) {
    err(`millrace: ${intervalText(given, timezone)} is no interval of the schedule; ${would}\n`);
  }
  return given;
}

const DAY = 86_400_000;

/** The interval that begins on a day, where the text is one, and there is one alone. */
function ofDay(schedule: Schedule, text: string, timezone: string): Interval | undefined {
  if (!/^[\d-]{10}$/.test(text)) return undefined;
  const next = new Date(Date.parse(text) + DAY).toISOString().slice(0, 10);
  const [only, ...others] = schedule.between(momentOf(text, timezone), momentOf(next, timezone));
  return others.length === 0 ? only : undefined;
}
