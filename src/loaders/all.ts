import { didYouMean, MillraceError } from '../errors.ts';
import { derive } from '../frame/derive.ts';
import { Frame } from '../frame/frame.ts';
import type { Increment, MayRepeat } from '../plan/incremental.ts';
import type { RunOptions, Source } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import { type IncrementReport, notSaved } from './increments.ts';
import type { LoadReport } from './report.ts';

/** One of the loads of `load.all`: it is given the extract. */
export type LoadTarget<C extends AnyCol> = (frame: Frame<C>) => Promise<LoadReport>;

/** The loads of `load.all`, by the names that their outcomes have. */
export type LoadTargets<C extends AnyCol> = { readonly [name: string]: LoadTarget<C> };

/** What became of one target: the report of its load, or what it failed with. */
export type TargetOutcome<R> =
  | { readonly ok: true; readonly report: R }
  | { readonly ok: false; readonly error: MillraceError };

/** The reports of targets, by their names. */
export type ReportsOf<T> = {
  readonly [K in keyof T]: T[K] extends (...given: never) => Promise<infer R extends LoadReport> ? R : LoadReport;
};

/** A materialized frame. */
type Extract = Pick<Frame<AnyCol>, 'plan' | 'executor'> & AsyncDisposable;

type Run = (frame: never) => Promise<LoadReport>;

/**
 * What became of the targets of `load.all`, and the extract they were loaded from. It is kept until `close()`, the end of
 * an `await using`, or the end of the session; reports and their quarantined rows stay.
 */
export class LoadOutcome<R extends { readonly [K in keyof R]: LoadReport }> implements AsyncDisposable {
  readonly #targets: ReadonlyMap<string, Run>;
  readonly #extract: Extract;
  readonly #source: Source;
  readonly #outcomes = new Map<string, TargetOutcome<LoadReport>>();
  /** What was read of incremental sources, and how its state was saved. */
  readonly #increments: Map<Increment, IncrementReport['saved'] | undefined>;
  #unsaved: MillraceError | undefined;
  #isClosed = false;
  /** Retries and the end of the extract take turns. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(targets: ReadonlyMap<string, Run>, extract: Extract) {
    if (extract.plan.kind !== 'source') throw new Error('an extract is a source');
    this.#targets = targets;
    this.#extract = extract;
    this.#source = extract.plan.source;
    this.#increments = new Map(
      (this.#source.origin?.increments ?? []).map((i) => [i, i.state === undefined ? 'no' : undefined]),
    );
  }

  /** Loads every target from an extract, which is its own from then on. */
  static async of<R extends { readonly [K in keyof R]: LoadReport }>(
    targets: ReadonlyMap<string, Run>,
    extract: Extract,
    { signal }: RunOptions,
  ): Promise<LoadOutcome<R>> {
    const outcome = new LoadOutcome<R>(targets, extract);
    for (const name of targets.keys()) {
      if (signal?.aborted === true) outcome.#outcomes.set(name, failed(name, signal.reason));
      else await outcome.#load(name);
    }
    await outcome.#saveStates();
    return outcome;
  }

  /** Whether every target was loaded, and the state of every incremental source was saved that is to be. */
  get ok(): boolean {
    return this.#failures().length === 0 && this.#unsaved === undefined;
  }

  /** Each target's outcome as it is now, by its name. */
  get targets(): { readonly [K in keyof R]: TargetOutcome<R[K]> } {
    return Object.fromEntries(this.#outcomes) as { [K in keyof R]: TargetOutcome<R[K]> };
  }

  /** What was read of incremental sources. Their state is saved when every target was loaded, and until then not. */
  get incremental(): readonly IncrementReport[] {
    return [...this.#increments].map(([{ name, from, to, rows, removed }, saved = 'no']) => {
      return { name, from, to, rows, removed, saved };
    });
  }

  /** Why the state of an incremental source was not saved although every target was loaded. `retryAll()` tries again. */
  get stateError(): MillraceError | undefined {
    return this.#unsaved;
  }

