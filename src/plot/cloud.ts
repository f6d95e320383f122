import { BLUE, brief, SHADES } from './chart.ts';

/** Rows as points, where they are few, or counted in the cells of a grid. */
export type Cloud =
  | { readonly points: readonly { readonly x: number; readonly y: number }[]; readonly cells?: never }
  | {
      readonly points?: never;
      /** Their edges, and how many rows lie between them. */
      readonly cells: readonly Cell[];
      /** How many cells the grid has on a side. */
      readonly side: number;
    };

export interface Cell {
  readonly x: number;
  readonly x2: number;
  readonly y: number;
  readonly y2: number;
  readonly rows: number;
}

/** The marks of a cloud; a cell is the darker, the more rows it has. */
export function cloudLayer(cloud: Cloud): object {
  if (cloud.points !== undefined) {
    return {
      data: { values: cloud.points.map(({ x, y }) => ({ x: brief(x), y: brief(y) })) },
      mark: { type: 'circle', color: BLUE, opacity: opacityOf(cloud.points.length), size: 28 },
      encoding: { x: { field: 'x' }, y: { field: 'y' } },
    };
  }
  const shade = { field: 'rows', type: 'quantitative', scale: { type: 'log', range: SHADES }, legend: null };
  return {
    data: { values: cloud.cells },
    // Their own colour around them closes the seams that a scaled image has between cells.
    mark: { type: 'rect', strokeWidth: 0.7 },
    encoding: {
      x: { field: 'x' },
      x2: { field: 'x2' },
      y: { field: 'y' },
      y2: { field: 'y2' },
      color: shade,
      stroke: shade,
    },
  };
}

/** Many points lie on one another: they are seen through. */
function opacityOf(count: number): number {
  return count > 500 ? 0.35 : count > 100 ? 0.55 : 0.75;
}

/** All values of one axis. */
export function extent(cloud: Cloud, axis: 'x' | 'y'): number[] {
  if (cloud.points !== undefined) return cloud.points.map((point) => point[axis]);
  return cloud.cells.flatMap((cell) => (axis === 'x' ? [cell.x, cell.x2] : [cell.y, cell.y2]));
}
