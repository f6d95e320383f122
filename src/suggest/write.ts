import { keyText, quoted } from '../schema/declaration.ts';
import { showCount } from '../show-count.ts';
import type { Findings } from './csv.ts';
import { declared, valueText } from './declared.ts';
import { withInstants } from './instants.ts';
import type { Doubt, Draft, SchemaSuggestion } from './suggestion.ts';

/** How the source is read, where TypeScript can say it. */
export interface ReadCall {
  /** Lines before the schema, such as an import of what the call needs. */
  readonly reader: 'csv' | 'json' | 'ndjson' | 'parquet' | 'excel' | 'arrow' | 'sql';
  /** What the reader is given before its options, as TypeScript; none where it cannot be written. */
  readonly given: readonly string[] | undefined;
  /** What to call the source in a comment. */
  readonly name: string;
}

/** What was found as a suggestion: TypeScript, and the same as data. */
export function written(found: Findings, call: ReadCall, schemaName: string): SchemaSuggestion {
  const findings = { ...found, drafts: withInstants(found.drafts) };
  const { rows, complete, drafts, options, doubts } = findings;
  return {
    source: sourceOf(findings, call, schemaName),
    format: call.reader,
    options,
    rows,
    complete,
    columns: drafts.map((draft) => ({
      name: draft.name,
      declaration: declared(draft.type),
      nullable: draft.type.isNullable,
      nulls: draft.nulls,
      nullMarkers: draft.markers,
      doubts: draft.doubts,
    })),
    doubts,
  };
}

function sourceOf({ rows, complete, drafts, options, doubts }: Findings, call: ReadCall, schemaName: string): string {
  const looked =
    call.reader === 'parquet' || call.reader === 'sql'
      ? 'its own types'
      : complete
        ? `${counted(rows)}, all there are`
        : `the first ${counted(rows)}: more may hold other values, so every column may be null`;
  const isRead = call.given !== undefined;
  const lines = [
    `import { ${isRead ? 'read, ' : ''}t } from 'millrace';`,
    '',
    ...comment(`${call.name}: ${looked}.`, ''),
    ...doubts.flatMap((doubt) => comment(`Unsure (${doubt.about}): ${told(doubt)}`, '')),
    `export const ${schemaName} = {`,
    ...drafts.flatMap((draft) => [
      ...nullNotes(draft).flatMap((note) => comment(note, '  ')),
      ...draft.doubts.flatMap((doubt) => comment(`Unsure (${doubt.about}): ${told(doubt)}`, '  ')),
      `  ${keyText(draft.name)}: ${declared(draft.type)},`,
    ]),
    '};',
  ];
  if (call.given === undefined) return `${lines.join('\n')}\n`;
  const settings = [
    schemaName === 'schema' ? 'schema' : `schema: ${schemaName}`,
    ...Object.entries(options).map(([name, value]) => `${keyText(name)}: ${valueText(value)}`),
  ];
  const opened = `read.${call.reader}(${[...call.given, `{ ${settings.join(', ')} }`].join(', ')})`;
  return `${[...lines, '', `export const rows = ${opened};`].join('\n')}\n`;
}

function counted(rows: number): string {
  return showCount(rows, 'row');
}

function nullNotes({ nulls, markers }: Draft): string[] {
  if (nulls === 0) return [];
  const marked = Object.entries(markers);
  const rest = nulls - marked.reduce((sum, [, count]) => sum + count, 0);
  const ways = [
    ...(rest > 0 ? [`${rest.toLocaleString('en-US')} empty or absent`] : []),
    ...marked.map(([text, count]) => `${count.toLocaleString('en-US')} as ${quoted(text)}`),
  ];
  return [`Nulls: ${ways.join(', ')}.`];
}

function told({ reason, choices, examples }: Doubt): string {
  const shown = examples.map(({ value, line }) => (line > 0 ? `${quoted(value)} (line ${line})` : quoted(value)));
  const seen = shown.length === 0 ? '' : ` Seen: ${shown.join(', ')}.`;
  const other = choices.length === 0 ? '' : ` It could be ${choices.join(' or ')}.`;
  return `${reason}.${seen}${other}`;
}

const WIDTH = 110;

/** A sentence as comments, none of which can end or be broken by what it shows. */
function comment(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  // Code stays in one piece, to be copied.
  const words = text.replaceAll(/[\r\n\u2028\u2029]+/g, ' ').split(/ (?=(?:[^`]*`[^`]*`)*[^`]*$)/);
  for (const word of words) {
    if (line !== '' && line.length + word.length + 1 > WIDTH) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => `${indent}// ${one}`);
}
