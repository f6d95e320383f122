import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { normalize, sep } from 'node:path';
import { MillraceError } from '../../errors.ts';
import type { OptionNames } from '../../option-names.ts';
import type { FilesBeginning, IncrementalFile, IncrementalFiles } from '../../plan/incremental.ts';
import type { Scan } from '../../plan/scan.ts';
import type { SourceContext } from '../../plan/source.ts';
import type { Postgres } from '../../postgres/connect.ts';
import { STRING, TIMESTAMP } from '../../schema/dtype.ts';
import { showValue } from '../../schema/show-value.ts';
import { type CursorValue, cursorsOf, type Lag, optionError } from './cursor.ts';
import { placeOf, type StateTable, savingOf } from './place.ts';
import { checkIncremental, checkName, otherCursor } from './rows.ts';
import type { CursorState } from './state.ts';

/** What files that are read from where the last load ended must say. */
export interface IncrementalFilesOptions {
  /** What the state is kept under. */
  readonly name: string;
  /** What grows from file to file: its path as it is given, or the time at which it was changed last. */
  readonly cursor: 'name' | 'modified';
  /** The first path or time that is read, where there is no state yet. Default: all files. */
  readonly start?: CursorValue;
  /** How far behind the last time of change the next run begins, for files that come late: `{ hours: 2 }`. */
  readonly lag?: Lag;
  /**
   * Where the state is kept: the path of a JSON file, or a PostgreSQL, in its table `millrace_state`. Its schema is the
   * one that is said, or that the connection's search path leads to.
   */
  readonly state: string | Postgres | StateTable;
  /** Reads the files from one path or time up to another, which is not among them, and leaves the state as it is. */
  readonly window?: { readonly from: CursorValue; readonly to: CursorValue };
}

const FILES_OPTIONS: OptionNames<IncrementalFilesOptions> = {
  name: true,
  cursor: true,
  start: true,
  lag: true,
  state: true,
  window: true,
};

export function incrementalFiles(options: IncrementalFilesOptions | undefined): IncrementalFiles | undefined {
  if (options === undefined) return undefined;
  checkIncremental(options, FILES_OPTIONS);
  const { name, cursor, start, lag, window } = options;
  checkName(name);
  if (cursor !== 'name' && cursor !== 'modified') {
    throw optionError(`cursor is ${showValue(cursor)}. Of files it is 'name' or 'modified'.`);
  }
  const cursors = cursorsOf({ name: cursor, dtype: cursor === 'name' ? STRING : TIMESTAMP, nullable: false }, lag);
  const place = placeOf(options.state);
  const first = start === undefined ? undefined : cursors.of(start, 'start');
  const cursorOf = ({ path, modified }: IncrementalFile): string =>
    cursor === 'name' ? nameOf(path) : cursors.of(new Date(modified), 'the time of change');
  const greatest = (of: readonly string[]): string | undefined =>
    of.reduce<string | undefined>((a, b) => (a === undefined || cursors.compare(b, a) > 0 ? b : a), undefined);

  if (window !== undefined) {
    const [from, to] = [cursors.of(window.from, 'window.from'), cursors.of(window.to, 'window.to')];
    const isIn = (at: string): boolean => cursors.compare(at, from) >= 0 && cursors.compare(at, to) < 0;
    const begin = async (): Promise<FilesBeginning> => ({
      kind: 'files',
      choose: (files) => files.filter((file) => isIn(cursorOf(file))).map(({ path }) => path),
      end: async (rows) => ({ name, from, to, rows, removed: 0 }),
    });
    return { kind: 'files', name, begin };
  }
  const of = `files by ${cursor}`;
  return {
    kind: 'files',
    name,
    begin: async (running) => {
      const before = await place.load(name, running);
      if (before !== undefined && before.of !== of) throw otherCursor(name, before.of, of);
      const back = before?.last == null ? [] : [cursors.before(before.last), ...optional(before.seenFrom)];
      const from = greatest([...optional(first), ...back]);
      const known = new Set(before?.seen);
      let inSpan: readonly IncrementalFile[] = [];
      let removed = 0;
      return {
        kind: 'files',
        choose: (files) => {
          inSpan = files.filter((file) => from === undefined || cursors.compare(cursorOf(file), from) >= 0);
          const fresh = inSpan.filter((file) => !known.has(digestOf(file)));
          removed = inSpan.length - fresh.length;
          return fresh.map(({ path }) => path);
        },
        end: async (rows) => {
          const last = greatest([...inSpan.map(cursorOf), ...optional(before?.last)]) ?? null;
          const seenFrom = last === null ? undefined : greatest([...optional(from), cursors.before(last)]);
          const seen = inSpan
            .filter((file) => seenFrom === undefined || cursors.compare(cursorOf(file), seenFrom) >= 0)
            .map(digestOf);
          const kept = last === before?.last ? [...new Set([...seen, ...known])] : seen;
          const revision = crypto.randomUUID();
          const state: CursorState = { version: 1, revision, of, last, seenFrom: seenFrom ?? null, seen: kept };
          return {
            name,
            from: from ?? null,
            to: last,
            rows,
            removed,
            state: savingOf(place, name, state, before),
          };
        },
      };
    },
  };
}

/** Of the files that a reader found, those that are to be read now. */
export function filesSince(paths: readonly string[], { beginning }: SourceContext): readonly string[] {
  if (beginning?.kind !== 'files') return paths;
  return beginning.choose(
    paths.map((path) => {
      const { size, mtimeMs } = statSync(path);
      return { path, size, modified: mtimeMs };
    }),
  );
}

/** Where no file is new. */
export const NO_FILES: Scan = { kind: 'rows', batches: () => [] };

export function refuseNoFiles(incremental: unknown, isLocal: boolean, name: string): void {
  if (incremental === undefined || isLocal) return;
  throw new MillraceError({
    code: 'incremental.option',
    message: `incremental: ${name} is not files of this machine alone, which alone have names and times to go on from.`,
  });
}

function nameOf(path: string): string {
  return normalize(path).split(sep).join('/');
}

/** What tells a file, as it is now, from others and from itself when it is changed. */
function digestOf({ path, size, modified }: IncrementalFile): string {
  return createHash('md5')
    .update(JSON.stringify([nameOf(path), size, modified]))
    .digest('hex');
}

function optional(value: string | null | undefined): readonly string[] {
  return value == null ? [] : [value];
}
