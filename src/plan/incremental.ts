import type { Field } from '../schema/dtype.ts';
import type { DatabaseServer, RunOptions } from './source.ts';

/**
 * The seam of sources that are read from where the last load ended: the reader says where a reading begins, the engine
 * what it found, and the loader saves the state when its load has committed.
 */
export type Incremental = IncrementalRows | IncrementalFiles;

/** A source whose rows have a column that grows. */
export interface IncrementalRows {
  readonly kind: 'rows';
  readonly name: string;
  readonly cursor: Field;
  /** What tells rows apart; empty where rows that were loaded before are not left out. */
  readonly key: readonly string[];
  /** What a row without a cursor does. */
  readonly nulls: 'error' | 'include' | 'quarantine';
  begin(options: Pick<RunOptions, 'signal'>): Promise<RowsBeginning>;
}

/** A source whose files come one after another. */
export interface IncrementalFiles {
  readonly kind: 'files';
  readonly name: string;
  begin(options: Pick<RunOptions, 'signal'>): Promise<FilesBeginning>;
}

/** Cursors between two; a cursor is text: digits, a day, an ISO 8601 instant in UTC with microseconds. */
export interface Span {
  /** The least. */
  readonly from: string | undefined;
  /** What all are less than. */
  readonly to: string | undefined;
}

export interface RowsBeginning extends Span {
  readonly kind: 'rows';
  /** The digests of rows that were loaded before. */
  readonly seen: readonly string[];
  end(found: FoundRows): Promise<Increment>;
}

/** What a reading found. */
export interface FoundRows {
  /** The greatest cursor; undefined where no row had one. */
  readonly greatest: string | undefined;
  readonly rows: number;
  /** How many of those that were read had been loaded before. */
  readonly removed: number;
  /** The digests of rows whose cursor is this or greater, those without one among them. */
  digestsFrom(cursor: string | undefined): Promise<readonly string[]>;
}

export interface FilesBeginning {
  readonly kind: 'files';
  /** Which of the files are to be read; `modified` is a time in milliseconds. */
  choose(files: readonly IncrementalFile[]): readonly string[];
  end(rows: number): Promise<Increment>;
}

export interface IncrementalFile {
  readonly path: string;
  readonly size: number;
  readonly modified: number;
}

/** One reading, to be remembered when its rows are loaded. */
export interface Increment {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly rows: number;
  readonly removed: number;
  /** Undefined where the state stays as it is. */
  readonly state?: {
    /** The database that it is kept in, where it is one. */
    readonly database: unknown;
    save(): Promise<void>;
    /** Saves it in a load's transaction of that database; tells whether a load into this target has committed it before. */
    saveIn(server: Pick<DatabaseServer, 'query'>, target: string): Promise<boolean>;
  };
  /** Of one of several loads from one extract: the state is saved when the last of them has committed. */
  readonly shared?: {
    /** Why rows that this load adds could come again with the next run. */
    readonly mayRepeat?: MayRepeat;
  };
}

export interface MayRepeat {
  /** A sentence of what goes before, and what to do. */
  readonly reason: string;
  /** Whether it ends when other loads are done again. */
  readonly retryable: boolean;
}
