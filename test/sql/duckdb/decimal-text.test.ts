import { afterAll, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 2 });
const { write } = inputFolder();
afterAll(() => session.close());

/** The digits of a text behind the point filled up, as a decimal of this scale is written. */
function written(text: string, scale: number): string {
  const [, sign = '', whole = '', fraction = ''] = /^([+-]?)0*(\d*)\.?(\d*)$/.exec(text) ?? [];
  const digits = `${whole === '' ? '0' : whole}${scale === 0 ? '' : `.${fraction.padEnd(scale, '0')}`}`;
  return sign === '-' && /[1-9]/.test(digits) ? `-${digits}` : digits;
}

/** Texts of all lengths that a decimal has room for. */
function textsOf(precision: number, scale: number): string[] {
  const texts = ['0', '-0', '+5', '007', ...(scale > 0 ? ['-0.5'] : [])];
  for (let before = 1; before <= precision - scale; before++) {
    for (const after of new Set([0, 1, scale - 1, scale])) {
      if (after < 0 || after > scale) continue;
      const digits = Array.from({ length: before + after }, (_, i) => ((i * 7 + before) % 9) + 1).join('');
      const text = after === 0 ? digits : `${digits.slice(0, before)}.${digits.slice(before)}`;
      texts.push(text, `-${text}`);
    }
  }
  return texts;
}

test.each([
  [18, 2],
  [19, 0],
  [19, 2],
  [20, 18],
  [30, 4],
  [38, 0],
  [38, 10],
  [38, 18],
  [38, 19],
])('every text of decimal(%i, %i) is read to its last digit', async (precision, scale) => {
  const schema = { text: t.string(), x: t.decimal(precision, scale) };
  const texts = textsOf(precision, scale);
  const path = write('decimals.csv', `text,x\n${texts.map((text) => `'${text},${text}\n`).join('')}`);
  const rows = await session.read.csv(path, { schema }).rows();
  expect(rows.map(({ x }) => x)).toEqual(texts.map((text) => written(text, scale)));
});

test.each(['1e3', '1.5e3', '--1', '1.2.3', '1.234', '1x', '.', '-', `1${'0'.repeat(17)}`, `9${'0'.repeat(30)}`])(
  '%s is no decimal(19, 2)',
  async (text) => {
    const path = write('bad.csv', `x\n1.25\n${text}\n`);
    const frame = session.read.csv(path, { schema: { x: t.decimal(19, 2) }, onBadRow: 'quarantine' });
    expect((await frame.rows()).map(({ x }) => x)).toEqual(['1.25']);
    expect((await frame.quarantine().rows()).map(({ value }) => value)).toEqual([text]);
    await expect(session.read.csv(path, { schema: { x: t.decimal(19, 2) } }).rows()).rejects.toMatchObject({
      code: 'csv.bad_row',
      details: { value: text },
    });
  },
);
