import { randomUUID } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../errors.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { Scan } from '../plan/scan.ts';
import type { Executor, OnBadRow, Source, SourceContext } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { get, type HttpSettings, type RetryOptions, SHOWN_BODY } from './http.ts';
import { kindOf, valueAt, whereItEnds } from './json-path.ts';
import { type Page, type Paginate, walkPages } from './paginate.ts';
import { scanColumns } from './scan-columns.ts';
import { brokenUrlText, decoded, Secrets } from './secrets.ts';

export interface ApiOptions<S extends SchemaSpec> {
  readonly schema: S;
  /** The path of the array of records in the answer, such as `data.items`. Default: the answer is the array. */
  readonly records?: string;
  /** How to get from one page to the next. Default: there is one page. */
  readonly paginate?: Paginate;
  /** Parameters added to the url. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
  /** Sent with every request to the url's origin, and never shown. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly retry?: RetryOptions;
  /** Milliseconds that one attempt may take, the body included. Default 30,000. */
  readonly timeout?: number;
  /** What a record that does not fit its schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
}

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
 * await new Promise(resolve => server.listen(0, resolve));
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
 * and paths are read as `read.ndjson` reads them. Network errors,
 * timeouts, 429 and 5xx are tried again; headers and what looks like a secret in a url appear in no error and no name.
 * Errors: `api.status`, `api.network`, `api.timeout`, `api.not_json`, `api.records`, `api.loop`, `api.too_many_pages`,
 * `api.incomplete`, `api.paginate`, `api.foreign_origin`, `api.redirect`, `api.option`, `api.bad_row`.
 */
export function readApi<const S extends SchemaSpec>(
  executor: Executor,
  url: string | URL,
  options: ApiOptions<S>,
): FrameOf<S> {
  const { paginate, records, onBadRow = 'fail' } = options;
  // A page token is no secret, though its name may say so.
  const secrets = new Secrets(paginate?.kind === 'cursor' ? [paginate.param] : []);
  const { first, settings } = request(url, options, secrets);
  const columns = scanColumns(options.schema);
  const source: Source = {
    name: `api ${secrets.urlText(first)}`,
    schema: schemaOf(options.schema),
    ordered: true,
    onBadRow,
    volatile: true,
    prepare: async (context): Promise<Scan> => {
      const fetchPage = (next: URL): Promise<Page> => getPage(next, records, { ...settings, signal: context.signal });
      const { paths, names } = await keepPages(walkPages(first, paginate, secrets, fetchPage), context, secrets);
      return { kind: 'json', area: 'api', paths, lines: false, records, names, columns };
    },
  };
  return new Frame({ kind: 'source', source }, executor);
}

/** Checks what the user gives, and learns what of it is secret. */
function request<S extends SchemaSpec>(
  url: string | URL,
  options: ApiOptions<S>,
  secrets: Secrets,
): { readonly first: URL; readonly settings: Omit<HttpSettings, 'signal'> } {
  const given = String(url);
  if (!URL.canParse(given) || !/^https?:$/.test(new URL(given).protocol)) {
    throw invalid(`"${brokenUrlText(given)}" is no url. Give one that starts with http:// or https://.`);
  }
  const first = new URL(given);
  for (const [name, value] of Object.entries(options.params ?? {})) first.searchParams.set(name, String(value));
  first.hash = '';
  secrets.learnUrl(first);
  const headers = new Headers();
  if (first.username !== '' || first.password !== '') {
    const userinfo = `${decoded(first.username)}:${decoded(first.password)}`;
    headers.set('authorization', `Basic ${Buffer.from(userinfo).toString('base64')}`);
  }
  for (const [name, value] of Object.entries(options.headers ?? {})) setHeader(headers, name, value);
  secrets.learnHeaders(headers);
  const confidential = [...headers].length > 0;
  if (!headers.has('accept')) headers.set('accept', 'application/json');
  // fetch refuses a url with userinfo; it goes as a header.
  first.username = '';
  first.password = '';
  const { attempts = 5, baseDelay = 500, maxDelay = 30_000, maxRetryAfter = 120_000 } = options.retry ?? {};
  const { timeout = 30_000 } = options;
  positive('retry.attempts', attempts, 1);
  for (const [option, value] of Object.entries({ baseDelay, maxDelay, maxRetryAfter }))
    positive(`retry.${option}`, value, 0);
  positive('timeout', timeout, 1);
  const retry = { attempts, baseDelay, maxDelay, maxRetryAfter };
  return { first, settings: { headers, origin: first.origin, confidential, timeout, retry, secrets } };
}

function setHeader(headers: Headers, name: string, value: string): void {
  try {
    headers.set(name, value);
  } catch {
    throw invalid(
      `the header ${JSON.stringify(name)} cannot be sent: its name or its value has a character that no header may have.`,
    );
  }
}

function positive(name: string, value: number, least: number): void {
  if (value >= least && Number.isFinite(value)) return;
  throw invalid(`${name} is ${value}. Give a number from ${least}.`);
}

/** Gets one page and looks at it; its numbers are left to the engine. */
async function getPage(url: URL, records: string | undefined, settings: HttpSettings): Promise<Page> {
  const { secrets } = settings;
  const { url: base, text, link } = await get(url, settings);
  const shown = secrets.urlText(url);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    const body = secrets.hide(text).slice(0, SHOWN_BODY);
    throw new MillraceError({
      code: 'api.not_json',
      message: `GET ${shown}: the answer is not JSON. ${body === '' ? 'It is empty.' : `It begins: ${body}`}`,
      details: { url: shown, status: 200, body },
    });
  }
  const found = records === undefined ? answer : valueAt(answer, records);
  if (Array.isArray(found)) return { url, base, text, answer, link, count: found.length };
  const what = secrets.hide(records === undefined ? `the answer is ${kindOf(answer)}` : whereItEnds(answer, records));
  throw new MillraceError({
    code: 'api.records',
    message: `GET ${shown}: ${what}, where the array of records should be. Name its path with records, such as 'data.items'.`,
    details: { url: shown, records: records ?? null, found: what },
  });
}

/** Writes pages into the session's scratch as they came. An empty page is left out, unless there is no other. */
async function keepPages(
  pages: AsyncIterable<Page>,
  context: SourceContext,
  secrets: Secrets,
): Promise<{ readonly paths: string[]; readonly names: string[] }> {
  const folder = join(await context.scratchFolder(), `api-${randomUUID()}`);
  await mkdir(folder);
  const paths: string[] = [];
  const names = new Set<string>();
  try {
    let number = 0;
    for await (const page of pages) {
      number += 1;
      if (page.count === 0 && number > 1) continue;
      const path = join(folder, `page-${String(number).padStart(6, '0')}.json`);
      await writeFile(path, page.text);
      const name = secrets.urlText(page.url);
      paths.push(path);
      names.add(names.has(name) ? `${name} (page ${number})` : name);
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
  return { paths, names: [...names] };
}

function invalid(message: string): MillraceError {
  return new MillraceError({ code: 'api.option', message: `read.api: ${message}` });
}
