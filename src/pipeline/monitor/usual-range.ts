/** How a number stands to those before it. */
export interface UsualRange {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** Fewer say nothing about what is usual. */
export const LEAST_RUNS = 8;
/** How many deviations from the median are usual; a normal distribution leaves 1 of 15,000 outside. */
const DEVIATIONS = 4;
/** Of numbers that hardly differ, the share of the median within which a number is usual nevertheless. */
const LEAST_SHARE = 0.2;
/** The median absolute deviation of a normal distribution, as a share of its standard deviation. */
const MAD_TO_DEVIATION = 1.4826;

/**
 * The range in which a number is usual: the median of those before it, give or take four times 1.4826 times their median
 * absolute deviation, at least a fifth of the median and `least`. Of fewer than eight it is undefined.
 */
export function usualRange(before: readonly number[], least = 0): UsualRange | undefined {
  if (before.length < LEAST_RUNS) return undefined;
  const median = medianOf(before);
  const deviation = MAD_TO_DEVIATION * medianOf(before.map((one) => Math.abs(one - median)));
  const within = Math.max(DEVIATIONS * deviation, LEAST_SHARE * Math.abs(median), least);
  return { median, low: Math.max(0, median - within), high: median + within };
}

function medianOf(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const [low = Number.NaN, high = Number.NaN] = [sorted[Math.ceil(middle) - 1], sorted[Math.floor(middle)]];
  return (low + high) / 2;
}
