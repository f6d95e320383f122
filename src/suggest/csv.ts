import { open, stat } from 'node:fs/promises';
import { plainBytes, startOf, textBytes } from '../csv/bytes.ts';
import { MillraceError } from '../errors.ts';
import type { UnknownCols } from '../frame/columns.ts';
import type { Frame, QuarantineCols } from '../frame/frame.ts';
import type { TextFile } from '../plan/scan.ts';
import type { Executor } from '../plan/source.ts';
import type { CsvDialectOptions } from '../readers/csv/dialect.ts';
import { compressionOf } from '../readers/csv/header.ts';
import { type CsvInput, inputsOf } from '../readers/csv/inputs.ts';
import { readersOf } from '../readers/read.ts';
import { type SchemaSpec, t } from '../schema/column-type.ts';
import { columnNames } from './column-names.ts';
import { areUtf8, encodingOf, type FoundDialect, findDialect } from './csv-dialect.ts';
import { decide } from './decide.ts';
import { Profile } from './profile.ts';
import { sentinelDoubts } from './sentinels.ts';
import type { Doubt, Draft } from './suggestion.ts';
import { verified } from './verify.ts';

/** What was found of a source, before it is written. */
export interface Findings {
  readonly rows: number;
  readonly complete: boolean;
  readonly drafts: readonly Draft[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly doubts: readonly Doubt[];
}

/** How much of a file is looked at for its dialect. */
const START_BYTES = 1 << 20;

interface Found extends FoundDialect {
  readonly encoding: TextFile['encoding'];
}

/** Looks at CSV as `read.csv` reads it, every column as text. */
export async function suggestCsv(input: CsvInput, executor: Executor, sample: number | undefined): Promise<Findings> {
  const inputs = inputsOf(input, {}, 'utf-8');
  const files = await inputs.files(await executor.look({}));
  const [first] = files;
  if (first === undefined) throw new Error('no file was found');
  const paths = files.map((file) => file.path);
  const found = await lookAt(first.path);
  const names = columnNames(found.header ?? Array.from({ length: found.width }, (_, i) => `column${i + 1}`));
  const options = optionsOf(found);
  const doubts = [...found.doubts];
  if (found.encoding === 'windows-1252') {
    const reason = 'it is not valid UTF-8; windows-1252 reads any bytes, right or wrong';
    doubts.push({ about: 'encoding', reason, choices: [`encoding: 'latin-1'`], examples: [] });
  }
  const outside = found.dialect.header ? (found.header ?? []) : names;
  const typed = (types: readonly Draft[] | undefined): SchemaSpec =>
    Object.fromEntries(
      names.map((name, i) => {
        const type = types?.[i]?.type ?? t.string().nullable();
        return [name, outside[i] === name ? type : type.from(outside[i] ?? name)];
      }),
    );
  const line = columnNames([...names, 'line']).at(-1) ?? 'line';
  const all = readersOf(executor).csv(paths, {
    ...options,
    schema: typed(undefined),
    origin: { line },
    onBadRow: 'quarantine',
  }) as unknown as Frame<UnknownCols>;
  const frame = sample === undefined ? all : all.limit(sample);
  const profiles = names.map(() => new Profile());
  let rows = 0;
  for await (const batch of frame.batches()) {
    const lines = batch.column(line) as number[];
    names.forEach((name, i) => {
      const values = batch.column(name) as (string | null)[];
      for (let row = 0; row < values.length; row++) profiles[i]?.add(values[row] ?? null, lines[row] ?? 0);
    });
    rows += batch.numRows;
  }
  const complete = sample === undefined || rows < sample;
  const rejected = await all.quarantine().rows();
  doubts.push(...raggedDoubts(rejected));
  let drafts: readonly Draft[] = names.map((name, i) => {
    const profile = profiles[i] ?? new Profile();
    const draft = decide(profile, { name, complete });
    return { ...draft, doubts: [...draft.doubts, ...sentinelDoubts(profile, draft)] };
  });
  if (complete) {
    const read = (now: readonly Draft[]): Frame<QuarantineCols> =>
      readersOf(executor)
        .csv(paths, { ...options, ...markersOf(now), schema: typed(now), onBadRow: 'quarantine' })
        .quarantine();
    drafts = await verified(drafts, read, t.string().nullable());
  }
  const told = drafts.map((draft, i) =>
    outside[i] === draft.name ? draft : { ...draft, type: draft.type.from(outside[i] ?? draft.name) },
  );
  return { rows, complete, drafts: told, options: { ...options, ...markersOf(drafts) }, doubts };
}

async function lookAt(path: string): Promise<Found> {
  const { size } = await stat(path);
  const bytes = Buffer.alloc(Math.min(size, START_BYTES));
  const file = await open(path, 'r');
  try {
    await file.read(bytes, 0, bytes.length, 0);
  } finally {
    await file.close();
  }
  const compression = compressionOf(path, bytes);
  const start = startOf(bytes, compression, size <= START_BYTES);
  const encoding = encodingOf(start, await areUtf8(plainBytes({ path, compression })));
  const text: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of textBytes({ name: path, path, compression, encoding })) {
    text.push(chunk);
    length += chunk.length;
    if (length >= START_BYTES) break;
  }
  if (length === 0) throw new MillraceError({ code: 'suggest.empty', message: `${path}: the file is empty.` });
  return { ...findDialect(Buffer.concat(text).subarray(0, START_BYTES)), encoding };
}

/** The options that differ from what is read without any. */
function optionsOf({ dialect, encoding }: Found): CsvDialectOptions {
  const { delimiter, quote, escape: escapes, comment, header, skip } = dialect;
  return {
    ...(delimiter === ',' ? {} : { delimiter }),
    ...(quote === '"' ? {} : { quote }),
    ...(escapes === quote ? {} : { escape: escapes }),
    ...(comment === '' ? {} : { comment }),
    ...(header ? {} : { header }),
    ...(skip === 0 ? {} : { skip }),
    ...(encoding === 'utf-8' ? {} : { encoding }),
  };
}

function markersOf(drafts: readonly Draft[]): { readonly nullMarkers?: Readonly<Record<string, readonly string[]>> } {
  const own = drafts.flatMap(({ name, markers }): [string, string[]][] =>
    Object.keys(markers).length === 0 ? [] : [[name, ['', ...Object.keys(markers)]]],
  );
  return own.length === 0 ? {} : { nullMarkers: Object.fromEntries(own) };
}

function recordsThat(count: number): string {
  return count === 1 ? 'one record does not fit' : `${count} records do not fit`;
}

function raggedDoubts(rejected: readonly { line: number | null; reason: string; raw: string | null }[]): Doubt[] {
  const reasons = new Map<string, Doubt['examples'][number][]>();
  const counts = new Map<string, number>();
  for (const { line, reason, raw } of rejected) {
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const examples = reasons.get(reason) ?? [];
    if (examples.length < 3) reasons.set(reason, [...examples, { value: (raw ?? '').slice(0, 80), line: line ?? 0 }]);
  }
  return [...reasons].map(([reason, examples]) => ({
    about: 'unreadable',
    reason: `${recordsThat(counts.get(reason) ?? 0)} whatever the schema: ${reason}`,
    choices: [...(reason.includes('fewer fields') ? ['nullPadding: true'] : []), `onBadRow: 'quarantine'`],
    examples,
  }));
}
