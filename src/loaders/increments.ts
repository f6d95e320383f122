import { MillraceError } from '../errors.ts';
import type { Increment } from '../plan/incremental.ts';
import type { Relation } from '../plan/relation.ts';
import type { DatabaseServer } from '../plan/source.ts';
import { sourcesOf } from '../plan/walk.ts';
import type { Written } from './report.ts';

/** What a load read of an incremental source, and what became of its state. */
export interface IncrementReport {
  readonly name: string;
  /** Where the reading began, that cursor included. */
  readonly from: string | null;
  /** The greatest cursor so far; of a window its end, that cursor not included. */
  readonly to: string | null;
  /** Rows that were read and had not been loaded before. */
  readonly rows: number;
  /** Rows that had been loaded before and were left out. */
  readonly removed: number;
  /**
   * When the state was saved: in the transaction of the load, right after it, by `load.all`, or not. The outcome of
   * `load.all` tells when; a window leaves the state as it is, and so does a load that was done before.
   */
  readonly saved: 'with the load' | 'after the load' | 'by load.all' | 'no';
}

/**
 * Refuses to add rows that the next run could read again: of loads from one extract, the state is saved with the last.
 * By key, or in the place of what is there, the same rows may come twice.
 */
export function refuseRepeats(plan: Relation, mode: string | undefined): void {
  if (mode !== 'append') return;
  const increments = sourcesOf(plan).flatMap((source) => source.origin?.increments ?? []);
  for (const { name, shared } of increments) {
    if (shared?.mayRepeat === undefined) continue;
    const { reason, retryable } = shared.mayRepeat;
    throw new MillraceError({
      code: 'incremental.append',
      message: `The rows of the incremental source ${JSON.stringify(name)} would be appended, and could be read and appended once more by the next run: ${reason}`,
      retryable,
      details: { name },
    });
  }
}

/** Saves the states that are kept in a database, in the load's own transaction of it. */
export async function saveWithin(
  server: Pick<DatabaseServer, 'query'>,
  { database, target }: { readonly database: unknown; readonly target: string },
  increments: readonly Increment[],
  done: Written,
): Promise<Written> {
  if (done.alreadyLoaded === true) return done;
  const saved: Increment[] = [];
  for (const increment of increments) {
    if (increment.state === undefined || increment.state.database !== database) continue;
    const isDone = await increment.state.saveIn(server, target);
    if (isDone && done.repeatable === false) throw alreadyLoaded(increment.name);
    saved.push(increment);
  }
  return { ...done, saved };
}

/** A load that was tried before and committed, whose caller heard otherwise: the connection was lost, or it failed afterwards. */
function alreadyLoaded(name: string): MillraceError {
  return new MillraceError({
    code: 'incremental.already_loaded',
    message: `The state of ${JSON.stringify(name)} stands there from an earlier attempt of this load, so its rows are in the target already. Nothing is left to retry.`,
    details: { name },
  });
}

/** Saves the other states, now that the load has committed. */
export async function saveAfter(increments: readonly Increment[], done: Written): Promise<readonly IncrementReport[]> {
  const reports: IncrementReport[] = [];
  for (const increment of increments) {
    const { name, from, to, rows, removed, state } = increment;
    const report = { name, from, to, rows, removed };
    if (done.saved?.includes(increment) === true) reports.push({ ...report, saved: 'with the load' });
    else if (increment.shared !== undefined) reports.push({ ...report, saved: 'by load.all' });
    else if (state === undefined || done.alreadyLoaded === true) reports.push({ ...report, saved: 'no' });
    else {
      await state.save().catch((error: unknown) => {
        throw notSaved(name, error);
      });
      reports.push({ ...report, saved: 'after the load' });
    }
  }
  return reports;
}

export function notSaved(name: string, cause: unknown): MillraceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError({
    code: 'incremental.not_saved',
    message: `The load has committed, but the state of ${JSON.stringify(name)} was not saved, so the next run will read the same rows again: ${reason}`,
    details: { name },
    cause,
  });
}
