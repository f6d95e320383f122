import { describeDType, type Schema } from '../schema/dtype.ts';
import { DISPLAY, escapeHtml, type MimeBundle } from './preview.ts';

/** A schema that a notebook shows as a table: a row a column, with its dtype and whether it may be null. */
export function shownSchema(schema: Schema): Schema {
  const shown = [...schema];
  // Not enumerable, so that it is compared and copied as the list it is.
  Object.defineProperty(shown, DISPLAY, { value: () => schemaBundle(schema) });
  return Object.freeze(shown);
}

function schemaBundle(schema: Schema): MimeBundle {
  const rows = schema.map(
    ({ name, dtype, nullable }) => [name, describeDType(dtype), nullable ? 'yes' : 'no'] as const,
  );
  const widths = [0, 1, 2].map((c) => Math.max(...[HEADER, ...rows].map((row) => row[c]?.length ?? 0)));
  const text = [HEADER, widths.map((width) => '-'.repeat(width)), ...rows].map((row) =>
    row
      .map((cell, c) => cell.padEnd(widths[c] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const line = (tag: 'th' | 'td', row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<${tag} style="text-align: left">${escapeHtml(cell)}</${tag}>`).join('')}</tr>`;
  const html = [
    '<table>',
    `<thead>${line('th', HEADER)}</thead>`,
    `<tbody>${rows.map((row) => line('td', row)).join('\n')}</tbody>`,
    '</table>',
  ];
  return { 'text/html': html.join('\n'), 'text/plain': text.join('\n') };
}

const HEADER: readonly string[] = ['column', 'dtype', 'nullable'];
