import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect, test } from 'vitest';

/** The reference is made of the doc comments: each public name has one, which begins with a sentence. */

const root = resolve(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | { types: string }>;
};
const entries = Object.values(manifest.exports).flatMap((target) =>
  typeof target === 'string' ? [] : [join(root, target.types.replace('./dist/', 'src/').replace('.d.ts', '.ts'))],
);

interface Declaration {
  readonly name: string;
  readonly file: string;
  /** Where it begins in the text of the file. */
  readonly at: number;
}

/** Where a name that a file exports is declared, through all files that hand it on. */
function declarationOf(file: string, name: string): Declaration {
  const text = readFileSync(file, 'utf8');
  const at = text.search(
    new RegExp(`^export (?:abstract |async )*(?:class|const|function|interface|type) ${name}\\b`, 'm'),
  );
  if (at >= 0) return { name, file, at };
  for (const { names, from } of handedOn(file)) {
    const found = names.find((one) => one.as === name);
    if (found !== undefined) return declarationOf(from, found.name);
  }
  throw new Error(`${relative(root, file)} exports ${name}, which is declared nowhere.`);
}

function handedOn(file: string): { names: { name: string; as: string }[]; from: string }[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)';/gm)].map((match) => ({
    names: (match[1] ?? '')
      .split(',')
      .map((one) => one.trim().replace(/^type /, ''))
      .filter((one) => one !== '')
      .map((one) => ({ name: one.split(' as ')[0] ?? '', as: one.split(' as ').at(-1) ?? '' })),
    from: resolve(dirname(file), match[2] ?? ''),
  }));
}

function exportedBy(file: string): Declaration[] {
  const own = [
    ...readFileSync(file, 'utf8').matchAll(
      /^export (?:abstract |async )*(?:class|const|function|interface|type) (\w+)/gm,
    ),
  ];
  const names = new Set([
    ...own.map((match) => match[1] ?? ''),
    ...handedOn(file).flatMap((one) => one.names.map(({ as }) => as)),
  ]);
  return [...names].map((name) => declarationOf(file, name));
}

/** The text of the doc comment that ends where something begins. */
function commentBefore(text: string, at: number): string {
  const comment = /\/\*\*(?:(?!\*\/)[\s\S])*\*\/\s*$/.exec(text.slice(0, at))?.[0] ?? '';
  return comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/\s*$/, '')
    .replaceAll(/^\s*\* ?/gm, '')
    .trim();
}

const isSentence = (comment: string): boolean => /^\S.*?[.:]/s.test(comment.split('\n\n')[0] ?? '');

/** Classes that a person meets by the methods of columns and groups, not by their names. */
const MET = [
  'src/frame/actions.ts',
  'src/frame/grouped.ts',
  'src/frame/verbs/columns.ts',
  'src/frame/verbs/rows.ts',
  'src/frame/verbs/cleaning.ts',
  'src/frame/verbs/combining.ts',
  'src/frame/verbs/reshaping.ts',
  'src/frame/functions/base.ts',
  'src/frame/functions/ordered.ts',
  'src/frame/functions/boolean.ts',
  'src/frame/functions/numeric.ts',
  'src/frame/functions/text.ts',
  'src/frame/functions/temporal.ts',
  'src/frame/functions/nested.ts',
  'src/frame/functions/window.ts',
  'src/frame/functions/fn.ts',
  'src/schema/column-type.ts',
  'src/readers/read.ts',
  'src/loaders/load.ts',
  'src/plot/frames/plot.ts',
].map((file) => join(root, file));

test('every public name has a doc comment that begins with a sentence', () => {
  const without = entries
    .flatMap(exportedBy)
    .filter(({ file, at }) => !isSentence(commentBefore(readFileSync(file, 'utf8'), at)))
    .map(({ file, name }) => `${relative(root, file)}: ${name}`);
  expect([...new Set(without)].sort()).toEqual([]);
});

test('every public method has a doc comment that begins with a sentence', () => {
  const named = entries.flatMap(exportedBy).map(({ file, name }) => `${file}: ${name}`);
  const files = new Set([...MET, ...entries.flatMap(exportedBy).map(({ file }) => file)]);
  const without = [...files].flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const told = new Set<string>();
    const shown = bodies(text).filter(({ name }) => MET.includes(file) || named.includes(`${file}: ${name}`));
    return shown.flatMap(({ name, from, to }) =>
      [...text.slice(from, to).matchAll(/^ {2}(?:static |async |override |get |\*)*(\w+)(?:<|\()/gm)].flatMap(
        (match) => {
          const method = `${name}.${match[1]}`;
          if (match[1] === 'constructor' || told.has(method)) return [];
          if (isSentence(commentBefore(text, from + match.index))) {
            // Further signatures are told by the first.
            told.add(method);
            return [];
          }
          return [`${relative(root, file)}: ${method}`];
        },
      ),
    );
  });
  expect(without.sort()).toEqual([]);
});

/** The bodies of the classes and interfaces of a file. */
function bodies(text: string): { name: string; from: number; to: number }[] {
  return [...text.matchAll(/^(?:export )?(?:abstract )?(?:class|interface) (\w+)[^{]*(?:<[\s\S]*?>[^{]*)?\{\n/gm)].map(
    (match) => {
      const from = match.index + match[0].length;
      return { name: match[1] ?? '', from, to: text.indexOf('\n}', from) };
    },
  );
}
