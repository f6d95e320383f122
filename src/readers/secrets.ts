import { decoded } from '../storage/paths.ts';

const HIDDEN = '***';

/** Words of a name that say its value is a secret. */
const SECRET_WORD =
  /^(key|token|secret|pass|passwd|pwd|auth|authorization|oauth|signature|sig|credentials?|session|sessionid|sid|jwt|bearer|appid)$|(key|token|secret|password|signature)$/;
/** Values that are secrets whatever they are called: JSON web tokens, keys of well-known services. */
const SECRET_VALUE = /^(eyJ[\w-]{8,}\.|(sk|pk|rk)_(live|test)_|gh[a-z]_|github_pat_|xox[a-z]-|AKIA)/;
/** A secret that stands in a text beside its name: `"access_token": "..."`, `api_key=...`. */
const NAMED_SECRET = /([\w-]*(?:token|secret|password|api[_-]?key)[\w-]*"?\s*[:=]\s*"?)[^"&\s,;}]+/gi;
/** A shorter text is not hidden in other texts: it would stand there by chance. */
const SHORTEST = 4;

/** What must not appear in names and errors: learnt from urls and headers, hidden wherever it turns up. */
export class Secrets {
  readonly #values = new Set<string>();
  readonly #plain: ReadonlySet<string>;

  /** `plain`: parameters that are no secrets whatever their names say, such as a page token. */
  constructor(plain: readonly string[] = []) {
    this.#plain = new Set(plain);
  }

  /** All values of headers that a user gives are secret. */
  learnHeaders(headers: Headers): void {
    for (const [, value] of headers) {
      this.learn(value);
      const [scheme = '', ...words] = value.split(/[\s,;=]+/);
      for (const word of words) {
        this.learn(word);
        if (scheme.toLowerCase() !== 'basic') continue;
        for (const part of Buffer.from(word, 'base64').toString().split(':')) this.learn(part);
      }
    }
  }

  /** The userinfo of a url, and its parameters that look secret. */
  learnUrl(url: URL): void {
    this.learn(url.username);
    this.learn(url.password);
    for (const value of this.paramsOf(url)) this.learn(value);
  }

  /** The parameters of a url that look secret. */
  paramsOf(url: URL): string[] {
    return [...url.searchParams].flatMap(([name, value]) => (this.#isSecret(name, value) ? [value] : []));
  }

  /** What is in a body that is sent, and looks secret; whether there is anything. */
  learnBody(value: unknown, name = ''): boolean {
    if (typeof value === 'string' || typeof value === 'number') {
      const text = String(value);
      const isSecret = this.#isSecret(name, text);
      if (isSecret) this.learn(text);
      return isSecret;
    }
    if (typeof value !== 'object' || value === null) return false;
    const learnt = Object.entries(value).map(([key, inner]) =>
      this.learnBody(inner, Array.isArray(value) ? name : key),
    );
    return learnt.includes(true);
  }

  /** A url as it may be shown. */
  urlText(url: URL): string {
    this.learnUrl(url);
    const userinfo = url.username === '' && url.password === '' ? '' : `${HIDDEN}@`;
    const params = [...url.searchParams].map(
      ([name, value]) =>
        `${encodeURIComponent(name)}=${this.#isSecret(name, value) ? HIDDEN : encodeURIComponent(value)}`,
    );
    const query = params.length === 0 ? '' : `?${params.join('&')}`;
    return `${url.protocol}//${userinfo}${url.host}${this.#hideLearnt(`${url.pathname}${query}`)}`;
  }

  /** A text without the secrets. */
  hide(text: string): string {
    return this.#hideLearnt(text).replace(NAMED_SECRET, `$1${HIDDEN}`);
  }

  #hideLearnt(text: string): string {
    const longestFirst = [...this.#values].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((shown, secret) => shown.replaceAll(secret, HIDDEN), text);
  }

  /** A text that is secret, in the forms in which it may turn up. */
  learn(value: string): void {
    const inQuery = new URLSearchParams({ '': value }).toString().slice(1);
    const inJson = JSON.stringify(value).slice(1, -1);
    for (const form of [value, decoded(value), encodeURIComponent(value), inQuery, inJson]) {
      if (form.length >= SHORTEST) this.#values.add(form);
    }
  }

  #isSecret(name: string, value: string): boolean {
    if (this.#plain.has(name)) return false;
    const words = name
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toLowerCase()
      .split(/[^a-z]+/);
    return words.some((word) => SECRET_WORD.test(word)) || SECRET_VALUE.test(value);
  }
}

/** A text that is no url, as much of it as can be shown. */
export function brokenUrlText(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^.*@/s, `${HIDDEN}@`);
}
