import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../errors.ts';

/** When requests may be sent: so many a second, and not before a server says that it takes more. */
export class Pace {
  readonly #interval: number;
  readonly #longest: number;
  #free = 0;
  #heldUntil = 0;

  /** `longest`: the longest wait that a server may ask for, in milliseconds. */
  constructor(requestsPerSecond: number | undefined, longest: number) {
    this.#interval = requestsPerSecond === undefined ? 0 : 1000 / requestsPerSecond;
    this.#longest = longest;
  }

  /** Waits until the next request may be sent. */
  async turn(signal: AbortSignal): Promise<void> {
    for (;;) {
      const now = performance.now();
      if (this.#heldUntil - now > this.#longest) throw tooLong(this.#heldUntil - now);
      const at = Math.max(this.#free, this.#heldUntil);
      if (at <= now) {
        this.#free = now + this.#interval;
        return;
      }
      if (this.#heldUntil <= this.#free) {
        // Each of those that wait has a place of its own.
        this.#free = at + this.#interval;
        await sleep(at - now, undefined, { signal });
        if (this.#heldUntil <= performance.now()) return;
      } else await sleep(at - now, undefined, { signal });
    }
  }

  /** Sends nothing for a while. */
  hold(milliseconds: number): void {
    this.#heldUntil = Math.max(this.#heldUntil, performance.now() + milliseconds);
  }

  /** Takes in what an answer says of the requests that are left. */
  hear(headers: Headers): void {
    const wait = exhaustedFor(headers);
    if (wait !== undefined) this.hold(wait);
  }
}

/** How long a server says that it takes nothing more, in milliseconds, by `RateLimit` headers or their older names. */
export function exhaustedFor(headers: Headers): number | undefined {
  const together = headers.get('ratelimit') ?? '';
  const remaining =
    /\b(?:r|remaining)\s*=\s*(\d+)/i.exec(together)?.[1] ??
    headers.get('ratelimit-remaining') ??
    headers.get('x-ratelimit-remaining') ??
    headers.get('x-rate-limit-remaining');
  if (remaining === null || !/^\s*0+\s*$/.test(remaining)) return undefined;
  const reset =
    /\b(?:t|reset)\s*=\s*(\d+)/i.exec(together)?.[1] ??
    headers.get('ratelimit-reset') ??
    headers.get('x-ratelimit-reset') ??
    headers.get('x-rate-limit-reset');
  return reset === null ? undefined : readDelay(reset);
}

/** A number of seconds from now or since 1970, or a date, as milliseconds from now. */
export function readDelay(text: string): number | undefined {
  if (/^\s*\d+(\.\d+)?\s*$/.test(text)) {
    const seconds = Number(text);
    // Nobody asks to wait 30 years.
    return seconds < 1e9 ? seconds * 1000 : Math.max(0, seconds * 1000 - Date.now());
  }
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function tooLong(wait: number): MillraceError {
  return new MillraceError({
    code: 'api.rate_limited',
    message: `read.api: the server takes no more requests for ${Math.ceil(wait / 1000)} s, longer than retry.maxRetryAfter allows. Read again later, or raise it.`,
    retryable: true,
    details: { retryAfter: wait },
  });
}
