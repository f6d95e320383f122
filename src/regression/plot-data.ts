import { fn } from '../frame/functions/fn.ts';
import type { RunOptions } from '../plan/source.ts';
import { finite, MOST_POINTS, type Spot, type Spots } from '../plot/frames/cloud-of.ts';
import { studentTCritical, studentTTwoSided } from './student-t.ts';

/** What plots draw of rows: never more than some thousand marks, computed by the engine. */

type Run = Pick<RunOptions, 'signal'>;

/** Quantiles that stand for more rows than that. */
const QUANTILES = 200;
/** Means that a trend goes through, and the least rows behind each. */
const MEANS = 12;
const ROWS_A_MEAN = 25;

/** The mean y of groups of equal size by x: none where a group would be a handful. */
export async function trendOf(spots: Spots, n: number, run: Run): Promise<Spot[]> {
  const parts = Math.min(MEANS, Math.floor(n / ROWS_A_MEAN));
  if (parts < 3) return [];
  const means = await spots
    .withColumns(() => ({ part: fn.ntile(parts).over({ orderBy: 'x' }) }))
    .groupBy('part')
    .agg((r) => ({ x: r.x.mean(), y: r.y.mean() }))
    .sort('x')
    .rows(run);
  return means.map(({ x, y }) => finite({ x, y }));
}

/** The quantiles of y, each beside that of the normal distribution; the quartiles stand last. */
export async function normalSpots(
  spots: Spots,
  n: number,
  run: Run,
): Promise<{ readonly points: Spot[]; readonly quartiles: readonly [Spot, Spot] }> {
  const shares = n > MOST_POINTS ? sharesApart(n) : sharesOf(n);
  const quartiles = [0.25, 0.75] as const;
  const valueAt = await orderedValues(spots, n, n > MOST_POINTS ? [...shares, ...quartiles] : undefined, run);
  const at = (share: number, i?: number): Spot =>
    finite({ x: normalQuantile(share), y: valueAt(i ?? (n - 1) * share) });
  return {
    points: shares.map((share, i) => at(share, n > MOST_POINTS ? undefined : i)),
    quartiles: [at(quartiles[0]), at(quartiles[1])],
  };
}

/** Gives y by its place in their order, from 0; between two places what lies between the two. */
async function orderedValues(
  spots: Spots,
  n: number,
  shares: readonly number[] | undefined,
  run: Run,
): Promise<(place: number) => number> {
  const ordered = spots.select('y').withColumns(() => ({ place: fn.rowNumber().over({ orderBy: 'y' }) }));
  const places = shares?.flatMap((share) => [Math.floor((n - 1) * share) + 1, Math.ceil((n - 1) * share) + 1]);
  const found = await (places === undefined ? ordered : ordered.filter((r) => r.place.in([...new Set(places)]))).rows(
    run,
  );
  const byPlace = new Map(found.map(({ place, y }) => [place - 1, y]));
  return (place) => {
    const [low, high] = [byPlace.get(Math.floor(place)), byPlace.get(Math.ceil(place))];
    if (low === undefined || high === undefined) return Number.NaN;
    return low + (place - Math.floor(place)) * (high - low);
  };
}

/** The places of the ordered values, as R's ppoints has them. */
function sharesOf(n: number): number[] {
  const offset = n <= 10 ? 3 / 8 : 1 / 2;
  return Array.from({ length: n }, (_, i) => (i + 1 - offset) / (n + 1 - 2 * offset));
}

/** Shares whose normal quantiles are equally far apart, from the first value's to the last one's. */
function sharesApart(n: number): number[] {
  const last = normalQuantile(1 - 0.5 / n);
  return Array.from({ length: QUANTILES }, (_, i) => {
    const at = last * ((2 * i) / (QUANTILES - 1) - 1);
    const tail = studentTTwoSided(at, MANY) / 2;
    return at < 0 ? tail : 1 - tail;
  });
}

/** Student's distribution with so many degrees of freedom is the normal one to twelve digits. */
const MANY = 1e12;

function normalQuantile(share: number): number {
  if (share === 0.5) return 0;
  const distance = studentTCritical(2 * Math.min(share, 1 - share), MANY);
  return share < 0.5 ? -distance : distance;
}
