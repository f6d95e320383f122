import { afterEach, describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { inputFolder } from '../support/files.ts';
import { row, workbook } from '../support/xlsx.ts';

const { write } = inputFolder();

let [out, err] = ['', ''];
afterEach(() => {
  [out, err] = ['', ''];
});

function millrace(...args: string[]): Promise<number> {
  return runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
}

describe('millrace schema', () => {
  test('prints TypeScript that reads the file', async () => {
    const path = write('sales.csv', 'id;price\n1;1,50\n2;NA\n');
    expect(await millrace('schema', path)).toBe(0);
    expect(out).toBe(
      `import { read, t } from 'millrace';

// ${path}: 2 rows, all there are.
export const schema = {
  id: t.int(),
  // Nulls: 1 as 'NA'.
  price: t.decimal(18, 2, { decimal: ',' }).nullable(),
};

export const rows = read.csv('${path}', { schema, delimiter: ';', nullMarkers: { price: ['', 'NA'] } });
`,
    );
    expect(err).toBe('');
  });

  test('--json prints all that was found', async () => {
    const path = write('doc.json', '{"data": [{"a": 1}]}');
    expect(await millrace('schema', path, '--records', 'data', '--json')).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      format: 'json',
      options: { records: 'data' },
      rows: 1,
      complete: true,
      columns: [{ name: 'a', declaration: 't.int()', nullable: false, nulls: 0, nullMarkers: {}, doubts: [] }],
      doubts: [],
    });
  });

  test('its options reach the source', async () => {
    const book = workbook([
      { name: 'A', rows: row(1, ['a']) },
      { name: 'B', rows: [row(2, ['x', 'n']), row(3, ['y', 1]), row(4, ['z', 2])].join('') },
    ]);
    const path = write('book.bin', book);
    const args = ['--format', 'excel', '--sheet', '2', '--range', 'B2:B4', '--sample', '1', '--name', 'mine'];
    expect(await millrace('schema', path, ...args)).toBe(0);
    expect(out).toContain('export const mine = {\n  n: t.int().nullable(),\n};');
    expect(out).toContain(`{ schema: mine, sheet: 2, range: 'B2:B4' }`);
  });

  test('several files are one source', async () => {
    const paths = [write('a.csv', 'n\n1\n'), write('b.csv', 'n\n1.5\n')];
    expect(await millrace('schema', ...paths)).toBe(0);
    expect(out).toContain('n: t.decimal(18, 1),');
  });
});

describe('exit codes', () => {
  test.each([
    [['schema', '--help'], 0, 'Exit codes: 0 done', ''],
    [['schema'], 2, '', 'name a source'],
    [['schema', 'x.csv', '--smaple', '3'], 2, '', '--smaple'],
    [['schema', 'x.csv', '--sample', 'few'], 2, '', 'sample is NaN'],
    [['schema', 'postgres://localhost/shop'], 2, '', 'name one table after the url'],
    [['schema', 'none.csv'], 1, '', 'There is no file "none.csv"'],
    [['schema', 'none.parquet'], 1, '', '[parquet.not_found]'],
  ])('%j: %i', async (args, code, printed, told) => {
    expect(await millrace(...args)).toBe(code);
    expect(out).toContain(printed);
    expect(err).toContain(told);
    expect(out === '' || err === '').toBe(true);
  });
});
