import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, describe, expect, test, vi } from 'vitest';

/**
 * Runs the code of the README, the guides and the doc comments. A comment after a `console.log(..)` says what it
 * prints, in one line or, for longer output, in a text block right after the code.
 */

vi.setConfig({ testTimeout: 60_000 });

const root = resolve(import.meta.dirname, '..');
// Runs side by side have one each.
const folder = join(root, 'test', '.docs', String(process.pid));

interface Example {
  readonly name: string;
  readonly code: string;
  /** The text block that follows the code, where there is one. */
  readonly output: string | undefined;
  /** Where it is written. */
  readonly path: string;
  /** The folder that it runs in: of a page that names its files, one with these. */
  readonly in: string;
}

/** A file that a page tells to make, which its examples read. */
interface NamedFile {
  readonly path: string;
  readonly text: string;
}

const BLOCKS = /```(ts|csv|json)(?: \[([\w.-]+)\])?\n([\s\S]*?)```(?:\n+```text\n([\s\S]*?)```)?/g;
const NAME = /^\/\/ ([\w./-]+\.ts)\n/;

function everything(): { readonly examples: readonly Example[]; readonly files: readonly NamedFile[] } {
  const guides = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  const examples: Example[] = [];
  const files: NamedFile[] = [];
  for (const file of [join(root, 'README.md'), ...guides, ...sources]) {
    const text = readFileSync(file, 'utf8');
    const plain = file.endsWith('.md') ? text : text.replaceAll(/^\s*\* ?/gm, '');
    const blocks = [...plain.matchAll(BLOCKS)];
    const own = join(folder, basename(file, '.md'));
    const hasNames = file.endsWith('.md') && blocks.some((match) => NAME.test(match[3] ?? ''));
    let count = 0;
    for (const [, language, fileName, code = '', output] of blocks) {
      if (language === 'ts') {
        count += 1;
        const name = `${relative(root, file)}, example ${count}`;
        const named = hasNames ? NAME.exec(code)?.[1] : undefined;
        const path = hasNames
          ? join(own, named ?? `example-${count}.ts`)
          : join(folder, `example-${examples.length + 1}.ts`);
        examples.push({ name, code: withOwnExports(file, code), output, path, in: hasNames ? own : root });
      } else if (fileName !== undefined) files.push({ path: join(own, fileName), text: code });
    }
  }
  return { examples, files };
}

/** An example of something internal imports nothing: it uses what its own file exports. */
function withOwnExports(file: string, code: string): string {
  if (file.endsWith('.md') || code.includes('import ')) return code;
  const exported = [...readFileSync(file, 'utf8').matchAll(/^export (?:function|class|const) (\w+)/gm)].map(
    (m) => m[1] ?? '',
  );
  const used = exported.filter((name) => new RegExp(`\\b${name}\\b`).test(code));
  return `import { ${used.join(', ')} } from '../../../${relative(root, file)}';\n${code}`;
}

const { examples: all, files } = everything();
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  readonly exports: Readonly<Record<string, string | { readonly types: string }>>;
};

// Before the tests are known, for some examples are tests.
rmSync(folder, { recursive: true, force: true });
for (const { path, code } of all) {
  const local = code.replaceAll(/from '(millrace(?:\/[\w/-]+)?)'/g, (_, specifier: string) => {
    return `from '${relative(dirname(path), sourceOf(specifier))}'`;
  });
  write(path, `${local}\nexport {};\n`);
}
for (const { path, text } of files) write(path, text);

/** What `package.json` says that a name of the package is, in src/. */
function sourceOf(specifier: string): string {
  const target = manifest.exports[specifier.replace(/^millrace/, '.')];
  if (target === undefined || typeof target === 'string') throw new Error(`The package exports no ${specifier}.`);
  return join(root, target.types.replace('./dist/', 'src/').replace(/\.d\.ts$/, '.ts'));
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there are examples', () => {
  expect(all.length).toBeGreaterThan(8);
});

test('the compiler takes every example, as strictly as the sources', () => {
  const project = join(folder, 'tsconfig.json');
  write(project, JSON.stringify({ extends: '../../../tsconfig.json', include: ['**/*.ts'], exclude: [] }));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', project, '--pretty', 'false'], { encoding: 'utf8' });
  expect(stdout.split('\n').filter((line) => line.startsWith('test/.docs'))).toEqual([]);
});

describe('every example runs and prints what it says', () => {
  test.each(all.filter(({ path }) => !path.endsWith('.test.ts')))('$name', async ({ path, code, output, in: at }) => {
    const lines: string[] = [];
    const before = process.cwd();
    process.chdir(at);
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      lines.push(values.map((v) => (typeof v === 'string' ? v : inspect(v, { breakLength: 100 }))).join(' '));
    });
    try {
      await import(path);
    } finally {
      log.mockRestore();
      process.chdir(before);
    }
    const printed = lines.join('\n');
    if (output !== undefined) expect(squeeze(printed)).toBe(squeeze(output));
    for (const said of code.matchAll(/console\.log\(.*\);? \/\/ (.+)$/gm)) {
      expect(squeeze(printed)).toContain(squeeze(said[1] ?? ''));
    }
  });
});

describe('the tests that the pages tell to write', async () => {
  const tests = all.filter(({ path }) => path.endsWith('.test.ts'));
  test('there are some', () => {
    expect(tests.length).toBeGreaterThan(0);
  });
  for (const { path } of tests) await import(path);
});

/** White space does not count. */
function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
