import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../errors.ts';
import type { OptionNames } from '../../option-names.ts';
import { RetryBudget, waitAfter } from '../../retry.ts';
import type { Secrets } from '../secrets.ts';
import type { Credentials, Given } from './auth.ts';
import { exhaustedFor, type Pace, readDelay } from './pace.ts';
import { type Reply, send } from './send.ts';

/** How often and after how long a request is tried again; times in milliseconds. */
export interface RetryOptions {
  /** How often a request is tried in all. Default 5. */
  readonly attempts?: number;
  /** The wait before the second attempt, doubled with each further one. A random part of it is taken off. Default 500. */
  readonly baseDelay?: number;
  /** The longest such wait. Default 30,000. */
  readonly maxDelay?: number;
  /**
   * The longest wait that a server may ask for, by Retry-After or RateLimit-Reset. A longer one fails at once. Default
   * 120,000.
   */
  readonly maxRetryAfter?: number;
  /** How many further attempts all pages together may take, and how long the waits before them. Default: no limit but each page's own. */
  readonly budget?: { readonly retries?: number; readonly wait?: number };
}

export const RETRY_OPTIONS: OptionNames<RetryOptions> = {
  attempts: true,
  baseDelay: true,
  maxDelay: true,
  maxRetryAfter: true,
  budget: true,
};

/** One page as it is asked for. */
export interface PageRequest {
  readonly url: URL;
  /** JSON to be posted; without it the page is got. */
  readonly body: string | undefined;
  /** Whether there is a secret in the body. */
  readonly confidential: boolean;
}

export interface HttpSettings {
  readonly credentials: Credentials;
  /** Where the credentials may be sent. */
  readonly origin: string;
  /** Values of its parameters that nobody else may be sent. */
  readonly secretParams: readonly string[];
  /** Milliseconds that one attempt may take, the body included. */
  readonly timeout: number;
  /** Milliseconds that all pages together may take. */
  readonly totalTimeout: number | undefined;
  readonly maxResponseBytes: number;
  readonly retry: Required<Omit<RetryOptions, 'budget'>> & { readonly budget: { retries: number; wait: number } };
  readonly secrets: Secrets;
}

/** A successful answer. */
export interface Answer {
  /** Where a redirect led. */
  readonly url: URL;
  readonly status: number;
  readonly bytes: Buffer;
  readonly charset: string;
  readonly headers: Headers;
  /** Lets the bytes be written over: nobody looks at them any more. */
  readonly release?: () => void;
}

/** How much of a body an error shows. */
export const SHOWN_BODY = 300;
const MAX_REDIRECTS = 5;
const MOST_SPARE = 4;

/** What one attempt gave that may be tried again. */
interface Failure {
  readonly error: MillraceError;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter?: number | undefined;
}

/** A request as messages show it. */
export function shownRequest({ url, body }: PageRequest, secrets: Secrets): string {
  return `${body === undefined ? 'GET' : 'POST'} ${secrets.urlText(url)}`;
}

/**
 * The requests of one reading. They are tried again on network errors, timeouts, 429 and 5xx. No error of the
 * platform is passed on, not as a cause either: those quote urls and headers.
 */
export class HttpClient {
  readonly #settings: HttpSettings;
  readonly #pace: Pace;
  readonly #overall: AbortSignal;
  readonly #isLate: () => boolean;
  readonly #budget: RetryBudget;
  #end: () => void = () => undefined;
  /** Memory of bodies that have been read: to ask for new memory for each keeps the garbage collector busy. */
  readonly #spare: Buffer[] = [];

