/** How two lists of rows differ, told so that a person finds the place. */

type PlainRow = Readonly<Record<string, unknown>>;

export interface CompareOptions {
  /** Whether the rows must stand in the same order. */
  readonly ordered: boolean;
  /** The relative difference that two floats may have. */
  readonly tolerance: number;
}

/** How many differences are told. */
const SHOWN = 10;

/** The differences, a line each; none where the rows are equal. */
export function compareRows(
  actual: readonly PlainRow[],
  expected: readonly PlainRow[],
  options: CompareOptions,
): string[] {
  return options.ordered ? inOrder(actual, expected, options) : asSets(actual, expected, options);
}

function inOrder(actual: readonly PlainRow[], expected: readonly PlainRow[], options: CompareOptions): string[] {
  const lines: string[] = [];
  for (let i = 0; i < Math.max(actual.length, expected.length); i++) {
    const [got, wanted] = [actual[i], expected[i]];
    if (got === undefined) lines.push(`row ${i + 1} is missing: ${show(wanted)}`);
    else if (wanted === undefined) lines.push(`row ${i + 1} is not expected: ${show(got)}`);
    else {
      for (const name of new Set([...Object.keys(wanted), ...Object.keys(got)])) {
        if (!(name in wanted)) lines.push(`row ${i + 1}: column "${name}" is not expected, got ${show(got[name])}`);
        else if (!same(got[name], wanted[name], options.tolerance)) {
          lines.push(`row ${i + 1}, column "${name}": expected ${show(wanted[name])}, got ${show(got[name])}`);
        }
      }
    }
  }
  return cut(lines);
}

function asSets(actual: readonly PlainRow[], expected: readonly PlainRow[], options: CompareOptions): string[] {
  const left = [...actual];
  const missing: PlainRow[] = [];
  for (const wanted of expected) {
    const found = left.findIndex((got) => same(got, wanted, options.tolerance));
    if (found === -1) missing.push(wanted);
    else left.splice(found, 1);
  }
  // One row each side: the columns that differ say more than the two rows.
  if (missing.length === 1 && left.length === 1)
    return inOrder(left, missing, options).map((line) => line.replace(/^row 1/, `the row ${show(left[0])}`));
  return cut([...missing.map((row) => `missing: ${show(row)}`), ...left.map((row) => `not expected: ${show(row)}`)]);
}

/** Whether two values are equal; floats within the tolerance. */
function same(a: unknown, b: unknown, tolerance: number): boolean {
  if (typeof a === 'number' && typeof b === 'number') {
    return a === b || Math.abs(a - b) <= tolerance * Math.max(Math.abs(a), Math.abs(b));
  }
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b) || a instanceof Date || b instanceof Date) return false;
  const [left, right] = [a as PlainRow, b as PlainRow];
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => name in right && same(left[name], right[name], tolerance))
  );
}

function cut(lines: string[]): string[] {
  if (lines.length <= SHOWN) return lines;
  return [...lines.slice(0, SHOWN), `and ${lines.length - SHOWN} more differences`];
}

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
