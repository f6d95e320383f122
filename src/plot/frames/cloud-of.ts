import { MillraceError } from '../../errors.ts';
import type { Frame } from '../../frame/frame.ts';
import { fn } from '../../frame/functions/fn.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Col } from '../../schema/columns.ts';
import type { Float } from '../../schema/dtype.ts';
import type { Cell, Cloud } from '../cloud.ts';

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

/** A spot that has a place in a plot. */
export function finite(spot: Spot): Spot {
  if (Number.isFinite(spot.x) && Number.isFinite(spot.y)) return { x: spot.x, y: spot.y };
  throw new MillraceError({
    code: 'plot.not_finite',
    message: `A row has ${Number.isFinite(spot.x) ? spot.y : spot.x} as its target or prediction, which has no place in a plot. Filter such rows first.`,
    details: { x: String(spot.x), y: String(spot.y) },
  });
}
