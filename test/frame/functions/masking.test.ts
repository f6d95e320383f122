import { inspect } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const texts = (...values: (string | null)[]) =>
  session.read.rows(
    values.map((x) => ({ x })),
    { schema: { x: t.string().nullable() } },
  );

describe('sha256', () => {
  test('without a key: the digest of the UTF-8 bytes', async () => {
    const rows = await texts('abc', '', 'é', null)
      .withColumns((r) => ({ y: r.x.sha256() }))
      .rows();
    expect(rows.map((row) => row.y)).toEqual([
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
      '4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c',
      null,
    ]);
  });

  const aa = (count: number): Uint8Array => new Uint8Array(count).fill(0xaa);
  // RFC 4231, the test cases whose data is text.
  test.each<[string, string | Uint8Array, string, string]>([
    [
      'case 1',
      new Uint8Array(20).fill(0x0b),
      'Hi There',
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      'case 2, a key shorter than the digest',
      'Jefe',
      'what do ya want for nothing?',
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      'case 6, a key longer than a block',
      aa(131),
      'Test Using Larger Than Block-Size Key - Hash Key First',
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
    [
      'case 7, a key and a text longer than a block',
      aa(131),
      'This is a test using a larger than block-size key and a larger than block-size data. The key needs to be hashed before being used by the HMAC algorithm.',
      '9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2',
    ],
  ])('with a key: RFC 4231, %s', async (_, key, text, digest) => {
    const rows = await texts(text, null)
      .withColumns((r) => ({ y: r.x.sha256({ key }) }))
      .rows();
    expect(rows.map((row) => row.y)).toEqual([digest, null]);
  });

  test('the key stands in no plan, no SQL and no error', async () => {
    const key = 'correct horse battery staple';
    const frame = texts('a').withColumns((r) => ({ y: r.x.sha256({ key }) }));
    const passes = [0x36, 0x5c].map((pad) => Buffer.from(key).map((byte) => byte ^ pad));
    const traces = [Buffer.from(key), ...passes.map((bytes) => Buffer.from(bytes))].flatMap((bytes) => [
      bytes.toString('latin1'),
      bytes.toString('hex'),
      bytes.toString('base64').slice(0, 16),
      [...bytes.subarray(0, 8)].join(','),
      [...bytes.subarray(0, 8)].join(', '),
    ]);
    const expectHidden = (shown: string): void => {
      const text = shown.toLowerCase();
      for (const trace of traces) expect(text).not.toContain(trace.toLowerCase());
    };
    const explained = await frame.explain();
    expect(explained).toContain('sha256(x, ***, ***)');
    expectHidden(explained);
    expectHidden(JSON.stringify(frame.plan));
    expectHidden(inspect(frame.plan, { depth: 20, showHidden: true }));
    const failing = frame.withColumns((r) => ({ n: r.y.cast(t.int()) }));
    const error: unknown = await failing.rows().catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'cast.failed' });
    expectHidden(inspect(error, { depth: 20, showHidden: true }));
    // @ts-expect-error a digest has no minimum of numbers
    expect(() => texts('a').withColumns((r) => ({ n: r.x.sha256({ key }).add(1) }))).toThrow();
    expect(() => texts('a').withColumns((r) => ({ n: r.x.sha256({ key }).in(3 as never) }))).toThrow(
      /^sha256\(x, "\*\*\*", "\*\*\*"\)\.in/,
    );
  });

  test('a key that is none is refused', () => {
    expect(() => texts('a').withColumns((r) => ({ y: r.x.sha256({ key: '' }) }))).toThrow(
      /x\.sha256: the key is empty/,
    );
    expect(() => texts('a').withColumns((r) => ({ y: r.x.sha256({ key: 5 as never }) }))).toThrow(
      /the key is a number/,
    );
  });
});

test('redact and keepLast', async () => {
  const rows = await texts('4111111111111111', '1234', 'x', '', null, 'ä😀éö1')
    .withColumns((r) => ({
      gone: r.x.redact('x'),
      stars: r.x.redact(),
      last: r.x.keepLast(4),
      none: r.x.keepLast(0, { mask: '#' }),
    }))
    .rows();
  expect(rows.map((row) => row.gone)).toEqual(['x', 'x', 'x', 'x', null, 'x']);
  expect(rows.map((row) => row.stars)).toEqual(['***', '***', '***', '***', null, '***']);
  expect(rows.map((row) => row.last)).toEqual(['************1111', '****', '*', '', null, '*😀éö1']);
  expect(rows.map((row) => row.none)).toEqual(['################', '####', '#', '', null, '#####']);
  expect(() => texts('a').withColumns((r) => ({ y: r.x.keepLast(2, { mask: '**' }) }))).toThrow(/give one character/);
});
