import { didYouMean, MillraceError } from '../../../errors.ts';
import { listOf } from '../../../frame/functions/order.ts';
import type { Schema } from '../../../schema/dtype.ts';
import { CALLER } from './mode.ts';

/** How rows are matched with those that are there. */
export interface KeyOptions<K extends string> {
  /** The columns that tell rows apart. */
  readonly key: K | readonly [K, ...K[]];
  /**
   * Which of the frame's rows that have one key is loaded, by the frame's order. The others count as filtered. Without it
   * they are an error, as rows whose key is null always are.
   */
  readonly onDuplicate?: 'first' | 'last';
}

/** The options that {@link KeyOptions} has. */
export const KEY_OPTIONS = { key: true, onDuplicate: true } as const;

/** Refuses a mode that matches rows without the columns to match them by. */
export function checkKeyOptions(
  { mode, key, onDuplicate }: KeyOptions<string> & { readonly mode: string },
  schema: Schema,
  caller: string = CALLER,
): void {
  const names = schema.map((f) => f.name);
  const columns = listOf<string>(key ?? []);
  if (columns.length === 0) {
    throw new MillraceError({
      code: 'load.key',
      message: `${caller}: mode '${mode}' needs a key: the columns that tell rows apart. The columns are ${names.join(', ')}.`,
    });
  }
  checkColumns(columns, names, { code: 'load.key', what: 'to be a key', caller });
  if (onDuplicate !== undefined && onDuplicate !== 'first' && onDuplicate !== 'last') {
    throw new MillraceError({
      code: 'load.option',
      message: `${caller}: onDuplicate is ${JSON.stringify(onDuplicate)}. Give 'first' or 'last', or leave it out: then keys that stand twice are an error.`,
      details: { onDuplicate },
    });
  }
}

/** Refuses a frame with columns that the mode keeps by itself. */
export function refuseOwnColumns(own: readonly string[], schema: Schema, mode: string, caller: string = CALLER): void {
  const taken = schema.find(({ name }) => own.includes(name));
  if (taken === undefined) return;
  throw new MillraceError({
    code: 'load.own_column',
    message: `${caller}: the frame has a column ${JSON.stringify(taken.name)}, which mode '${mode}' keeps by itself. Drop or rename it.`,
    details: { column: taken.name, mode },
  });
}

/** Refuses names of columns that the frame does not have, or that stand twice. */
export function checkColumns(
  columns: readonly string[],
  names: readonly string[],
  { code, what, caller = CALLER }: { readonly code: string; readonly what: string; readonly caller?: string },
): void {
  const unknown = columns.find((column) => !names.includes(column));
  if (unknown !== undefined) {
    throw new MillraceError({
      code,
      message: `${caller}: the frame has no column ${JSON.stringify(unknown)} ${what}.${didYouMean(unknown, names)} Its columns are ${names.join(', ')}.`,
      details: { column: unknown, columns: names },
    });
  }
  const doubled = columns.find((column, i) => columns.indexOf(column) !== i);
  if (doubled === undefined) return;
  throw new MillraceError({
    code,
    message: `${caller}: column ${JSON.stringify(doubled)} is named twice ${what}. Name it once.`,
    details: { column: doubled },
  });
}
