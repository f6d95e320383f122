import type { Frame } from '../frame/frame.ts';
import { isOrdered } from '../plan/order.ts';
import { describeSchema, type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { AnyCol, Row } from '../schema/columns.ts';
import { compareRows, show } from './compare.ts';

export interface RowsOptions {
  /** Whether the order counts. By default it does where the frame has one, and does not after a join or a groupBy. */
  readonly ordered?: boolean;
  /** The relative difference that two numbers may have. Default 1e-12, to which float aggregates repeat. */
  readonly tolerance?: number;
}

/** What a test may expect of a frame. Every promise must be awaited. */
export interface FrameExpectation<C extends AnyCol> {
  /** These rows and no others; the compiler checks their columns and values. */
  toEqualRows(rows: readonly Row<C>[], options?: RowsOptions): Promise<void>;
  /** These columns, in this order, with these dtypes and nullability. */
  toHaveSchema(schema: SchemaSpec): void;
  /** As many rows. */
  toHaveCount(count: number): Promise<void>;
}

/** A difference between what a test expected and what a frame gave. */
class FrameAssertionError extends Error {
  readonly actual: unknown;
  readonly expected: unknown;

  constructor(message: string, actual: unknown, expected: unknown) {
    super(message);
    this.name = 'AssertionError';
    this.actual = actual;
    this.expected = expected;
  }
}

/**
 * Expectations of a frame, in any test runner.
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
      const actual = await frame.rows();
      const ordered = options.ordered ?? isOrdered(frame.plan);
      const differences = compareRows(actual, expected, { ordered, tolerance: options.tolerance ?? 1e-12 });
      if (differences.length === 0) return;
      const counts = `expected ${expected.length} rows, got ${actual.length}`;
      throw new FrameAssertionError(
        `The rows differ (${counts}):\n${differences.map((line) => `  ${line}`).join('\n')}`,
        actual,
        expected,
      );
    },
    toHaveSchema(expected) {
      const [got, wanted] = [describeSchema(frame.schema).split('\n'), describeSchema(schemaOf(expected)).split('\n')];
      const differences = [
        ...wanted.filter((line) => !got.includes(line)).map((line) => `  expected  ${line}`),
        ...got.filter((line) => !wanted.includes(line)).map((line) => `  got       ${line}`),
      ];
      if (differences.length === 0 && got.join('\n') !== wanted.join('\n')) {
        differences.push(`  the order: expected ${names(wanted)}`, `             got      ${names(got)}`);
      }
      if (differences.length === 0) return;
      throw new FrameAssertionError(`The schema differs:\n${differences.join('\n')}`, got, wanted);
    },
    async toHaveCount(expected) {
      const actual = await frame.count();
      if (actual === expected) return;
      throw new FrameAssertionError(`Expected ${show(expected)} rows, got ${show(actual)}.`, actual, expected);
    },
  };
}

function names(lines: readonly string[]): string {
  return lines.map((line) => line.slice(0, line.indexOf(':'))).join(', ');
}
