/** What a {@link MillraceError} carries besides its sentence. */
export interface ErrorFields {
  /** `area.reason`, stable across versions: match on this, not on the message. */
  readonly code: string;
  /** What was wrong, the offending value, and the valid choices. */
  readonly message: string;
  /** Whether doing the same again can succeed. */
  readonly retryable?: boolean;
  /** The facts of the message, as data. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error that millrace throws.
 *
 * @example
 * ```ts
 * import { MillraceError, read } from 'millrace';
 * try {
 *   read.csv('no-such-file.csv');
 * } catch (error) {
 *   if (error instanceof MillraceError) console.log(error.code, error.retryable); // csv.not_found false
 * }
 * ```
 */
export class MillraceError extends Error {
  readonly code: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(fields: ErrorFields) {
    super(fields.message, fields.cause === undefined ? undefined : { cause: fields.cause });
    this.name = 'MillraceError';
    this.code = fields.code;
    this.retryable = fields.retryable ?? false;
    this.details = Object.freeze({ ...fields.details });
  }
}

/** The closest of `choices` to `name`, as `Did you mean "x"?`, or an empty string where none is near. */
export function didYouMean(name: string, choices: readonly string[]): string {
  const best = nearestOf(name, choices);
  return best === undefined ? '' : ` Did you mean ${JSON.stringify(best)}?`;
}

/** The choice that is closest to a name; undefined where none is near. */
export function nearestOf(name: string, choices: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const choice of choices) {
    const distance = editDistance(String(name).toLowerCase(), choice.toLowerCase());
    if (distance < bestDistance) {
      best = choice;
      bestDistance = distance;
    }
  }
  return best;
}

/** Levenshtein distance, where two characters that changed places count once. */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const current = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? (before[j - 2] ?? 0) + 1 : Infinity;
      current.push(Math.min(substitution, swapped, (previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1));
    }
    before = previous;
    previous = current;
  }
  return previous[b.length] ?? 0;
}
