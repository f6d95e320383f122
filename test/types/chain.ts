/** A program of chained verbs over many columns, for the compiler: a budget is measured on it. */
export function chain(verbs: number, columns: number, millrace: string): string {
  const kinds = [
    't.int()',
    't.float().nullable()',
    't.string()',
    't.decimal(12, 2)',
    't.date()',
    't.string().nullable()',
  ];
  const schema = Array.from({ length: columns }, (_, i) => `  c${i}: ${kinds[i % kinds.length]},`);
  const lines: string[] = [];
  const number = (i: number): string => `c${(i * 6) % columns}`;
  const float = (i: number): string => `c${((i * 6) % columns) + 1}`;
  const text = (i: number): string => `c${((i * 6) % columns) + 2}`;
  for (let i = 0; lines.filter((line) => line.startsWith('.')).length < verbs; i++) {
    const [a, b, word] = [number(i), number(i + 1), text(i)];
    const step = i % 20;
    if (step === 7) lines.push(`.impute({ ${float(i)}: 'mean' })`);
    else if (step === 9) lines.push(`.sort('${word}', { desc: '${a}' })`);
    else if (step === 11) lines.push(`.dedupe({ by: ['${a}', '${word}'], keep: 'last' })`);
    else if (step === 13) lines.push(`.mapColumns('string', (c) => c.trim().lower())`);
    else if (step === 15) lines.push(`.rename({ n${i - 15}: 'kept${i}' })`, `.drop('kept${i}')`);
    else if (step === 17)
      lines.push(`.join(prices, { on: ['c2'], how: 'left', suffix: '_p${i}' })`, `.drop('price', 'c0_p${i}')`);
    else if (step === 19) lines.push(`.fillNulls({ ${float(i)}: 0 })`, `.dropNulls('${float(i + 1)}')`);
    else if (step % 2 === 0) lines.push(`.withColumns((r) => ({ n${i}: r.${a}.add(r.${b}).mul(2), ${a}: r.${b} }))`);
    else if (step === 5)
      lines.push(
        `// @ts-expect-error no such column`,
        `.filter((r) => r.nowhere${i}.gt(0))`,
        `.drop('n${i - 1}', 'n${i - 3}')`,
      );
    else lines.push(`.filter((r) => r.${a}.gt(0).and(r.${word}.ne('x')))`);
  }
  return `import { type FrameOf, fn, t } from '${millrace}';

const schema = {
${schema.join('\n')}
};
declare const start: FrameOf<typeof schema>;
const prices = start.groupBy('c2').agg((r) => ({ price: r.c3.mean(), c0: fn.count() }));

export const end = start
  ${lines.join('\n  ')};
// @ts-expect-error no such column
end.select('nowhere');
export const rows = await end.rows();
export const first: number = rows[0]?.c0 ?? 0;
// @ts-expect-error a string is no number
export const second: number = rows[0]?.c2 ?? 0;
`;
}
