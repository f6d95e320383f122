import { describeDType, isNumeric, type Schema } from '../schema/dtype.ts';
import { jsonText } from '../schema/show-value.ts';

/** What of a result is shown. */
export interface Preview {
  readonly schema: Schema;
  /** A list of values a row, in the order of the schema. */
  readonly rows: readonly (readonly unknown[])[];
  /** How many nulls each column has, in the order of the schema; absent where that is not known. */
  readonly nulls?: readonly number[];
  /** What is said below: how many rows there are. */
  readonly footer: string;
}

/** What a notebook shows of an object: it takes the richest form that it can. */
export interface MimeBundle {
  readonly 'text/html': string;
  readonly 'text/plain': string;
}

/** The method that a notebook looks for on the last value of a cell. */
export const DISPLAY: unique symbol = Symbol.for('Jupyter.display');

/** Printed, by Node and by Deno, an object shows its text, in a notebook what `bundle` gives. */
export function showAs<T>(
  // Not in the class: a declaration file cannot name a method under such a symbol.
  { prototype }: { readonly prototype: T },
  bundle?: (shown: T) => object,
  text: (shown: T) => string = String,
): void {
  const show = (symbol: symbol, shown: (it: T) => unknown): void => {
    Object.defineProperty(prototype, symbol, {
      value(this: T) {
        return shown(this);
      },
    });
  };
  show(Symbol.for('nodejs.util.inspect.custom'), text);
  if (bundle !== undefined) show(DISPLAY, bundle);
}

/** How many characters of a cell are shown. */
const TEXT_WIDTH = 32;
const HTML_WIDTH = 200;

/** How many columns are shown. */
const COLUMNS = 30;

export function mimeBundle(preview: Preview): MimeBundle {
  return { 'text/html': previewHtml(preview), 'text/plain': previewText(preview) };
}

/** The first columns, where there are many, and a word about the others. */
function narrowed({ schema, rows, footer, nulls }: Preview): Preview {
  const cut = schema.length <= COLUMNS ? '' : `, ${COLUMNS} of ${schema.length} columns shown`;
  return {
    schema: schema.slice(0, COLUMNS),
    rows: rows.map((row) => row.slice(0, COLUMNS)),
    footer: `${footer}${cut}`,
    ...(nulls === undefined ? {} : { nulls: nulls.slice(0, COLUMNS) }),
  };
}

/** What is said of a column's nulls: nothing where there can be none. */
function nullsText({ schema, nulls }: Preview, c: number): string | undefined {
  if (nulls === undefined || schema[c]?.nullable !== true) return undefined;
  return nulls[c] === 1 ? '1 null' : `${(nulls[c] ?? 0).toLocaleString('en')} nulls`;
}

/** Columns side by side. */
export function previewText(preview: Preview): string {
  const narrow = narrowed(preview);
  const { schema, rows, footer } = narrow;
  const header = schema.map((f) => f.name);
  const dtypes = schema.map((f) => `${describeDType(f.dtype)}${f.nullable ? '?' : ''}`);
  const nulls = schema.map((_, c) => nullsText(narrow, c) ?? '');
  const heads = nulls.some((text) => text !== '') ? [header, dtypes, nulls] : [header, dtypes];
  const right = schema.map((f) => isNumeric(f.dtype));
  const all = [...heads, ...rows.map((row) => row.map(cellText))].map((row) => row.map(clipLine));
  const widths = header.map((_, c) => all.reduce((most, row) => Math.max(most, (row[c] ?? '').length), 0));
  const lines = all.map((row) =>
    row
      .map((cell, c) => (right[c] === true ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [...lines.slice(0, heads.length), rule, ...lines.slice(heads.length), footer].join('\n');
}

/**
 * A table with each column's dtype under its name. Styles stand on the elements, for notebooks drop style sheets, and
 * name no colour, so that it is read on white and on black.
 */
export function previewHtml(preview: Preview): string {
  const narrow = narrowed(preview);
  const { schema, rows, footer } = narrow;
  const align = schema.map((f) =>
    isNumeric(f.dtype) ? ' style="text-align: right; font-variant-numeric: tabular-nums"' : ' style="text-align: left"',
  );
  const header = schema.map((f, c) => {
    const nulls = nullsText(narrow, c);
    const told = [`${describeDType(f.dtype)}${f.nullable ? '?' : ''}`, ...(nulls === undefined ? [] : [nulls])];
    const small = told.map(escapeHtml).join('<br>');
    return `<th${align[c]}>${escapeHtml(f.name)}<br><small style="font-weight: normal; opacity: 0.6">${small}</small></th>`;
  });
  const body = rows.map(
    (row) => `<tr>${row.map((value, c) => `<td${align[c]}>${cellHtml(value)}</td>`).join('')}</tr>`,
  );
  return [
    '<table>',
    `<thead><tr>${header.join('')}</tr></thead>`,
    `<tbody>${body.join('\n')}</tbody>`,
    '</table>',
    `<p><small>${escapeHtml(footer)}</small></p>`,
  ].join('\n');
}

function cellHtml(value: unknown): string {
  if (value === null) return '<span style="opacity: 0.5">null</span>';
  return escapeHtml(clip(cellText(value), HTML_WIDTH));
}

function cellText(value: unknown): string {
  if (value === null) return 'null';
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (typeof value !== 'object') return String(value);
  return jsonText(value);
}

function clipLine(cell: string): string {
  return clip(cell.replaceAll('\n', '\\n').replaceAll('\t', '\\t'), TEXT_WIDTH);
}

function clip(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, width - 1)}…` : text;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
