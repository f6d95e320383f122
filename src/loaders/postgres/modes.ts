import { type AppendOptions, append } from './modes/append.ts';
import { type InsertNewOptions, insertNew } from './modes/insert-new.ts';
import type { Mode } from './modes/mode.ts';
import { type ReplaceOptions, replace } from './modes/replace.ts';
import { type UpsertOptions, upsert } from './modes/upsert.ts';

/** How the rows meet those that are there. */
export type PostgresMode<K extends string> = AppendOptions | ReplaceOptions | InsertNewOptions<K> | UpsertOptions<K>;

type ModeName = PostgresMode<string>['mode'];

export const MODES: { readonly [M in ModeName]: Mode<Extract<PostgresMode<string>, { readonly mode: M }>> } = {
  append,
  replace,
  'insert-new': insertNew,
  upsert,
};

/** The mode that options ask for; it reads no options but its own. */
export function modeOf({ mode }: PostgresMode<string>): Mode<PostgresMode<string>> {
  return MODES[mode];
}
