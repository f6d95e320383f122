import { plainBytes } from '../csv/bytes.ts';
import { MillraceError } from '../errors.ts';
import type { Frame, QuarantineCols } from '../frame/frame.ts';
import type { Executor } from '../plan/source.ts';
import { compressionOf } from '../readers/csv/header.ts';
import { readersOf } from '../readers/read.ts';
import { documentLines, withLineEnds } from '../readers/records/document.ts';
import { t } from '../schema/column-type.ts';
import { quoted } from '../schema/declaration.ts';
import type { Findings } from './csv.ts';
import { draftsOf, parsed, Shape } from './json-shape.ts';
import type { SourceFile } from './source-files.ts';
import type { Doubt, Draft } from './suggestion.ts';
import { verified } from './verify.ts';

export interface JsonRequest {
  readonly lines: boolean;
  readonly records: string | undefined;
  readonly sample: number | undefined;
}

/** Looks at the records of JSON files, a record a line or documents of them. */
export async function suggestJson(
  files: readonly SourceFile[],
  { lines, records, sample = Number.POSITIVE_INFINITY }: JsonRequest,
  executor: Executor,
): Promise<Findings> {
  const root = new Shape();
  let rows = 0;
  let complete = true;
  const bad: { value: string; line: number }[] = [];
  let badCount = 0;
  for (const { path, name } of files) {
    const bytes = plainBytes({ path, compression: compressionOf(path, new Uint8Array(0)) });
    const chunks = lines ? bytes : documentLines(bytes, { name, records });
    for await (const { text, number } of linesOf(chunks, name)) {
      if (rows >= sample) {
        complete = false;
        break;
      }
      let record: unknown;
      try {
        record = parsed(text);
      } catch {
        record = undefined;
      }
      if (typeof record !== 'object' || record === null || Array.isArray(record)) {
        badCount += 1;
        if (bad.length < 3) bad.push({ value: withLineEnds(Buffer.from(text.slice(0, 80))).toString(), line: number });
        continue;
      }
      rows += 1;
      root.add(record, number);
    }
  }
  const doubts: Doubt[] =
    badCount === 0
      ? []
      : [
          {
            about: 'unreadable',
            reason: `${badCount === 1 ? 'one record is no JSON object, and does' : `${badCount} records are no JSON objects, and do`} not fit whatever the schema`,
            choices: [`onBadRow: 'quarantine'`],
            examples: bad,
          },
        ];
  if (!lines && records === undefined && rows === 1) doubts.push(...arraysIn(root));
  const found = draftsOf(root, rows, complete);
  const { json, ndjson } = readersOf(executor);
  const paths = files.map(({ path }) => path);
  const read = (now: readonly Draft[]): Frame<QuarantineCols> => {
    const schema = Object.fromEntries(now.map(({ name, type }) => [name, type]));
    const options = { schema, onBadRow: 'quarantine' } as const;
    if (lines) return ndjson(paths, options).quarantine();
    return json(paths, records === undefined ? options : { ...options, records }).quarantine();
  };
  const drafts = complete ? await verified(found, read, t.json().nullable()) : found;
  return {
    rows,
    complete,
    drafts,
    options: records === undefined ? {} : { records },
    doubts,
  };
}

/** Of a document that is one object: where in it records may be. */
function arraysIn(root: Shape): Doubt[] {
  const found: string[] = [];
  const visit = (shape: Shape, path: readonly string[]): void => {
    for (const [key, field] of shape.fields) {
      if (field.arrays > 0 && (field.item?.objects ?? 0) > 0) found.push([...path, key].join('.'));
      visit(field, [...path, key]);
    }
  };
  visit(root, []);
  if (found.length === 0) return [];
  const reason = 'the document is an object and is taken for one record, though records may stand inside';
  return [{ about: 'records', reason, choices: found.map((path) => `records: ${quoted(path)}`), examples: [] }];
}

/** The lines of a file that are not blank, with their numbers. */
async function* linesOf(
  chunks: AsyncIterable<Uint8Array>,
  name: string,
): AsyncGenerator<{ readonly text: string; readonly number: number }> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let rest = '';
  let number = 0;
  try {
    for await (const chunk of chunks) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = parts.pop() ?? '';
      for (const text of parts) {
        number += 1;
        if (text.trim() !== '') yield { text, number };
      }
    }
    rest += decoder.decode();
  } catch (cause) {
    if (cause instanceof MillraceError) throw cause;
    throw new MillraceError({
      code: 'suggest.unreadable',
      message: `${name}: the file cannot be read to its end (${cause instanceof Error ? cause.message : String(cause)}).`,
      details: { file: name },
      cause,
    });
  }
  if (rest.trim() !== '') yield { text: rest, number: number + 1 };
}
