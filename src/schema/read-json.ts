import type { DataType } from './dtype.ts';

/**
 * A value of a dtype from its JSON text, digit for digit: a number is the text of it, and JSON inside of lists and structs
 * the text that it is. A parser would bring them through doubles.
 */
export function readJson(text: string, dtype: DataType): unknown {
  return new JsonReader(text).value(dtype);
}

class JsonReader {
  readonly #text: string;
  readonly #tokens = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g;

  constructor(text: string) {
    this.#text = text;
  }

  value(dtype: DataType): unknown {
    if (dtype.id === 'json') return this.#raw();
    const token = this.#next();
    if (token === '[' && dtype.id === 'list') {
      const items: unknown[] = [];
      while (this.#peek() !== ']') {
        items.push(this.value(dtype.item));
        this.#skip(',');
      }
      this.#next();
      return items;
    }
    if (token === '{' && dtype.id === 'struct') {
      const found: Record<string, unknown> = {};
      while (this.#peek() !== '}') {
        const name = JSON.parse(this.#next()) as string;
        this.#next();
        const field = dtype.fields.find((f) => f.name === name);
        const value = field === undefined ? this.#raw() : this.value(field.dtype);
        Object.defineProperty(found, name, { value, enumerable: true, configurable: true });
        this.#skip(',');
      }
      this.#next();
      return found;
    }
    if (token === 'null') return null;
    return token.startsWith('"') || token === 'true' || token === 'false' ? JSON.parse(token) : token;
  }

  /** The text of the value that follows; JSON's null is none. */
  #raw(): string | null {
    let depth = 0;
    let text = '';
    do {
      const token = this.#next();
      if (token === '[' || token === '{') depth += 1;
      if (token === ']' || token === '}') depth -= 1;
      text += token;
    } while (depth > 0);
    return text === 'null' ? null : text;
  }

  #next(): string {
    const match = this.#tokens.exec(this.#text);
    if (match === null) throw new Error(`JSON that ends too soon: ${this.#text}`);
    return match[0];
  }

  #peek(): string {
    const at = this.#tokens.lastIndex;
    const token = this.#next();
    this.#tokens.lastIndex = at;
    return token;
  }

  #skip(token: string): void {
    if (this.#peek() === token) this.#next();
  }
}
