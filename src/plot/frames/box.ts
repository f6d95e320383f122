import { checkOptions } from '../../frame/arguments.ts';
import type { Frame } from '../../frame/frame.ts';
import { fn } from '../../frame/functions/fn.ts';
import type { OptionNames } from '../../option-names.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol, Col, NamesOf } from '../../schema/columns.ts';
import type { Float, NumericDType, Text } from '../../schema/dtype.ts';
import { showCount } from '../../show-count.ts';
import { BLUE, brief, chart, clipped, domainOf, INK, type Size } from '../chart.ts';
import { draw, type Plot } from '../plot.ts';
import { type GroupName, groupField, leftOut, namesOf, numberField } from './columns.ts';
import { keptRows } from './kept-rows.ts';

export interface BoxPlotOptions<C extends AnyCol> extends Pick<Size, 'width'>, Pick<RunOptions, 'signal'> {
  readonly y: NamesOf<C, NumericDType>;
  /** A box for each value of this column, of the twenty that most rows have. */
  readonly by?: GroupName<C>;
  readonly title?: string;
}

const BOXES = 20;
const ROW = 34;
const NAME = 30;
const CALL = 'plot.box';

const OPTIONS: OptionNames<BoxPlotOptions<AnyCol>> = { y: true, by: true, title: true, width: true, signal: true };

type RowCols = Col<'y', Float, never> | Col<'group', Text, never>;

/**
 * The quartiles of a column as a box, its median as a line; whiskers reach to the last value within one and a half times
 * the box (Tukey, Exploratory Data Analysis, 1977), and values beyond them are counted, not drawn.
 */
export async function box<C extends AnyCol>(frame: Frame<C>, options: BoxPlotOptions<C>): Promise<Plot> {
  checkOptions(options, CALL, "{ y: 'price' }", OPTIONS);
  const { by, signal, title, width } = options;
  const y = numberField(frame, options.y, CALL);
  const group = by === undefined ? undefined : groupField(frame, by, CALL);
  const run = { signal };
  await using found = await keptRows<RowCols>(frame, group === undefined ? { y } : { y, group }, CALL, run);
  const { rows, kept, lost } = found;
  const quartiles = rows.groupBy('group').agg((r) => ({ rows: fn.count(), q: r.y.quantiles([0.25, 0.5, 0.75]) }));
  const count = await quartiles.count(run);
  const shown = await quartiles.sort({ desc: 'rows' }, 'group').limit(BOXES).rows(run);
  const quarters = shown.map(({ group: name, rows: own, q }) => {
    const [low = Number.NaN, median = Number.NaN, high = Number.NaN] = q;
    return { name, own, low, median, high, reach: 1.5 * (high - low) };
  });
  const within = await rows
    .filter((r) =>
      quarters
        .map(({ name, low, high, reach }) => r.group.eq(name).and(r.y.between(low - reach, high + reach)))
        .reduce((some, one) => some.or(one)),
    )
    .groupBy('group')
    .agg((r) => ({ least: r.y.min(), most: r.y.max(), rows: fn.count() }))
    .rows(run);
  const boxes = quarters.map(({ name, own, low, median, high }, at) => {
    const reached = within.find((row) => row.group === name);
    const { least = low, most = high } = reached ?? {};
    return { at, low, median, high, least, most, beyond: own - (reached?.rows ?? 0) };
  });
  const beyond = boxes.reduce((sum, one) => sum + one.beyond, 0);
  const values = boxes.map(({ beyond: _, ...one }) =>
    Object.fromEntries(Object.entries(one).map(([name, value]) => [name, name === 'at' ? value : brief(value)])),
  );
  const few =
    count > BOXES ? `; the ${BOXES} most frequent of ${count.toLocaleString('en')} values of ${group?.name}` : '';
  const names = group === undefined ? [y.name] : shown.map((row) => row.group);
  const rule = (x: string, x2: string): object => ({
    data: { values },
    mark: { type: 'rule', color: INK, strokeWidth: 1.2 },
    encoding: { x: { field: x }, x2: { field: x2 }, y: { field: 'at' } },
  });
  return draw(
    chart({
      ...(width === undefined ? {} : { width }),
      height: 140 + ROW * boxes.length,
      title: title ?? (group === undefined ? `Spread of ${y.name}` : `Spread of ${y.name} by ${group.name}`),
      subtitle: `${showCount(kept, 'row')}, ${beyond.toLocaleString('en')} beyond the whiskers${few}${leftOut(lost, namesOf(y, group))}`,
      x: { title: y.name, domain: domainOf(boxes.flatMap(({ least, most }) => [least, most])) },
      y: { rows: names.map((name) => clipped(name, NAME)) },
      layer: [
        rule('least', 'low'),
        rule('high', 'most'),
        {
          data: { values },
          mark: { type: 'bar', color: '#b3cfe3', stroke: BLUE, strokeWidth: 1.2, height: { band: 0.6 } },
          encoding: { x: { field: 'low' }, x2: { field: 'high' }, y: { field: 'at' } },
        },
        {
          data: { values },
          mark: { type: 'tick', color: INK, thickness: 2, height: { band: 0.6 } },
          encoding: { x: { field: 'median' }, y: { field: 'at' } },
        },
      ],
    }),
  );
}
