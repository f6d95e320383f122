/**
 * A JSON text as every text of the same value has it: keys sorted, of those that stand twice the last, no blanks, one
 * spelling of each string, and numbers by their digits, so that 1.0, 1 and 1e0 are one, as are 0 and -0. What is no
 * JSON, as a NaN inside, stays as it is written.
 */
export function canonicalJson(text: string): string {
  try {
    const reader = new Reader(text);
    const value = reader.value();
    return reader.isAtEnd() ? value : text;
  } catch {
    return text;
  }
}

const TOKEN =
  /[\s]*(?:([{}[\],:])|("[^"\\]*(?:\\[\s\S][^"\\]*)*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])|(-?[A-Za-z]+))/y;

class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(): string {
    return this.#valueOf(this.#next());
  }

  isAtEnd(): boolean {
    return this.#text.slice(this.#at).trim() === '';
  }

  #valueOf(token: RegExpExecArray): string {
    const [, sign, string, number, word] = token;
    if (string !== undefined) return JSON.stringify(JSON.parse(string));
    if (number !== undefined) return canonicalNumber(number);
    if (word !== undefined) return word;
    if (sign === '[') return this.#array();
    if (sign === '{') return this.#object();
    throw new Error('no value');
  }

  #array(): string {
    const items: string[] = [];
    let token = this.#next();
    if (token[1] === ']') return '[]';
    for (;;) {
      items.push(this.#valueOf(token));
      const end = this.#next()[1];
      if (end === ']') return `[${items.join(',')}]`;
      if (end !== ',') throw new Error('no array');
      token = this.#next();
    }
  }

  #object(): string {
    const entries = new Map<string, string>();
    let token = this.#next();
    while (token[1] !== '}') {
      const key = JSON.parse(token[2] ?? '') as string;
      if (this.#next()[1] !== ':') throw new Error('no object');
      entries.set(key, this.value());
      const end = this.#next();
      if (end[1] === '}') break;
      if (end[1] !== ',') throw new Error('no object');
      token = this.#next();
    }
    const sorted = [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${sorted.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
  }

  #next(): RegExpExecArray {
    TOKEN.lastIndex = this.#at;
    const token = TOKEN.exec(this.#text);
    if (token === null) throw new Error('no token');
    this.#at = TOKEN.lastIndex;
    return token;
  }
}

/** A number by its digits, however long, and the power of ten of the last one: `-1.50e3` is `-15e2`. */
function canonicalNumber(text: string): string {
  const [, minus = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = (whole + fraction).replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return '0';
  return `${minus}${digits}e${Number(power) - fraction.length + all.length - digits.length}`;
}
