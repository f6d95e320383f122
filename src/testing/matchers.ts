import type { CheckRules } from '../frame/checks.ts';
import { Frame } from '../frame/frame.ts';
import type { SchemaSpec } from '../schema/column-type.ts';
import type { AnyCol } from '../schema/columns.ts';
import { expectFrame, type RowsOptions } from './expect-frame.ts';
import type { FixtureMatchOptions } from './match-fixture.ts';

interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** What Vitest and Jest tell a matcher, as `this`, of the flag by which snapshots are written anew. */
function updateOf(state: unknown): FixtureMatchOptions {
  const { snapshotState } = (state ?? {}) as { readonly snapshotState?: { readonly _updateSnapshot?: unknown } };
  const update = snapshotState?._updateSnapshot;
  return update === 'new' || update === 'all' || update === 'none' ? { update } : {};
}

/** The matchers' signatures, to be added to a runner's own: `interface Matchers<T> extends FrameMatchers<T> {}`. */
export interface FrameMatchers<R = unknown> {
  /** These rows and no others. */
  toEqualRows(rows: readonly object[], options?: RowsOptions): Promise<R>;
  /** The same columns and the same rows as another frame. */
  toEqualFrame(frame: object, options?: RowsOptions): Promise<R>;
  /** Files are written and rewritten as the runner's snapshots are: with `-u` all of them. */
  toMatchFixture(name: string, options?: FixtureMatchOptions): Promise<R>;
  /** These columns, in this order, with these dtypes and nullability. */
  toHaveSchema(schema: SchemaSpec): R;
  /** As many rows. */
  toHaveCount(count: number): Promise<R>;
  /** No rows at all. */
  toBeEmpty(): Promise<R>;
  /** The rules of `frame.check`, each of which must hold. */
  toPassChecks(rules: CheckRules<AnyCol>): Promise<R>;
}

type Matcher<A extends readonly unknown[], R> = (this: unknown, received: unknown, ...args: A) => R;

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
  readonly [K in keyof FrameMatchers]: Matcher<
    Parameters<FrameMatchers[K]>,
    ReturnType<FrameMatchers[K]> extends Promise<unknown> ? Promise<MatcherResult> : MatcherResult
  >;
} = {
  toEqualRows: (received, rows, options) =>
    outcome(received, (frame) => expectFrame(frame).toEqualRows(rows as never, options)),
  toEqualFrame: (received, frame, options) =>
    outcome(received, (actual) => expectFrame(actual).toEqualFrame(frame as never, options)),
  toMatchFixture(received, name, options = {}) {
    const how = { ...updateOf(this), ...options };
    return outcome(received, (frame) => expectFrame(frame).toMatchFixture(name, how));
  },
  toHaveSchema(received, schema) {
    if (!(received instanceof Frame)) return notAFrame(received);
    try {
      expectFrame(received).toHaveSchema(schema);
      return passed;
    } catch (error) {
      return failed(error);
    }
  },
  toHaveCount: (received, count) => outcome(received, (frame) => expectFrame(frame).toHaveCount(count)),
  toBeEmpty: (received) => outcome(received, (frame) => expectFrame(frame).toBeEmpty()),
  toPassChecks: (received, rules) => outcome(received, (frame) => expectFrame(frame).toPassChecks(rules)),
};

const passed: MatcherResult = { pass: true, message: () => 'The frame is as it is expected, and should not be.' };

async function outcome(
  received: unknown,
  expectation: (frame: Frame<AnyCol>) => Promise<void>,
): Promise<MatcherResult> {
  if (!(received instanceof Frame)) return notAFrame(received);
  try {
    await expectation(received as unknown as Frame<AnyCol>);
    return passed;
  } catch (error) {
    return failed(error);
  }
}

/** A difference fails the matcher; any other error (a bad row, a closed session) is the test's to see. */
function failed(error: unknown): MatcherResult {
  if (!(error instanceof Error) || error.name !== 'AssertionError') throw error;
  return { pass: false, message: () => error.message };
}

function notAFrame(received: unknown): MatcherResult {
  return { pass: false, message: () => `Expected a millrace Frame, got ${String(received)}.` };
}
