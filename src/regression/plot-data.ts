import { MillraceError } from '../errors.ts';
import type { Frame } from '../frame/frame.ts';
import { fn } from '../frame/functions/fn.ts';
import type { RunOptions } from '../plan/source.ts';
import type { Cell, Cloud } from '../plot/cloud.ts';
import type { Col } from '../schema/columns.ts';
import type { Float } from '../schema/dtype.ts';
import { studentTCritical, studentTTwoSided } from './student-t.ts';

/** What plots draw of rows: never more than some thousand marks, computed by the engine. */

export interface Spot {
  readonly x: number;
  readonly y: number;
}

export type Spots = Frame<Col<'x', Float, never> | Col<'y', Float, never>>;

type Run = Pick<RunOptions, 'signal'>;

/** Up to so many rows each is a point; more are counted in cells. */
export const MOST_POINTS = 2000;
/** The most cells on a side. */
const CELLS = 48;
/** Quantiles that stand for more rows than that. */
const QUANTILES = 200;
/** Means that a trend goes through, and the least rows behind each. */
const MEANS = 12;
const ROWS_A_MEAN = 25;

/** The rows as points, or counted in the cells of a grid. */
export async function cloudOf(spots: Spots, n: number, run: Run): Promise<Cloud> {
  if (n <= MOST_POINTS) return { points: (await spots.rows(run)).map(finite) };
  const [edges] = await spots
    .groupBy()
    .agg((r) => ({ x: r.x.min(), x2: r.x.max(), y: r.y.min(), y2: r.y.max() }))
    .rows(run);
  const { x, y } = finite({ x: edges?.x ?? Number.NaN, y: edges?.y ?? Number.NaN });
  const { x: right, y: top } = finite({ x: edges?.x2 ?? Number.NaN, y: edges?.y2 ?? Number.NaN });
  const side = Math.min(CELLS, Math.floor(Math.sqrt(n) / 2));
  const [dx, dy] = [(right - x) / side, (top - y) / side].map(step) as [number, number];
  const counts = await spots
    .withColumns((r) => ({ i: r.x.sub(x).div(dx).floor(), j: r.y.sub(y).div(dy).floor() }))
    .groupBy('i', 'j')
    .agg(() => ({ rows: fn.count() }))
    .sort('i', 'j')
    .rows(run);
  const cells = counts.map(({ i, j, rows }): Cell => {
    return { x: x + i * dx, x2: x + (i + 1) * dx, y: y + j * dy, y2: y + (j + 1) * dy, rows };
  });
  return { cells, side };
}

/** The width of a cell; a little more than its share of the whole, so that the largest value lies in the last cell. */
function step(share: number): number {
  return share > 0 ? share * (1 + 1e-9) : 1;
}

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
  const values =
    n > MOST_POINTS ? undefined : (await spots.rows(run)).map((spot) => finite(spot).y).sort((a, b) => a - b);
  const shares = values === undefined ? sharesApart(n) : sharesOf(n);
  const wanted = values === undefined ? [...shares, 0.25, 0.75] : [0.25, 0.75];
  const [found] = await spots
    .groupBy()
    .agg((r) => ({ quantiles: r.y.quantiles(wanted) }))
    .rows(run);
  const quantiles = found?.quantiles ?? [];
  const at = (share: number, y: number | undefined): Spot => finite({ x: normalQuantile(share), y: y ?? Number.NaN });
  return {
    points: shares.map((share, i) => at(share, (values ?? quantiles)[i])),
    quartiles: [at(0.25, quantiles.at(-2)), at(0.75, quantiles.at(-1))],
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

function finite(spot: Spot): Spot {
  if (Number.isFinite(spot.x) && Number.isFinite(spot.y)) return { x: spot.x, y: spot.y };
  throw new MillraceError({
    code: 'plot.not_finite',
    message: `A row has ${Number.isFinite(spot.x) ? spot.y : spot.x} as its target or prediction, which has no place in a plot. Filter such rows first.`,
    details: { x: String(spot.x), y: String(spot.y) },
  });
}
