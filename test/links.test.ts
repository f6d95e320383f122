import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { slugOf } from '../site/slug.ts';

/** No link of the documents leads nowhere, in the repository or on the site, which makes anchors in the same way. */

const root = resolve(import.meta.dirname, '..');
const folders = ['docs', 'examples', 'fixtures', 'notebooks', 'bench'];
const documents = [
  ...readdirSync(root).filter((name) => name.endsWith('.md')),
  ...folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('node_modules'))
      .map((name) => join(folder, name)),
  ),
];

const withoutCode = (text: string): string => text.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');

function anchorsOf(file: string): Set<string> {
  const text = readFileSync(file, 'utf8').replaceAll(/^```[\s\S]*?^```/gm, '');
  const anchors = new Set<string>();
  for (const [, heading = ''] of text.matchAll(/^#{1,6} (.+)$/gm)) {
    const slug = slugOf(heading.replaceAll('`', '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1'));
    let own = slug;
    for (let n = 1; anchors.has(own); n++) own = `${slug}-${n}`;
    anchors.add(own);
  }
  return anchors;
}

describe('links', () => {
  test.each(documents)('%s', (document) => {
    const file = join(root, document);
    const links = [...withoutCode(readFileSync(file, 'utf8')).matchAll(/\]\(([^()\s]+)\)/g)].map(
      (match) => match[1] ?? '',
    );
    const dead = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#');
        const target = path === '' ? file : resolve(dirname(file), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
      });
    expect(dead).toEqual([]);
  });

  test('there are some', () => {
    const links = documents.flatMap((document) => [
      ...readFileSync(join(root, document), 'utf8').matchAll(/\]\([^)]*\.md/g),
    ]);
    expect(links.length).toBeGreaterThan(20);
  });
});

test('the files that the architecture names are there', () => {
  const text = readFileSync(join(root, 'docs/architecture.md'), 'utf8');
  const named = [...text.matchAll(/`([\w/-]+\.ts)`/g)].map((match) => match[1] ?? '');
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter((path) => !existsSync(join(root, 'src', path)) && !existsSync(join(root, path)))).toEqual([]);
  const shown = text.slice(text.indexOf('```\nsrc/'), text.indexOf('## One call'));
  const inSrc = readdirSync(join(root, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const untold = inSrc.map(({ name }) => name).filter((name) => !shown.includes(`\n  ${name}/`));
  expect(untold.map((name) => relative(root, join(root, 'src', name)))).toEqual([]);
});
