import { crc32 } from 'node:zlib';
import { MillraceError } from '../../errors.ts';
import type { Secrets } from '../secrets.ts';
import { type Answer, type PageRequest, shownRequest } from './http.ts';
import { kindOf, valueAt } from './json-path.ts';
import type { PageText } from './page-text.ts';
import type { ApiPage, Cursors, NextLinks, Offsets, PageNumbers, Paginate, Until } from './paginate.ts';

/** A page that came. */
export interface Page extends PageText {
  readonly request: PageRequest;
  /** Where a redirect led, from which links are relative. */
  readonly base: URL;
  readonly headers: Headers;
  /** Lets its bytes be written over. */
  readonly release: () => void;
  /** The answer that is to be kept, where it is not. */
  readonly unkept?: Answer;
}

/** The parameters of a page, by name; the url of its own where a link leads there. */
export interface Place {
  readonly params: Readonly<Record<string, string | number>>;
  readonly url?: URL;
  /** Counted from 1. */
  readonly number: number;
}

export interface Walk {
  readonly paginate: Paginate | undefined;
  readonly secrets: Secrets;
  /** How many pages are asked for at once, where they can be addressed before those before them came. */
  readonly concurrency: number;
  requestAt(place: Place): PageRequest;
  fetchPage(request: PageRequest): Promise<Page>;
  /** Hears of each page against which nothing is to be said, before the next is waited for. */
  accept(page: Page): Promise<void>;
}

const MAX_PAGES = 10_000;

/** The pages of a paginated answer, one after another; without `paginate` there is one. */
export async function* walkPages(walk: Walk): AsyncGenerator<Page> {
  const { paginate, secrets } = walk;
  const ahead = new Ahead(walk);
  const asked = new Set<string>();
  const seen = new Map<string, string>();
  let place: Place | undefined = firstPlace(paginate);
  let received = 0;
  let size: number | undefined;
  let uneven: string | undefined;
  while (place !== undefined) {
    const request: PageRequest = walk.requestAt(place);
    const shown = shownRequest(request, secrets);
    const key = keyOf(request);
    if (asked.has(key)) throw loop(`${shown} follows on itself: the answer names it as its next page again`, shown);
    if (place.number > (paginate?.maxPages ?? MAX_PAGES)) {
      throw new MillraceError({
        code: 'api.too_many_pages',
        message: `read.api: there are more than ${place.number - 1} pages; the next is ${shown}. Does the server know the parameters of paginate? If it does, raise paginate.maxPages.`,
        details: { url: urlOf(shown), pages: place.number - 1 },
      });
    }
    asked.add(key);
    const page: Page = await ahead.take(request);
    received += page.count;
    const at: At = { place, pages: place.number, received, shown };
    if (paginate !== undefined) {
      refuseWrong(page, paginate, at);
      if (page.count > 0) {
        size ??= page.count;
        refuseRepeated(page, paginate, at, seen, size);
        if (uneven !== undefined) throw unevenPage(uneven, at);
        if (isUneven(paginate, page.count, size)) {
          if (page.count > size) throw unevenPage(`${shown} has ${page.count} records, and the first page ${size}`, at);
          uneven = `${shown} has ${page.count} records, the first page ${size}, and more came after it`;
        }
      }
    }
    yield page;
    const next: Place | undefined = paginate === undefined ? undefined : nextPlace(page, paginate, at);
    if (next !== undefined && paginate !== undefined) ahead.start(next, page, paginate, at);
    await walk.accept(page);
    place = next;
  }
}

/** Asks for pages that will be wanted, where their parameters can be told; the walk takes them in their order. */
class Ahead {
  readonly #walk: Walk;
  readonly #under = new Map<string, Promise<Page>>();

  constructor(walk: Walk) {
    this.#walk = walk;
  }

  take(request: PageRequest): Promise<Page> {
    const key = keyOf(request);
    const found = this.#under.get(key) ?? this.#walk.fetchPage(request);
    this.#under.delete(key);
    return found;
  }