  /** The reports of all targets by their names. Errors: `load.incomplete`, with each failed target's error in `details.errors`. */
  reports(): R {
    const failures = this.#failures();
    const [first] = failures;
    const cause = first?.error ?? this.#unsaved;
    if (cause !== undefined) {
      const told = failures.map(({ name, error }) => `${JSON.stringify(name)}: ${error.message}`);
      throw new MillraceError({
        code: 'load.incomplete',
        message: `load.all: ${failures.length} of ${this.#outcomes.size} targets were not loaded.${[...told, ...(this.#unsaved === undefined ? [] : [this.#unsaved.message])].map((line) => `\n- ${line}`).join('')}`,
        retryable: failures.every(({ error }) => error.retryable),
        details: { errors: Object.fromEntries(failures.map(({ name, error }) => [name, error])) },
        cause,
      });
    }
    const reports = [...this.#outcomes].map(([name, outcome]) => [name, outcome.ok ? outcome.report : undefined]);
    return Object.fromEntries(reports) as R;
  }

  /**
   * Loads one target that failed from the same extract, no other and nothing read again. Gives its report, or throws its
   * error. Errors: `load.retry` for a target that was loaded, which would be loaded twice, `load.closed`.
   */
  retry<K extends keyof R & string>(name: K): Promise<R[K]> {
    return this.#inTurn(async () => {
      this.#refuseClosed();
      const failures = this.#failures().map((failure) => failure.name);
      if (!failures.includes(name)) throw notFailed(name, this.#outcomes, failures);
      await this.#load(name);
      await this.#saveStates();
      const outcome = this.#outcomes.get(name);
      if (outcome?.ok !== true) throw outcome?.error;
      return outcome.report as R[K];
    });
  }

