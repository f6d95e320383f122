import { MillraceError } from '../../errors.ts';
import { showValue } from '../../schema/show-value.ts';
import { brokenUrlText, type Secrets } from '../secrets.ts';
import type { PageRequest } from './http.ts';
import type { Paginate } from './paginate.ts';
import type { Place } from './walk-pages.ts';

/** What a body is made of by a function: the page's number, counted from 1, and the parameters that lead to it. */
export interface BodyPlace {
  readonly page: number;
  readonly params: Readonly<Record<string, string | number>>;
}

/**
 * JSON to be posted for each page: values, or a function that gives all of it. To values the parameters of `in: 'body'`
 * are added.
 */
export type BodyOption = Readonly<Record<string, unknown>> | ((place: BodyPlace) => unknown);

export interface RequestOptions {
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  readonly body?: BodyOption;
  readonly paginate?: Paginate;
}

/** The url to begin with, without name, password and fragment, which are not sent in it. */
export function firstUrl(given: string | URL, params: RequestOptions['params'], secrets: Secrets): URL {
  const text = String(given);
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol)) {
    throw invalid(`"${brokenUrlText(text)}" is no url. Give one that starts with http:// or https://.`);
  }
  const url = new URL(text);
  for (const [name, value] of Object.entries(params ?? {})) url.searchParams.set(name, String(value));
  url.hash = '';
  secrets.learnUrl(url);
  return url;
}

/** How a page is asked for. */
export function requestOf(first: URL, { body, paginate }: RequestOptions, secrets: Secrets, place: Place): PageRequest {
  const { params, number } = place;
  const url = new URL(place.url ?? first);
  const inBody = paginate !== undefined && paginate.in === 'body';
  if (!inBody && typeof body !== 'function' && place.url === undefined) {
    for (const [name, value] of Object.entries(params)) url.searchParams.set(name, String(value));
  }
  if (body === undefined) return { url, body: undefined, confidential: false };
  let content: unknown = typeof body === 'function' ? body({ page: number, params }) : body;
  let text: string | undefined;
  try {
    if (typeof body !== 'function') content = structuredClone(body);
    if (inBody)
      for (const [path, value] of Object.entries(params)) setAt(content as Record<string, unknown>, path, value);
    text = JSON.stringify(content);
  } catch {
    // A bigint, a function, or an object that holds itself.
  }
  if (text === undefined)
    throw invalid('body is nothing that JSON can hold. Give an object of texts, numbers and such.');
  return { url, body: text, confidential: secrets.learnBody(content) };
}

/** Sets the value under a dotted path, making the objects on the way. */
function setAt(target: Record<string, unknown>, path: string, value: string | number): void {
  const steps = path.split('.');
  const last = steps.pop() ?? '';
  let at = target;
  for (const step of steps) {
    if (typeof at[step] !== 'object' || at[step] === null) at[step] = {};
    at = at[step] as Record<string, unknown>;
  }
  at[last] = value;
}

/** Refuses what cannot be asked for. */
export function checkRequest({ body, paginate }: RequestOptions): void {
  if (paginate?.in === 'body' && (body === undefined || typeof body === 'function')) {
    throw invalid(
      `paginate.in is 'body', and body is ${body === undefined ? 'not given' : 'a function, which is told the parameters itself'}. Give body as values.`,
    );
  }
}

/** Refuses what is given for an option and no number, or too small a one. */
export function positive(name: string, value: unknown, least: number): void {
  if (value === undefined || (Number.isFinite(value) && (value as number) >= least)) return;
  throw invalid(`${name} is ${showValue(value)}. Give a number from ${least}.`);
}

export function invalid(message: string): MillraceError {
  return new MillraceError({ code: 'api.option', message: `read.api: ${message}` });
}
