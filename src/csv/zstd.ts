import { Xxh64 } from './xxh64.ts';
import { Bits, buildTable, type FseTable, readTable } from './zstd-fse.ts';
import { decodeStream, type HuffmanTable, readHuffman } from './zstd-huffman.ts';

/** Zstandard (RFC 8878) decompressed: Node has it from version 22.15 on only. */

const MAGIC = 0xfd2fb528;
const SKIPPABLE = 0x184d2a50;
const LARGEST_BLOCK = 128 * 1024;
const LARGEST_WINDOW = 128 * 1024 * 1024;

/** What is wrong with a file that is compressed. */
export class ZstdError extends Error {
  readonly code = 'ZSTD';
}

const LENGTHS = { bits: [], base: [] } as { bits: number[]; base: number[] };
for (let code = 0, base = 0; code <= 35; code++) {
  const bits = code < 16 ? 0 : code < 20 ? 1 : code < 22 ? 2 : code < 24 ? 3 : code === 24 ? 4 : code - 19;
  LENGTHS.bits.push(bits);
  LENGTHS.base.push(base);
  base += 2 ** bits;
}
const MATCHES = { bits: [], base: [] } as { bits: number[]; base: number[] };
for (let code = 0, base = 3; code <= 52; code++) {
  const bits =
    code < 32 ? 0 : code < 36 ? 1 : code < 38 ? 2 : code < 40 ? 3 : code < 42 ? 4 : code === 42 ? 5 : code - 36;
  MATCHES.bits.push(bits);
  MATCHES.base.push(base);
  base += 2 ** bits;
}

// biome-ignore format: tables of the format
const DEFAULT_LENGTHS = buildTable([4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1], 6);
// biome-ignore format: tables of the format
const DEFAULT_MATCHES = buildTable([1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1], 6);
// biome-ignore format: tables of the format
const DEFAULT_OFFSETS = buildTable([1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1], 5);

/** What blocks of a frame leave to those after them. */
interface FrameState {
  huffman: HuffmanTable | undefined;
  lengths: FseTable;
  offsets: FseTable;
  matches: FseTable;
  recent: [number, number, number];
}

/** The end of what was decompressed, as far back as a match may reach. */
class Window {
  #bytes: Uint8Array;
  readonly #size: number;
  #used = 0;
  #given = 0;

  constructor(size: number) {
    this.#size = size;
    this.#bytes = new Uint8Array(Math.min(size, LARGEST_BLOCK) + 2 * LARGEST_BLOCK);
  }

