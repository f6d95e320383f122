import ts from 'typescript';

/** The doc comment of a declaration as Markdown, its example where it stands. */
export function commentOf(declaration: ts.Node): string {
  const holder =
    ts.isVariableDeclaration(declaration) && ts.isVariableStatement(declaration.parent.parent)
      ? declaration.parent.parent
      : declaration;
  const text = holder.getSourceFile().text;
  const last = (ts.getLeadingCommentRanges(text, holder.getFullStart()) ?? [])
    .filter((one) => text.startsWith('/**', one.pos))
    .at(-1);
  return last === undefined ? '' : asMarkdown(text.slice(last.pos, last.end));
}

/** The first sentence of a comment, in one line. */
export function sentenceOf(markdown: string): string {
  const [paragraph = ''] = markdown.split('\n\n');
  const line = paragraph.replaceAll(/\s*\n\s*/g, ' ').trim();
  // A full stop in code or before a small letter ends nothing.
  const end = /^((?:`[^`]*`|[^`])*?[.:])(?=\s+[A-Z]|$)/.exec(line);
  return (end?.[1] ?? line).replace(/:$/, '.');
}

function asMarkdown(comment: string): string {
  const lines = comment
    .replace(/^\/\*\*/, '')
    .replace(/\*\/$/, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd());
  let inCode = false;
  const shown = lines.flatMap((line) => {
    if (line.startsWith('```')) inCode = !inCode;
    if (inCode || line.startsWith('```')) return [line];
    if (/^@example\b/.test(line)) return [''];
    const parameter = /^@param (\w+) (.*)$/.exec(line);
    if (parameter !== null) return ['', `\`${parameter[1]}\`: ${plain(parameter[2] ?? '')}`];
    return [plain(line.replaceAll(/\{@link (\w+)\}/g, '`$1`')).replaceAll(/\bdocs\/([\w/-]+)\.md/g, '[$1](../$1.md)')];
  });
  return shown.join('\n').trim();
}

/** Outside of code, what a page would take for markup stands for itself. */
export function plain(line: string): string {
  return line
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith('`') ? part : part.replaceAll('<', '&lt;').replaceAll('{{', '{ {')))
    .join('');
}
