import type { Frame, QuarantineCols } from '../frame/frame.ts';
import type { Executor } from '../plan/source.ts';
import type { ExcelOptions } from '../readers/excel/excel.ts';
import { shown } from '../readers/excel/records.ts';
import { type Cell, openSheet, rangeOf, type Sheet, WHOLE_SHEET } from '../readers/excel/sheet.ts';
import { readersOf } from '../readers/read.ts';
import { type AnyColumnType, type SchemaSpec, t } from '../schema/column-type.ts';
import { columnNames } from './column-names.ts';
import type { Findings } from './csv.ts';
import { decide } from './decide.ts';
import { declared } from './declared.ts';
import { Profile } from './profile.ts';
import type { SourceFile } from './source-files.ts';
import type { Doubt, Draft } from './suggestion.ts';
import { traitsOf } from './text-traits.ts';
import { verified } from './verify.ts';

export interface ExcelRequest {
  readonly sheet: string | number | undefined;
  readonly range: string | undefined;
  readonly sample: number | undefined;
}

/** Looks at a sheet of workbooks: its cells have kinds of their own, and texts are looked at as text is. */
export async function suggestExcel(
  files: readonly SourceFile[],
  request: ExcelRequest,
  executor: Executor,
): Promise<Findings> {
  const { sheet = 1, sample = Number.POSITIVE_INFINITY } = request;
  const range = request.range === undefined ? WHOLE_SHEET : (rangeOf(request.range) ?? WHOLE_SHEET);
  const sheets: Sheet[] = [];
  for (const { path } of files) sheets.push(await openSheet(path, sheet, range));
  const [first] = sheets;
  const top = first?.rows[0];
  if (first === undefined || top === undefined) {
    return { rows: 0, complete: true, drafts: [], options: optionsOf(request), doubts: [] };
  }
  const hasHeader = top.cells.every((cell) => cell === undefined || (cell.kind === 'text' && !isValue(cell.text)));
  const doubts: Doubt[] = [];
  if (!hasHeader) {
    const reason = 'the first row holds values, so it is taken for one, and columns have names of their own';
    doubts.push({ about: 'header', reason, choices: ['header: true'], examples: [] });
  }
  const titles = top.cells.map((cell) => (hasHeader ? shown(cell) : null));
  const rows = sheets.flatMap((one) => (hasHeader ? one.rows.slice(1) : one.rows));
  const looked = rows.slice(0, sample);
  const complete = looked.length === rows.length;
  const positions = first.letters.map((_, i) => i);
  const used = positions.filter((i) => (hasHeader ? titles[i] != null : true));
  const unnamed = positions.filter((i) => !used.includes(i) && looked.some((row) => row.cells[i] !== undefined));
  if (unnamed.length > 0) {
    const letters = unnamed.map((i) => first.letters[i]).join(', ');
    const reason = `the columns ${letters} hold values and have no name; they are passed over`;
    doubts.push({ about: 'header', reason, choices: ['range'], examples: [] });
  }
  const names = columnNames(used.map((i) => titles[i] ?? `column${i + 1}`));
  const drafts = used.map((i, k): Draft => {
    const name = names[k] ?? '';
    const cells = looked.map((row) => ({ cell: row.cells[i], line: row.number }));
    const draft = column(cells, { name, complete });
    const title = titles[i];
    return title === null || title === undefined || title === name ? draft : { ...draft, type: draft.type.from(title) };
  });
  const options: Omit<ExcelOptions<SchemaSpec>, 'schema'> = {
    ...optionsOf(request),
    ...(hasHeader ? {} : { header: false }),
    ...(unnamed.length > 0 ? { extraColumns: 'ignore' } : {}),
  };
  const read = (now: readonly Draft[]): Frame<QuarantineCols> => {
    const schema = Object.fromEntries(now.map(({ name, type }) => [name, type]));
    return readersOf(executor)
      .excel(
        files.map(({ path }) => path),
        { ...options, schema, onBadRow: 'quarantine' },
      )
      .quarantine();
  };
  const sound = complete ? await verified(drafts, read, t.string().nullable()) : drafts;
  return { rows: looked.length, complete, drafts: sound, options: { ...options }, doubts };
}

function optionsOf({ sheet, range }: ExcelRequest): Pick<ExcelOptions<SchemaSpec>, 'sheet' | 'range'> {
  return { ...(sheet === undefined ? {} : { sheet }), ...(range === undefined ? {} : { range }) };
}

