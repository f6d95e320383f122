import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type ColumnType, createSession, type Decimal, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

async function parsed(type: ColumnType<Decimal, never>, texts: readonly (string | null)[]): Promise<unknown[]> {
  const frame = session.read.rows(
    texts.map((x) => ({ x })),
    { schema: { x: t.string().nullable() } },
  );
  return (await frame.withColumns((r) => ({ y: r.x.parse(type, { onError: 'null' }) })).rows()).map((row) => row.y);
}

/** Texts with what they are read as. */
async function expectRead(
  type: ColumnType<Decimal, never>,
  read: Readonly<Record<string, string | null>>,
): Promise<void> {
  const texts = Object.keys(read);
  const got = await parsed(type, texts);
  expect(Object.fromEntries(texts.map((text, i) => [text, got[i]]))).toEqual(read);
}

describe('money', () => {
  test('dollars: the sign before or after, negative by sign or parentheses', () =>
    expectRead(t.decimal(12, 2, { currency: ['$', 'USD'], thousands: ',', parentheses: true }), {
      '$1,234.50': '1234.50',
      '1,234.50': '1234.50',
      '$ 5': '5.00',
      '5 USD': '5.00',
      'USD\u00A05.1': '5.10',
      '-$5.00': '-5.00',
      '$-5': '-5.00',
      '+$5': '5.00',
      '(12.50)': '-12.50',
      '($1,000)': '-1000.00',
      '$(7)': '-7.00',
      '(7 USD)': '-7.00',
      '$.5': '0.50',
      '5.500': '5.50',
      $0: '0.00',
      '(0.00)': '0.00',
      '': null,
      $: null,
      $$5: null,
      '$5 USD': null,
      '-($5)': null,
      '(-5)': null,
      '(5': null,
      '5)': null,
      '()': null,
      '$  5': null,
      '5.005': null,
      '$12,34': null,
      '€5': null,
      '5%': null,
      $1e3: null,
      '$9999999999.99': '9999999999.99',
      '$10000000000.00': null,
    }));

  test('euros as they are written in German, francs in Swiss', async () => {
    await expectRead(t.decimal(12, 2, { currency: ['€', 'EUR'], decimal: ',', thousands: '.' }), {
      '1.234,50 €': '1234.50',
      '-1.234,50\u202F€': '-1234.50',
      '€ 12': '12.00',
      'EUR 0,5': '0.50',
      '1,234.50 €': null,
      '(5) €': null,
    });
    await expectRead(t.decimal(12, 2, { currency: ['Fr', 'Fr.'], thousands: "'" }), {
      "Fr. 1'234.50": '1234.50',
      'Fr 1.50': '1.50',
      'Fr.5': '5.00',
    });
  });

  test('parentheses without a currency; nulls stay null', async () => {
    const type = t.decimal(6, 2, { parentheses: true });
    expect(await parsed(type, ['(1.50)', '-1.50', '1.50', '( 1.50)', null])).toEqual([
      '-1.50',
      '-1.50',
      '1.50',
      null,
      null,
    ]);
  });
});

describe('percentages', () => {
  test('divided by 100 exactly', () =>
    expectRead(t.decimal(7, 4, { percent: true }), {
      '10%': '0.1000',
      '12.5 %': '0.1250',
      '-0.01%': '-0.0001',
      '0.1000%': '0.0010',
      '100%': '1.0000',
      '33.33%': '0.3333',
      '99999.99%': '999.9999',
      '100000%': null,
      '0.001%': null,
      '10': null,
      '%': null,
      '10%%': null,
    }));

  test('with all the digits that a decimal has, and no more digits after the point than two', async () => {
    const digits = '1234567890123456789012345678901234';
    await expectRead(t.decimal(38, 4, { percent: true }), {
      [`${digits}12.34%`]: `${digits}.1234`,
      [`-${digits}12.34%`]: `-${digits}.1234`,
      [`${digits}123.34%`]: null,
    });
    await expectRead(t.decimal(5, 2, { percent: true, decimal: ',', parentheses: true }), {
      '7%': '0.07',
      '(7,00%)': '-0.07',
      '7,5%': null,
    });
  });
});

test('a CSV reads them alike in both modes, and tells what it could not read', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-amount-'));
  try {
    const file = join(folder, 'prices.csv');
    writeFileSync(file, 'price,share\n"$1,234.50",10%\n(12.50),7.5%\n5,0.0000\n€5,1%\n');
    const schema = {
      price: t.decimal(12, 2, { currency: '$', thousands: ',', parentheses: true }),
      share: t.decimal(7, 4, { percent: true }),
    };
    const kept = session.read.csv(file, { schema, onBadRow: 'quarantine' });
    expect(await kept.rows()).toEqual([
      { price: '1234.50', share: '0.1000' },
      { price: '-12.50', share: '0.0750' },
    ]);
    expect(await kept.quarantine().select('line', 'column', 'value', 'reason').rows()).toEqual([
      { line: 4, column: 'share', value: '0.0000', reason: "is not a decimal(7, 4), a percentage that ends in '%'" },
      {
        line: 5,
        column: 'price',
        value: '€5',
        reason: "is not a decimal(12, 2), perhaps with '$', negative in parentheses",
      },
    ]);
    await expect(session.read.csv(file, { schema }).rows()).rejects.toThrow(/line 4, column "share".*"0\.0000"/s);
    writeFileSync(file, 'price,share\n"$1,234.50",10%\n(12.50),7.5%\n');
    expect((await session.read.csv(file, { schema }).rows()).map((r) => r.price)).toEqual(['1234.50', '-12.50']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a format that makes no sense is refused', () => {
  for (const currency of ['', '5', 'a b', '-', '(', '%']) {
    expect(() => t.decimal(6, 2, { currency })).toThrow(/is no sign of a currency/);
  }
  expect(() => t.decimal(6, 2, { currency: ',', thousands: ',' })).toThrow(/is no sign of a currency/);
  expect(() => t.decimal(6, 1, { percent: true })).toThrow(/needs a scale of at least 2; it is 1/);
  // @ts-expect-error a float has no currency
  expect(() => t.float({ currency: '$' })).toThrow('t.float: there is no option "currency".');
});
