import { describeDType, type Field } from '../../schema/dtype.ts';
import type { Comparison } from './digest.ts';

/** What was counted on one side, of a column or of whole rows. */
export interface Digest {
  /** How many rows there are; of a column, how many values that are not null. */
  readonly count: number;
  /**
   * The sum of numbers, exact but of floats, whose order it depends on. Undefined where there is none: other dtypes,
   * decimals of more than 28 digits, a column without values.
   */
  readonly sum?: string;
  /** The sum of the engine's hashes. It is the same for the same values in any order, and only within one version of it. */
  readonly checksum: string;
}

/** One column, or whole rows, on both sides. */
export interface Compared {
  readonly source: Digest;
  readonly target: Digest;
  readonly equal: boolean;
}

/** One column on both sides, by its name. */
export interface ComparedColumn extends Compared {
  readonly name: string;
  readonly dtype: string;
  /** How values were compared, where not as they are: see docs/guides/loading.md. */
  readonly as: Comparison;
}

/** What `report.reconcile()` found. `String(reconciliation)` is a table for people. */
export class Reconciliation {
  /** Which rows of the target were compared with the frame's. */
  readonly scope: string;
  /** Whole rows: here values that two rows of a column have swapped show, which no column tells. */
  readonly rows: Compared;
  readonly columns: readonly ComparedColumn[];
  /** Columns of the frame that this mode does not write in every row, so that nothing can be said of them. */
  readonly notCompared: readonly string[];

  constructor(found: Pick<Reconciliation, 'scope' | 'rows' | 'columns' | 'notCompared'>) {
    this.scope = found.scope;
    this.rows = found.rows;
    this.columns = found.columns;
    this.notCompared = found.notCompared;
  }

  /** Whether rows and columns are the same on both sides. */
  get ok(): boolean {
    return this.rows.equal && this.columns.every(({ equal }) => equal);
  }

  /** The comparison as a table for people, a line a column. */
  toString(): string {
    const { source, target } = this.rows;
    const lines = [
      `${this.ok ? 'equal' : 'NOT EQUAL'}: the frame and ${this.scope}`,
      ...table([
        ['', '', 'source', 'target', ''],
        ['rows', 'count', `${source.count}`, `${target.count}`, sign(source.count === target.count)],
        ['', 'checksum', source.checksum, target.checksum, sign(source.checksum === target.checksum)],
        ...this.columns.flatMap((column) => linesOf(column)),
      ]),
      ...(this.notCompared.length === 0 ? [] : [`not compared: ${this.notCompared.join(', ')}`]),
    ];
    return lines.join('\n');
  }
}

// Not in the class: a declaration file cannot name a method under such a symbol.
Object.defineProperty(Reconciliation.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Reconciliation): string {
    return this.toString();
  },
});

/** Floats are summed in an order that no side keeps: their checksums tell. */
export function compareDigests(source: Digest, target: Digest, dtype?: Field['dtype']): Compared {
  const sums = dtype === undefined || dtype.id === 'float' || source.sum === target.sum;
  const equal = source.count === target.count && source.checksum === target.checksum && sums;
  return { source, target, equal };
}

export function compareColumn(field: Field, as: Comparison, source: Digest, target: Digest): ComparedColumn {
  const { name, dtype } = field;
  return { name, dtype: describeDType(dtype), as, ...compareDigests(source, target, dtype) };
}

/** A line where the column is the same, else one for each number that is not. */
function linesOf({ name, dtype, as, source, target, equal }: ComparedColumn): readonly (readonly string[])[] {
  const what = as === 'value' ? dtype : `${dtype}, as ${as}`;
  const shown = (value: unknown): string => (value === undefined ? '' : String(value));
  const all = (['count', 'sum', 'checksum'] as const).filter((part) =>
    equal ? part === 'count' : source[part] !== target[part],
  );
  return all.map((part, i) => [
    i === 0 ? `${name} (${what})` : '',
    part,
    shown(source[part]),
    shown(target[part]),
    sign(source[part] === target[part]),
  ]);
}

function sign(equal: boolean): string {
  return equal ? '' : '≠';
}

function table(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = [0, 1, 2, 3, 4].map((c) => Math.max(...rows.map((row) => (row[c] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, c) => (c === 2 || c === 3 ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}
