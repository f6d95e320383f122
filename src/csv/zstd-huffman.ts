import { Bits, readTable } from './zstd-fse.ts';

/** Huffman codes of Zstandard: by the next bits, the symbol and how many of them are its code. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

/** Reads the table that stands before literals. */
export function readHuffman(bytes: Uint8Array, start: number): { readonly table: HuffmanTable; readonly end: number } {
  const header = bytes[start] ?? 0;
  const weights: number[] = [];
  let end = start + 1;
  if (header >= 128) {
    for (let i = 0; i < header - 127; i++) {
      const byte = bytes[end + (i >> 1)] ?? 0;
      weights.push(i % 2 === 0 ? byte >> 4 : byte & 15);
    }
    end += (header - 126) >> 1;
  } else {
    const read = readTable(bytes, end, 6);
    end += header;
    packedWeights(read.table, new Bits(bytes, read.end, end), weights);
  }
  return { table: tableOf(weights), end };
}

/** Two states take turns until the bits are used up. */
function packedWeights(
  { log, symbols, bits, base }: ReturnType<typeof readTable>['table'],
  from: Bits,
  weights: number[],
): void {
  const states = [from.read(log), from.read(log)];
  for (let turn = 0; weights.length < 255; turn = 1 - turn) {
    const state = states[turn] ?? 0;
    weights.push(symbols[state] ?? 0);
    const width = bits[state] ?? 0;
    if (from.left < width) {
      weights.push(symbols[states[1 - turn] ?? 0] ?? 0);
      return;
    }
    states[turn] = (base[state] ?? 0) + from.read(width);
  }
  throw damaged();
}

/** The weight of the last symbol is what the others leave. */
function tableOf(weights: number[]): HuffmanTable {
  const sum = weights.reduce((total, weight) => total + (weight === 0 ? 0 : 1 << (weight - 1)), 0);
  const log = 32 - Math.clz32(sum);
  const rest = (1 << log) - sum;
  if (sum === 0 || log > 11 || (rest & (rest - 1)) !== 0) throw damaged();
  const all = [...weights, 32 - Math.clz32(rest)];
  const [symbols, bits] = [new Uint8Array(1 << log), new Uint8Array(1 << log)];
  let place = 0;
  for (let weight = 1; weight <= log; weight++) {
    all.forEach((own, symbol) => {
      if (own !== weight) return;
      const width = 1 << (weight - 1);
      symbols.fill(symbol, place, place + width);
      bits.fill(log + 1 - weight, place, place + width);
      place += width;
    });
  }
  return { log, symbols, bits };
}

/** Decodes one stream of bits into `out`. */
export function decodeStream(
  { log, symbols, bits }: HuffmanTable,
  bytes: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  from: number,
  to: number,
): void {
  const source = new Bits(bytes, start, end);
  let left = source.left;
  for (let i = from; i < to; i++) {
    const next = source.peekAt(left - log, log);
    out[i] = symbols[next] ?? 0;
    left -= bits[next] ?? 0;
  }
  if (left !== 0) throw damaged();
}

function damaged(): Error {
  return Object.assign(new Error('a code is damaged'), { code: 'ZSTD' });
}
