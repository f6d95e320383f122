import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { plain } from './reference/comment.ts';

/** Which files of the repository are pages, and how their links are written on the site. */

/** Files outside of docs/ that are pages. */
const OTHERS: Readonly<Record<string, string>> = {
  'CHANGELOG.md': 'changelog.md',
  'CONTRIBUTING.md': 'contributing.md',
  'bench/RESULTS.md': 'benchmarks.md',
  'README.md': 'index.md',
};

export interface Source {
  /** In the repository: `docs/guides/files.md`. */
  readonly file: string;
  /** On the site: `guides/files.md`. */
  readonly page: string;
}

export function sourcesIn(root: string): Source[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => posix.join('docs', file.replaceAll('\\', '/')));
  return [...docs, ...Object.keys(OTHERS)]
    .filter((file) => existsSync(join(root, file)))
    .map((file) => ({ file, page: pageOf(file) }));
}

function pageOf(file: string): string {
  return OTHERS[file] ?? posix.relative('docs', file).replace(/README\.md$/, 'index.md');
}

/** A page's text: links to other pages lead there, links to what is no page are the words alone. */
export function pageText(root: string, { file, page }: Source, sources: readonly Source[]): string {
  const pages = new Map(sources.map((one) => [one.file, one.page]));
  const linked = (target: string): string | undefined => {
    if (/^([a-z]+:|#)/.test(target)) return target;
    const [path = '', anchor] = target.split('#');
    const to = posix.normalize(posix.join(posix.dirname(file), path));
    const other = pages.get(to) ?? pages.get(posix.join(to, 'README.md'));
    if (other === undefined) return undefined;
    const relative = posix.relative(posix.dirname(page), other);
    return `${relative.startsWith('.') ? '' : './'}${relative}${anchor === undefined ? '' : `#${anchor}`}`;
  };
  let inCode = false;
  const lines = readFileSync(join(root, file), 'utf8').split('\n');
  const shown = lines.map((line) => {
    if (line.trimStart().startsWith('```')) inCode = !inCode;
    return inCode ? line : plain(line);
  });
  // A link may be broken over two lines; code is left alone.
  return shown
    .join('\n')
    .split(/(^```[\s\S]*?^```)/m)
    .map((part) =>
      part.startsWith('```')
        ? part
        : part.replaceAll(/\[((?:[^\][]|\[[^\]]*\])*)\]\(([^()\s]+)\)/g, (_, words: string, target: string) => {
            const to = linked(target);
            return to === undefined ? words : `[${words}](${to})`;
          }),
    )
    .join('');
}

export function titleOf(text: string): string {
  return /^# (.+)$/m.exec(text)?.[1]?.replaceAll('`', '') ?? '';
}
