import { posix } from 'node:path';
import { slugOf } from './slug.ts';

/** Links that the site makes of names: error codes to their entries, and verbs of a table to the reference. */

/** Where each code is told on the page of errors; a heading may have several. */
export function errorAnchors(errors: string): ReadonlyMap<string, string> {
  return new Map(
    [...errors.matchAll(/^### (`.+)$/gm)].flatMap(([, heading = '']) =>
      [...heading.matchAll(/`([a-z0-9_.]+)`/g)].map((match) => [match[1] ?? '', slugOf(heading.replaceAll('`', ''))]),
    ),
  );
}

/** A page whose error codes lead to their entries. */
export function withErrorLinks(page: string, text: string, anchors: ReadonlyMap<string, string>): string {
  const errors = posix.relative(posix.dirname(page), 'errors.md');
  const to = errors.startsWith('.') ? errors : `./${errors}`;
  return inProse(text, (line) =>
    line.replaceAll(/(?<!\[)`([a-z0-9]+\.[a-z0-9_]+)`/g, (code, name: string) => {
      const anchor = anchors.get(name);
      return anchor === undefined ? code : `[${code}](${to}#${anchor})`;
    }),
  );
}

/** A page whose tables lead from a verb, `select('id')`, to its entry. */
export function withVerbLinks(text: string, reference: string, verbs: ReadonlySet<string>): string {
  return inProse(text, (line) =>
    line.startsWith('|')
      ? line.replaceAll(/(?<!\[)`(\w+)\((?:[^`])*`/g, (code, verb: string) =>
          verbs.has(verb) ? `[${code}](${reference}#${verb.toLowerCase()})` : code,
        )
      : line,
  );
}

/** Changes the lines that are neither code nor headings. */
function inProse(text: string, change: (line: string) => string): string {
  let inCode = false;
  return text
    .split('\n')
    .map((line) => {
      if (line.trimStart().startsWith('```')) inCode = !inCode;
      return inCode || /^#{1,6} /.test(line) ? line : change(line);
    })
    .join('\n');
}
