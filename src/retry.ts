/** How long is waited before doing something again, and how much of that there may be: shared by readers and pipelines. */

/** Milliseconds. */
export interface Backoff {
  /** The longest wait before the second attempt; twice as long with each further one. */
  readonly baseDelay: number;
  /** The longest wait at all. */
  readonly maxDelay: number;
}

/** The wait after an attempt, counted from 1: at least a share of the longest, the rest of it random; 0 is full jitter. */
export function waitAfter(attempt: number, { baseDelay, maxDelay }: Backoff, least: number): number {
  const longest = Math.min(maxDelay, baseDelay * 2 ** (attempt - 1));
  return longest * (least + (1 - least) * Math.random());
}

/** What further attempts may take, all together. */
export class RetryBudget {
  #retries: number;
  #wait: number;

  constructor({
    retries = Number.POSITIVE_INFINITY,
    wait = Number.POSITIVE_INFINITY,
  }: {
    readonly retries?: number | undefined;
    readonly wait?: number | undefined;
  }) {
    this.#retries = retries;
    this.#wait = wait;
  }

  /** Takes one further attempt after so long a wait; false where that is more than is left. */
  take(wait: number): boolean {
    this.#retries -= 1;
    this.#wait -= wait;
    return this.#retries >= 0 && this.#wait >= 0;
  }
}
