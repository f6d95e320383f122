import { MillraceError } from '../../errors.ts';
import { Frame, type FrameOf } from '../../frame/frame.ts';
import type { OptionNames } from '../../option-names.ts';
import type { RecordsPart, Scan } from '../../plan/scan.ts';
import type { Executor, OnBadRow, Source, SourceContext } from '../../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../../schema/column-type.ts';
import {
  checkIncremental,
  INCREMENTAL_OPTIONS,
  type IncrementalOptions,
  incrementalRows,
} from '../incremental/rows.ts';
import { type Aside, Parts } from '../records/parts.ts';
import { RecordScanner } from '../records/plain.ts';
import { plainShape } from '../records/plain-shape.ts';
import { scanColumns } from '../scan-columns.ts';
import { Secrets } from '../secrets.ts';
import { type Auth, Credentials, type HeadersOption } from './auth.ts';
import { checkChoices } from './check-choices.ts';
import {
  type Answer,
  HttpClient,
  type HttpSettings,
  type PageRequest,
  type RetryOptions,
  shownRequest,
} from './http.ts';
import { Pace } from './pace.ts';
import { readPageText } from './page-text.ts';
import type { Paginate } from './paginate.ts';
import {
  type BodyOption,
  checkRequest,
  firstUrl,
  invalid,
  positive,
  type RequestOptions,
  requestOf,
} from './request.ts';
import { refusedBy, type StandardSchema } from './standard-schema.ts';
import { type ResumeOptions, StoredPages } from './stored-pages.ts';
import { type Page, type Place, walkPages } from './walk-pages.ts';

/** What `read.api` takes. */
export interface ApiOptions<S extends SchemaSpec> {
  readonly schema: S;
  /** The path of the array of records in the answer, such as `data.items`. Default: the answer is the array. */
  readonly records?: string;
  /** How to get from one page to the next. Default: there is one page. */
  readonly paginate?: Paginate;
  /** Parameters added to the url. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** JSON to be posted. Requests are tried again, so asking must change nothing. Default: pages are got. */
  readonly body?: BodyOption;
  /** Sent with every request to the url's origin, and never shown. A function is asked again after a 401. */
  readonly headers?: HeadersOption;
  /** A token, a name and password, or a key; where it may expire, as a function. */
  readonly auth?: Auth;
  readonly retry?: RetryOptions;
  /** How many requests are sent in a second at most. Default: no limit but what the server says in its headers. */
  readonly requestsPerSecond?: number;
  /** How many pages by number or offset are asked for at once; their order is kept. Default 1. */
  readonly concurrency?: number;
  /** Milliseconds that one attempt may take, the body included. Default 30,000. */
  readonly timeout?: number;
  /** Milliseconds that all pages together may take. Default: no limit. */
  readonly totalTimeout?: number;
  /** The largest body of an answer, decompressed, in bytes. Default 256 MiB. */
  readonly maxResponseBytes?: number;
  /** Keeps pages aside until all have been read, so that they are not asked for again after a crash. */
  readonly resume?: ResumeOptions;
  /**
   * The path of what an answer with status 200 says went wrong; anything there but null, false and what is empty is an
   * error. Default: `error` and `errors`. `false`: nothing is looked at.
   */
  readonly errorAt?: string | false;
  /** A zod, valibot or arktype schema, beside the columns: a record that it does not take is a bad row. What it makes of values is not used. */
  readonly validate?: StandardSchema;
  /** What a record that does not fit its schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
  /** Reads on from where the last load that committed ended. Without `since` all is fetched, and what is older left out. */
  readonly incremental?: IncrementalOptions<keyof S & string> & {
    /**
     * What asks for records from a cursor on: parameters to be added, or the body to be posted. In a window it asks for
     * those before `to`. Cursors are text: digits, a day, an instant as `2024-05-01T00:00:00.000000Z`.
     */
    readonly since?: (from: string, to: string | undefined) => Pick<RequestOptions, 'params' | 'body'>;
  };
}

export const API_OPTIONS: OptionNames<ApiOptions<SchemaSpec>> = {
  schema: true,
  records: true,
  paginate: true,
  params: 'object',
  body: 'object|function',
  headers: 'object|function',
  auth: true,
  retry: true,
  requestsPerSecond: true,
  concurrency: true,
  timeout: true,
  totalTimeout: true,
  maxResponseBytes: true,
  resume: true,
  errorAt: true,
  validate: true,
  onBadRow: 'text|object',
  incremental: 'object',
};

