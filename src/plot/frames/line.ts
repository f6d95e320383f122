import { checkOptions } from '../../frame/arguments.ts';
import type { Frame } from '../../frame/frame.ts';
import { fn } from '../../frame/functions/fn.ts';
import type { OptionNames } from '../../option-names.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol, Col, NamesOf } from '../../schema/columns.ts';
import type { Day, Field, Float, NumericDType, Text, Timestamp } from '../../schema/dtype.ts';
import { showCount } from '../../show-count.ts';
import { BLUE, brief, chart, domainOf, PALETTE, type Size } from '../chart.ts';
import { draw, type Plot } from '../plot.ts';
import {
  checkAggregate,
  type GroupName,
  groupField,
  isTime,
  leftOut,
  measureName,
  namesOf,
  numberField,
  type PlaceName,
  type PlotAggregate,
  placeField,
} from './columns.ts';
import { keptRows } from './kept-rows.ts';

export interface LinePlotOptions<C extends AnyCol> extends Size, Pick<RunOptions, 'signal'> {
  /** A number, a date or a timestamp. */
  readonly x: PlaceName<C>;
  readonly y: NamesOf<C, NumericDType>;
  /** A line for each value of this column, of the eight that most rows have. */
  readonly color?: GroupName<C>;
  /** What becomes of several rows at one place; default `'sum'`. */
  readonly aggregate?: PlotAggregate;
  readonly title?: string;
}

/** Places on the x axis; of more, neighbours are taken together. */
const PLACES = 1000;
const LINES = 8;
const CALL = 'plot.line';

const OPTIONS: OptionNames<LinePlotOptions<AnyCol>> = {
  x: true,
  y: true,
  color: true,
  aggregate: true,
  title: true,
  width: true,
  height: true,
  signal: true,
};

/** The units that times are taken together by, and how many milliseconds one takes at least. */
const UNITS = [
  ['minute', 60e3],
  ['hour', 3600e3],
  ['day', 86400e3],
  ['week', 7 * 86400e3],
  ['month', 28 * 86400e3],
  ['quarter', 90 * 86400e3],
  ['year', 365 * 86400e3],
] as const;

type RowCols = Col<'x', Float, never> | Col<'y', Float, never> | Col<'group', Text, never>;
type Rows = Frame<RowCols>;
type Times = Frame<Col<'x', Day | Timestamp, never> | Col<'y', Float, never> | Col<'group', Text, never>>;

/** A line of a column over another, for each value of a third. */
export async function line<C extends AnyCol>(frame: Frame<C>, options: LinePlotOptions<C>): Promise<Plot> {
  checkOptions(options, CALL, "{ x: 'day', y: 'revenue' }", OPTIONS);
  const { aggregate = 'sum', color, signal, title, ...size } = options;
  checkAggregate(aggregate, CALL);
  const x = placeField(frame, options.x, CALL);
  const y = numberField(frame, options.y, CALL);
  const group = color === undefined ? undefined : groupField(frame, color, CALL);
  const run = { signal };
  await using found = await keptRows<RowCols>(frame, group === undefined ? { x, y } : { x, y, group }, CALL, run);
  const { rows, kept, lost } = found;
  const groups = await rows
    .groupBy('group')
    .agg(() => ({ rows: fn.count() }))
    .sort({ desc: 'rows' }, 'group')
    .limit(LINES + 1)
    .rows(run);
  const shown = groups.slice(0, LINES).map((row) => row.group);
  const among = rows.filter((r) => r.group.in(shown));
  const { places, unit } = await together(among, x, run);
  const values = (await measured(places, aggregate).rows(run))
    .map((row) => ({ x: placeOf(row.x), y: brief(row.y), line: row.group }))
    .sort((a, b) => shown.indexOf(a.line) - shown.indexOf(b.line) || a.x - b.x);
  const weeks = isTime(x) ? weeksOf(values.map((point) => point.x)) : undefined;
  const points = weeks === undefined ? values : withGaps(values);
  const isAlone = values.length === groups.slice(0, LINES).reduce((sum, row) => sum + row.rows, 0);
  const measure = measureName(aggregate, y.name, isAlone);
  const few = groups.length > LINES ? `; the ${LINES} most frequent values of ${group?.name}` : '';
  return draw(
    chart({
      ...size,
      title: title ?? `${y.name} by ${x.name}`,
      subtitle: `${measure}${unit}, ${showCount(kept, 'row')}${few}${leftOut(lost, namesOf(x, y, group))}`,
      x: {
        title: x.name,
        domain: endsOf(values.map((point) => point.x)),
        ...(isTime(x) ? { isTime: true } : {}),
        ...(weeks === undefined ? {} : { ticks: weeks }),
      },
      y: { title: measure, domain: domainOf(values.map((point) => point.y)) },
      ...(group === undefined ? {} : { legend: shown }),
      layer: [
        {
          data: { values: points },
          mark: {
            type: 'line',
            strokeWidth: 2,
            ...(group === undefined ? { color: BLUE } : {}),
            // A point between two gaps has no line.
            point: values.length <= 40 || points.length > values.length,
          },
          encoding: {
            x: { field: 'x' },
            y: { field: 'y' },
            ...(group === undefined
              ? {}
              : { color: { field: 'line', type: 'nominal', scale: { domain: shown, range: PALETTE }, legend: null } }),
          },
        },
      ],
    }),
  );
}