  start(next: Place, page: Page, paginate: Paginate, at: At): void {
    const { concurrency, requestAt, fetchPage } = this.#walk;
    if (concurrency === 1 || (paginate.kind !== 'page' && paginate.kind !== 'offset')) return;
    const left = Math.min(concurrency, pagesLeft(page, paginate, at), (paginate.maxPages ?? MAX_PAGES) - at.pages);
    const step = paginate.kind === 'page' ? 1 : page.count;
    const from = Number(next.params[paginate.param]);
    for (let i = 0; i < left; i++) {
      const params = { ...next.params, [paginate.param]: from + i * step };
      const request = requestAt({ params, number: next.number + i });
      const key = keyOf(request);
      if (this.#under.has(key)) continue;
      const fetched = fetchPage(request);
      // A page that is never wanted, behind the end, may fail.
      fetched.catch(() => undefined);
      this.#under.set(key, fetched);
    }
  }
}

/** How many pages are still to come, as far as the answer says. */
function pagesLeft(page: Page, paginate: PageNumbers | Offsets, at: At): number {
  const { until } = paginate;
  if (typeof until !== 'object' || page.count === 0) return Number.POSITIVE_INFINITY;
  if ('more' in until) return Number.POSITIVE_INFINITY;
  const said = Number(valueAt(page.outline, 'totalPages' in until ? until.totalPages : until.totalRecords));
  const left =
    'totalPages' in until
      ? said - at.pages - (paginate.kind === 'page' ? pagesBefore(paginate) : 0)
      : Math.ceil((said - at.received - (paginate.kind === 'offset' ? (paginate.start ?? 0) : 0)) / page.count);
  return Number.isNaN(left) ? 1 : Math.max(1, left);
}

/** Where a walk stands after a page. */
interface At {
  readonly place: Place;
  readonly pages: number;
  readonly received: number;
  readonly shown: string;
}

function keyOf({ url, body }: PageRequest): string {
  return `${url.href}\n${body ?? ''}`;
}

function firstPlace(paginate: Paginate | undefined): Place {
  if (paginate === undefined) return { params: {}, number: 1 };
  const params: Record<string, string | number> = {};
  if (paginate.size !== undefined) params[paginate.size.param] = paginate.size.value;
  if (paginate.kind === 'page') params[paginate.param] = paginate.start ?? 1;
  if (paginate.kind === 'offset') params[paginate.param] = paginate.start ?? 0;
  return { params, number: 1 };
}

/** Checks the number that an answer says its page has. */
function refuseWrong(page: Page, paginate: Paginate, { place, shown }: At): void {
  if (paginate.kind !== 'page' || paginate.current === undefined) return;
  const asked = place.params[paginate.param];
  const said = valueAt(page.outline, paginate.current);
  if (String(said) === String(asked)) return;
  throw new MillraceError({
    code: 'api.wrong_page',
    message: `${shown}: page ${asked} was asked for, and by "${paginate.current}" this is ${typeof said === 'number' || typeof said === 'string' ? `page ${said}` : kindOf(said)}.`,
    retryable: true,
    details: { url: urlOf(shown), asked, said: said ?? null },
  });
}

function refuseRepeated(page: Page, paginate: Paginate, { shown }: At, seen: Map<string, string>, size: number): void {
  const { lines, count } = page;
  // Where a server leads to pages larger than one record, the one record of a page may well be that of another.
  const isLed = paginate.kind === 'cursor' || paginate.kind === 'next-link';
  if (paginate.repeatedPages === 'accept' || (isLed && count < Math.min(2, size))) return;
  const signature = signatureOf(lines);
  const before = seen.get(signature);
  seen.set(signature, shown);
  if (before === undefined) return;
  const why = 'param' in paginate ? `the server takes no notice of "${paginate.param}", or ` : '';
  throw loop(
    `${shown} has the same records as ${before}: ${why}gives a page twice. Where pages may be alike, say repeatedPages: 'accept'`,
    shown,
  );
}

/** What tells the records of pages apart: of many bytes, 64 samples and the length. */
function signatureOf(lines: Buffer): string {
  const [sample, samples] = [1024, 64];
  if (lines.length <= sample * samples)
    return `${lines.length} ${crc32(lines)} ${crc32(lines.subarray(lines.length >> 1))}`;
  const step = (lines.length - sample) / (samples - 1);
  let sum = 0;
  for (let i = 0; i < samples; i++) {
    const at = Math.floor(i * step);
    sum = crc32(lines.subarray(at, at + sample), sum);
  }
  return `${lines.length} ${sum}`;
}

/** Whether pages by number cannot be trusted to be next to each other. */
function isUneven(paginate: Paginate, count: number, size: number): boolean {
  return paginate.kind === 'page' && paginate.unevenPages !== 'accept' && count !== size;
}

function nextPlace(page: Page, paginate: Paginate, at: At): Place | undefined {
  const { until } = paginate;
  const { params, number } = at.place;
  if (typeof until === 'function') {
    const seen: ApiPage = {
      number,
      count: page.count,
      headers: page.headers,
      get body() {
        return page.values();
      },
    };
    if (until(seen)) return undefined;
  }
  if (until === 'empty' && page.count === 0) return undefined;
  const more = isThereMore(page, paginate, at);
  if (paginate.kind === 'page' || paginate.kind === 'offset') {
    const { kind, param } = paginate;
    if (more === false) return undefined;
    if (page.count === 0) {
      // An empty page is the end, unless the answer says otherwise; a page number can go on from there.
      if (more === undefined) return undefined;
      if (kind === 'offset' || !saysMore(until)) throw incomplete(at, 'this page is empty');
    }
    const next = kind === 'page' ? (paginate.start ?? 1) + at.pages : (paginate.start ?? 0) + at.received;
    return { params: { ...params, [param]: next }, number: number + 1 };
  }
  if (more === false && saysMore(until)) return undefined;
  const next = paginate.kind === 'cursor' ? cursorOf(page, paginate, at) : linkOf(page, paginate, at);
  // What a total says of the end gives way to a next page that is there.
  if (next === undefined && more === true) throw incomplete(at, 'it names no next page');
  return next;
}

function saysMore(until: Until | undefined): boolean {
  return typeof until === 'object' && 'more' in until;
}

/** What the answer says by `until`; undefined where it says nothing, or nothing that can be compared. */
function isThereMore(page: Page, paginate: Paginate, at: At): boolean | undefined {
  const { until } = paginate;
  if (typeof until !== 'object') return undefined;
  const path = 'more' in until ? until.more : 'totalPages' in until ? until.totalPages : until.totalRecords;
  const said = valueAt(page.outline, path);
  if (typeof said !== ('more' in until ? 'boolean' : 'number')) {
    throw new MillraceError({
      code: 'api.paginate',
      message: `${at.shown}: paginate.until names "${path}", where the answer has ${kindOf(said)} and not ${'more' in until ? 'true or false' : 'a number'}.`,
      details: { url: urlOf(at.shown), path },
    });
  }
  if ('more' in until) return said === true;
  const start = 'start' in paginate ? paginate.start : undefined;
  if ('totalPages' in until) return at.pages + (paginate.kind === 'page' ? pagesBefore(paginate) : 0) < Number(said);
  // How many records the pages before a later first one had is not known.
  if (paginate.kind === 'page' && (start ?? 1) > 1) return undefined;
  const passed = at.received + (paginate.kind === 'offset' ? (start ?? 0) : 0);
  if (passed > Number(said) && page.count > 0 && (paginate.kind === 'page' || paginate.kind === 'offset')) {
    throw new MillraceError({
      code: 'api.too_many_records',
      message: `${at.shown}: ${passed} records came, and "${path}" says that there are ${said}: some came twice, or "${path}" is something else.`,
      retryable: true,
      details: { url: urlOf(at.shown), received: passed, total: said },
    });
  }
  return passed < Number(said);
}

/** Pages are counted from 0 or 1; with a later start, those before it count too. */
function pagesBefore({ start = 1 }: PageNumbers): number {
  return Math.max(0, start - 1);
}

function cursorOf(page: Page, { next, param }: Cursors, at: At): Place | undefined {
  const inHeader = typeof next === 'object';
  const found = inHeader ? page.headers.get(next.header) : valueAt(page.outline, next);
  if (isNothing(found)) return undefined;
  if (typeof found !== 'string' && typeof found !== 'number') {
    throw noNext(at, inHeader ? next.header : next, found, 'a string or a number');
  }
  const value = typeof found === 'number' && !inHeader ? page.exact(next) : found;
  const { params, number } = at.place;
  return { params: { ...params, [param]: typeof value === 'number' ? value : String(value) }, number: number + 1 };
}

function linkOf(page: Page, { next }: NextLinks, at: At): Place | undefined {
  const found = next === undefined ? nextLink(page.headers.get('link')) : valueAt(page.outline, next);
  if (isNothing(found)) return undefined;
  if (typeof found !== 'string' || !URL.canParse(found, page.base.href)) {
    throw noNext(at, next ?? 'the Link header', found, 'a url');
  }
  return { params: {}, url: new URL(found, page.base), number: at.place.number + 1 };
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

function loop(message: string, url: string): MillraceError {
  return new MillraceError({ code: 'api.loop', message: `read.api: ${message}.`, details: { url: urlOf(url) } });
}

function incomplete(at: At, what: string): MillraceError {
  return new MillraceError({
    code: 'api.incomplete',
    message: `${at.shown}: ${what}, though by paginate.until there are more than the ${at.received} records on ${at.pages} pages read so far.`,
    retryable: true,
    details: { url: urlOf(at.shown), received: at.received, pages: at.pages },
  });
}

function noNext(at: At, path: string, found: unknown, wanted: string): MillraceError {
  return new MillraceError({
    code: 'api.paginate',
    message: `${at.shown}: paginate.next leads to ${Array.isArray(found) ? 'an array' : kindOf(found)} (${path}), not to ${wanted}.`,
    details: { url: urlOf(at.shown), path },
  });
}

function unevenPage(what: string, { shown }: At): MillraceError {
  return new MillraceError({
    code: 'api.uneven_pages',
    message: `read.api: ${what}: pages by number would overlap, or leave records out. Ask by offset, or say unevenPages: 'accept' where it is meant so.`,
    details: { url: urlOf(shown) },
  });
}

/** The url of what messages show of a request. */
function urlOf(shown: string): string {
  return shown.slice(shown.indexOf(' ') + 1);
}
