import { Secrets } from '../readers/secrets.ts';

const HIDDEN = '***';
/** The password of a url, which may have an @ itself. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]*:\/\/)([^\s/@:?#]*):[^\s/]+@/gi;
/** A token before the host of an address. */
const URL_TOKEN = /(https?:\/\/)[^\s/@:?#]+@/gi;
/** Names of fields whose values are secrets. `key` alone is none here: it is what rows are told apart by. */
const SECRET_FIELD =
  /pass(word|wd|phrase)|^pwd$|secret|token|authorization|cookie|credential|(api|access|private)[_-]?key/i;

/** Takes secrets out of what is logged: passwords of urls, fields that are called like secrets, and values it was told. */
export class Redactor {
  readonly #secrets = new Secrets();

  /** `values`: texts that must not appear, such as the params of a run that are secret. */
  constructor(values: readonly string[] = []) {
    for (const value of values) this.#secrets.learn(value);
  }

  /** A text without its secrets. */
  text(text: string): string {
    const shown = text.replaceAll(URL_PASSWORD, `$1$2:${HIDDEN}@`).replaceAll(URL_TOKEN, `$1${HIDDEN}@`);
    return this.#secrets.hide(shown);
  }

  /** Data without its secrets: the same shape, as JSON would have it. */
  data(value: unknown): unknown {
    return this.#data(value, new Set());
  }

  #data(value: unknown, within: ReadonlySet<object>): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint') return String(value);
    if (typeof value !== 'object' || value === null) return value;
    if (within.has(value)) return '[circular]';
    const inside = new Set(within).add(value);
    if (value instanceof Error) return this.#error(value, inside);
    if ('toJSON' in value && typeof value.toJSON === 'function') return this.#data(value.toJSON(), inside);
    if (Array.isArray(value)) return value.map((one) => this.#data(one, inside));
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [
        this.text(name),
        SECRET_FIELD.test(name) && one !== null && one !== undefined ? HIDDEN : this.#data(one, inside),
      ]),
    );
  }

  #error(error: Error, within: ReadonlySet<object>): unknown {
    const { name, message, stack, cause } = error;
    return {
      name,
      message: this.text(message),
      ...this.#own(error, within),
      ...(stack === undefined ? {} : { stack: this.text(stack) }),
      ...(cause === undefined ? {} : { cause: this.#data(cause, within) }),
    };
  }

  /** What an error says besides: its code, what of a server's answer it keeps. */
  #own(error: Error, within: ReadonlySet<object>): object {
    const { name: _, message: __, stack: ___, cause: ____, ...own } = error as Error & Record<string, unknown>;
    return this.#data({ ...own }, within) as object;
  }
}
