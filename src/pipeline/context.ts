import type { Readers } from '../readers/read.ts';
import type { DTypeOf, NullOf, SchemaSpec } from '../schema/column-type.ts';
import type { Session } from '../session.ts';
import type { Interval } from './schedule/schedule.ts';
import type { Trigger } from './store/store.ts';

/** The values of declared params. */
export type ParamsOf<S extends SchemaSpec> = { readonly [K in keyof S]: DTypeOf<S[K]>['js'] | NullOf<S[K]> };

/** What a step is told besides its inputs. */
export interface StepContext<P = object> {
  /** The run's session; its clock is `now`. */
  readonly session: Session;
  /** The readers of that session. */
  readonly read: Readers;
  readonly run: RunInfo;
  readonly params: P;
  /** The clock of the run: the end of its interval. So a rerun of a past day gives that day's result. */
  readonly now: Date;
  /** Fires when the step is out of time or the run is cancelled; give it to what takes long. */
  readonly signal: AbortSignal;
  /**
   * A name for the step's load, the same in every retry, resume and rerun of the interval: pass it to loaders. It has the
   * params that differ from their defaults, and no secrets.
   */
  readonly loadId: string;
  readonly log: Log;
}

/** The run that a step belongs to. */
export interface RunInfo {
  readonly id: string;
  readonly pipeline: string;
  readonly interval: Interval;
  /** Which attempt at the step this is, from 1. */
  readonly attempt: number;
  readonly trigger: Trigger;
}

/** Lines of a step's log; fields are data beside the message. */
export interface Log {
  /** What helps to look for a fault. */
  debug(message: string, fields?: LogFields): void;
  /** What happened. */
  info(message: string, fields?: LogFields): void;
  /** What should be looked at, and ended nothing. */
  warn(message: string, fields?: LogFields): void;
  /** What failed. */
  error(message: string, fields?: LogFields): void;
}

/** Data beside a log's message. */
export type LogFields = Readonly<Record<string, unknown>>;
/** How much a line of a log matters: `debug`, `info`, `warn`, `error`. */
export type LogLevel = keyof Log;
