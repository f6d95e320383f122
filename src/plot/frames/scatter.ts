import { checkOptions } from '../../frame/arguments.ts';
import type { Frame } from '../../frame/frame.ts';
import type { OptionNames } from '../../option-names.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol, Col, NamesOf } from '../../schema/columns.ts';
import type { Float, NumericDType, Text } from '../../schema/dtype.ts';
import { showCount } from '../../show-count.ts';
import { brief, chart, domainOf, PALETTE, type Size } from '../chart.ts';
import { cloudLayer, extent } from '../cloud.ts';
import { draw, type Plot } from '../plot.ts';
import { cloudOf, MOST_POINTS } from './cloud-of.ts';
import { type GroupName, groupField, leftOut, namesOf, numberField } from './columns.ts';
import { keptRows } from './kept-rows.ts';

export interface ScatterPlotOptions<C extends AnyCol> extends Size, Pick<RunOptions, 'signal'> {
  readonly x: NamesOf<C, NumericDType>;
  readonly y: NamesOf<C, NumericDType>;
  /** A colour for each value of this column, of the eight that most rows have. There is one only while each row is a point. */
  readonly color?: GroupName<C>;
  readonly title?: string;
}

const COLORS = 8;
const CALL = 'plot.scatter';

const OPTIONS: OptionNames<ScatterPlotOptions<AnyCol>> = {
  x: true,
  y: true,
  color: true,
  title: true,
  width: true,
  height: true,
  signal: true,
};

type RowCols = Col<'x', Float, never> | Col<'y', Float, never> | Col<'group', Text, never>;

/** A point a row; more than 2,000 rows are counted in the cells of a grid, the darker the more. */
export async function scatter<C extends AnyCol>(frame: Frame<C>, options: ScatterPlotOptions<C>): Promise<Plot> {
  checkOptions(options, CALL, "{ x: 'price', y: 'quantity' }", OPTIONS);
  const { color, signal, title, ...size } = options;
  const x = numberField(frame, options.x, CALL);
  const y = numberField(frame, options.y, CALL);
  const group = color === undefined ? undefined : groupField(frame, color, CALL);
  const run = { signal };
  await using found = await keptRows<RowCols>(frame, group === undefined ? { x, y } : { x, y, group }, CALL, run);
  const { rows, kept, lost } = found;
  const colored = group === undefined || kept > MOST_POINTS ? undefined : await rows.rows(run);
  const names = colored === undefined ? [] : mostFrequent(colored.map((row) => row.group));
  const cloud = colored === undefined ? await cloudOf(rows.select('x', 'y'), kept, run) : { points: colored };
  const drawn =
    'points' in cloud && cloud.points !== undefined ? 'each a point' : 'counted in cells, the darker the more';
  const others = new Set(colored?.map((row) => row.group)).size - names.length;
  const told = others > 0 ? `; ${showCount(others, 'further value')} of ${group?.name} in grey` : '';
  return draw(
    chart({
      ...size,
      title: title ?? `${y.name} against ${x.name}`,
      subtitle: `${showCount(kept, 'row')}, ${drawn}${told}${leftOut(lost, namesOf(x, y, group))}`,
      x: { title: x.name, domain: domainOf(extent(cloud, 'x')) },
      y: { title: y.name, domain: domainOf(extent(cloud, 'y')) },
      legend: names,
      layer: [colored === undefined ? cloudLayer(cloud) : coloredLayer(colored, names)],
    }),
  );
}

function mostFrequent(groups: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const group of groups) counts.set(group, (counts.get(group) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1)).map(([group]) => group);
  return sorted.length <= COLORS ? sorted : sorted.slice(0, COLORS - 1);
}

function coloredLayer(
  points: readonly { readonly x: number; readonly y: number; readonly group: string }[],
  names: readonly string[],
): object {
  const values = points.map(({ x, y, group }) => ({
    x: brief(x),
    y: brief(y),
    color: PALETTE[names.indexOf(group)] ?? PALETTE.at(-1),
  }));
  return {
    data: { values },
    mark: { type: 'circle', opacity: 0.7, size: 32 },
    encoding: { x: { field: 'x' }, y: { field: 'y' }, color: { field: 'color', type: 'nominal', scale: null } },
  };
}
