import { MillraceError } from '../../errors.ts';
import { decoded } from '../../storage/paths.ts';
import type { Secrets } from '../secrets.ts';
import { kindOf } from './json-path.ts';

/** A secret, or a function that is asked for it before the first request and once more after a 401. */
export type SecretValue = string | (() => string | Promise<string>);

/** Who asks. */
export type Auth =
  /** `Authorization: Bearer ..` */
  | { readonly kind: 'bearer'; readonly token: SecretValue }
  /** `Authorization: Basic ..`, of a name and a password. */
  | { readonly kind: 'basic'; readonly username: string; readonly password: SecretValue }
  /** A header, or a parameter of the url, with a key. Default: a header. */
  | { readonly kind: 'api-key'; readonly name: string; readonly value: SecretValue; readonly in?: 'header' | 'query' };

/** Headers, or a function that gives them, asked before the first request and once more after a 401. */
export type HeadersOption =
  | Readonly<Record<string, string>>
  | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>);

/** What goes with every request to the url's origin. */
export interface Given {
  readonly headers: Headers;
  /** A parameter that is added to the url. */
  readonly query: readonly [name: string, value: string] | undefined;
}

export interface CredentialOptions {
  readonly headers: HeadersOption | undefined;
  readonly auth: Auth | undefined;
  /** Name and password of the url. */
  readonly userinfo: { readonly username: string; readonly password: string } | undefined;
}

/** Headers and keys, asked for when they are needed, and again where they have expired. */
export class Credentials {
  readonly #options: CredentialOptions;
  readonly #secrets: Secrets;
  #given: Promise<Given> | undefined;
  /** Whether there is anything that no other origin may see. */
  readonly confidential: boolean;
  /** Whether asking again can give others. */
  readonly canExpire: boolean;

  constructor(options: CredentialOptions, secrets: Secrets) {
    this.#options = options;
    this.#secrets = secrets;
    const { headers, auth, userinfo } = options;
    this.confidential =
      auth !== undefined ||
      userinfo !== undefined ||
      typeof headers === 'function' ||
      Object.keys(headers ?? {}).length > 0;
    this.canExpire = typeof headers === 'function' || typeof secretOf(auth) === 'function';
    // What is wrong with given headers is said when the frame is made.
    if (typeof headers !== 'function')
      for (const [name, value] of Object.entries(headers ?? {})) this.#set(new Headers(), name, value);
    const known = secretOf(auth);
    if (typeof known === 'string') this.#build(typeof headers === 'function' ? {} : (headers ?? {}), known);
  }

  current(): Promise<Given> {
    this.#given ??= this.#ask();
    return this.#given;
  }

  /** Asks again, unless another request has done so meanwhile. */
  async renew(stale: Given): Promise<Given> {
    if (this.#given !== undefined && (await this.#given) === stale) this.#given = undefined;
    return this.current();
  }

  async #ask(): Promise<Given> {
    const { headers, auth } = this.#options;
    try {
      const given = typeof headers === 'function' ? await headers() : headers;
      const secret = secretOf(auth);
      const told: unknown = typeof secret === 'function' ? await secret() : secret;
      if (auth !== undefined && typeof told !== 'string') throw new Error(`it gave ${kindOf(told)}, which is no text`);
      return this.#build(given ?? {}, told as string | undefined);
    } catch (error) {
      this.#given = undefined;
      if (error instanceof MillraceError) throw error;
      const message = this.#secrets.hide(error instanceof Error ? error.message : String(error));
      throw new MillraceError({
        code: 'api.credentials',
        message: `read.api: the function that gives headers or a token failed: ${message}`,
        details: { reason: message },
      });
    }
  }

  #build(given: Readonly<Record<string, string>>, secret: string | undefined): Given {
    const { auth, userinfo } = this.#options;
    const headers = new Headers();
    let query: readonly [string, string] | undefined;
    if (userinfo !== undefined)
      headers.set('authorization', basic(decoded(userinfo.username), decoded(userinfo.password)));
    for (const [name, value] of Object.entries(given)) this.#set(headers, name, value);
    if (auth !== undefined && secret !== undefined) {
      this.#secrets.learn(secret);
      if (auth.kind === 'bearer') this.#set(headers, 'authorization', `Bearer ${secret}`);
      else if (auth.kind === 'basic') this.#set(headers, 'authorization', basic(auth.username, secret));
      else if (auth.in === 'query') query = [auth.name, secret];
      else this.#set(headers, auth.name, secret);
    }
    this.#secrets.learnHeaders(headers);
    return { headers, query };
  }

  #set(headers: Headers, name: string, value: string): void {
    try {
      if (typeof value !== 'string') throw new Error('no text');
      headers.set(name, value);
    } catch {
      throw new MillraceError({
        code: 'api.option',
        message: `read.api: the header ${JSON.stringify(this.#secrets.hide(name))} cannot be sent: its name or its value has a character that no header may have, or the value is no text.`,
      });
    }
  }
}

function secretOf(auth: Auth | undefined): SecretValue | undefined {
  if (auth === undefined) return undefined;
  return auth.kind === 'bearer' ? auth.token : auth.kind === 'basic' ? auth.password : auth.value;
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}