function isValue(text: string): boolean {
  return !['word', 'text'].includes(traitsOf(text).shape);
}

interface Placed {
  readonly cell: Cell | undefined;
  readonly line: number;
}

function column(cells: readonly Placed[], { name, complete }: { name: string; complete: boolean }): Draft {
  const kinds = new Map<Cell['kind'], Placed[]>();
  for (const placed of cells) {
    if (placed.cell === undefined) continue;
    const same = kinds.get(placed.cell.kind);
    if (same === undefined) kinds.set(placed.cell.kind, [placed]);
    else same.push(placed);
  }
  const errors = kinds.get('error') ?? [];
  kinds.delete('error');
  const present = [...kinds.values()].reduce((sum, some) => sum + some.length, 0);
  const nulls = cells.length - present - errors.length;
  const doubts: Doubt[] = errors.length === 0 ? [] : [errorDoubt(errors)];
  const nullable = nulls > 0 || !complete || cells.length === 0;
  const draft = (type: AnyColumnType, more: readonly Doubt[] = []): Draft => ({
    name,
    type: nullable ? type.nullable() : type,
    nulls,
    markers: {},
    doubts: [...doubts, ...more],
  });
  const [[kind, some] = [undefined, []], ...others] = kinds;
  if (kind === undefined)
    return draft(t.string(), [{ about: 'empty', reason: 'no row has a value', choices: [], examples: [] }]);
  if (others.length > 0) {
    const reason = `cells of different kinds: ${[...kinds].map(([one, list]) => `${list.length} ${one}`).join(', ')}`;
    const examples = [...kinds.values()].flatMap((list) => examplesOf(list.slice(0, 1)));
    return draft(t.string(), [{ about: 'mixed', reason, choices: [], examples }]);
  }
  switch (kind) {
    case 'boolean':
      return draft(t.boolean());
    case 'date':
      return draft(
        some.every(({ cell }) => cell?.kind === 'date' && cell.date.getTime() % 86_400_000 === 0)
          ? t.date()
          : t.timestamp(),
      );
    case 'time': {
      const reason = 'times of day, which no dtype but a string holds';
      return draft(t.string(), [{ about: 'mixed', reason, choices: [], examples: examplesOf(some.slice(0, 3)) }]);
    }
    case 'number':
      return numbers(some, draft);
    default: {
      const profile = new Profile();
      for (const { cell, line } of cells) if (cell?.kind !== 'error') profile.add(shown(cell), line);
      const found = decide(profile, { name, complete });
      const isMarked = Object.keys(found.markers).length > 0;
      if (!isMarked) return { ...found, doubts: [...doubts, ...found.doubts] };
      const reason = `texts that look like ${declared(found.type)}, and others that may mean that there is no value`;
      const examples = [...profile.markers].slice(0, 3).map(([value, { line }]) => ({ value, line }));
      return draft(t.string(), [{ about: 'null', reason, choices: [], examples }]);
    }
  }
}

/** Numbers as a spreadsheet shows them. */
function numbers(cells: readonly Placed[], draft: (type: AnyColumnType, more?: readonly Doubt[]) => Draft): Draft {
  const values = cells.map(({ cell }) => shown(cell) ?? '');
  const large = cells.filter(
    ({ cell }) => cell?.kind === 'number' && Number.isInteger(cell.number) && Math.abs(cell.number) >= 1e15,
  );
  if (large.length > 0) {
    const reason =
      'numbers of 16 digits or more, of which a spreadsheet keeps 15: identifiers that may be wrong already';
    return draft(t.string(), [
      { about: 'identifier', reason, choices: ['t.float()'], examples: examplesOf(large.slice(0, 3)) },
    ]);
  }
  if (values.some((value) => /e/i.test(value))) return draft(t.float());
  const scale = Math.max(...values.map((value) => (value.split('.')[1] ?? '').length));
  if (scale === 0) return draft(t.int());
  return draft(scale > 8 ? t.float() : t.decimal(18, scale));
}

function examplesOf(cells: readonly Placed[]): { readonly value: string; readonly line: number }[] {
  return cells.map(({ cell, line }) => ({ value: shown(cell) ?? '', line }));
}

function errorDoubt(errors: readonly Placed[]): Doubt {
  return {
    about: 'unreadable',
    reason: `${errors.length} cells are errors, and do not fit whatever the schema`,
    choices: [`onBadRow: 'quarantine'`],
    examples: examplesOf(errors.slice(0, 3)),
  };
}
