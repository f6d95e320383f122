import type { OptionNames } from '../../option-names.ts';

/** A page as a predicate sees it. */
export interface ApiPage {
  /** Counted from 1. */
  readonly number: number;
  /** How many records it holds. */
  readonly count: number;
  /** The headers of the answer. */
  readonly headers: Headers;
  /** The whole answer, parsed when it is asked for. */
  readonly body: unknown;
}

/**
 * How the answer says that there is no more, by a path in it. It is that of a number of pages, of a number of records, or
 * of a flag. A read that ends before that is an error, not a smaller result. `'empty'`: at the first page without
 * records, whatever it says of a next one. A function: after the page of which it answers true.
 */
export type Until =
  | { readonly totalPages: string }
  | { readonly totalRecords: string }
  /** True while there are more pages. */
  | { readonly more: string }
  | 'empty'
  | ((page: ApiPage) => boolean);

interface Paginated {
  /** The parameter of the page size, and its value. The server may give less than it was asked for. */
  readonly size?: { readonly param: string; readonly value: number };
  readonly until?: Until;
  /** More pages than this are an error. Default 10,000. To stop earlier on purpose, see `until`. */
  readonly maxPages?: number;
  /** Where the parameters go: into the url, or into the body, as keys or dotted paths. Default: the url. */
  readonly in?: 'query' | 'body';
  /** What a page does that has the same records as one before: it is an error (default), or read again. */
  readonly repeatedPages?: 'fail' | 'accept';
}

/** Pages by number, up to an empty one or to `until`. */
export interface PageNumbers extends Paginated {
  readonly kind: 'page';
  readonly param: string;
  /** The number of the first page. Default 1. */
  readonly start?: number;
  /** The path of the page's number in the answer; another number than was asked for is an error. */
  readonly current?: string;
  /**
   * What a page does that is not as large as the first, and not the last. Pages by number may then overlap or leave
   * records out, so it is an error (default), or taken. Pages by offset cannot.
   */
  readonly unevenPages?: 'fail' | 'accept';
}

/** Pages by the number of records before them, up to an empty one or to `until`. */
export interface Offsets extends Paginated {
  readonly kind: 'offset';
  readonly param: string;
  /** Default 0. */
  readonly start?: number;
}

/**
 * Each answer holds the value of the parameter for the next, under the path `next` or in a header. Absent, null or empty
 * at the end.
 */
export interface Cursors extends Paginated {
  readonly kind: 'cursor';
  readonly param: string;
  readonly next: string | { readonly header: string };
}

/** Each answer holds the url of the next, under the path `next`; without it, in the Link header as rel="next". */
export interface NextLinks extends Paginated {
  readonly kind: 'next-link';
  readonly next?: string;
}

/** How an API tells of its next page: by number, by offset, by a cursor or by a link. */
export type Paginate = PageNumbers | Offsets | Cursors | NextLinks;

export const PAGINATE_OPTIONS: OptionNames<Paginate> = {
  kind: true,
  param: true,
  start: true,
  current: true,
  next: true,
  size: true,
  until: true,
  maxPages: true,
  in: true,
  repeatedPages: true,
  unevenPages: true,
};
