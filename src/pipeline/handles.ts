import type { TargetOutcome } from '../loaders/all.ts';
import type { Changes, LoadReport } from '../loaders/report.ts';
import type { Relation } from '../plan/relation.ts';
import type { Executor } from '../plan/source.ts';

/**
 * What a step will give. To pass it to another step as an input is the dependency, so that no circle of steps can be
 * written, and `T` is what that step is given.
 */
export class Step<out T> {
  declare readonly value: T;
  /** Its name, those of its groups before it: `staging/extract`. */
  readonly name: string;

  constructor(name: string) {
    this.name = name;
    Object.freeze(this);
  }
}

/** The handles that a step takes, by the names it knows them by. */
export type Inputs = { readonly [name: string]: Step<unknown> };

/**
 * When a step runs. `'all'`: when all its inputs are there. `'any'`: when all have ended and at least one is there.
 * `'done'`: when all have ended, however they ended.
 */
export type Join = 'all' | 'any' | 'done';

/** What a step is given of its inputs; where some may be missing, undefined in their place. */
export type Values<I, J extends Join = 'all'> = {
  readonly [K in keyof I]: I[K] extends Step<infer T> ? ('all' extends J ? T : T | undefined) : never;
};

/** Any frame. */
export interface AnyFrame {
  readonly plan: Relation;
  readonly executor: Executor;
}

/** What errors of the compiler call a value that a step cannot hand on; no value is one. */
export interface NeitherFrameNorJson {
  readonly neitherFrameNorJson: never;
}

type Plain = string | number | boolean | null | undefined;

/** A value within JSON, or what the compiler calls one that is none; what it does not know is looked at when the step has run. */
export type AsJson<R> = unknown extends R
  ? R
  : R extends Plain
    ? R
    : R extends
          | bigint
          | symbol
          | Date
          | Uint8Array
          | ReadonlyMap<unknown, unknown>
          | ReadonlySet<unknown>
          | ((...given: never) => unknown)
      ? NeitherFrameNorJson
      : R extends object
        ? { readonly [K in keyof R]: AsJson<R[K]> }
        : NeitherFrameNorJson;

/** An object or a list that is JSON; a function, which is an object too, is told by what it has. */
type JsonObject<R> = object & { readonly bind?: Plain | object[] } & { readonly [K in keyof R]: AsJson<R[K]> };

/** JSON; as the constraint of `R` itself. */
export type JsonLike<R> = Plain | JsonObject<R>;

/** What a task may give: JSON or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: what a function without a return gives.
export type GivenByTask<R> = void | JsonLike<R>;

/** What a step may give: a frame, a list or a record of frames, JSON, or nothing. */
export type Given<R> = AnyFrame | readonly AnyFrame[] | { readonly [name: string]: AnyFrame } | GivenByTask<R>;

/** What is kept of a load's report, and handed on. */
export interface Loaded {
  readonly runId: string;
  readonly rows: LoadReport['rows'];
  readonly changes?: Changes;
  readonly schemaChange?: string;
  /** Whether it had been done under its `loadId` before, so that nothing was written now. */
  readonly alreadyLoaded: boolean;
  readonly repeatable: boolean;
  readonly bytes: number;
  readonly seconds: number;
}

/** What `load.all` gives. */
export interface AllLoaded {
  readonly ok: boolean;
  readonly targets: { readonly [name: string]: TargetOutcome<LoadReport> };
  close(): Promise<void>;
}

/** What a load may give: the report of a loader, that of `load.all`, or several by name. */
export type Report = LoadReport | AllLoaded | { readonly [name: string]: LoadReport };

/** What is handed on of what a load gave. */
export type LoadedOf<R> = R extends LoadReport
  ? Loaded
  : R extends { readonly targets: infer T }
    ? { readonly [K in keyof T]: Loaded }
    : { readonly [K in keyof R]: Loaded };

/** What a check found. */
export interface Checked {
  readonly ok: boolean;
  readonly failures: readonly FailedRule[];
}

/** A rule that does not hold, and the first rows that break it. */
export interface FailedRule {
  readonly rule: string;
  readonly failures: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}
