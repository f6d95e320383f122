import { MillraceError } from '../../errors.ts';
import { checkOptionNames, type OptionKinds, type OptionNames } from '../../option-names.ts';
import type { FoundRows, Increment, IncrementalRows } from '../../plan/incremental.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Postgres } from '../../postgres/connect.ts';
import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { showValue } from '../../schema/show-value.ts';
import { type CursorValue, cursorsOf, type Lag, optionError } from './cursor.ts';
import { placeOf, type StateTable, savingOf } from './place.ts';
import type { CursorState } from './state.ts';

/** What a source that is read from where the last load ended must say. */
export interface IncrementalOptions<K extends string = string> {
  /** What the state is kept under. */
  readonly name: string;
  /** The column that grows: a whole number, a decimal, a date, a timestamp or a string. */
  readonly cursor: K;
  /** The first cursor that is read, where there is no state yet. */
  readonly start: CursorValue;
  /** The column or columns that tell rows apart, by which those that were loaded before are left out. Without it they come again. */
  readonly key?: K | readonly K[];
  /** How far behind the greatest cursor the next run begins, for rows that come late: `{ hours: 2 }`, of numbers a number. */
  readonly lag?: Lag;
  /** What a row whose cursor is null does. Default: it stops the run. */
  readonly nulls?: 'error' | 'include' | 'quarantine';
  /**
   * Where the state is kept: the path of a JSON file, or a PostgreSQL, in its table `millrace_state`. Its schema is the
   * one that is said, or that the connection's search path leads to.
   */
  readonly state: string | Postgres | StateTable;
  /** Reads the rows from one cursor up to another, which is not among them, and leaves the state as it is. */
  readonly window?: { readonly from: CursorValue; readonly to: CursorValue };
}

export const INCREMENTAL_OPTIONS: OptionNames<IncrementalOptions> = {
  name: true,
  cursor: true,
  start: true,
  key: true,
  lag: true,
  nulls: true,
  state: true,
  window: true,
};

/** Refuses options that are none. */
export function checkIncremental(options: object, names: OptionKinds): void {
  checkOptionNames(options, names, 'incremental', 'incremental.option');
}

/** More digests than this are too many to keep and to compare. */
const MOST_SEEN = 1_000_000;

/**
 * @param horizon asks, before anything is read, for a cursor that no row has which is committed after the reading
 */
export function incrementalRows(
  options: IncrementalOptions,
  schema: Schema,
  horizon?: (options: Pick<RunOptions, 'signal'>) => Promise<string>,
): IncrementalRows {
  const { name, start, lag, nulls = 'error', window } = options;
  checkName(name);
  const cursor = columnOf(schema, options.cursor, 'cursor');
  const given = options.key ?? [];
  const keys = (typeof given === 'string' ? [given] : given).map((column) => columnOf(schema, column, 'key'));
  const key = keys.map((column) => column.name);
  const unsure = keys.find((column) => column.nullable);
  if (unsure !== undefined) {
    throw optionError(
      `${unsure.name} of the key may be null, by which rows cannot be told apart. Declare it not nullable.`,
    );
  }
  if (!['error', 'include', 'quarantine'].includes(nulls)) {
    throw optionError(`nulls is ${showValue(nulls)}. The choices are 'error', 'include' and 'quarantine'.`);
  }
  const cursors = cursorsOf(cursor, lag);
  const place = placeOf(options.state);
  const first = cursors.of(start, 'start');
  const later = (a: string, b: string | null | undefined): string => (b != null && cursors.compare(b, a) > 0 ? b : a);
  const earlier = (a: string, b: string | undefined): string => (b !== undefined && cursors.compare(b, a) < 0 ? b : a);
  if (horizon !== undefined && (cursor.dtype.id !== 'timestamp' || key.length === 0)) {
    throw optionError('snapshot needs a cursor that is a timestamp, and a key.');
  }
  const common = { kind: 'rows', name, cursor, key, nulls } as const;
  if (window !== undefined) {
    const [from, to] = [cursors.of(window.from, 'window.from'), cursors.of(window.to, 'window.to')];
    if (cursors.compare(from, to) >= 0) throw optionError(`window goes from ${from} to ${to}, where nothing can be.`);
    const end = async ({ rows, removed }: FoundRows): Promise<Increment> => ({ name, from, to, rows, removed });
    return { ...common, begin: async () => ({ kind: 'rows', from, to, seen: [], end }) };
  }
  const of = `${cursor.name} ${kindOf(cursor.dtype)}${key.length === 0 ? '' : ` by ${key.join(', ')}`}`;
  return {
    ...common,
    begin: async (running) => {
      const before = await place.load(name, running);
      if (before !== undefined && before.of !== of) throw otherCursor(name, before.of, of);
      let from = first;
      if (before?.last != null) {
        from = later(first, earlier(cursors.before(before.last), before.horizon));
        // Of rows further back it is not known which were loaded.
        if (key.length > 0) from = later(from, before.seenFrom);
      }
      const until = await horizon?.(running);
      const end = async ({ greatest, rows, removed, digestsFrom }: FoundRows): Promise<Increment> => {
        const last = greatest === undefined ? (before?.last ?? null) : later(greatest, before?.last);
        const seenFrom = last === null ? null : later(from, earlier(cursors.before(last), until));
        const seen = new Set(key.length === 0 ? [] : await digestsFrom(seenFrom ?? undefined));
        if (last === before?.last) for (const digest of before?.seen ?? []) seen.add(digest);
        if (seen.size > MOST_SEEN) throw tooMany(name, seen.size);
        const state: CursorState = {
          version: 1,
          revision: crypto.randomUUID(),
          of,
          last,
          ...(until === undefined ? {} : { horizon: until }),
          seenFrom,
          seen: [...seen],
        };
        return {
          name,
          from,
          to: last,
          rows,
          removed,
          state: savingOf(place, name, state, before),
        };
      };
      return { kind: 'rows', from, to: undefined, seen: before?.seen ?? [], end };
    },
  };
}

export function checkName(name: unknown): void {
  if (typeof name === 'string' && name !== '') return;
  throw optionError(`name is ${showValue(name)}. Give the name that the state is kept under, such as 'orders'.`);
}

function columnOf(schema: Schema, name: string, option: string): Field {
  const found = schema.find((field) => field.name === name);
  if (found !== undefined) return found;
  throw optionError(
    `${option} is ${showValue(name)}, which is no column. The columns are ${schema.map((field) => field.name).join(', ')}.`,
  );
}

/** An int may become a bigint, and a decimal get more digits. */
function kindOf({ id }: DataType): string {
  return id === 'bigint' ? 'int' : id;
}

export function otherCursor(name: string, was: string, is: string): MillraceError {
  return new MillraceError({
    code: 'incremental.state',
    message: `incremental: the state of ${JSON.stringify(name)} is one of ${was}, and now it is ${is}. Give the new one another name.`,
    details: { name, was, is },
  });
}

function tooMany(name: string, count: number): MillraceError {
  return new MillraceError({
    code: 'incremental.too_many',
    message: `incremental: ${count} rows of ${JSON.stringify(name)} lie within the lag, more than the ${MOST_SEEN} that can be remembered. Make lag smaller, or leave key out and load by upsert.`,
    details: { name, count, most: MOST_SEEN },
  });
}
