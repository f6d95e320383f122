import { expect } from 'vitest';
import { type AnyColumnType, type Readers, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const { write } = inputFolder();

export function field(value: string): string {
  return `"${value.replaceAll('"', '""')}"`;
}

/** What each text becomes in quarantine mode: its value, or `undefined` where its row was put aside. */
export async function values(read: Readers, type: AnyColumnType, texts: readonly string[]): Promise<unknown[]> {
  const path = write('texts.csv', `i,x\n${texts.map((text, i) => `${i},${field(text)}\n`).join('')}`);
  const frame = read.csv(path, { schema: { i: t.int(), x: type }, onBadRow: 'quarantine' });
  const found: unknown[] = texts.map(() => undefined);
  const good = await frame.rows();
  for (const row of good as { i: number; x: unknown }[]) found[row.i] = row.x;
  expect(good.length + (await frame.quarantine().count())).toBe(texts.length);
  return found;
}

/** Whether fail mode reads one text. */
export async function isRead(read: Readers, type: AnyColumnType, text: string): Promise<boolean> {
  const path = write('text.csv', `x\n${field(text)}\n`);
  try {
    await read.csv(path, { schema: { x: type } }).rows();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ code: 'csv.bad_row', details: { line: 2, column: 'x', value: text } });
    return false;
  }
}
