import { LINE_FEED, SPACE } from './json-bytes.ts';

/** Where records begin and end in a buffer, in their order: one array for all buffers, which are looked at one after another. */
export class Extents {
  #places = new Uint32Array(1 << 14);
  count = 0;

  clear(): void {
    this.count = 0;
  }

  add(start: number, end: number): void {
    const at = 2 * this.count;
    if (at === this.#places.length) {
      const larger = new Uint32Array(2 * at);
      larger.set(this.#places);
      this.#places = larger;
    }
    this.#places[at] = start;
    this.#places[at + 1] = end;
    this.count += 1;
  }

  start(record: number): number {
    return this.#places[2 * record] ?? 0;
  }

  end(record: number): number {
    return this.#places[2 * record + 1] ?? 0;
  }

  /** Makes each record a line of its own, in place: what stands between records is written over, and one byte behind the last. */
  cut(bytes: Buffer): { readonly lines: Buffer; readonly longest: number } {
    const { count } = this;
    const places = this.#places;
    if (count === 0) return { lines: Buffer.alloc(0), longest: 0 };
    let longest = 0;
    for (let i = 0; i < 2 * count; i += 2) {
      const end = places[i + 1] as number;
      longest = Math.max(longest, end - (places[i] as number));
      const next = i + 2 < 2 * count ? (places[i + 2] as number) : end + 1;
      if (next > end + 1) bytes.fill(SPACE, end, next);
      bytes[end] = LINE_FEED;
    }
    return { lines: bytes.subarray(this.start(0), this.end(count - 1) + 1), longest };
  }
}
