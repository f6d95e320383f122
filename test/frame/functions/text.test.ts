import { afterAll, describe, expect, test } from 'vitest';
import type { AnyScalar } from '../../../src/frame/functions/base.ts';
import { type Col, type Cols, createSession, type Text, t } from '../../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

type Column = Cols<Col<'x', Text, null>>['x'];

/** What an expression makes of these texts. */
async function of(texts: readonly (string | null)[], make: (x: Column) => AnyScalar): Promise<unknown[]> {
  const frame = session.read.rows(
    texts.map((x) => ({ x })),
    { schema: { x: t.string().nullable() } },
  );
  return (await frame.withColumns((r) => ({ y: make(r.x) })).rows()).map((row) => row.y);
}

describe('text is cleaned', () => {
  test('squish: every run of blanks is one space, none at the ends', async () => {
    const texts = [' a \t\r\n b  c\u00A0', 'a\u3000\u2028b\uFEFF', '\u000B', '', null, 'a b'];
    expect(await of(texts, (x) => x.squish())).toEqual(['a b c', 'a b', '', '', null, 'a b']);
  });

  test('title: runs of letters and digits, whatever stands between', async () => {
    const texts = ["o'NEIL de la-CRUZ", 'école 3RD_x', 'cafe\u0301 ÉTÉ', '', null, '  x', 'ждан'];
    expect(await of(texts, (x) => x.title())).toEqual([
      "O'Neil De La-Cruz",
      'École 3rd_X',
      'Cafe\u0301 Été',
      '',
      null,
      '  X',
      'Ждан',
    ]);
  });

  test('stripAccents: what has no accent stays', async () => {
    expect(await of(['Éva Żák ñ', 'ø ß', 'e\u0301', '', null], (x) => x.stripAccents())).toEqual([
      'Eva Zak n',
      'ø ß',
      'e',
      '',
      null,
    ]);
  });

  test('normalize: the composed form, and no other', async () => {
    expect(await of(['e\u0301', 'ﬁ', null], (x) => x.normalize())).toEqual(['é', 'ﬁ', null]);
    await expect(of(['a'], (x) => x.normalize('NFKC' as 'NFC'))).rejects.toThrow(
      /normalize\("NFKC"\): the form is 'NFC'/,
    );
  });

  test('padStart and padEnd fill up by characters and cut nothing', async () => {
    const texts = ['7', '123456', '😀', '', null];
    expect(await of(texts, (x) => x.padStart(3, '0'))).toEqual(['007', '123456', '00😀', '000', null]);
    expect(await of(texts, (x) => x.padEnd(4, 'ab'))).toEqual(['7aba', '123456', '😀aba', 'abab', null]);
    expect(await of(['x'], (x) => x.padStart(0))).toEqual(['x']);
    await expect(of(['a'], (x) => x.padEnd(2, ''))).rejects.toThrow(/x\.padEnd: the filling is ""/);
    await expect(of(['a'], (x) => x.padStart(-1))).rejects.toThrow(/x\.padStart\(-1\): give a whole number from 0/);
  });

  test('repeat, digitsOnly', async () => {
    expect(await of(['ab', '', null], (x) => x.repeat(2))).toEqual(['abab', '', null]);
    expect(await of(['ab'], (x) => x.repeat(0))).toEqual(['']);
    expect(await of(['+1 (555) 010-99', 'none', '٣4', '', null], (x) => x.digitsOnly())).toEqual([
      '155501099',
      '',
      '4',
      '',
      null,
    ]);
  });

  test('split and indexOf', async () => {
    expect(await of(['a,,b', '', ',', null, "it's|x"], (x) => x.split(','))).toEqual([
      ['a', '', 'b'],
      [''],
      ['', ''],
      null,
      ["it's|x"],
    ]);
    expect(await of(['a.b', 'ab'], (x) => x.split('.'))).toEqual([['a', 'b'], ['ab']]);
    await expect(of(['a'], (x) => x.split(''))).rejects.toThrow(/give a separator of at least one character/);
    expect(await of(['a😀b', 'x', '', null], (x) => x.indexOf('b'))).toEqual([2, -1, -1, null]);
  });
});

describe('the shapes of addresses and numbers', () => {
  const both = async (right: string[], wrong: string[], make: (x: Column) => AnyScalar): Promise<void> => {
    const all = await of([...right, ...wrong, null], make);
    const seen = [...right, ...wrong].map((text, i) => [text, all[i]]);
    expect(seen).toEqual([...right.map((text) => [text, true]), ...wrong.map((text) => [text, false])]);
    expect(all.at(-1)).toBeNull();
  };

  test('isEmail', () =>
    both(
      ['a@b.co', 'first.last+tag@mail.example.org', "o'neil@x-y.de", 'A@B.CO', '1@2.3'],
      [
        '',
        'a@b',
        'a b@c.de',
        '@b.co',
        'a@',
        'a@b..co',
        'a@-b.co',
        'a@b-.co',
        'a@b.co ',
        'a@b.co\n',
        'a@@b.co',
        'ä@b.co',
      ],
      (x) => x.isEmail(),
    ));

  test('isUrl', () =>
    both(
      [
        'http://a.de',
        'HTTPS://example.org/path?q=1#top',
        'https://localhost:8080',
        'http://127.0.0.1/',
        'https://a.de/ü',
        'http://a.de?x',
      ],
      [
        '',
        'a.de',
        'ftp://a.de',
        'http://',
        'http:// a.de',
        'http://a.de/a b',
        'http://-a.de',
        'http://a..de',
        'javascript:x',
        'http://a.de\n',
      ],
      (x) => x.isUrl(),
    ));

  test('isPhone', () =>
    both(
      ['+4930123456', '+15550109999', '+12', '+123456789012345'],
      ['', '030123456', '+0123', '+1', '+1 555 010', '+1234567890123456', '+49٣4', '+4930123456\n'],
      (x) => x.isPhone(),
    ));
});
