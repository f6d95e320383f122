import { MillraceError } from '../errors.ts';
import { exactValueAt, kindOf, valueAt } from './json-path.ts';
import type { Secrets } from './secrets.ts';

/**
 * How the answer says that there is no more, by the path of a number of pages, of a number of records, or of a flag.
 * A read that ends before that is an error, not a smaller result.
 */
export type Until =
  | { readonly totalPages: string }
  | { readonly totalRecords: string }
  /** True while there are more pages. */
  | { readonly more: string };

interface Paginated {
  /** The parameter of the page size, and its value. The server may give less than it was asked for. */
  readonly size?: { readonly param: string; readonly value: number };
  readonly until?: Until;
  /** More pages than this are an error. Default 10,000. */
  readonly maxPages?: number;
}

/** Pages by number, up to an empty one or to `until`. */
export interface PageNumbers extends Paginated {
  readonly kind: 'page';
  readonly param: string;
  /** The number of the first page. Default 1. */
  readonly start?: number;
}

/** Pages by the number of records before them, up to an empty one or to `until`. */
export interface Offsets extends Paginated {
  readonly kind: 'offset';
  readonly param: string;
  /** Default 0. */
  readonly start?: number;
}

/** Each answer holds, under the path `next`, the value of the parameter for the next; absent, null or empty at the end. */
export interface Cursors extends Paginated {
  readonly kind: 'cursor';
  readonly param: string;
  readonly next: string;
}

/** Each answer holds the url of the next, under the path `next`; without it, in the Link header as rel="next". */
export interface NextLinks extends Paginated {
  readonly kind: 'next-link';
  readonly next?: string;
}

export type Paginate = PageNumbers | Offsets | Cursors | NextLinks;

export interface Page {
  readonly url: URL;
  /** Where a redirect led, from which links are relative. */
  readonly base: URL;
  readonly text: string;
  readonly answer: unknown;
  readonly link: string | null;
  /** How many records it holds. */
  readonly count: number;
}

const MAX_PAGES = 10_000;

/** The pages of a paginated answer, one after another; without `paginate` there is one. */
export async function* walkPages(
  url: URL,
  paginate: Paginate | undefined,
  secrets: Secrets,
  fetchPage: (url: URL) => Promise<Page>,
): AsyncGenerator<Page> {
  const seen = new Set<string>();
  let next: URL | undefined = paginate === undefined ? url : firstUrl(url, paginate);
  let received = 0;
  let previous = '';
  for (let pages = 1; next !== undefined; pages++) {
    const shown = secrets.urlText(next);
    if (seen.has(next.href))
      throw loop(`${shown} follows on itself: the answer names it as its next page again`, shown);
    if (pages > (paginate?.maxPages ?? MAX_PAGES)) {
      throw new MillraceError({
        code: 'api.too_many_pages',
        message: `read.api: there are more than ${pages - 1} pages; the next is ${shown}. Does the server know the parameters of paginate? If it does, raise paginate.maxPages.`,
        details: { url: shown, pages: pages - 1 },
      });
    }
    seen.add(next.href);
    const page = await fetchPage(next);
    received += page.count;
    const counted = paginate?.kind === 'page' || paginate?.kind === 'offset';
    if (counted && paginate.until === undefined && page.count > 0 && page.text === previous) {
      throw loop(`${shown} is the same as the page before: the server takes no notice of "${paginate.param}"`, shown);
    }
    previous = page.text;
    yield page;
    next = paginate === undefined ? undefined : nextUrl(page, paginate, { pages, received, shown });
  }
}

/** Where a walk stands after a page. */
interface Place {
  readonly pages: number;
  readonly received: number;
  readonly shown: string;
}

function firstUrl(url: URL, paginate: Paginate): URL {
  const first = new URL(url);
  if (paginate.size !== undefined) first.searchParams.set(paginate.size.param, String(paginate.size.value));
  if (paginate.kind === 'page') first.searchParams.set(paginate.param, String(paginate.start ?? 1));
  if (paginate.kind === 'offset') first.searchParams.set(paginate.param, String(paginate.start ?? 0));
  return first;
}

