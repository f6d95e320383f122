import { type ChangedRow, changedColumns, type PlainRow, type RowDifferences, show } from './row-differences.ts';

/** How many rows of a kind are shown, how many columns, and how much of a value. */
const ROWS = 10;
const COLUMNS = 12;
const WIDTH = 40;

/** The differences as a small table; undefined where there are none. */
export function differenceTable(
  differences: RowDifferences,
  tolerance: number,
  key: readonly string[] = [],
): string | undefined {
  const { missing, extra, changed, moved } = differences;
  const counts = [
    [missing.length, 'missing'],
    [extra.length, 'extra'],
    [changed.length, 'changed'],
    [moved.length, 'in another place'],
  ] as const;
  const told = counts.flatMap(([count, kind]) => (count === 0 ? [] : [`${count} ${kind}`]));
  if (told.length === 0) return undefined;
  const names = columnsShown(differences, tolerance, key);
  const lines = [
    ...limited(missing).map(({ place, row }) => ['missing', String(place), ...names.map((n) => cell(row, n))]),
    ...limited(extra).map(({ place, row }) => ['extra', String(place), ...names.map((n) => cell(row, n))]),
    ...limited(changed).map((pair) => changedLine(pair, names, tolerance)),
    ...limited(moved).map((pair) => movedLine(pair, names)),
  ];
  const more = counts.flatMap(([count, kind]) => (count > ROWS ? [`and ${count - ROWS} more ${kind}`] : []));
  const legend = changed.length + moved.length > 0 ? ['(expected -> got)'] : [];
  const all = Math.max(...[missing, extra].flat().map(({ row }) => Object.keys(row).length), 0);
  const cut = names.length < all ? [`(${names.length} of ${all} columns)`] : [];
  return [told.join(', '), '', ...table([['', 'row', ...names], ...lines]), ...more, ...legend, ...cut].join('\n');
}

/** The key first, then what differs, then others as there is room. */
function columnsShown(
  { missing, extra, changed, moved }: RowDifferences,
  tolerance: number,
  key: readonly string[],
): string[] {
  const rows = [...missing, ...extra, ...[...changed, ...moved].flatMap((pair) => [pair.expected, pair.actual])];
  const all = [...new Set(rows.flatMap(({ row }) => Object.keys(row)))];
  if (all.length <= COLUMNS) return all;
  const differing = changed.flatMap((pair) => changedColumns(pair, tolerance));
  const wanted = new Set([...key, ...differing, ...all]);
  const chosen = new Set([...wanted].slice(0, COLUMNS));
  return all.filter((name) => chosen.has(name));
}

const limited = <V>(rows: readonly V[]): readonly V[] => rows.slice(0, ROWS);

function changedLine(pair: ChangedRow, names: readonly string[], tolerance: number): string[] {
  const differing = new Set(changedColumns(pair, tolerance));
  const { expected, actual } = pair;
  const cells = names.map((name) =>
    differing.has(name) ? `${cell(expected.row, name)} -> ${cell(actual.row, name)}` : cell(actual.row, name),
  );
  return ['changed', place(pair), ...cells];
}

function movedLine(pair: ChangedRow, names: readonly string[]): string[] {
  return ['moved', place(pair), ...names.map((name) => cell(pair.actual.row, name))];
}

function place({ expected, actual }: ChangedRow): string {
  return expected.place === actual.place ? String(actual.place) : `${expected.place} -> ${actual.place}`;
}

function cell(row: PlainRow, name: string): string {
  if (!(name in row)) return '(no column)';
  const text = show(row[name]);
  return text.length <= WIDTH ? text : `${text.slice(0, WIDTH - 3)}...`;
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, c) => Math.max(...rows.map((row) => row[c]?.length ?? 0)));
  return rows.map((row) => `  ${row.map((text, c) => text.padEnd(widths[c] ?? 0)).join('  ')}`.trimEnd());
}
