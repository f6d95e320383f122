import { expect, test } from 'vitest';
import { CopyRows } from '../../src/postgres/copy-rows.ts';

function message(kind: string, body: string | Buffer): Buffer {
  const bytes = Buffer.from(body);
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes.length + 4);
  return Buffer.concat([Buffer.from(kind), length, bytes]);
}

const rows = ['1\ta\n', '', '2\t\\N\n', `3\t${'é'.repeat(200)}\n`, '\t\n'];
// Lengths whose bytes are line feeds, tabs and the kinds of messages.
const odd = [10, 9, 100, 99, 266, 2570].map((n) => `${'x'.repeat(n - 5)}\n`);
const sent: readonly Buffer[] = [
  message('H', '\0\0\0'),
  ...rows.map((row) => message('d', row)),
  message('N', 'SNOTICE\0Mdddd\0\0'),
  ...odd.map((row) => message('d', row)),
  message('S', 'TimeZone\0UTC\0'),
  message('d', 'last\n'),
  message('c', ''),
  message('C', 'COPY 12\0'),
  message('Z', 'T'),
];
const whole = Buffer.concat(sent);
const text = [...rows, ...odd, 'last\n'].join('');
const others = Buffer.concat(sent.filter((m) => m[0] !== 'd'.charCodeAt(0)));

function takenApart(chunks: readonly Buffer[]): { readonly text: string; readonly others: Buffer } {
  const passed: Buffer[] = [];
  const copy = new CopyRows((bytes) => passed.push(Buffer.from(bytes)));
  for (const chunk of chunks) copy.push(chunk);
  copy.end();
  return { text: copy.take(undefined).toString(), others: Buffer.concat(passed) };
}

test('messages cut at every byte', () => {
  for (let cut = 0; cut <= whole.length; cut++) {
    expect(takenApart([whole.subarray(0, cut), whole.subarray(cut)]), `cut at ${cut}`).toEqual({ text, others });
  }
});

test('messages in chunks of every length', () => {
  for (let size = 1; size < 300; size++) {
    const chunks = Array.from({ length: Math.ceil(whole.length / size) }, (_, i) =>
      whole.subarray(i * size, (i + 1) * size),
    );
    expect(takenApart(chunks), `chunks of ${size}`).toEqual({ text, others });
  }
});

test('a chunk stays as it is: others hear it, too', () => {
  const chunk = Buffer.from(whole);
  takenApart([chunk]);
  expect(chunk).toEqual(whole);
});

test('pieces of rows larger than a piece, one of which is filled again', () => {
  const long = Buffer.from(`${'0123456789'.repeat(300_000)}\n`);
  const copy = new CopyRows(() => {});
  const bytes = Buffer.concat([message('d', long), message('d', 'next\n')]);
  const pieces: Buffer[] = [];
  let spare: Buffer | undefined;
  for (let at = 0; at < bytes.length; at += 65_536) {
    copy.push(bytes.subarray(at, at + 65_536));
    if (!copy.isFull) continue;
    spare = copy.take(spare);
    pieces.push(Buffer.from(spare));
  }
  expect(copy.filled).toBeGreaterThan(0);
  pieces.push(copy.take(spare));
  expect(pieces.length).toBe(3);
  expect(Buffer.concat(pieces).equals(Buffer.concat([long, Buffer.from('next\n')]))).toBe(true);
});

test('one chunk that is larger than a piece', () => {
  const long = Buffer.alloc(5_000_000, 'x');
  const copy = new CopyRows(() => {});
  copy.push(Buffer.concat([message('d', 'first\n'), message('d', long)]));
  expect(copy.take(undefined).equals(Buffer.concat([Buffer.from('first\n'), long]))).toBe(true);
});

test('a length that no message has', () => {
  const copy = new CopyRows(() => {});
  expect(() => copy.push(Buffer.from([0x64, 0, 0, 0, 3]))).toThrow('3 bytes long');
});

test('a header without an end is passed on at the end', () => {
  expect(takenApart([whole, Buffer.from('A\0\0')])).toEqual({
    text,
    others: Buffer.concat([others, Buffer.from('A\0\0')]),
  });
});