function nextUrl(page: Page, paginate: Paginate, place: Place): URL | undefined {
  const more = isThereMore(page, paginate, place);
  if (paginate.kind === 'page' || paginate.kind === 'offset') {
    const { kind, param } = paginate;
    if (more === false) return undefined;
    if (page.count === 0) {
      // An empty page is the end, unless the answer says otherwise; a page number can go on from there.
      if (more === undefined) return undefined;
      if (kind === 'offset' || !('more' in (paginate.until ?? {}))) throw incomplete(place, 'this page is empty');
    }
    const next = kind === 'page' ? (paginate.start ?? 1) + place.pages : (paginate.start ?? 0) + place.received;
    return withParam(page.url, param, String(next));
  }
  if (more === false && 'more' in (paginate.until ?? {})) return undefined;
  const next = paginate.kind === 'cursor' ? cursorOf(page, paginate, place) : linkOf(page, paginate, place);
  // What a total says of the end gives way to a next page that is there.
  if (next === undefined && more === true) throw incomplete(place, 'it names no next page');
  return next;
}

/** What the answer says by `until`; undefined where it says nothing, or nothing that can be compared. */
function isThereMore(page: Page, paginate: Paginate, place: Place): boolean | undefined {
  const { until } = paginate;
  if (until === undefined) return undefined;
  const path = 'more' in until ? until.more : 'totalPages' in until ? until.totalPages : until.totalRecords;
  const said = valueAt(page.answer, path);
  if (typeof said !== ('more' in until ? 'boolean' : 'number')) {
    throw new MillraceError({
      code: 'api.paginate',
      message: `GET ${place.shown}: paginate.until names "${path}", where the answer has ${kindOf(said)} and not ${'more' in until ? 'true or false' : 'a number'}.`,
      details: { url: place.shown, path },
    });
  }
  if ('more' in until) return said === true;
  const start = 'start' in paginate ? paginate.start : undefined;
  if ('totalPages' in until) {
    // Pages are counted from 0 or 1; with a later start, those before it count too.
    const before = paginate.kind === 'page' ? Math.max(0, (start ?? 1) - 1) : 0;
    return place.pages + before < Number(said);
  }
  if (paginate.kind === 'page' && (start ?? 1) > 1) {
    // How many records the pages before the first had is not known.
    return undefined;
  }
  return place.received + (paginate.kind === 'offset' ? (start ?? 0) : 0) < Number(said);
}

function cursorOf(page: Page, { next, param }: Cursors, place: Place): URL | undefined {
  const found = valueAt(page.answer, next);
  if (isNothing(found)) return undefined;
  if (typeof found === 'string') return withParam(page.url, param, found);
  if (typeof found === 'number') return withParam(page.url, param, String(exactValueAt(page.text, page.answer, next)));
  throw noNext(place, next, found, 'a string or a number');
}

function linkOf(page: Page, { next }: NextLinks, place: Place): URL | undefined {
  const found = next === undefined ? nextLink(page.link) : valueAt(page.answer, next);
  if (isNothing(found)) return undefined;
  if (typeof found !== 'string' || !URL.canParse(found, page.base.href)) {
    throw noNext(place, next ?? 'the Link header', found, 'a url');
  }
  return new URL(found, page.base);
}

/** Whether a value says that there is no next page. */
function isNothing(value: unknown): boolean {
  return value === undefined || value === null || value === '' || value === false;
}

/** The target of rel="next" in a Link header. */
function nextLink(header: string | null): string | undefined {
  for (const [, target, params = ''] of (header ?? '').matchAll(/<([^>]*)>((?:[^<"]|"[^"]*")*)/g)) {
    const rel = /;\s*rel\s*=\s*("([^"]*)"|[^\s;,"]+)/i.exec(params);
    const rels = (rel?.[2] ?? rel?.[1] ?? '').toLowerCase().split(/\s+/);
    if (rels.includes('next')) return target;
  }
  return undefined;
}

function withParam(url: URL, param: string, value: string): URL {
  const next = new URL(url);
  next.searchParams.set(param, value);
  return next;
}

function loop(message: string, url: string): MillraceError {
  return new MillraceError({ code: 'api.loop', message: `read.api: ${message}.`, details: { url } });
}

function incomplete(place: Place, what: string): MillraceError {
  return new MillraceError({
    code: 'api.incomplete',
    message: `GET ${place.shown}: ${what}, though by paginate.until there are more than the ${place.received} records on ${place.pages} pages read so far.`,
    retryable: true,
    details: { url: place.shown, received: place.received, pages: place.pages },
  });
}

function noNext(place: Place, path: string, found: unknown, wanted: string): MillraceError {
  return new MillraceError({
    code: 'api.paginate',
    message: `GET ${place.shown}: paginate.next leads to ${kindOf(found)} (${path}), not to ${wanted}.`,
    details: { url: place.shown, path },
  });
}
