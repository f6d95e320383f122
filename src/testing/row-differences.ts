/** How two lists of rows differ, as plain data. */

export type PlainRow = Readonly<Record<string, unknown>>;

export interface CompareOptions {
  /** Whether the rows must stand in the same order. */
  readonly ordered: boolean;
  /** The relative difference that two numbers may have. */
  readonly tolerance: number;
  /** Columns that name a row: of each name there is one row on either side. */
  readonly key?: readonly string[];
}

/** A row and where it stands, counted from 1. */
export interface PlacedRow {
  readonly place: number;
  readonly row: PlainRow;
}

/** An expected row and what was found in its stead. */
export interface ChangedRow {
  readonly expected: PlacedRow;
  readonly actual: PlacedRow;
}

export interface RowDifferences {
  readonly missing: readonly PlacedRow[];
  readonly extra: readonly PlacedRow[];
  readonly changed: readonly ChangedRow[];
  /** Equal rows that stand elsewhere than they should, where the order counts and nothing else differs. */
  readonly moved: readonly ChangedRow[];
}

/** More rows than this on a side are told as they are, rather than paired with those that resemble them. */
const PAIRED = 200;

/** The differences of two lists of rows: equal rows are set against each other first, then those that resemble each other. */
export function rowDifferences(
  actual: readonly PlainRow[],
  expected: readonly PlainRow[],
  options: CompareOptions,
): RowDifferences {
  const pairs =
    options.key === undefined ? equalRows(actual, expected, options) : sameKey(actual, expected, options.key);
  const taken = new Set(pairs.map(([, found]) => found));
  const matched = new Set(pairs.map(([wanted]) => wanted));
  const left = placed(actual).filter(({ place }) => !taken.has(place - 1));
  const wanted = placed(expected).filter(({ place }) => !matched.has(place - 1));
  const known = pairs.map(
    ([e, a]): ChangedRow => ({
      expected: { place: e + 1, row: expected[e] as PlainRow },
      actual: { place: a + 1, row: actual[a] as PlainRow },
    }),
  );
  const keyed = known.filter((pair) => changedColumns(pair, options.tolerance).length > 0);
  const resembling = options.key === undefined ? alike(left, wanted, options) : [];
  const changed = [...keyed, ...resembling].sort((a, b) => a.expected.place - b.expected.place);
  const paired = new Set(resembling.flatMap((pair) => [pair.expected.row, pair.actual.row]));
  const missing = wanted.filter(({ row }) => !paired.has(row));
  const extra = left.filter(({ row }) => !paired.has(row));
  const isOtherwiseEqual = missing.length + extra.length + changed.length === 0;
  const moved =
    options.ordered && isOtherwiseEqual ? known.filter((pair) => pair.expected.place !== pair.actual.place) : [];
  return { missing, extra, changed, moved };
}

/** The columns in which an expected row and the one found differ. */
export function changedColumns({ expected, actual }: ChangedRow, tolerance: number): string[] {
  const names = new Set([...Object.keys(expected.row), ...Object.keys(actual.row)]);
  return [...names].filter(
    (name) =>
      !(name in expected.row) || !(name in actual.row) || !isSame(expected.row[name], actual.row[name], tolerance),
  );
}

const placed = (rows: readonly PlainRow[]): PlacedRow[] => rows.map((row, i) => ({ place: i + 1, row }));

/** Pairs of places, expected and actual, of rows that are equal; the first of equal rows goes with the first. */
function equalRows(
  actual: readonly PlainRow[],
  expected: readonly PlainRow[],
  { tolerance }: CompareOptions,
): (readonly [number, number])[] {
  const waiting = new Map<string, number[]>();
  for (const [i, row] of actual.entries()) {
    const text = roughText(row);
    waiting.set(text, [...(waiting.get(text) ?? []), i]);
  }
  return expected.flatMap((wanted, e) => {
    const places = waiting.get(roughText(wanted)) ?? [];
    const at = places.findIndex((a) => isSame(actual[a], wanted, tolerance));
    if (at === -1) return [];
    const [found = 0] = places.splice(at, 1);
    return [[e, found] as const];
  });
}

/** Equal rows have equal texts; numbers may differ by the tolerance and are left out. */
function roughText(row: unknown): string {
  return JSON.stringify(row, (_, value: unknown) => {
    if (typeof value === 'number') return '#';
    if (typeof value === 'bigint') return `${value}n`;
    if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
    const isPlain = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isPlain ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value;
  });
}

/** Pairs of places of rows of the same key. */
function sameKey(
  actual: readonly PlainRow[],
  expected: readonly PlainRow[],
  key: readonly string[],
): (readonly [number, number])[] {
  const places = keyPlaces(actual, key, 'the frame');
  return [...keyPlaces(expected, key, 'the expected rows')].flatMap(([text, e]) => {
    const a = places.get(text);
    return a === undefined ? [] : [[e, a] as const];
  });
}

function keyPlaces(rows: readonly PlainRow[], key: readonly string[], where: string): Map<string, number> {
  const places = new Map<string, number>();
  for (const [i, row] of rows.entries()) {
    const text = key.map((name) => show(row[name])).join(', ');
    const first = places.get(text);
    if (first !== undefined) {
      throw new TypeError(
        `The key (${key.join(', ')}) must name one row: ${text} stands in rows ${first + 1} and ${i + 1} of ${where}.`,
      );
    }
    places.set(text, i);
  }
  return places;
}

/** Rows left on either side that are most likely meant to be the same: of the same place, or mostly equal. */
function alike(
  left: readonly PlacedRow[],
  wanted: readonly PlacedRow[],
  { ordered, tolerance }: CompareOptions,
): ChangedRow[] {
  if (left.length > PAIRED || wanted.length > PAIRED) return [];
  const isOne = left.length === 1 && wanted.length === 1;
  const candidates = wanted.flatMap((expected) =>
    left.flatMap((actual) => {
      const pair = { expected, actual };
      const columns = Object.keys(expected.row).length;
      const same = columns - changedColumns(pair, tolerance).length;
      const isHere = ordered && expected.place === actual.place && left.length === wanted.length;
      if (!isOne && !isHere && same * 2 < columns + 1) return [];
      return [{ ...pair, same: same + (isHere ? columns : 0) }];
    }),
  );
  const used = new Set<PlacedRow>();
  return candidates
    .sort((a, b) => b.same - a.same)
    .flatMap(({ expected, actual }) => {
      if (used.has(expected) || used.has(actual)) return [];
      used.add(expected).add(actual);
      return [{ expected, actual }];
    });
}

/** Whether two values are equal; numbers within the tolerance. */
function isSame(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
  }
  if (a instanceof Date && b instanceof Date) return Object.is(a.getTime(), b.getTime());
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Date || b instanceof Date) return false;
  const [left, right] = [a as PlainRow, b as PlainRow];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => name in right && isSame(left[name], right[name], tolerance))
  );
}

/** A value as a test would write it. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('hex')}`;
  if (Array.isArray(value)) return `[${value.map(show).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    return `{ ${Object.entries(value)
      .map(([name, inner]) => `${name}: ${show(inner)}`)
      .join(', ')} }`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}
