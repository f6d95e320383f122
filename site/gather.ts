import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { errorAnchors, withErrorLinks, withVerbLinks } from './cross-links.ts';
import { pageText, sourcesIn, titleOf } from './pages.ts';
import { Api } from './reference/api.ts';
import { linked, overview, referencePages } from './reference/reference.ts';

/** Puts together what the site is built of: the pages of the repository, and the reference. */

const root = resolve(import.meta.dirname, '..');
const to = join(import.meta.dirname, '.pages');
rmSync(to, { recursive: true, force: true });

function write(page: string, text: string): void {
  const path = join(to, page);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const sources = sourcesIn(root);
const pages = linked(referencePages(new Api(root)));
const verbs = new Set(
  pages
    .filter(({ path }) => path === 'frame')
    .flatMap(({ parts }) => parts.flatMap((part) => part.names.map(({ name }) => name))),
);
const anchors = errorAnchors(readFileSync(join(root, 'docs/errors.md'), 'utf8'));

const titles: Record<string, string> = {};
for (const source of sources) {
  const { page } = source;
  if (page === 'index.md') continue;
  const own = pageText(root, source, sources);
  titles[page] = titleOf(own);
  const named = page === 'guides/transforming.md' ? withVerbLinks(own, '../reference/frame.md', verbs) : own;
  const text = page === 'errors.md' ? named : withErrorLinks(page, named, anchors);
  // Wide tables take the place of the outline.
  const isWide = /^\|(?:[^|\n]*\|){5,}$/m.test(text.replaceAll('\\|', ''));
  write(page, isWide ? `---\naside: false\n---\n\n${text}` : text);
}

// The first page begins as the README does: its sentence and its example.
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const [code = '', output = ''] = [...readme.matchAll(/```(?:ts|text)\n[\s\S]*?```/g)].map((match) => match[0]);
write(
  'index.md',
  readFileSync(join(import.meta.dirname, 'home.md'), 'utf8').replace('<!-- example -->', `${code}\n\n${output}`),
);

for (const { path, text } of pages) {
  const page = `reference/${path}.md`;
  write(page, `---\noutline: [2, 3]\n---\n\n${withErrorLinks(page, text, anchors)}`);
}
write('reference/index.md', overview(pages));
write('pages.json', JSON.stringify({ titles, reference: pages.map(({ path, title }) => ({ path, title })) }, null, 2));

const names = pages.flatMap(({ parts }) => parts.flatMap((part) => part.names));
console.log(`${sources.length} pages, and ${names.length} names in ${pages.length} pages of the reference.`);
