import { describeDType, isNumeric, type Schema } from '../schema/dtype.ts';

/** What of a result is shown. */
export interface Preview {
  readonly schema: Schema;
  /** A list of values a row, in the order of the schema. */
  readonly rows: readonly (readonly unknown[])[];
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

/** How many characters of a cell are shown. */
const TEXT_WIDTH = 32;
const HTML_WIDTH = 200;

export function mimeBundle(preview: Preview): MimeBundle {
  return { 'text/html': previewHtml(preview), 'text/plain': previewText(preview) };
}

/** Columns side by side. */
export function previewText({ schema, rows, footer }: Preview): string {
  const header = schema.map((f) => f.name);
  const dtypes = schema.map((f) => `${describeDType(f.dtype)}${f.nullable ? '?' : ''}`);
  const right = schema.map((f) => isNumeric(f.dtype));
  const all = [header, dtypes, ...rows.map((row) => row.map(cellText))].map((row) => row.map(clipLine));
  const widths = header.map((_, c) => Math.max(...all.map((row) => (row[c] ?? '').length)));
  const lines = all.map((row) =>
    row
      .map((cell, c) => (right[c] === true ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '-'.repeat(width)).join('  ');
  return [...lines.slice(0, 2), rule, ...lines.slice(2), footer].join('\n');
}

/** A table with each column's dtype under its name. Styles stand on the elements: notebooks drop style sheets. */
export function previewHtml({ schema, rows, footer }: Preview): string {
  const align = schema.map((f) => ` style="text-align: ${isNumeric(f.dtype) ? 'right' : 'left'}"`);
  const header = schema.map((f, c) => {
    const dtype = escapeHtml(`${describeDType(f.dtype)}${f.nullable ? '?' : ''}`);
    return `<th${align[c]}>${escapeHtml(f.name)}<br><small style="font-weight: normal; opacity: 0.6">${dtype}</small></th>`;
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
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
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
