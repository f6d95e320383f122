import { MillraceError } from '../errors.ts';

/** The version of what `toJSON` writes; a change that older code would misread raises it. */
export const VERSION = 1;

/** A part of JSON, read with the place where it stands. */
export class JsonPart {
  readonly value: unknown;
  readonly #place: string;
  readonly #what: string;

  constructor(value: unknown, place: string, what: string) {
    this.value = value;
    this.#place = place;
    this.#what = what;
  }

  at(key: string): JsonPart {
    const { value } = this;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.refused('an object');
    const place = this.#place === '' ? key : `${this.#place}.${key}`;
    return new JsonPart((value as Record<string, unknown>)[key], place, this.#what);
  }

  list<V>(read: (item: JsonPart) => V): readonly V[] {
    const { value } = this;
    if (!Array.isArray(value)) throw this.refused('a list');
    return value.map((item: unknown, i) => read(new JsonPart(item, `${this.#place}[${i}]`, this.#what)));
  }

  text(): string {
    if (typeof this.value !== 'string') throw this.refused('text');
    return this.value;
  }

  number(): number {
    if (typeof this.value !== 'number' || !Number.isFinite(this.value)) throw this.refused('a finite number');
    return this.value;
  }

  /** A value that stands in a column; null where it is allowed. */
  scalar(): string | number | boolean {
    const { value } = this;
    if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
    throw this.refused('a text, a number or a boolean');
  }

  oneOf<const V extends string | boolean>(choices: readonly V[]): V {
    const found = choices.find((choice) => choice === this.value);
    if (found === undefined) throw this.refused(`one of ${choices.map((choice) => JSON.stringify(choice)).join(', ')}`);
    return found;
  }

  refused(expected: string): MillraceError {
    const shown = this.value === undefined ? 'missing' : JSON.stringify(this.value);
    return new MillraceError({
      code: 'preprocessing.bad_json',
      message: `This is not the JSON of ${this.#what}: ${this.#place || 'the whole'} is ${shown}, not ${expected}.`,
      details: { place: this.#place, value: this.value },
    });
  }
}

/** The JSON, as text or parsed, of a format and of the version known here. */
export function openJson(json: unknown, format: string, what: string): JsonPart {
  const part = new JsonPart(typeof json === 'string' ? parsed(json, what) : json, '', what);
  part.at('format').oneOf([format]);
  const version = part.at('version');
  if (version.value !== VERSION) throw version.refused(`${VERSION}, the version known here`);
  return part;
}

function parsed(json: string, what: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new MillraceError({
      code: 'preprocessing.bad_json',
      message: `The JSON of ${what} does not parse: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}
