import { afterAll, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

/**
 * Files of random lines: what is read of them with plain records told apart is what is read of them when every record is
 * looked at one by one. Each file is made from its seed alone; `MILLRACE_SEED` and `MILLRACE_FILES` choose others.
 */
const SEED = Number(process.env.MILLRACE_SEED ?? 1);
const FILES = Number(process.env.MILLRACE_FILES ?? 8);
const LINES = 80;

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

const schema = {
  id: t.int(),
  big: t.bigint().nullable(),
  price: t.decimal(20, 4).nullable(),
  share: t.float().nullable(),
  paid: t.boolean().nullable(),
  name: t.string().from('customer.name').nullable(),
  mail: t.string().from('customer.address.mail').nullable(),
  kind: t.enum(['a', 'b']).nullable(),
  day: t.date().nullable(),
  at: t.timestamp({ timeZone: 'Europe/Berlin' }).nullable(),
  local: t.date({ formats: ['%d.%m.%Y'] }).nullable(),
};
/** No record is plain under a schema with JSON. */
const strict = { ...schema, nothing: t.json().nullable() };

/** Numbers from 0 to 1 that a seed gives (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

class Lines {
  readonly #next: () => number;
  /** How often something is odd. */
  readonly #odd: number;

  constructor(seed: number) {
    this.#next = numbers(seed);
    this.#odd = this.#of(0, 0.003, 0.03, 0.2);
  }

  /** The bytes of a file, and the lines of it that are whole records. */
  file(): { readonly bytes: Buffer; readonly records: readonly string[] } {
    const end = this.#of('\n', '\n', '\r\n', '\r');
    const records: string[] = [];
    const lines = Array.from({ length: LINES }, (): Buffer => {
      if (this.#isOdd()) return Buffer.from(this.#of('', ' ', '\t ', ''));
      const record = this.#record();
      if (!this.#isOdd()) {
        records.push(record);
        return Buffer.from(this.#isOdd() ? ` ${record}\t` : record);
      }
      const broken = Buffer.from(record);
      const at = Math.floor(this.#next() * broken.length);
      const put = this.#of<Buffer | undefined>(undefined, Buffer.from([0xff]), Buffer.from([0]), Buffer.from('\x02'));
      return put === undefined
        ? broken.subarray(0, at)
        : Buffer.concat([broken.subarray(0, at), put, broken.subarray(at + 1)]);
    });
    const mark = this.#isOdd() ? [Buffer.from('\uFEFF')] : [];
    const bytes = lines.flatMap((line, i) => (i === 0 ? [line] : [Buffer.from(end), line]));
    return { bytes: Buffer.concat([...mark, ...bytes, Buffer.from(this.#of('', end))]), records };
  }

  #record(): string {
    const customer = (): string =>
      this.#object([
        ['name', () => this.#text()],
        ['address', () => this.#object([['mail', () => this.#text()]])],
        ['other', () => this.#any()],
      ]);
    return this.#object([
      ['id', () => this.#digits(this.#of(1, 5, 9, 15))],
      ['big', () => this.#digits(this.#of(1, 15, 16, 19))],
      ['price', () => `${this.#digits(this.#of(1, 8, 12))}.${this.#digits(this.#of(1, 2, 4)).replace('-', '')}`],
      ['share', () => this.#of(this.#digits(3), `${this.#digits(4)}.5`, '0.30000000000000004', '1e3', '-2.5E-7')],
      ['paid', () => this.#of('true', 'false')],
      ['customer', customer],
      ['kind', () => this.#of('"a"', '"b"')],
      ['day', () => this.#of('"2024-02-29"', '"1999-12-31"', '"0001-01-01"')],
      [
        'at',
        () =>
          this.#of(
            '"2024-02-29T23:59:59Z"',
            '"2024-07-01 10:00:00.125Z"',
            '"2024-07-01T10:00:00"',
            '"2024-07-01T10:00+02:00"',
          ),
      ],
      ['local', () => this.#of('"31.12.2024"', '"1.2.2024"')],
      ['unknown', () => this.#any()],
    ]);
  }

  #object(members: readonly (readonly [key: string, value: () => string])[]): string {
    const blank = (): string => (this.#isOdd() ? this.#of(' ', '  ', '\t') : '');
    const written = members.flatMap(([key, value]) => {
      if (key !== 'id' && this.#next() < 0.1) return [];
      const name = this.#isOdd()
        ? this.#of(key.toUpperCase(), `\\u00${key.charCodeAt(0).toString(16)}${key.slice(1)}`)
        : key;
      const content = this.#isOdd() ? this.#any() : this.#next() < 0.05 && key !== 'id' ? 'null' : value();
      const member = `${blank()}"${name}"${blank()}:${blank()}${content}${blank()}`;
      return this.#isOdd() ? [member, `"${key}":${this.#any()}`] : [member];
    });
    if (this.#isOdd()) written.push(`"customer.name":${this.#any()}`);
    if (this.#isOdd()) written.reverse();
    return `{${written.join(',')}}`;
  }

  #any(): string {
    return this.#of(
      'null',
      'true',
      '{}',
      '[1, {"a": "]"}]',
      '1.0',
      '1e2',
      '-0',
      '-0.0',
      '1.00000',
      '12345678901234567890',
      '9007199254740993',
      '0.1234567890123456789',
      '1e400',
      '"7"',
      '" 7"',
      '"1e2"',
      '"2024-02-30"',
      '"2024-02-30T00:00:00Z"',
      '"2024-02-29T24:00:00Z"',
      '"infinity"',
      '"null"',
      this.#text(),
      this.#text(),
    );
  }

  #text(): string {
    const piece = (): string =>
      this.#of(
        'a',
        'Zoë',
        ' ',
        '😀',
        '\\n',
        '\\"',
        '\\\\',
        '\\/',
        '\\u00e9',
        '\\ud83d\\ude00',
        'null',
        '{',
        '5',
        '\u2028',
      );
    const pieces = Array.from({ length: Math.floor(this.#next() * 5) }, piece);
    if (this.#isOdd()) pieces.push(this.#of('\\ud800', '\\u0000', '\\udc00\\ud800', '\\u0001', '\t', '\\x'));
    return `"${pieces.join('')}"`;
  }

  #digits(count: number): string {
    const rest = Array.from({ length: count - 1 }, () => Math.floor(this.#next() * 10)).join('');
    return `${this.#next() < 0.2 ? '-' : ''}${1 + Math.floor(this.#next() * 9)}${rest}`;
  }

  #isOdd(): boolean {
    return this.#next() < this.#odd;
  }

  #of<T>(...choices: readonly T[]): T {
    return choices[Math.floor(this.#next() * choices.length)] as T;
  }
}

const seeds = Array.from({ length: FILES }, (_, i) => SEED + i);

test.each(seeds)('a file of lines, seed %s', async (seed) => {
  const { bytes, records } = new Lines(seed).file();
  const path = write(`${seed}.ndjson`, bytes);
  const fast = read.ndjson(path, { schema, onBadRow: 'quarantine' });
  const slow = read.ndjson(path, { schema: strict, onBadRow: 'quarantine' });
  const rows = await fast.rows();
  const told = await fast.quarantine().rows();
  expect(rows).toEqual(await slow.drop('nothing').rows());
  expect(told).toEqual(await slow.quarantine().rows());
  const lines = bytes
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .split(/\r\n|\r|\n/);
  expect(rows.length + told.length).toBe(lines.filter((line) => /[^ \t]/.test(line)).length);
  for (const { line } of told) expect(lines[Number(line) - 1]).toMatch(/[^ \t]/);
  // A document of the same records, over several lines each.
  const document = write(`${seed}.json`, `[${records.map((record) => record.replace(/^\{/, '{\n')).join(',\r\n')}]`);
  const whole = await read.json(document, { schema, onBadRow: 'quarantine' }).rows();
  const alone = write(`${seed}-alone.ndjson`, records.join('\n'));
  expect(whole).toEqual(await read.ndjson(alone, { schema: strict, onBadRow: 'quarantine' }).drop('nothing').rows());
});