  constructor(settings: HttpSettings, pace: Pace, signal: AbortSignal | undefined) {
    this.#settings = settings;
    this.#pace = pace;
    this.#budget = new RetryBudget(settings.retry.budget);
    const stop = new AbortController();
    let late = false;
    const onLate = (): void => {
      late = true;
      stop.abort();
    };
    const timer = settings.totalTimeout === undefined ? undefined : setTimeout(onLate, settings.totalTimeout);
    this.#isLate = () => late;
    const onAbort = (): void => stop.abort(signal?.reason);
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#overall = stop.signal;
    // Each request under way listens to it.
    setMaxListeners(0, stop.signal);
    this.#end = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      stop.abort();
    };
  }

  /** Gives up what is still being asked for. */
  close(): void {
    this.#end();
  }

  /** An answer as `read` takes it; what it throws as retryable is tried again too. */
  async fetch<T>(request: PageRequest, read: (answer: Answer) => T | Promise<T>): Promise<T> {
    const { attempts, baseDelay, maxDelay, maxRetryAfter } = this.#settings.retry;
    try {
      for (let attempt = 1; ; attempt++) {
        await this.#pace.turn(this.#overall);
        const result = await this.#attempt(request, read, attempt);
        if ('value' in result) return result.value;
        const { error, retryAfter } = result;
        if (!error.retryable || attempt >= attempts || (retryAfter ?? 0) > maxRetryAfter) throw error;
        const wait = retryAfter ?? waitAfter(attempt, { baseDelay, maxDelay }, 0.5);
        if (!this.#budget.take(wait)) throw spent(error, this.#settings.retry.budget);
        // Where the server itself asks to wait, no other request is sent meanwhile.
        if (retryAfter !== undefined) this.#pace.hold(retryAfter);
        await sleep(wait, undefined, { signal: this.#overall });
      }
    } catch (error) {
      if (error instanceof MillraceError) throw error;
      if (this.#isLate()) throw this.#tooLate();
      this.#overall.throwIfAborted();
      throw error;
    }
  }

  async #attempt<T>(
    request: PageRequest,
    read: (answer: Answer) => T | Promise<T>,
    attempt: number,
  ): Promise<{ readonly value: T } | Failure> {
    const { credentials, timeout, secrets, retry } = this.#settings;
    const stop = new AbortController();
    const onAbort = (): void => stop.abort();
    this.#overall.throwIfAborted();
    this.#overall.addEventListener('abort', onAbort, { once: true });
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop.abort();
    }, timeout);
    const place = { url: request.url };
    try {
      let given = await credentials.current();
      let response = await this.#send(request, given, stop.signal, place);
      if (response.status === 401 && credentials.canExpire) {
        response.body.destroy();
        place.url = request.url;
        given = await credentials.renew(given);
        response = await this.#send(request, given, stop.signal, place);
      }
      const result = await this.#answer(request, place.url, response, attempt);
      if ('error' in result) return result;
      return { value: await read(result) };
    } catch (error) {
      this.#overall.throwIfAborted();
      if (error instanceof MillraceError) {
        if (error.retryable) return { error };
        throw error;
      }
      const shown = shownRequest({ ...request, url: place.url }, secrets);
      const reason = late ? `no complete answer within ${timeout} ms` : secrets.hide(rootMessage(error));
      const message = `${shown}: ${reason} (request ${attempt} of ${retry.attempts}).`;
      const details = { url: secrets.urlText(place.url), status: null, attempts: attempt, reason };
      return {
        error: new MillraceError({ code: late ? 'api.timeout' : 'api.network', message, retryable: true, details }),
      };
    } finally {
      clearTimeout(timer);
      this.#overall.removeEventListener('abort', onAbort);
    }
  }

  /** Redirects are followed here, so that no header goes where it should not. */
  async #send(request: PageRequest, given: Given, signal: AbortSignal, place: { url: URL }): Promise<Reply> {
    const { secrets } = this.#settings;
    const { body } = request;
    const headers = new Headers(given.headers);
    if (!headers.has('accept')) headers.set('accept', 'application/json');
    if (body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json');
    for (let redirects = 0; ; redirects++) {
      this.#refuseForeign(place.url, request);
      const url = new URL(place.url);
      if (given.query !== undefined) url.searchParams.set(...given.query);
      const response = await send(url, { headers, body, signal });
      const { status } = response;
      const location = status >= 300 && status < 400 ? response.headers.get('location') : null;
      if (location === null || redirects === MAX_REDIRECTS) return response;
      response.body.destroy();
      const shown = shownRequest({ ...request, url: place.url }, secrets);
      if (body !== undefined && status !== 307 && status !== 308) {
        throw redirectError(
          shown,
          `the server answers a POST with ${status}, after which its body would not be sent again`,
        );
      }
      if (!URL.canParse(location, place.url.href)) throw redirectError(shown, 'the server redirects to what is no url');
      place.url = new URL(location, place.url);
      secrets.learnUrl(place.url);
    }
  }

  async #answer(request: PageRequest, url: URL, response: Reply, attempt: number): Promise<Answer | Failure> {
    const { secrets, retry } = this.#settings;
    const { status, headers } = response;
    this.#pace.hear(headers);
    const shown = shownRequest({ ...request, url }, secrets);
    const isGood = status >= 200 && status < 300;
    const bytes = await this.#body(response, shown, isGood);
    if (isGood) {
      const charset = /charset="?([\w-]+)/i.exec(headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
      const release = (): void => {
        if (this.#spare.length < MOST_SPARE) this.#spare.push(Buffer.from(bytes.buffer));
      };
      return { url, status, bytes, charset, headers, release };
    }
    const body = secrets.hide(bytes.toString()).slice(0, SHOWN_BODY);
    const retryable = status === 429 || status >= 500;
    const retryAfter = retryable ? (readDelay(headers.get('retry-after') ?? '') ?? exhaustedFor(headers)) : undefined;
    const asked = (retryAfter ?? 0) > retry.maxRetryAfter;
    const notes = [
      retryable && retry.attempts > 1 ? ` (request ${attempt} of ${retry.attempts})` : '',
      asked ? `; it asks to wait ${Math.ceil((retryAfter ?? 0) / 1000)} s, more than retry.maxRetryAfter allows` : '',
      status === 401 || status === 403 ? '; it does not accept the credentials, or there are none' : '',
      status >= 300 && status < 400 ? '; it redirects too often, or to nowhere' : '',
    ];
    const error = new MillraceError({
      code: 'api.status',
      message: `${shown}: the server answered ${status}${notes.join('')}. ${body === '' ? 'The body is empty.' : `Its body: ${body}`}`,
      retryable,
      details: {
        url: secrets.urlText(url),
        status,
        body,
        attempts: attempt,
        ...(retryAfter === undefined ? {} : { retryAfter }),
      },
    });
    return { error, retryAfter };
  }

  /** The body, no more of it than may be; of an answer that is none, its beginning. */
  async #body({ headers, body }: Reply, shown: string, isGood: boolean): Promise<Buffer> {
    const most = isGood ? this.#settings.maxResponseBytes : 1 << 16;
    const announced = Number(headers.get('content-length') ?? 0);
    const isTooLarge = isGood && announced > most;
    const bytes = new Bytes(this.#spare.pop(), isGood && !isTooLarge ? announced : 0);
    if (isTooLarge) body.destroy();
    else {
      // What is left of it when the loop is left is given up.
      for await (const piece of body as AsyncIterable<Buffer>) {
        bytes.add(piece);
        if (bytes.length > most) break;
      }
      if (bytes.length <= most) return bytes.all();
      if (!isGood) return bytes.all().subarray(0, most);
    }
    throw new MillraceError({
      code: 'api.too_large',
      message: `${shown}: the answer is larger than ${most} bytes. Ask for smaller pages, or raise maxResponseBytes.`,
      details: { url: shown.slice(shown.indexOf(' ') + 1), maxResponseBytes: most },
    });
  }

  /** Neither a redirect nor a link in an answer takes the credentials to another server, wherever they stand. */
  #refuseForeign(url: URL, request: PageRequest): void {
    const { origin, credentials, secrets, secretParams } = this.#settings;
    const confidential =
      credentials.confidential ||
      request.confidential ||
      [...url.searchParams.values()].some((value) => secretParams.includes(value));
    if (url.origin === origin || (!confidential && /^https?:$/.test(url.protocol))) return;
    const shown = secrets.urlText(url);
    throw new MillraceError({
      code: 'api.foreign_origin',
      message: `The server at ${origin} sends on to ${shown}, another origin, which would get headers or secrets given to read.api. Read that url itself if it is to have them.`,
      details: { url: shown, origin },
    });
  }

  #tooLate(): MillraceError {
    const { totalTimeout } = this.#settings;
    return new MillraceError({
      code: 'api.timeout',
      message: `read.api: not all pages came within ${totalTimeout} ms, which totalTimeout allows.`,
      retryable: true,
      details: { totalTimeout },
    });
  }
}

