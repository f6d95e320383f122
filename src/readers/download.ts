import { createWriteStream } from 'node:fs';
import { type IncomingMessage, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { MillraceError } from '../errors.ts';
import type { OptionNames } from '../option-names.ts';
import { isS3, type S3Options, s3PlaceOf } from '../storage/s3/options.ts';
import { Secrets } from './secrets.ts';

export interface DownloadOptions {
  /** Sent with the requests for urls, to their own origin alone, and never shown. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How often a url is tried in all, on network errors, 429 and 5xx. Default 3. */
  readonly attempts?: number;
  /** How the store of an `s3://` url is reached. */
  readonly s3?: S3Options;
}

export const DOWNLOAD_OPTIONS: OptionNames<DownloadOptions> = { headers: 'object', attempts: 'number', s3: 'object' };

/** A url to be fetched, and what to call it. */
export interface Download {
  readonly name: string;
  /** Writes what it gives into a file, whole or not at all. */
  into(path: string, signal: AbortSignal | undefined): Promise<void>;
}

/** What codes of errors begin with. */
type Area = 'arrow' | 'csv' | 'excel' | 'json' | 'parquet';

interface HttpDownload {
  readonly area: Area;
  readonly name: string;
  readonly url: URL;
  readonly headers: Headers;
  readonly attempts: number;
  readonly secrets: Secrets;
}

const MAX_REDIRECTS = 5;
/** Milliseconds without a byte after which a server is given up. */
const SILENCE = 60_000;
const BASE_DELAY = 500;

/** Whether a text is a url of what can be fetched. */
export function isUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) || isS3(text);
}

export function downloadOf(text: string, options: DownloadOptions, area: Area): Download {
  const place = s3PlaceOf(text);
  if (place === undefined) {
    const source = httpOf(text, options, area);
    return { name: source.name, into: (path, signal) => download(source, path, signal) };
  }
  return {
    name: place.url,
    into: async (path, signal) => {
      const { fetchFile } = await import('../storage/s3/fetch.ts');
      await fetchFile(place, options.s3 ?? {}, path, signal);
    },
  };
}

function httpOf(text: string, { headers = {}, attempts = 3 }: DownloadOptions, area: Area): HttpDownload {
  if (!URL.canParse(text)) {
    throw new MillraceError({ code: `${area}.option`, message: `read.${area}: ${JSON.stringify(text)} is no url.` });
  }
  if (!Number.isSafeInteger(attempts) || attempts < 1) {
    throw new MillraceError({
      code: `${area}.option`,
      message: `read.${area}: attempts is ${attempts}. Give a whole number from 1.`,
    });
  }
  const url = new URL(text);
  const secrets = new Secrets();
  const sent = new Headers(headers as Record<string, string>);
  secrets.learnHeaders(sent);
  return { area, name: secrets.urlText(url), url, headers: sent, attempts, secrets };
}

/** Writes what a url gives into a file, whole or not at all; tries again where that may help. */
async function download(source: HttpDownload, path: string, signal: AbortSignal | undefined): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await fetchInto(source, path, signal);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof MillraceError) || !error.retryable || attempt >= source.attempts) throw error;
      await sleep(BASE_DELAY * 2 ** (attempt - 1), undefined, { signal });
    }
  }
}

async function fetchInto(source: HttpDownload, path: string, signal: AbortSignal | undefined): Promise<void> {
  const response = await answerOf(source, signal);
  const expected = Number(response.headers['content-length'] ?? Number.NaN);
  let received = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      received += chunk.length;
      done(null, chunk);
    },
  });
  const decoder = decoderOf(source, response);
  const steps = decoder === undefined ? [response, counted] : [response, counted, decoder];
  try {
    await pipeline([...steps, createWriteStream(path)], { signal });
  } catch (error) {
    throw networkError(source, `the answer is cut off or damaged (${source.secrets.hide(messageOf(error))})`);
  }
  if (Number.isFinite(expected) && received !== expected) {
    throw networkError(source, `the answer is cut off: ${received} of ${expected} bytes came`);
  }
}

/** The server's answer, redirects followed: headers go to the origin of the url alone. */
async function answerOf(source: HttpDownload, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  let { url } = source;
  for (let redirects = 0; ; redirects++) {
    const response = await send(source, url, signal);
    const status = response.statusCode ?? 0;
    if (status >= 200 && status < 300 && status !== 204 && status !== 206) return response;
    const { location } = response.headers;
    response.resume();
    if (status < 300 || status >= 400 || location === undefined || redirects === MAX_REDIRECTS) {
      const why = status >= 300 && status < 400 ? '; it redirects too often, or to nowhere' : '';
      throw new MillraceError({
        code: `${source.area}.status`,
        message: `GET ${source.secrets.urlText(url)}: the server answered ${status}${why}.`,
        retryable: status === 429 || status >= 500,
        details: { url: source.secrets.urlText(url), status },
      });
    }
    if (!URL.canParse(location, url.href)) throw networkError(source, 'it redirects to what is no url');
    url = new URL(location, url);
    if (!/^https?:$/.test(url.protocol)) throw networkError(source, 'it redirects to what is no http url');
  }
}

function send(source: HttpDownload, url: URL, signal: AbortSignal | undefined): Promise<IncomingMessage> {
  const own = url.origin === source.url.origin ? Object.fromEntries(source.headers) : {};
  const headers = { 'accept-encoding': 'gzip', ...own };
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const fail = (error: unknown): void => reject(networkError(source, source.secrets.hide(messageOf(error))));
    const sent = request(url, { headers, signal }, resolve);
    sent.on('error', fail);
    sent.setTimeout(SILENCE, () => sent.destroy(new Error(`no byte within ${SILENCE / 1000} s`)));
    sent.end();
  });
}

function decoderOf(source: HttpDownload, response: IncomingMessage): Transform | undefined {
  const encoding = (response.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  switch (encoding) {
    case 'identity':
    case '':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      response.destroy();
      throw networkError(source, `its content-encoding ${JSON.stringify(encoding)} is not known`);
  }
}

function messageOf(error: unknown): string {
  const first = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first.message || String('code' in first ? first.code : first.name) : String(first);
}

function networkError({ area, url, secrets }: HttpDownload, reason: string): MillraceError {
  const shown = secrets.urlText(url);
  return new MillraceError({
    code: `${area}.network`,
    message: `GET ${shown}: ${reason}.`,
    retryable: true,
    details: { url: shown, reason },
  });
}
