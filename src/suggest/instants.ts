import { quoted } from '../schema/declaration.ts';
import { timeOf } from './day-formats.ts';
import { columnOf } from './spellings.ts';
import type { Doubt, Draft } from './suggestion.ts';

/** The formats in which texts are times of day; undefined where one of them is none. */
export function clockFormats(texts: Iterable<string>): readonly string[] | undefined {
  const formats = new Set<string>();
  for (const text of texts) {
    const time = timeOf(text);
    if (time === undefined) return undefined;
    formats.add(time.format);
  }
  return formats.size === 0 ? undefined : [...formats];
}

/** Where a time of day stands in one column and a day in another, how an instant is made of them. */
export function withInstants(drafts: readonly Draft[]): readonly Draft[] {
  return drafts.map((draft, at) => {
    const days = drafts.flatMap(({ name, type }, i) =>
      type.dtype.id === 'date' ? [{ name, far: Math.abs(i - at) }] : [],
    );
    const [day] = days.sort((a, b) => a.far - b.far);
    if (draft.clock === undefined || day === undefined) return draft;
    const formats = draft.clock.map((format) => quoted(`%Y-%m-%d ${format}`)).join(', ');
    const made = `fn.concat(${columnOf(day.name)}.cast(t.string()), ' ', ${columnOf(draft.name)}).parse(t.timestamp({ formats: [${formats}] }))`;
    const reason = `times of day, which no dtype but a string holds; with the days of ${day.name} they are instants: \`${made}\``;
    const doubt: Doubt = { about: 'time-of-day', reason, choices: [], examples: [] };
    return { ...draft, doubts: [...draft.doubts, doubt] };
  });
}
