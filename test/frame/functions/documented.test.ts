import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Every method of an expression, and every function of `fn`, shows in its comment how it is written. */

const folder = join(import.meta.dirname, '../../../src/frame/functions');
const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));

/** The methods of a source, each with the comment before its first signature. */
function documented(source: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, comment = '', name = ''] of source.matchAll(
    /((?: {2}\/\*\*(?:(?!\*\/)[\s\S])*\*\/\n)?)^ {2}([a-z]\w*)[<(].*/gm,
  )) {
    if (!/^(constructor|if|for|return|throw|switch)$/.test(name) && !found.has(name)) found.set(name, comment);
  }
  return found;
}

test.each(files)('%s', (file) => {
  const source = readFileSync(join(folder, file), 'utf8');
  const bodies = source.matchAll(/^(?:export (?:abstract )?class|interface Functions) [\s\S]*?^}/gm);
  const methods = [...bodies].flatMap(([body]) => [...documented(body)]);
  const bare = methods.filter(([, comment]) => !/`(r|fn)\./.test(comment)).map(([name]) => name);
  expect(bare).toEqual([]);
});

test('the methods are found', () => {
  const source = readFileSync(join(folder, 'text.ts'), 'utf8');
  expect([...documented(source).keys()]).toEqual(expect.arrayContaining(['trim', 'split', 'sha256', 'parse']));
});
