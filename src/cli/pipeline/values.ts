import { readParams } from '../../pipeline/params.ts';
import type { Pipeline } from '../../pipeline/pipeline.ts';
import { momentOf } from '../../pipeline/schedule/moment.ts';
import { type Interval, scheduleOf } from '../../pipeline/schedule/schedule.ts';
import { UsageError } from '../command.ts';

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

/** The interval of a run by its bounds; the end of one of the schedule need not be said. */
export async function intervalOf(
  command: string,
  { options: { schedule, timezone = 'UTC' } }: Pipeline<unknown>,
  from: string | undefined,
  to: string | undefined,
): Promise<Interval | undefined> {
  if (from === undefined && to === undefined) return undefined;
  if (from === undefined) throw new UsageError(`${command}: --to stands without --from`);
  const begins = momentOf(from, timezone);
  if (to !== undefined) {
    const ends = momentOf(to, timezone);
    if (ends < begins) throw new UsageError(`${command}: --to ${to} is before --from ${from}`);
    return { from: begins, to: ends };
  }
  if (schedule === undefined) throw new UsageError(`${command}: without a schedule --from needs --to`);
  return { from: begins, to: (await scheduleOf(schedule, timezone)).after(begins) };
}
