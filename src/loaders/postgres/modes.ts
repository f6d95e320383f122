import { type AppendOptions, append } from './modes/append.ts';
import { type InsertNewOptions, insertNew } from './modes/insert-new.ts';
import type { Mode } from './modes/mode.ts';
import { type ReplaceOptions, replace } from './modes/replace.ts';
import { type ReplaceWhereOptions, replaceWhere } from './modes/replace-where.ts';
import { type Scd2Options, scd2 } from './modes/scd2.ts';
import { type SyncOptions, sync } from './modes/sync.ts';
import { type UpsertOptions, upsert } from './modes/upsert.ts';

/** How the rows meet those that are there; `K` are the frame's columns by name, `R` those of a row. */
export type PostgresMode<K extends string, R = never> =
  | AppendOptions
  | ReplaceOptions
  | ReplaceWhereOptions<R>
  | InsertNewOptions<K>
  | UpsertOptions<K>
  | SyncOptions<K>
  | Scd2Options<K>;

type ModeName = PostgresMode<string>['mode'];

export const MODES: { readonly [M in ModeName]: Mode<Extract<PostgresMode<string>, { readonly mode: M }>> } = {
  append,
  replace,
  'replace-where': replaceWhere,
  'insert-new': insertNew,
  upsert,
  sync,
  scd2,
};

/** The mode that options ask for; it reads no options but its own. */
export function modeOf({ mode }: PostgresMode<string>): Mode<PostgresMode<string>> {
  return MODES[mode];
}
