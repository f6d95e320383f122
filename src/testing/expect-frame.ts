import { MillraceError } from '../errors.ts';
import type { CheckOptions, CheckRules } from '../frame/checks.ts';
import type { Frame } from '../frame/frame.ts';
import { isOrdered } from '../plan/order.ts';
import { describeSchema, type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { AnyCol } from '../schema/columns.ts';
import { FrameAssertionError } from './assertion-error.ts';
import { differenceTable } from './difference-table.ts';
import { asGiven, type InputRow } from './input-row.ts';
import { type FixtureMatchOptions, matchFixture } from './match-fixture.ts';
import { type PlainRow, rowDifferences, show } from './row-differences.ts';

/** How rows are compared. */
export interface RowsOptions<K extends string = string> {
  /** Whether the order counts. By default it does where the frame has one, and does not after a join or a groupBy. */
  readonly ordered?: boolean;
  /** The relative difference that two numbers may have. Default 1e-12, to which float aggregates repeat. */
  readonly tolerance?: number;
  /** The columns that name a row. A row of the same key with other values is then one that changed. */
  readonly key?: K | readonly K[];
}

/** What a test may expect of a frame. Every promise must be awaited. */
export interface FrameExpectation<C extends AnyCol> {
  /** These rows and no others. The compiler checks their columns and values, which are written as `read.rows` takes them. */
  toEqualRows(rows: readonly InputRow<C>[], options?: RowsOptions<C['k']>): Promise<void>;
  /** The same columns and the same rows as another frame. */
  toEqualFrame(frame: Frame<C>, options?: RowsOptions<C['k']>): Promise<void>;
  /**
   * The rows of a file (`.csv`, `.csv.gz`, `.json`, `.ndjson`, `.parquet`), which is looked for as `fixture` does. Where
   * there is none it is written, but not where the variable `CI` is set; with `MILLRACE_UPDATE_FIXTURES=1` it is written anew.
   */
  toMatchFixture(name: string, options?: FixtureMatchOptions<C['k']>): Promise<void>;
  /** These columns, in this order, with these dtypes and nullability. */
  toHaveSchema(schema: SchemaSpec): void;
  /** As many rows. */
  toHaveCount(count: number): Promise<void>;
  /** No rows at all. */
  toBeEmpty(): Promise<void>;
  /** The rules of `frame.check`, each of which must hold. */
  toPassChecks(rules: CheckRules<C>, options?: Omit<CheckOptions<C>, 'severity' | 'onWarning'>): Promise<void>;
}

/**
 * Expectations of a frame, in any test runner. Where rows differ, the error shows a small table of those that are missing,
 * extra and changed.
 *
 * @example
 * ```ts
 * import { read, t } from 'millrace';
 * import { expectFrame } from 'millrace/testing';
 * const numbers = read.rows([{ x: 1 }, { x: 2 }], { schema: { x: t.int() } });
 * await expectFrame(numbers.filter(r => r.x.gt(1))).toEqualRows([{ x: 2 }]);
 * ```
 */
export function expectFrame<C extends AnyCol>(frame: Frame<C>): FrameExpectation<C> {
  return {
    async toEqualRows(expected, options = {}) {
      compareRows(frame, await frame.rows(), asGiven(expected, frame.schema), options);
    },
    async toEqualFrame(other, options = {}) {
      compareSchemas(describeSchema(frame.schema), describeSchema(other.schema));
      compareRows(frame, await frame.rows(), await other.rows(), options);
    },
    async toMatchFixture(name, options = {}) {
      const expected = await matchFixture(frame, name, options);
      if (expected === undefined) return;
      try {
        compareRows(frame, await frame.rows(), expected.rows, options);
      } catch (error) {
        if (!(error instanceof FrameAssertionError)) throw error;
        const advice = `The file is ${expected.path}. If the new rows are right, write it anew with MILLRACE_UPDATE_FIXTURES=1.`;
        throw new FrameAssertionError(`${error.message}\n${advice}`, error.actual, error.expected);
      }
    },
    toHaveSchema(expected) {
      compareSchemas(describeSchema(frame.schema), describeSchema(schemaOf(expected)));
    },
    async toHaveCount(expected) {
      const actual = await frame.count();
      if (actual === expected) return;
      throw new FrameAssertionError(`Expected ${show(expected)} rows, got ${show(actual)}.`, actual, expected);
    },
    async toBeEmpty() {
      compareRows(frame, await frame.rows(), [], {});
    },
    async toPassChecks(rules, options = {}) {
      try {
        await frame.check(rules, { ...options, severity: 'fail' }).count();
      } catch (error) {
        if (!(error instanceof MillraceError) || error.code !== 'check.failed') throw error;
        throw new FrameAssertionError(error.message, error.details, undefined);
      }
    },
  };
}

function compareRows<C extends AnyCol>(
  frame: Frame<C>,
  actual: readonly PlainRow[],
  expected: readonly PlainRow[],
  { ordered = isOrdered(frame.plan), tolerance = 1e-12, key }: RowsOptions,
): void {
  const keys = key === undefined ? undefined : typeof key === 'string' ? [key] : key;
  const differences = rowDifferences(actual, expected, {
    ordered,
    tolerance,
    ...(keys === undefined ? {} : { key: keys }),
  });
  const table = differenceTable(differences, tolerance, keys);
  if (table === undefined) return;
  const counts = `expected ${expected.length} rows, got ${actual.length}`;
  throw new FrameAssertionError(`The rows differ (${counts}): ${table}`, actual, expected);
}

function compareSchemas(actual: string, expected: string): void {
  const [got, wanted] = [actual.split('\n'), expected.split('\n')];
  const differences = [
    ...wanted.filter((line) => !got.includes(line)).map((line) => `  expected  ${line}`),
    ...got.filter((line) => !wanted.includes(line)).map((line) => `  got       ${line}`),
  ];
  if (differences.length === 0 && actual !== expected) {
    differences.push(`  the order: expected ${names(wanted)}`, `             got      ${names(got)}`);
  }
  if (differences.length === 0) return;
  throw new FrameAssertionError(`The schema differs:\n${differences.join('\n')}`, got, wanted);
}

function names(lines: readonly string[]): string {
  return lines.map((line) => line.slice(0, line.indexOf(':'))).join(', ');
}
