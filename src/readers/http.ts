import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../errors.ts';
import type { Secrets } from './secrets.ts';

/** How often and after how long a request is tried again; times in milliseconds. */
export interface RetryOptions {
  /** How often a request is tried in all. Default 5. */
  readonly attempts?: number;
  /** The wait before the second attempt, doubled with each further one, a random part of it taken off. Default 500. */
  readonly baseDelay?: number;
  /** The longest such wait. Default 30,000. */
  readonly maxDelay?: number;
  /** The longest wait that a server may ask for with Retry-After; a longer one fails at once. Default 120,000. */
  readonly maxRetryAfter?: number;
}

export interface HttpSettings {
  readonly headers: Headers;
  /** Where the headers may be sent. */
  readonly origin: string;
  /** Whether there is anything in the headers that no other origin may see. */
  readonly confidential: boolean;
  /** Milliseconds that one attempt may take, the body included. */
  readonly timeout: number;
  readonly retry: Required<RetryOptions>;
  readonly secrets: Secrets;
  readonly signal: AbortSignal | undefined;
}

/** A successful answer. */
export interface Answer {
  readonly url: URL;
  readonly text: string;
  /** The Link header. */
  readonly link: string | null;
}

/** How much of a body an error shows. */
export const SHOWN_BODY = 300;
const MAX_REDIRECTS = 5;

/** What one attempt gave that may be tried again. */
interface Failure {
  readonly error: MillraceError;
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfter: number | undefined;
}

/**
 * Gets a url, trying again on network errors, timeouts, 429 and 5xx. No error of the platform is passed on, not as a
 * cause either: those quote urls and headers.
 */
export async function get(url: URL, settings: HttpSettings): Promise<Answer> {
  const { attempts, baseDelay, maxDelay, maxRetryAfter } = settings.retry;
  for (let attempt = 1; ; attempt++) {
    const result = await tryOnce(url, settings, attempt);
    if ('text' in result) return result;
    const { error, retryAfter } = result;
    if (!error.retryable || attempt >= attempts || (retryAfter ?? 0) > maxRetryAfter) throw error;
    const longest = Math.min(maxDelay, baseDelay * 2 ** (attempt - 1));
    const wait = retryAfter ?? longest * (0.5 + Math.random() / 2);
    try {
      await sleep(wait, undefined, settings.signal === undefined ? {} : { signal: settings.signal });
    } catch (error) {
      settings.signal?.throwIfAborted();
      throw error;
    }
  }
}

async function tryOnce(first: URL, settings: HttpSettings, attempt: number): Promise<Answer | Failure> {
  const { signal, timeout } = settings;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const onAbort = (): void => stop.abort();
  signal?.addEventListener('abort', onAbort, { once: true });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    stop.abort();
  }, timeout);
  let url = first;
  try {
    for (let redirects = 0; ; redirects++) {
      refuseForeign(url, settings);
      // Redirects are followed here, so that no header goes where it should not.
      const response = await fetch(url, { headers: settings.headers, redirect: 'manual', signal: stop.signal });
      const location = response.status >= 300 && response.status < 400 ? response.headers.get('location') : null;
      if (location === null || redirects === MAX_REDIRECTS) return await readAnswer(url, response, settings, attempt);
      await response.body?.cancel();
      url = redirected(location, url, settings);
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (error instanceof MillraceError) throw error;
    const shown = settings.secrets.urlText(url);
    const reason = late ? `no complete answer within ${timeout} ms` : settings.secrets.hide(rootMessage(error));
    const message = `GET ${shown}: ${reason} (attempt ${attempt} of ${settings.retry.attempts}).`;
    const code = late ? 'api.timeout' : 'api.network';
    const details = { url: shown, status: null, attempts: attempt, reason };
    return { error: new MillraceError({ code, message, retryable: true, details }), retryAfter: undefined };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

async function readAnswer(
  url: URL,
  response: Response,
  settings: HttpSettings,
  attempt: number,
): Promise<Answer | Failure> {
  const { status } = response;
  const bytes = await response.arrayBuffer();
  const charset = /charset="?([\w-]+)/i.exec(response.headers.get('content-type') ?? '')?.[1] ?? 'utf-8';
  if (status >= 200 && status < 300) {
    return { url, text: decodeBody(bytes, charset, url, settings.secrets), link: response.headers.get('link') };
  }
  const { secrets, retry } = settings;
  const shown = secrets.urlText(url);
  const body = secrets.hide(new TextDecoder().decode(bytes)).slice(0, SHOWN_BODY);
  const retryable = status === 429 || status >= 500;
  const retryAfter = retryable ? readRetryAfter(response.headers.get('retry-after')) : undefined;
  const asked = (retryAfter ?? 0) > retry.maxRetryAfter;
  const notes = [
    retryable && retry.attempts > 1 ? ` (attempt ${attempt} of ${retry.attempts})` : '',
    asked ? `; it asks to wait ${Math.ceil((retryAfter ?? 0) / 1000)} s, more than retry.maxRetryAfter allows` : '',
    status === 401 || status === 403 ? '; it does not accept the credentials, or there are none' : '',
    status >= 300 && status < 400 ? '; it redirects too often, or to nowhere' : '',
  ];
  const error = new MillraceError({
    code: 'api.status',
    message: `GET ${shown}: the server answered ${status}${notes.join('')}. ${body === '' ? 'The body is empty.' : `Its body: ${body}`}`,
    retryable,
    details: { url: shown, status, body, attempts: attempt, ...(retryAfter === undefined ? {} : { retryAfter }) },
  });
  return { error, retryAfter };
}

function decodeBody(bytes: ArrayBuffer, charset: string, url: URL, secrets: Secrets): string {
  try {
    return new TextDecoder(charset, { fatal: true }).decode(bytes);
  } catch {
    const shown = secrets.urlText(url);
    throw new MillraceError({
      code: 'api.not_json',
      message: `GET ${shown}: the answer is not text in ${secrets.hide(charset)}.`,
      details: { url: shown },
    });
  }
}

/** Retry-After as milliseconds: seconds, or a date. */
function readRetryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  if (/^\s*\d+(\.\d+)?\s*$/.test(header)) return Number(header) * 1000;
  const at = Date.parse(header);
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now());
}

function redirected(location: string, from: URL, { secrets }: HttpSettings): URL {
  try {
    const url = new URL(location, from);
    secrets.learnUrl(url);
    return url;
  } catch {
    const shown = secrets.urlText(from);
    throw new MillraceError({
      code: 'api.redirect',
      message: `GET ${shown}: the server redirects to what is no url.`,
      details: { url: shown },
    });
  }
}

/** Neither a redirect nor a link in an answer takes the headers to another server. */
function refuseForeign(url: URL, { origin, confidential, secrets }: HttpSettings): void {
  if (url.origin === origin || (!confidential && /^https?:$/.test(url.protocol))) return;
  const shown = secrets.urlText(url);
  throw new MillraceError({
    code: 'api.foreign_origin',
    message: `The server at ${origin} sends on to ${shown}, another origin, which would be sent the headers given to read.api. Read that url itself if it is to have them.`,
    details: { url: shown, origin },
  });
}

/** The innermost message of an error of fetch, which alone says what happened. */
function rootMessage(error: unknown): string {
  let root = error;
  while (root instanceof Error && root.cause instanceof Error) root = root.cause;
  if (root instanceof AggregateError && root.errors[0] instanceof Error) root = root.errors[0];
  return root instanceof Error ? root.message || String('code' in root ? root.code : root.name) : String(root);
}
