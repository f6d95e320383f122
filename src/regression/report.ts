import { escapeHtml, type MimeBundle } from '../notebook/preview.ts';

/** What is told of a model or of several, for a terminal and for a notebook. */
export interface Report {
  readonly title: string;
  readonly parts: readonly Part[];
}

export type Part =
  | { readonly kind: 'facts'; readonly facts: readonly (readonly [label: string, value: string])[] }
  /** The first column are names, the others figures. */
  | {
      readonly kind: 'table';
      readonly header: readonly string[];
      readonly rows: readonly (readonly string[])[];
    }
  | { readonly kind: 'note'; readonly text: string };

/** The most columns of a terminal that a report takes. */
const WIDTH = 100;
const GAP = 2;
/** The least that is left of a long name. */
const NAME = 12;
/** Stands in a name where some of it was left out. */
const CUT = '…';
const CUT_NOTE = `${CUT} stands for the middle of a long name.`;

export function reportBundle(report: Report): MimeBundle {
  return { 'text/html': reportHtml(report), 'text/plain': reportText(report) };
}

export function reportText({ title, parts }: Report): string {
  const blocks = parts.map((part) => {
    if (part.kind === 'note') return wrapped(part.text);
    return part.kind === 'facts' ? factsText(part.facts) : tableText(part.header, part.rows);
  });
  return [wrapped(title), ...blocks].filter((block) => block !== '').join('\n\n');
}

/** Styles stand on the elements, as notebooks drop style sheets; no colours but the notebook's own, light or dark. */
export function reportHtml({ title, parts }: Report): string {
  const blocks = parts.map((part) => {
    if (part.kind === 'note') return `<p><small>${escapeHtml(part.text)}</small></p>`;
    if (part.kind === 'facts') {
      const rows = pairsOf(part.facts).map(
        (pair) =>
          `<tr>${pair.map(([label, value]) => `${cell(label, 'left', 'th')}${cell(value, 'right')}${cell('', 'left')}`).join('')}</tr>`,
      );
      return `${TABLE}<tbody>${rows.join('\n')}</tbody></table>`;
    }
    const header = part.header.map((name, c) => cell(name, c === 0 ? 'left' : 'right', 'th')).join('');
    const rows = part.rows.map(
      (row) => `<tr>${row.map((text, c) => (c === 0 ? cell(text, 'left', 'th') : cell(text, 'right'))).join('')}</tr>`,
    );
    return `${TABLE}<thead><tr style="border-bottom: 1px solid">${header}</tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
  });
  return [`<p><b>${escapeHtml(title)}</b></p>`, ...blocks].join('\n');
}

/** Its text has the colour of the text around, also where tables would not inherit it. */
const TABLE = '<table style="color: inherit; border-collapse: collapse; margin: 0 0 1em">';

function cell(text: string, align: 'left' | 'right', tag: 'td' | 'th' = 'td'): string {
  const weight = tag === 'th' ? '; font-weight: normal' : '';
  const nowrap = align === 'right' ? '; white-space: nowrap; font-variant-numeric: tabular-nums' : '';
  return `<${tag} style="text-align: ${align}; padding: 1px 10px 1px 0${weight}${nowrap}">${escapeHtml(text)}</${tag}>`;
}

/** Facts side by side: the first half on the left. */
function pairsOf<V>(facts: readonly V[]): V[][] {
  const half = Math.ceil(facts.length / 2);
  return Array.from({ length: half }, (_, i) => facts.filter((_fact, at) => at % half === i));
}

function factsText(facts: readonly (readonly [string, string])[]): string {
  const half = Math.ceil(facts.length / 2);
  const sides = [facts.slice(0, half), facts.slice(half)];
  const lines = sides.map((side) => {
    const label = Math.max(0, ...side.map(([name]) => name.length));
    const value = Math.max(0, ...side.map(([, text]) => text.length));
    return side.map(([name, text]) => `${name.padEnd(label)}  ${text.padStart(value)}`);
  });
  const [left = [], right = []] = lines;
  return left.map((line, i) => (right[i] === undefined ? line : `${line}    ${right[i]}`)).join('\n');
}

/** Decimal points stand below one another where there is room. */
function tableText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const columns = header.map((_, c) => rows.map((row) => row[c] ?? ''));
  const figures = columns.slice(1);
  const aligned = figures.map(byDecimalPoint);
  const taken = (of: readonly (readonly string[])[]): number =>
    of.reduce((sum, column, c) => sum + GAP + widest([header[c + 1] ?? '', ...column]), 0);
  const longest = widest([header[0] ?? '', ...(columns[0] ?? [])]);
  const chosen = taken(aligned) + Math.min(longest, 2 * NAME) <= WIDTH ? aligned : figures;
  const name = Math.min(longest, Math.max(NAME, WIDTH - taken(chosen)));
  const names = (columns[0] ?? []).map((text) => clipMiddle(text, name));
  const widths = chosen.map((column, c) => widest([header[c + 1] ?? '', ...column]));
  const line = (first: string, others: readonly string[]): string =>
    [first.padEnd(name), ...others.map((text, c) => text.padStart(widths[c] ?? 0))].join(' '.repeat(GAP)).trimEnd();
  return [
    line(header[0] ?? '', header.slice(1)),
    ...names.map((text, r) =>
      line(
        text,
        chosen.map((column) => column[r] ?? ''),
      ),
    ),
    ...(longest > name ? [CUT_NOTE] : []),
  ].join('\n');
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length));
}

/** Texts padded on the right, so that their decimal points stand in one column. */
function byDecimalPoint(texts: readonly string[]): string[] {
  const tail = (text: string): number => {
    const place = text.search(/[.e]/);
    return place < 0 ? 0 : text.length - place;
  };
  const longest = Math.max(0, ...texts.filter((text) => /\d/.test(text)).map(tail));
  return texts.map((text) => (/^[^\d]*$/.test(text) ? text : text + ' '.repeat(longest - tail(text))));
}

/** The head and the tail of a long text: names of levels often differ at their ends. */
export function clipMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.ceil((width - 1) / 2);
  return `${text.slice(0, head)}${CUT}${text.slice(text.length - (width - 1 - head))}`;
}

/** Text in lines of at most the width, those after the first set in. */
function wrapped(text: string): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const shown = clipMiddle(word, WIDTH - GAP);
    if (line !== '' && line.length + 1 + shown.length > WIDTH) {
      lines.push(line);
      line = ' '.repeat(GAP) + shown;
    } else line = line === '' ? shown : `${line} ${shown}`;
  }
  return [...lines, line].join('\n');
}

/** A number in so many significant digits; very large and very small ones with an exponent. */
export function shown(value: number, digits = 5): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Inf' : '-Inf';
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  if (size !== 0 && (size < 1e-3 || size >= 1e7)) return rounded.toExponential();
  return String(rounded);
}

/** Below this a p-value's digits say nothing more. */
const SMALLEST_P = 2e-16;

export function shownP(p: number): string {
  return p < SMALLEST_P ? `<${SMALLEST_P}` : shown(p, 3);
}