  /** Loads all targets that failed, in their order, and saves the state of incremental sources where that failed. */
  retryAll(): Promise<this> {
    return this.#inTurn(async () => {
      this.#refuseClosed();
      for (const { name } of this.#failures()) await this.#load(name);
      await this.#saveStates();
      return this;
    });
  }

  /** Gives up the extract, when retries under way have ended: nothing can be retried from then on. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      this.#isClosed = true;
      await this.#extract[Symbol.asyncDispose]();
    });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #load(name: string): Promise<void> {
    const others = [...this.#targets.keys()].filter((other) => other !== name);
    const waiting = others.filter((other) => this.#outcomes.get(other)?.ok !== true);
    const isLast = waiting.length === 0 && !this.#hasReplay();
    const saved = new Set<Increment>();
    const increments = [...this.#increments.keys()].map((increment) => {
      if (increment.state === undefined) return increment;
      const { state, ...rest } = increment;
      if (!isLast) return { ...rest, shared: { mayRepeat: this.#mayRepeat(name, waiting) } };
      // With the last target, in its own transaction where the state is kept in that database; else `#saveStates` does.
      const saveIn: typeof state.saveIn = async (server, target) => {
        const isDone = await state.saveIn(server, target);
        saved.add(increment);
        return isDone;
      };
      return { ...rest, state: { ...state, saveIn }, shared: {} };
    });
    const origin = this.#source.origin === undefined ? undefined : { ...this.#source.origin, increments };
    const source: Source = { ...this.#source, ...(origin === undefined ? {} : { origin }) };
    const frame = derive<never>(this.#extract, { kind: 'source', source });
    try {
      const report = await this.#targets.get(name)?.(frame as never);
      if (report?.runId === undefined)
        throw new Error('the function gave no report. Have it return what the loader returns.');
      this.#outcomes.set(name, { ok: true, report });
      for (const increment of saved) this.#increments.set(increment, 'with the load');
    } catch (error) {
      this.#outcomes.set(name, failed(name, error));
    }
  }

  /** Why what this target appends could come twice. */
  #mayRepeat(name: string, waiting: readonly string[]): MayRepeat {
    const [other] = waiting;
    const me = JSON.stringify(name);
    if (other === undefined) {
      return {
        reason: `another target had been loaded under its loadId before, so the state stays where it was. Leave loadId out: the state tells a retry.`,
        retryable: false,
      };
    }
    const what = `${JSON.stringify(other)} has not been loaded, and the state is saved when all targets have been`;
    // Of two that append, neither can come first.
    const canBeFirst = waiting.every((one) => {
      const outcome = this.#outcomes.get(one);
      return outcome?.ok === false && outcome.error.code !== 'incremental.append';
    });
    const advice = canBeFirst
      ? `Retry ${JSON.stringify(other)} first, or all with retryAll().`
      : `Name ${me} last, load it by a key or in the place of what is there, or read the source a second time under another name.`;
    return { reason: `${what}. ${advice}`, retryable: canBeFirst };
  }

  /** A load that was done under its name before had another extract's rows, so the state must not move past these. */
  #hasReplay(): boolean {
    return [...this.#outcomes.values()].some((outcome) => outcome.ok && outcome.report?.alreadyLoaded === true);
  }

  async #saveStates(): Promise<void> {
    this.#unsaved = undefined;
    if (this.#failures().length > 0 || this.#hasReplay()) return;
    for (const [increment, saved] of this.#increments) {
      if (saved !== undefined) continue;
      try {
        await increment.state?.save();
        this.#increments.set(increment, 'after the load');
      } catch (error) {
        this.#unsaved ??= notSaved(increment.name, error);
      }
    }
  }

  #failures(): readonly { readonly name: string; readonly error: MillraceError }[] {
    return [...this.#outcomes].flatMap(([name, outcome]) => (outcome.ok ? [] : [{ name, error: outcome.error }]));
  }

  #refuseClosed(): void {
    if (!this.#isClosed) return;
    throw new MillraceError({
      code: 'load.closed',
      message: 'load.all: the extract was given up by close(), so nothing can be loaded from it. Call load.all again.',
    });
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(task);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/**
 * Loads a frame into several targets from one extract: the plan runs once, its rows are kept in the session, and the
 * targets are loaded from them one after another, in the order of their names here.
 *
 * A target that fails stops no other. The outcome tells each one's report or error by its name, and loads a failed one
 * alone from the same rows: `outcome.retry('lake')`. It never throws for a target: look at `ok`, or take `reports()`, which throws
 * where one failed. An extract that fails is thrown, and nothing is loaded. The extract is kept until the
 * outcome is closed.
 *
 * One after another, so that each load has the engine's memory and threads to itself, and so that one is the last: with it the state of
 * incremental sources is saved (docs/guides/loading.md). Null is what each loader makes of it.
 *
 * Errors: `load.frame`, `load.option`; of a target `incremental.append`, and whatever its loader fails with.
 *
 * @example
 * ```ts
 * import { PGlite } from '@electric-sql/pglite';
 * import { load, read, t } from 'millrace';
 * const shop = new PGlite();
 * const sales = read.rows([{ sku: 'a', quantity: 2 }], { schema: { sku: t.string(), quantity: t.int() } });
 * await using outcome = await load.all(sales, {
 *   warehouse: (f) => load.postgres(f, shop, { table: 'sales', mode: 'upsert', key: 'sku' }),
 *   lake: (f) => load.parquet(f, 'warehouse/sales-lake', { mode: 'replace' }),
 * });
 * const { warehouse, lake } = outcome.reports();
 * console.log(warehouse.rows.written, lake.rows.written); // 1 1
 * await shop.close();
 * ```
 * @param options `signal` stops the extract and targets that have not begun; a target that has takes its own
 */
export async function loadAll<C extends AnyCol, const T extends LoadTargets<C>>(
  frame: Frame<C>,
  targets: T,
  options: RunOptions = {},
): Promise<LoadOutcome<ReportsOf<T>>> {
  if (!(frame instanceof Frame)) {
    throw new MillraceError({
      code: 'load.frame',
      message: 'load.all: this is no frame. Give one, such as read.csv(..).',
    });
  }
  const named: readonly (readonly [string, unknown])[] = Object.entries(targets ?? {});
  const wrong = named.find(([, target]) => typeof target !== 'function');
  if (named.length === 0 || wrong !== undefined) {
    const what = wrong === undefined ? 'no target is named' : `${JSON.stringify(wrong[0])} is no function`;
    throw new MillraceError({
      code: 'load.option',
      message: `load.all: ${what}. Give loads by name: { lake: (f) => load.parquet(f, 'lake', { mode: 'replace' }) }.`,
    });
  }
  return LoadOutcome.of<ReportsOf<T>>(new Map(Object.entries(targets)), await frame.materialize(options), options);
}

function failed(name: string, error: unknown): TargetOutcome<never> {
  if (error instanceof MillraceError) return { ok: false, error };
  const reason = error instanceof Error ? error.message : String(error);
  return {
    ok: false,
    error: new MillraceError({
      code: 'load.target_failed',
      message: `load.all, ${JSON.stringify(name)}: ${reason}`,
      details: { target: name },
      cause: error,
    }),
  };
}

function notFailed(name: string, outcomes: ReadonlyMap<string, unknown>, failures: readonly string[]): MillraceError {
  const choices = failures.length === 0 ? 'No target failed.' : `Those that failed are ${failures.join(', ')}.`;
  const what = outcomes.has(name)
    ? 'was loaded, and would be loaded twice'
    : `is no target.${didYouMean(name, [...outcomes.keys()])}`;
  return new MillraceError({
    code: 'load.retry',
    message: `load.all: ${JSON.stringify(name)} ${what}${outcomes.has(name) ? '.' : ''} ${choices}`,
    details: { target: name, failed: failures },
  });
}
