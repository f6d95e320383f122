import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSession, t } from '../src/index.ts';
import { chain } from './types/chain.ts';

const root = join(import.meta.dirname, '..');
const cases = join(root, 'test/types/cases');

/** Runs the compiler on a project; its output, with errors as plain lines. */
function tsc(project: string, ...options: string[]): string {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false', ...options], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  if (run.error !== undefined) throw run.error;
  return run.stdout + run.stderr;
}

describe('an error of the compiler names the column in a line that a person reads', () => {
  const files = readdirSync(cases).filter((name) => name.endsWith('.ts'));
  const errors = new Map<string, string[]>();

  beforeAll(() => {
    let current: string[] = [];
    for (const line of tsc(cases).split('\n')) {
      const file = /([\w-]+\.ts)\(\d+,\d+\): error/.exec(line)?.[1];
      if (file !== undefined) {
        current = errors.get(file) ?? [];
        errors.set(file, current);
      }
      current.push(line);
    }
  }, 120_000);

  // The comments of a case say what its errors hold.
  it.each(files)('%s', (file) => {
    const expected = readFileSync(join(cases, file), 'utf8')
      .split('\n')
      .filter((line) => line.startsWith('// '))
      .map((line) => line.slice(3));
    expect(expected.length).toBeGreaterThan(0);
    const lines = errors.get(file) ?? [];
    for (const text of expected) {
      expect(
        lines.some((line) => line.includes(text)),
        `${text}\nis not in\n${lines.join('\n')}`,
      ).toBe(true);
    }
  });
});

describe('200 verbs over 30 columns, with negative cases among them', () => {
  /** Measured 105,000 above an empty program, with TypeScript 7.0.2. */
  const BUDGET = 121_000;
  let folder = '';

  const instantiations = (name: string, program: string): number => {
    writeFileSync(join(folder, `${name}.ts`), program);
    const options = { typeRoots: [join(root, 'node_modules/@types')], rewriteRelativeImportExtensions: false };
    const config = {
      extends: join(root, 'tsconfig.json'),
      compilerOptions: options,
      files: [`${name}.ts`],
      include: [],
    };
    writeFileSync(join(folder, `${name}.json`), JSON.stringify(config));
    const output = tsc(join(folder, `${name}.json`), '--extendedDiagnostics');
    expect(output.split('\n').filter((line) => line.includes('error TS'))).toEqual([]);
    return Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1]);
  };

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'millrace-types-'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('check within the budget of instantiations', () => {
    const millrace = join(root, 'src/index.ts');
    const empty = instantiations('empty', `import { t } from '${millrace}';\nexport const x = t.int();\n`);
    const program = chain(200, 30, millrace);
    expect(program.match(/^ {2}\./gm)?.length).toBe(200);
    expect(program.match(/@ts-expect-error/g)?.length).toBeGreaterThanOrEqual(10);
    const used = instantiations('chain', program) - empty;
    expect(used).toBeGreaterThan(BUDGET / 2);
    expect(used).toBeLessThan(BUDGET);
  }, 120_000);
});

describe('what the compiler cannot see fails when the plan is made', () => {
  it('a fraction beside whole numbers, with the column named', async () => {
    await using session = createSession();
    const sales = session.read.rows([{ quantity: 1 }], { schema: { quantity: t.int() } });
    for (const verb of [
      () => sales.filter((r) => r.quantity.gt(0.5)),
      () => sales.withColumns((r) => ({ half: r.quantity.mul(0.5) })),
      () => sales.fillNulls({ quantity: 0.5 }),
    ]) {
      expect(verb).toThrow(/quantity is int: 0\.5 does not fit\. Give a whole number/);
    }
    expect(() => sales.fillNulls({ quantity: Number.NaN })).toThrow(/quantity is int: NaN does not fit/);
  });

  it('a literal that only looks like an enum, with its values named', async () => {
    await using session = createSession();
    const schema = { region: t.enum(['north', 'south']) };
    const sales = session.read.rows([{ region: 'north' }], { schema });
    expect(() => sales.filter((r) => r.region.eq('west' as 'north'))).toThrow(
      /region is enum.*"west".*"north", "south"/,
    );
  });
});
