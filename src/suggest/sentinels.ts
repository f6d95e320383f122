import { keyText, quoted } from '../schema/declaration.ts';
import { showCount } from '../show-count.ts';
import type { Profile } from './profile.ts';
import type { Doubt, Draft } from './suggestion.ts';

/** A number that often stands where there is none. */
const SENTINEL = /^(-99+|999+)([.,]0*)?$/;
/** Fewer may be outliers. */
const SEVERAL = 3;

export function isSentinel(text: string): boolean {
  return SENTINEL.test(text);
}

/** Numbers such as -999 that stand farther from all others than those from each other, and do so several times. */
export function sentinelDoubts(profile: Profile, { name, type, markers }: Draft): Doubt[] {
  if (!['int', 'bigint', 'float', 'decimal'].includes(type.dtype.id)) return [];
  const { decimal = '.', thousands = '' } = type.format;
  const { low, high } = profile.range[decimal === ',' ? ',' : '.'];
  const found = [...profile.sentinels].filter(([text, { count }]) => {
    const value = Number(text.replaceAll(thousands, '').replace(decimal, '.'));
    return count >= SEVERAL && (value < low - (high - low) || value > high + (high - low));
  });
  // Where there are no others, or one alone, nothing is far from them.
  if (found.length === 0 || !(low < high)) return [];
  const shown = found.map(([text, { count }]) => `${quoted(text)} (${showCount(count, 'time')})`).join(', ');
  const nulls = ['', ...Object.keys(markers), ...found.map(([text]) => text)].map(quoted).join(', ');
  return [
    {
      about: 'null',
      reason: `${shown}, far from all other values (${low} to ${high}), may mean that there is no value`,
      choices: [`nullMarkers: { ${keyText(name)}: [${nulls}] }`],
      examples: found.slice(0, 3).map(([value, { line }]) => ({ value, line })),
    },
  ];
}