type Run = Pick<RunOptions, 'signal'>;

interface Places {
  readonly places: Rows | Times;
  /** What places were taken together by. */
  readonly unit: string;
}

async function together(rows: Rows, field: Field, run: Run): Promise<Places> {
  const [facts] = await rows
    .groupBy()
    .agg((r) => ({ low: r.x.min(), high: r.x.max(), places: r.x.countDistinct() }))
    .rows(run);
  const { low, high, places } = facts ?? {};
  if (low == null || high == null || (places ?? 0) <= PLACES) return { places: rows, unit: '' };
  return isTime(field)
    ? byTime(rows as unknown as Times, field, placeOf(high) - placeOf(low))
    : byNumber(rows, low, high);
}

function byNumber(rows: Rows, low: number, high: number): Places {
  const width = ((high - low) / PLACES) * (1 + 1e-9);
  const places = rows.withColumns((r) => ({
    x: r.x
      .sub(low)
      .div(width)
      .floor()
      .mul(width)
      .add(low + width / 2),
  }));
  return { places: places as unknown as Rows, unit: `, in ${PLACES.toLocaleString('en')} equal steps` };
}

function byTime(rows: Times, field: Field, span: number): Places {
  const units = UNITS.filter(([name]) => field.dtype.id === 'timestamp' || !['minute', 'hour'].includes(name));
  const [unit] = units.find(([, ms]) => span / ms <= PLACES) ?? (['year'] as const);
  return {
    places: rows.withColumns((r) => ({ x: r.x.truncate(unit as 'day') })) as unknown as Times,
    unit: ` by ${unit}`,
  };
}

/** One row a place and line. */
function measured(
  places: Rows | Times,
  aggregate: PlotAggregate,
): Frame<Col<'x', Float | Day | Timestamp, never> | Col<'y', Float, never> | Col<'group', Text, never>> {
  const made = (places as Rows).groupBy('group', 'x').agg((r) => ({
    y: aggregate === 'count' ? fn.count() : r.y[aggregate](),
  }));
  return made as never;
}

/** A place on the axis: milliseconds since 1970 of a time. */
function placeOf(value: number | string | Date): number {
  return typeof value === 'number' ? value : new Date(value).getTime();
}

const WEEK = 7 * 86400e3;
/** Of more weeks than these the months are told. */
const MOST_WEEKS = 26;
const TICKS = 5;

/** Of weekly places some for the axis, on the day of the week that they have; undefined where they are not weekly. */
function weeksOf(places: readonly number[]): readonly number[] | undefined {
  const sorted = [...new Set(places)].sort((a, b) => a - b);
  const steps = sorted.slice(1).map((place, i) => (place - (sorted[i] ?? place)) / WEEK);
  const isWeekly = steps.every(Number.isInteger) && steps.filter((step) => step === 1).length * 2 > sorted.length;
  if (!isWeekly) return undefined;
  const [first = 0] = sorted;
  const count = steps.reduce((sum, step) => sum + step, 1);
  if (count > MOST_WEEKS) return [];
  const every = Math.ceil(count / TICKS);
  return Array.from({ length: Math.ceil(count / every) }, (_, i) => first + i * every * WEEK);
}

/** Weekly points, with one without a value where weeks are missing: the line breaks there. */
function withGaps<P extends { readonly x: number; readonly line: string }>(
  points: readonly P[],
): (P | { readonly x: number; readonly y: null; readonly line: string })[] {
  return points.flatMap((point, i) => {
    const before = points[i - 1];
    const isGap = before?.line === point.line && point.x - before.x > WEEK;
    return isGap ? [{ x: before.x + WEEK, y: null, line: point.line }, point] : [point];
  });
}

/** The whole width of the plot, with room where there is one place alone. */
function endsOf(values: readonly number[]): readonly [number, number] {
  const [low, high] = domainOf(values);
  const least = values.reduce((a, b) => Math.min(a, b), high);
  const most = values.reduce((a, b) => Math.max(a, b), low);
  return least < most ? [least, most] : [low, high];
}
