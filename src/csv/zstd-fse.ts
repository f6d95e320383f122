/** Finite state entropy of Zstandard: the tables, and the bits that are read from the end backwards. */

/** By state: the symbol, how many bits to read, and what to add to them for the next state. */
export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly base: Uint16Array;
}

/** Bits from the last one backwards; before the first there are zeros. */
export class Bits {
  readonly #bytes: Uint8Array;
  readonly #start: number;
  /** How many bits are left; less than none where more were read. */
  left: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    const last = end > start ? (bytes[end - 1] ?? 0) : 0;
    if (last === 0) throw Object.assign(new Error('a stream of bits has no end'), { code: 'ZSTD' });
    this.#bytes = bytes;
    this.#start = start;
    this.left = 8 * (end - start - 1) + 31 - Math.clz32(last);
  }

  read(count: number): number {
    if (count === 0) return 0;
    if (count > 16) {
      const high = this.read(count - 16);
      return high * 65536 + this.read(16);
    }
    this.left -= count;
    return this.peekAt(this.left, count);
  }

  /** Up to 16 bits from a place on. */
  peekAt(place: number, count: number): number {
    if (place < 0) {
      const there = place + count;
      return there <= 0 ? 0 : this.peekAt(0, there) << -place;
    }
    const at = this.#start + (place >> 3);
    const bytes = this.#bytes;
    const word = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16);
    return (word >>> (place & 7)) & ((1 << count) - 1);
  }
}

/** A table by how often each symbol stands in it; -1 is less than once. */
export function buildTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const [symbols, bits, base] = [new Uint8Array(size), new Uint8Array(size), new Uint16Array(size)];
  let high = size - 1;
  const next = counts.map((count) => (count === -1 ? 1 : count));
  counts.forEach((count, symbol) => {
    if (count === -1) symbols[high--] = symbol;
  });
  const step = (size >> 1) + (size >> 3) + 3;
  let place = 0;
  counts.forEach((count, symbol) => {
    for (let i = 0; i < count; i++) {
      symbols[place] = symbol;
      do place = (place + step) & (size - 1);
      while (place > high);
    }
  });
  for (let state = 0; state < size; state++) {
    const symbol = symbols[state] ?? 0;
    const number = next[symbol] ?? 1;
    next[symbol] = number + 1;
    const width = log - (31 - Math.clz32(number));
    bits[state] = width;
    base[state] = (number << width) - size;
  }
  return { log, symbols, bits, base };
}

/** Reads a table as it stands before what it decodes. */
export function readTable(
  bytes: Uint8Array,
  start: number,
  longest: number,
): { readonly table: FseTable; readonly end: number } {
  let place = start * 8;
  const read = (count: number): number => {
    let value = 0;
    for (let i = 0; i < count; i++, place++) value |= (((bytes[place >> 3] ?? 0) >> (place & 7)) & 1) << i;
    return value;
  };
  const log = read(4) + 5;
  if (log > longest) throw Object.assign(new Error('a table is damaged'), { code: 'ZSTD' });
  let remaining = (1 << log) + 1;
  const counts: number[] = [];
  while (remaining > 1 && counts.length <= 255) {
    const width = 32 - Math.clz32(remaining);
    const most = (1 << width) - 1 - remaining;
    let value = read(width - 1);
    if (value >= most) {
      if (read(1) === 1) value += 1 << (width - 1);
      if (value >= 1 << (width - 1)) value -= most;
    }
    const count = value - 1;
    remaining -= Math.abs(count);
    counts.push(count);
    if (count !== 0) continue;
    for (let zeros = 3; zeros === 3; ) {
      zeros = read(2);
      for (let i = 0; i < zeros; i++) counts.push(0);
    }
  }
  if (remaining !== 1 || counts.length > 256) throw Object.assign(new Error('a table is damaged'), { code: 'ZSTD' });
  return { table: buildTable(counts, log), end: (place + 7) >> 3 };
}
