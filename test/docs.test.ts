import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

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
}

function examples(): Example[] {
  const guides = readdirSync(join(root, 'docs'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.md'))
    .map((entry) => join(entry.parentPath, entry.name));
  const sources = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name));
  return [join(root, 'README.md'), ...guides, ...sources].flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const plain = file.endsWith('.md') ? text : text.replaceAll(/^\s*\* ?/gm, '');
    return [...plain.matchAll(/```ts\n([\s\S]*?)```(?:\n+```text\n([\s\S]*?)```)?/g)].map((m, i) => ({
      name: `${relative(root, file)}, example ${i + 1}`,
      code: withOwnExports(file, m[1] ?? ''),
      output: m[2],
    }));
  });
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

const all = examples().map((example, i) => ({ ...example, path: join(folder, `example-${i + 1}.ts`) }));

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const { path, code } of all) {
    const local = code
      .replaceAll("from 'millrace'", "from '../../../src/index.ts'")
      .replaceAll("from 'millrace/testing/fast-check'", "from '../../../src/testing/fast-check.ts'")
      .replaceAll("from 'millrace/testing'", "from '../../../src/testing/index.ts'");
    writeFileSync(path, `${local}\nexport {};\n`);
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('there are examples', () => {
  expect(all.length).toBeGreaterThan(8);
});

describe('every example runs and prints what it says', () => {
  test.each(all)('$name', async ({ path, code, output }) => {
    const lines: string[] = [];
    const log = vi.spyOn(console, 'log').mockImplementation((...values: unknown[]) => {
      lines.push(values.map((v) => (typeof v === 'string' ? v : inspect(v, { breakLength: 100 }))).join(' '));
    });
    try {
      await import(path);
    } finally {
      log.mockRestore();
    }
    const printed = lines.join('\n');
    if (output !== undefined) expect(squeeze(printed)).toBe(squeeze(output));
    for (const said of code.matchAll(/console\.log\(.*\);? \/\/ (.+)$/gm)) {
      expect(squeeze(printed)).toContain(squeeze(said[1] ?? ''));
    }
  });
});

/** White space does not count. */
function squeeze(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