  /** Makes room for a block. */
  reserve(): void {
    if (this.#used + LARGEST_BLOCK <= this.#bytes.length) return;
    const kept = Math.min(this.#used, this.#size);
    const old = this.#bytes;
    if (kept + 2 * LARGEST_BLOCK > old.length) this.#bytes = new Uint8Array(2 * kept + 2 * LARGEST_BLOCK);
    this.#bytes.set(old.subarray(this.#used - kept, this.#used));
    this.#used = kept;
    this.#given = kept;
  }

  append(bytes: Uint8Array): void {
    if (this.#used + bytes.length > this.#bytes.length) throw new ZstdError('a block is too large');
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  fill(byte: number, length: number): void {
    this.#bytes.fill(byte, this.#used, this.#used + length);
    this.#used += length;
  }

  /** What stands `offset` back, which may be what is being written. */
  repeat(offset: number, length: number): void {
    const [bytes, at] = [this.#bytes, this.#used];
    if (offset <= 0 || offset > at) throw new ZstdError('a match reaches too far back');
    if (at + length > bytes.length) throw new ZstdError('a block is too large');
    if (offset >= length) bytes.copyWithin(at, at - offset, at - offset + length);
    else for (let i = at; i < at + length; i++) bytes[i] = bytes[i - offset] ?? 0;
    this.#used = at + length;
  }

  /** What was decompressed since the last time. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(this.#given, this.#used);
    this.#given = this.#used;
    return taken;
  }
}

/** Yields what is decompressed, or `undefined` where it needs more input: the next chunk, or nothing at the end. */
export function* zstdSteps(): Generator<Uint8Array | undefined, void, Uint8Array | undefined> {
  let input: Uint8Array = new Uint8Array(0);
  const need = function* (length: number): Generator<undefined, Uint8Array, Uint8Array | undefined> {
    while (input.length < length) {
      const chunk = yield undefined;
      if (chunk === undefined) throw new ZstdError('unexpected end of file');
      input = input.length === 0 ? chunk : Buffer.concat([input, chunk]);
    }
    const taken = input.subarray(0, length);
    input = input.subarray(length);
    return taken;
  };
  for (;;) {
    if (input.length === 0) {
      const chunk = yield undefined;
      if (chunk === undefined) return;
      input = chunk;
      continue;
    }
    const magic = number(yield* need(4));
    if ((magic & ~0xf) >>> 0 === SKIPPABLE) {
      for (let left = number(yield* need(4)); left > 0; ) left -= (yield* need(Math.min(left, LARGEST_BLOCK))).length;
      continue;
    }
    if (magic !== MAGIC) throw new ZstdError('incorrect header check');
    const [descriptor = 0] = yield* need(1);
    const isSingle = (descriptor & 32) !== 0;
    const [window = 0] = isSingle ? [] : yield* need(1);
    if (number(yield* need([0, 1, 2, 4][descriptor & 3] ?? 0)) !== 0) throw new ZstdError('it needs a dictionary');
    const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const size = number(yield* need(sizeBytes)) + (sizeBytes === 2 ? 256 : 0);
    const reach = isSingle ? size : 2 ** (10 + (window >> 3)) * (1 + (window & 7) / 8);
    if (reach > LARGEST_WINDOW) throw new ZstdError(`its window is larger than ${LARGEST_WINDOW} bytes`);
    const out = new Window(Math.max(reach, 1024));
    const state: FrameState = {
      huffman: undefined,
      lengths: DEFAULT_LENGTHS,
      offsets: DEFAULT_OFFSETS,
      matches: DEFAULT_MATCHES,
      recent: [1, 4, 8],
    };
    const sum = (descriptor & 4) === 0 ? undefined : new Xxh64();
    for (let isLast = false; !isLast; ) {
      const header = number(yield* need(3));
      isLast = (header & 1) === 1;
      const length = header >> 3;
      out.reserve();
      const kind = (header >> 1) & 3;
      if (length > LARGEST_BLOCK || kind === 3) throw new ZstdError('a block is damaged');
      if (kind === 0) out.append(yield* need(length));
      else if (kind === 1) out.fill((yield* need(1))[0] ?? 0, length);
      else decodeBlock(yield* need(length), state, out);
      const taken = out.take();
      sum?.update(taken);
      if (taken.length > 0) yield taken;
    }
    if (sum !== undefined && number(yield* need(4)) !== sum.digest()) throw new ZstdError('incorrect data check');
  }
}

function number(bytes: Uint8Array): number {
  return bytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
}

function decodeBlock(block: Uint8Array, state: FrameState, out: Window): void {
  const { literals, end } = readLiterals(block, state);
  let at = end;
  const first = block[at++] ?? 0;
  let count = first;
  if (first === 255) {
    count = (block[at] ?? 0) + ((block[at + 1] ?? 0) << 8) + 0x7f00;
    at += 2;
  } else if (first >= 128) count = ((first - 128) << 8) + (block[at++] ?? 0);
  if (count === 0) {
    out.append(literals);
    return;
  }
  const modes = block[at++] ?? 0;
  const table = (mode: number, log: number, standard: FseTable, before: FseTable): FseTable => {
    if (mode === 0) return standard;
    if (mode === 3) return before;
    if (mode === 1)
      return { log: 0, symbols: Uint8Array.of(block[at++] ?? 0), bits: new Uint8Array(1), base: new Uint16Array(1) };
    const read = readTable(block, at, log);
    at = read.end;
    return read.table;
  };
  state.lengths = table(modes >> 6, 9, DEFAULT_LENGTHS, state.lengths);
  state.offsets = table((modes >> 4) & 3, 8, DEFAULT_OFFSETS, state.offsets);
  state.matches = table((modes >> 2) & 3, 9, DEFAULT_MATCHES, state.matches);
  const bits = new Bits(block, at, block.length);
  const { lengths, offsets, matches, recent } = state;
  let length = bits.read(lengths.log);
  let offset = bits.read(offsets.log);
  let match = bits.read(matches.log);
  let used = 0;
  for (let i = 0; i < count; i++) {
    const [l, o, m] = [lengths.symbols[length] ?? 0, offsets.symbols[offset] ?? 0, matches.symbols[match] ?? 0];
    if (o > 31 || l > 35 || m > 52) throw new ZstdError('a block is damaged');
    const far = 2 ** o + bits.read(o);
    const copied = (MATCHES.base[m] ?? 0) + bits.read(MATCHES.bits[m] ?? 0);
    const plain = (LENGTHS.base[l] ?? 0) + bits.read(LENGTHS.bits[l] ?? 0);
    if (used + plain > literals.length) throw new ZstdError('a block is damaged');
    out.append(literals.subarray(used, used + plain));
    used += plain;
    out.repeat(offsetOf(far, plain === 0, recent), copied);
    if (i === count - 1) break;
    length = (lengths.base[length] ?? 0) + bits.read(lengths.bits[length] ?? 0);
    match = (matches.base[match] ?? 0) + bits.read(matches.bits[match] ?? 0);
    offset = (offsets.base[offset] ?? 0) + bits.read(offsets.bits[offset] ?? 0);
  }
  if (bits.left !== 0) throw new ZstdError('a block is damaged');
  out.append(literals.subarray(used));
}

/** A distance, or which of the last three it is. */
function offsetOf(value: number, noLiterals: boolean, recent: [number, number, number]): number {
  const [first, second, third] = recent;
  const which = value > 3 ? 4 : value - 1 + (noLiterals ? 1 : 0);
  if (which === 0) return first;
  const offset = which === 4 ? value - 3 : which === 1 ? second : which === 2 ? third : first - 1;
  recent[2] = which === 1 ? third : second;
  recent[1] = first;
  recent[0] = offset;
  return offset;
}

function readLiterals(block: Uint8Array, state: FrameState): { readonly literals: Uint8Array; readonly end: number } {
  const first = block[0] ?? 0;
  const kind = first & 3;
  const form = (first >> 2) & 3;
  if (kind < 2) {
    const header = [1, 2, 1, 3][form] ?? 1;
    const size = Math.floor(number(block.subarray(0, header)) / (header === 1 ? 8 : 16));
    if (kind === 0) return { literals: block.subarray(header, header + size), end: header + size };
    return { literals: new Uint8Array(size).fill(block[header] ?? 0), end: header + 1 };
  }
  const header = [3, 3, 4, 5][form] ?? 3;
  const width = 2 ** ([10, 10, 14, 18][form] ?? 10);
  const sizes = Math.floor(number(block.subarray(0, header)) / 16);
  const size = sizes % width;
  const packed = Math.floor(sizes / width);
  const end = header + packed;
  if (end > block.length || size > LARGEST_BLOCK) throw new ZstdError('a block is damaged');
  let at = header;
  if (kind === 2) {
    const read = readHuffman(block, at);
    state.huffman = read.table;
    at = read.end;
  }
  const { huffman } = state;
  if (huffman === undefined) throw new ZstdError('a block is damaged');
  const literals = new Uint8Array(size);
  if (form === 0) {
    decodeStream(huffman, block, at, end, literals, 0, size);
    return { literals, end };
  }
  const share = Math.floor((size + 3) / 4);
  let from = at + 6;
  for (let i = 0; i < 4; i++) {
    const to = i === 3 ? end : from + (block[at + 2 * i] ?? 0) + ((block[at + 2 * i + 1] ?? 0) << 8);
    decodeStream(huffman, block, from, to, literals, i * share, i === 3 ? size : (i + 1) * share);
    from = to;
  }
  return { literals, end };
}
