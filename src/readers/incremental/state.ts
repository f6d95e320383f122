import { MillraceError } from '../../errors.ts';
import type { DatabaseServer, RunOptions } from '../../plan/source.ts';
import type { Postgres } from '../../postgres/connect.ts';

/** How far a source was read for loads that committed. */
export interface CursorState {
  readonly version: 1;
  /** Which saving this is. */
  readonly revision: string;
  /** What it is a state of: `updated_at timestamp by id`. */
  readonly of: string;
  /** The greatest cursor; null where no row had one yet. */
  readonly last: string | null;
  /** No row that was committed after the reading has a cursor before this, where that is known. */
  readonly horizon?: string;
  /** From which cursor on `seen` is complete. */
  readonly seenFrom: string | null;
  /** Digests of what was loaded. */
  readonly seen: readonly string[];
}

/** Where the states of loads are kept. */
export interface Place {
  readonly database: Postgres | undefined;
  load(name: string, options: Pick<RunOptions, 'signal'>): Promise<CursorState | undefined>;
  /** Writes a state in the place of one that was read; another that was saved meanwhile is not written over. */
  save(name: string, state: CursorState, before: CursorState | undefined): Promise<void>;
  /** Tells whether this very state stood there already. */
  saveIn(
    server: Pick<DatabaseServer, 'query'>,
    name: string,
    state: CursorState,
    before: CursorState | undefined,
  ): Promise<boolean>;
}

/** The state that was read may be replaced, and one may be written twice: a frame may be loaded into two targets. */
export function mayReplace(found: unknown, state: CursorState, before: CursorState | undefined): boolean {
  return found === before?.revision || found === state.revision;
}

export function conflict(name: string): MillraceError {
  return new MillraceError({
    code: 'incremental.conflict',
    message: `incremental: another load of ${JSON.stringify(name)} saved its state since this one was read. Refresh the frame and load again.`,
    retryable: true,
    details: { name },
  });
}

export function parsed(text: string, place: string): CursorState {
  let state: Partial<CursorState> | null = null;
  try {
    state = JSON.parse(text) as Partial<CursorState> | null;
  } catch (error) {
    throw broken(place, 'it is not JSON', error);
  }
  if (state?.version !== 1 || typeof state.of !== 'string' || !Array.isArray(state.seen)) {
    throw broken(place, 'it is no state of version 1', undefined);
  }
  return state as CursorState;
}

export function broken(place: string, reason: string, cause: unknown): MillraceError {
  return new MillraceError({
    code: 'incremental.state',
    message: `incremental: the state in ${place} cannot be read: ${reason}. Mend it, or remove it to begin at start.`,
    details: { place },
    cause,
  });
}