/**
 * Reads JSON over HTTP, page by page; once a session, until `refresh()`.
 *
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import type { AddressInfo } from 'node:net';
 * import { read, t } from 'millrace';
 * const server = createServer((request, response) => {
 *   const items = request.url === '/items?page=1' ? '{"id": 1, "price": 0.10}, {"id": 2, "price": null}' : '';
 *   response.end(`{"data": {"items": [${items}]}}`);
 * });
 * await new Promise<void>(resolve => server.listen(0, () => resolve()));
 *
 * const items = read.api(`http://localhost:${(server.address() as AddressInfo).port}/items`, {
 *   schema: { id: t.int(), price: t.decimal(8, 2).nullable() },
 *   records: 'data.items',
 *   paginate: { kind: 'page', param: 'page' },
 *   headers: { authorization: 'Bearer secret' },
 * });
 * console.log(await items.rows()); // [ { id: 1, price: '0.10' }, { id: 2, price: null } ]
 * server.close();
 * ```
 *
 * A property that is missing is null, as a JSON null is. Numbers keep the digits they are written with; values, keys
 * and paths are read as `read.ndjson` reads them. Records go to the engine as they stand; only `validate` makes
 * JavaScript values of them. Network errors, timeouts, answers that are cut off, 429 and 5xx are tried again, with
 * growing waits or as the server says (Retry-After, RateLimit-Reset). Headers, keys and what looks like a secret in a
 * url or a body appear in no error and no name.
 *
 * Errors: `api.status`, `api.network`, `api.timeout`, `api.rate_limited`, `api.too_large`, `api.not_json`,
 * `api.records`, `api.answer` (status 200, and an error in the body), `api.loop` (a page again), `api.wrong_page`,
 * `api.uneven_pages`, `api.too_many_pages`, `api.too_many_records`, `api.incomplete`, `api.paginate`,
 * `api.foreign_origin`, `api.redirect`, `api.credentials`, `api.option`, `api.resume`, `api.bad_row`.
 */
export function readApi<const S extends SchemaSpec>(
  executor: Executor,
  url: string | URL,
  options: ApiOptions<S>,
): FrameOf<S> {
  const { paginate, onBadRow = 'fail' } = options;
  checkChoices(options);
  // A page token is no secret, though its name may say so.
  const secrets = new Secrets(paginate?.kind === 'cursor' ? [paginate.param] : []);
  let reading = readingOf(url, options, secrets);
  const schema = schemaOf(options.schema);
  if (options.incremental !== undefined)
    checkIncremental(options.incremental, { ...INCREMENTAL_OPTIONS, since: 'function' });
  const incremental = options.incremental === undefined ? undefined : incrementalRows(options.incremental, schema);
  const source: Source = {
    name: `api ${secrets.urlText(reading.first)}`,
    schema,
    ordered: true,
    onBadRow,
    volatile: true,
    ...(incremental === undefined ? {} : { incremental }),
    prepare: async (context): Promise<Scan> => {
      const asked = askedSince(options, context);
      if (asked !== options) reading = { ...readingOf(url, asked, secrets), mayResume: reading.mayResume };
      const { columns } = reading;
      return {
        kind: 'records',
        area: 'api',
        unit: 'record',
        read: (take) => readPages(reading, context, take),
        columns,
      };
    },
    forget: () => {
      reading.mayResume = false;
    },
  };
  return new Frame({ kind: 'source', source }, executor);
}

/** The options of a request for records from a cursor on. */
function askedSince<S extends SchemaSpec>(options: ApiOptions<S>, { beginning }: SourceContext): ApiOptions<S> {
  const { since } = options.incremental ?? {};
  if (since === undefined || beginning?.kind !== 'rows' || beginning.from === undefined) return options;
  const { params, ...rest } = since(beginning.from, beginning.to);
  return { ...options, ...rest, params: { ...options.params, ...params } };
}

/** What a reading goes by. */
type RequestedOptions = Omit<ApiOptions<SchemaSpec>, 'incremental'>;

/** What is known before anything is asked for. */
interface Reading {
  readonly first: URL;
  readonly options: RequestedOptions;
  readonly columns: ReturnType<typeof scanColumns> & object;
  readonly secrets: Secrets;
  readonly settings: HttpSettings;
  /** Whether pages may be taken that were kept. */
  mayResume: boolean;
}