/** Bytes that come in pieces. */
class Bytes {
  #bytes: Buffer;
  length = 0;

  /** `expected`: how many there will be, as far as is known. */
  constructor(spare: Buffer | undefined, expected: number) {
    const enough = spare !== undefined && spare.length >= expected;
    this.#bytes = enough ? spare : Buffer.allocUnsafeSlow(Math.max(Math.ceil(1.25 * expected), 1 << 16));
  }

  add(piece: Uint8Array): void {
    if (this.length + piece.length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (this.length + piece.length));
      larger.set(this.#bytes.subarray(0, this.length));
      this.#bytes = larger;
    }
    this.#bytes.set(piece, this.length);
    this.length += piece.length;
  }

  all(): Buffer {
    return this.#bytes.subarray(0, this.length);
  }
}

function redirectError(shown: string, what: string): MillraceError {
  return new MillraceError({
    code: 'api.redirect',
    message: `${shown}: ${what}.`,
    details: { url: shown.slice(shown.indexOf(' ') + 1) },
  });
}

function spent(error: MillraceError, budget: { readonly retries: number; readonly wait: number }): MillraceError {
  return new MillraceError({
    code: error.code,
    message: `${error.message} It is not tried again: retry.budget is spent.`,
    retryable: true,
    details: { ...error.details, budget },
  });
}

/** The innermost message of an error, which alone says what happened. */
function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  if (root instanceof AggregateError && root.errors[0] instanceof Error) root = root.errors[0];
  return root instanceof Error ? root.message || String('code' in root ? root.code : root.name) : String(root);
}
