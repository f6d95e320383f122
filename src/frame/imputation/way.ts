import { listOf, type OneOrMore } from '../functions/order.ts';

/** The ways to fill nulls, each with what else may stand beside it. */
const WAYS = {
  mean: 'by',
  median: 'by',
  mode: 'by',
  hotDeck: 'by',
  regression: undefined,
  constant: undefined,
  forward: 'partitionBy',
  backward: 'partitionBy',
} as const;

type Way = keyof typeof WAYS;

/** How nulls are to be filled. */
export interface AskedWay {
  readonly way: Way;
  /** What the way was given: `true` to a statistic. */
  readonly given: unknown;
  /** The columns of the groups. */
  readonly by: readonly string[];
}

/** What an imputation asks for; undefined where it is none. */
export function askedWay(how: unknown): AskedWay | undefined {
  if (isStatistic(how)) return { way: how, given: true, by: [] };
  if (typeof how !== 'object' || how === null) return undefined;
  const given = Object.entries(how).filter(([, value]) => value !== undefined);
  const [named, ...others] = given.filter(([key]) => Object.hasOwn(WAYS, key)) as [Way, unknown][];
  if (named === undefined || others.length > 0) return undefined;
  const [way, value] = named;
  if (isStatistic(way) && value !== true) return undefined;
  if (given.some(([key]) => key !== way && key !== WAYS[way])) return undefined;
  const by = given.find(([key]) => key === WAYS[way])?.[1] ?? [];
  return { way, given: value, by: listOf(by as OneOrMore<string>) };
}

function isStatistic(how: unknown): how is 'mean' | 'median' | 'mode' {
  return how === 'mean' || how === 'median' || how === 'mode';
}
