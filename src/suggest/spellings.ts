import { type AnyColumnType, t } from '../schema/column-type.ts';
import { keyText, quoted } from '../schema/declaration.ts';
import { declared } from './declared.ts';
import type { Doubt } from './suggestion.ts';

const SHOWN = 6;

/** A column as it is reached in TypeScript. */
export function columnOf(name: string): string {
  return keyText(name) === name ? `r.${name}` : `r[${quoted(name)}]`;
}

/** An enum of texts, in their order. */
export function enumOf(texts: readonly string[]): AnyColumnType {
  const [first = '', ...others] = [...texts].sort();
  return t.enum([first, ...others]);
}

/** Of words those that differ by case, or by the blanks around them, alone, and what unites them. */
export function spellingsDoubt(words: readonly string[], name: string, complete: boolean): Doubt | undefined {
  const spelled = words.filter((word) => words.some((other) => other !== word && plain(other) === plain(word)));
  if (spelled.length === 0) return undefined;
  const trimmed = words.map((word) => word.trim());
  const trim = trimmed.some((word, i) => word !== words[i]) ? '.trim()' : '';
  const isLowered = new Set(trimmed).size > new Set(words.map(plain)).size;
  const values = new Set(isLowered ? words.map(plain) : trimmed);
  const parsed = complete ? `.parse(${declared(enumOf([...values]))})` : '';
  const shown = spelled.sort((a, b) => (plain(a) < plain(b) ? -1 : 1)).slice(0, SHOWN);
  return {
    about: 'enum',
    reason: `${shown.map(quoted).join(', ')} differ in case or blanks alone: \`${columnOf(name)}${trim}${isLowered ? '.lower()' : ''}${parsed}\` makes them one`,
    choices: [],
    examples: [],
  };
}

function plain(word: string): string {
  return word.trim().toLowerCase();
}
