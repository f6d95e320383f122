import { checkOptions } from '../../frame/arguments.ts';
import type { Frame } from '../../frame/frame.ts';
import { fn } from '../../frame/functions/fn.ts';
import type { OptionNames } from '../../option-names.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol, Col, NamesOf } from '../../schema/columns.ts';
import type { Field, Float, NumericDType, Text } from '../../schema/dtype.ts';
import { daysOf } from '../../schema/engine-time.ts';
import { showCount } from '../../show-count.ts';
import { BLUE, brief, chart, clipped, domainOf, type Size } from '../chart.ts';
import { draw, type Plot } from '../plot.ts';
import {
  checkAggregate,
  checkChoice,
  type GroupName,
  groupField,
  leftOut,
  measureName,
  namesOf,
  numberField,
  type PlotAggregate,
} from './columns.ts';
import { keptRows } from './kept-rows.ts';

export interface BarPlotOptions<C extends AnyCol> extends Pick<Size, 'width'>, Pick<RunOptions, 'signal'> {
  /** A bar for each value of this column; of many, the thirty longest. */
  readonly x: GroupName<C>;
  /** How long it is; without it, by the number of rows. */
  readonly y?: NamesOf<C, NumericDType>;
  /** What becomes of several rows of one bar; default `'sum'`. */
  readonly aggregate?: PlotAggregate;
  /** Where the bars stand: in the order of `x` or the longest first. Default `'x'`, but `'y'` where x is a text other than an enum's. */
  readonly sort?: 'x' | 'y';
  readonly title?: string;
}

const BARS = 30;
const ROW = 24;
const NAME = 30;
const CALL = 'plot.bar';

const OPTIONS: OptionNames<BarPlotOptions<AnyCol>> = {
  x: true,
  y: true,
  aggregate: true,
  sort: true,
  title: true,
  width: true,
  signal: true,
};

type RowCols = Col<'y', Float, never> | Col<'group', Text, never>;
type Rows = Frame<RowCols>;

/** A bar for each value of a column, in its order, of texts the longest bar first. */
export async function bar<C extends AnyCol>(frame: Frame<C>, options: BarPlotOptions<C>): Promise<Plot> {
  checkOptions(options, CALL, "{ x: 'region' }", OPTIONS);
  const { aggregate = 'sum', signal, title, width } = options;
  checkAggregate(aggregate, CALL);
  const group = groupField(frame, options.x, CALL);
  const { sort = isPlainText(group) ? 'y' : 'x' } = options;
  checkChoice(sort, 'sort', ['x', 'y'], CALL);
  const y = options.y === undefined ? undefined : numberField(frame, options.y, CALL);
  const run = { signal };
  await using found = await keptRows<RowCols>(frame, y === undefined ? { group } : { y, group }, CALL, run);
  const { rows, kept, lost } = found;
  const groups = rows.groupBy('group');
  const bars: Rows =
    y === undefined || aggregate === 'count'
      ? (groups.agg(() => ({ y: fn.count() })) as never)
      : groups.agg((r) => ({ y: r.y[aggregate]() }));
  const count = await bars.count(run);
  const longest = bars.sort({ desc: 'y' }, 'group').limit(BARS);
  const shown = await (sort === 'x' ? longest.sort('group') : longest).rows(run);
  if (sort === 'x') shown.sort((a, b) => placeOf(a.group, group) - placeOf(b.group, group));
  const measure = measureName(aggregate, y?.name, count === kept);
  const most = count > BARS ? `; the ${BARS} longest of ${showCount(count, 'bar')}` : '';
  const values = shown.map((row, at) => ({ at, y: brief(row.y), zero: 0 }));
  return draw(
    chart({
      ...(width === undefined ? {} : { width }),
      height: 130 + ROW * values.length,
      title: title ?? `${measure} by ${group.name}`,
      subtitle: `${showCount(kept, 'row')}${most}${leftOut(lost, namesOf(group, y))}`,
      x: { title: measure, domain: fromZero(values.map((value) => value.y)) },
      y: { rows: shown.map(({ group: name }) => clipped(name, NAME)) },
      layer: [
        {
          data: { values },
          mark: { type: 'bar', color: BLUE, height: { band: 0.75 } },
          encoding: { x: { field: 'zero' }, x2: { field: 'y' }, y: { field: 'at' } },
        },
      ],
    }),
  );
}

function isPlainText({ dtype }: Field): boolean {
  return dtype.id === 'string' && dtype.values === undefined;
}

/** Where a value that is shown as a text stands among others; texts have an order already. */
function placeOf(text: string, { dtype }: Field): number {
  if (dtype.id === 'int') return Number(text);
  if (dtype.id === 'date') return daysOf(text);
  return dtype.id === 'string' ? (dtype.values?.indexOf(text) ?? 0) : 0;
}

/** Bars begin at zero. */
function fromZero(values: readonly number[]): readonly [number, number] {
  const [low, high] = domainOf([0, ...values]);
  return [values.some((value) => value < 0) ? low : 0, values.some((value) => value > 0) ? high : 0];
}
