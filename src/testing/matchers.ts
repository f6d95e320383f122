import { Frame } from '../frame/frame.ts';
import type { SchemaSpec } from '../schema/column-type.ts';
import { expectFrame, type RowsOptions } from './expect-frame.ts';

interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The matchers' signatures, to be added to a runner's own: `interface Matchers<T> extends FrameMatchers<T> {}`. */
export interface FrameMatchers<R = unknown> {
  toEqualRows(rows: readonly object[], options?: RowsOptions): Promise<R>;
  toHaveSchema(schema: SchemaSpec): R;
}

/**
 * The expectations as matchers of Vitest or Jest.
 *
 * @example
 * ```ts
 * import { frameMatchers } from 'millrace/testing';
 * import { expect } from 'vitest';
 * expect.extend(frameMatchers);
 * ```
 */
export const frameMatchers: {
  toEqualRows(received: unknown, rows: readonly object[], options?: RowsOptions): Promise<MatcherResult>;
  toHaveSchema(received: unknown, schema: SchemaSpec): MatcherResult;
} = {
  async toEqualRows(received, rows, options) {
    if (!(received instanceof Frame)) return notAFrame(received);
    try {
      await expectFrame(received).toEqualRows(rows as never, options);
      return { pass: true, message: () => 'The rows are equal.' };
    } catch (error) {
      return failed(error);
    }
  },
  toHaveSchema(received, schema) {
    if (!(received instanceof Frame)) return notAFrame(received);
    try {
      expectFrame(received).toHaveSchema(schema);
      return { pass: true, message: () => 'The schema is the same.' };
    } catch (error) {
      return failed(error);
    }
  },
};

/** A difference fails the matcher; any other error (a bad row, a closed session) is the test's to see. */
function failed(error: unknown): MatcherResult {
  if (!(error instanceof Error) || error.name !== 'AssertionError') throw error;
  return { pass: false, message: () => error.message };
}

function notAFrame(received: unknown): MatcherResult {
  return { pass: false, message: () => `Expected a millrace Frame, got ${String(received)}.` };
}
