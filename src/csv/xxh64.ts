/** The checksum of Zstandard's frames: XXH64 with the seed 0. */

const P1 = 0x9e3779b185ebca87n;
const P2 = 0xc2b2ae3d27d4eb4fn;
const P3 = 0x165667b19e3779f9n;
const P4 = 0x85ebca77c2b2ae63n;
const P5 = 0x27d4eb2f165667c5n;
const [P1_HIGH, P1_LOW, P2_HIGH, P2_LOW] = [0x9e3779b1, 0x85ebca87, 0xc2b2ae3d, 0x27d4eb4f];

const word = (value: bigint): bigint => BigInt.asUintN(64, value);
const turned = (value: bigint, by: bigint): bigint => word((value << by) | (word(value) >> (64n - by)));
const round = (sum: bigint, lane: bigint): bigint => word(turned(word(sum + lane * P2), 31n) * P1);

/** Halves of the low 64 bits of a product. */
let high = 0;
let low = 0;
function multiply(aHigh: number, aLow: number, bHigh: number, bLow: number): void {
  const [a0, a1, b0, b1] = [aLow & 0xffff, aLow >>> 16, bLow & 0xffff, bLow >>> 16];
  const [p00, p01, p10] = [a0 * b0, a0 * b1, a1 * b0];
  const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
  low = ((middle << 16) | (p00 & 0xffff)) >>> 0;
  const carried = a1 * b1 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
  high = (carried + Math.imul(aHigh, bLow) + Math.imul(aLow, bHigh)) >>> 0;
}

export class Xxh64 {
  /** Four sums, each as its high and its low half. */
  readonly #sums: Uint32Array = new Uint32Array(
    [P1 + P2, P2, 0n, -P1].flatMap((sum) => [Number(word(sum) >> 32n), Number(word(sum) & 0xffffffffn)]),
  );
  #rest: Uint8Array = new Uint8Array(0);
  #length = 0;

  update(chunk: Uint8Array): void {
    this.#length += chunk.length;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const sums = this.#sums;
    let at = 0;
    for (; at + 32 <= bytes.length; at += 32) {
      for (let i = 0; i < 8; i += 2) {
        multiply(view.getUint32(at + 4 * i + 4, true), view.getUint32(at + 4 * i, true), P2_HIGH, P2_LOW);
        const sumLow = (sums[i + 1] ?? 0) + low;
        const sumHigh = ((sums[i] ?? 0) + high + (sumLow > 0xffffffff ? 1 : 0)) >>> 0;
        const plain = sumLow >>> 0;
        // Turned by 31 bits.
        multiply(((sumHigh << 31) | (plain >>> 1)) >>> 0, ((plain << 31) | (sumHigh >>> 1)) >>> 0, P1_HIGH, P1_LOW);
        sums[i] = high;
        sums[i + 1] = low;
      }
    }
    this.#rest = bytes.slice(at);
  }

  /** The lower half, which is what frames hold. */
  digest(): number {
    const sums = [0, 2, 4, 6].map((i) => (BigInt(this.#sums[i] ?? 0) << 32n) | BigInt(this.#sums[i + 1] ?? 0));
    let hash = P5;
    if (this.#length >= 32) {
      hash = word(sums.reduce((total, sum, i) => total + turned(sum, [1n, 7n, 12n, 18n][i] ?? 0n), 0n));
      for (const sum of sums) hash = word((hash ^ round(0n, sum)) * P1 + P4);
    }
    hash = word(hash + BigInt(this.#length));
    const rest = Buffer.from(this.#rest);
    let at = 0;
    for (; at + 8 <= rest.length; at += 8) {
      hash = word(turned(hash ^ round(0n, rest.readBigUInt64LE(at)), 27n) * P1 + P4);
    }
    if (at + 4 <= rest.length) {
      hash = word(turned(hash ^ word(BigInt(rest.readUInt32LE(at)) * P1), 23n) * P2 + P3);
      at += 4;
    }
    for (; at < rest.length; at++) hash = word(turned(hash ^ word(BigInt(rest[at] ?? 0) * P5), 11n) * P1);
    hash = word((hash ^ (hash >> 33n)) * P2);
    hash = word((hash ^ (hash >> 29n)) * P3);
    return Number((hash ^ (hash >> 32n)) & 0xffffffffn);
  }
}