/** Checks what the user gives, and learns what of it is secret. */
function readingOf(url: string | URL, options: RequestedOptions, secrets: Secrets): Reading {
  const first = firstUrl(url, options.params, secrets);
  const { username, password } = first;
  const userinfo = username === '' && password === '' ? undefined : { username, password };
  const { headers, auth, timeout = 30_000, totalTimeout, maxResponseBytes = 1 << 28 } = options;
  if (auth?.kind === 'api-key' && auth.in === 'query') first.searchParams.delete(auth.name);
  const credentials = new Credentials({ headers, auth, userinfo }, secrets);
  // fetch refuses a url with userinfo; it goes as a header.
  first.username = '';
  first.password = '';
  checkRequest(options);
  if (typeof options.body !== 'function') requestOf(first, options, secrets, { params: {}, number: 1 });
  const {
    attempts = 5,
    baseDelay = 500,
    maxDelay = 30_000,
    maxRetryAfter = 120_000,
    budget = {},
  } = options.retry ?? {};
  const { retries = Number.MAX_SAFE_INTEGER, wait = Number.MAX_SAFE_INTEGER } = budget;
  positive('retry.attempts', attempts, 1);
  const delays = { baseDelay, maxDelay, maxRetryAfter };
  for (const [option, value] of Object.entries(delays)) positive(`retry.${option}`, value, 0);
  positive('retry.budget.retries', retries, 0);
  positive('retry.budget.wait', wait, 0);
  for (const [option, value] of Object.entries({ timeout, totalTimeout })) {
    positive(option, value, 1);
    if (value !== undefined && value > 2 ** 31 - 1)
      throw invalid(`${option} is ${value}. Give at most ${2 ** 31 - 1}.`);
  }
  positive('maxResponseBytes', maxResponseBytes, 1);
  positive('concurrency', options.concurrency, 1);
  positive('requestsPerSecond', options.requestsPerSecond, 0.001);
  const retry = { attempts, ...delays, budget: { retries, wait } };
  const { origin } = first;
  const secretParams = secrets.paramsOf(first);
  const settings = { credentials, origin, secretParams, timeout, totalTimeout, maxResponseBytes, retry, secrets };
  return { first, options, columns: scanColumns(options.schema), secrets, settings, mayResume: true };
}

/** Hands over the records of all pages. */
async function readPages(
  reading: Reading,
  context: SourceContext,
  take: (part: RecordsPart) => Promise<void>,
): Promise<void> {
  const { options, settings, secrets, first } = reading;
  const client = new HttpClient(
    settings,
    new Pace(options.requestsPerSecond, settings.retry.maxRetryAfter),
    context.signal,
  );
  const stored = options.resume === undefined ? undefined : new StoredPages(options.resume);
  const mayResume = reading.mayResume;
  const scanner = new RecordScanner(plainShape(reading.columns));
  const parts = new Parts(await context.scratchFolder(), take);
  const read = (request: PageRequest, answer: Answer): Page => {
    const shown = shownRequest(request, secrets);
    const text = readPageText(answer, { records: options.records, scanner, secrets, shown, errorAt: options.errorAt });
    return {
      ...text,
      request,
      base: answer.url,
      headers: answer.headers,
      release: answer.release ?? (() => undefined),
    };
  };
  const fetchPage = async (request: PageRequest): Promise<Page> => {
    const found = mayResume ? await stored?.find(request) : undefined;
    try {
      if (found !== undefined) return read(request, found);
    } catch {
      // What is asked of pages has changed since it was kept: it is asked for again.
    }
    if (stored === undefined) return client.fetch(request, (answer) => read(request, answer));
    // What is read is cut where it stands, so what is kept is a copy.
    return client.fetch(request, (answer) => {
      const { release: _, ...kept } = answer;
      return { ...read(request, { ...kept, bytes: Buffer.from(answer.bytes) }), unkept: answer };
    });
  };
  const accept = async ({ request, unkept }: Page): Promise<void> => stored?.accept(request, unkept);
  const names = new Map<string, PageRequest>();
  let pages = 0;
  // What leads on from a page is asked of it after its records were taken.
  let before: Page | undefined;
  const nameOf = (page: Page): string => {
    const name = secrets.urlText(page.request.url);
    const own = names.has(name) ? `${name} (page ${pages})` : name;
    names.set(own, page.request);
    return own;
  };
  try {
    const { paginate, concurrency = 1, validate } = options;
    const requestAt = (place: Place): PageRequest => requestOf(first, options, secrets, place);
    for await (const page of walkPages({ paginate, secrets, concurrency, requestAt, fetchPage, accept })) {
      pages += 1;
      before?.release();
      before = page;
      const refused = validate === undefined ? [] : await refusedBy(validate, page.lines);
      await parts.add(nameOf(page), { ...page, aside: together(page.aside, refused) }, [{ first: 0, number: 1 }]);
    }
    await parts.end();
    await stored?.complete();
    reading.mayResume = true;
  } catch (error) {
    if (error instanceof MillraceError) await stored?.refuse(error, names);
    throw error;
  } finally {
    client.close();
    await parts.settled();
  }
}

/** Records that are aside for one reason or another, in their order; why they are refused goes before all else. */
function together(odd: readonly Aside[], refused: readonly Aside[]): readonly Aside[] {
  if (refused.length === 0) return odd;
  const all = new Map([...odd, ...refused].map((aside) => [aside.record, aside]));
  return [...all.values()].sort((a, b) => a.record - b.record);
}
