import { checkOptions } from '../../frame/arguments.ts';
import { columnNode, project } from '../../frame/columns.ts';
import { Frame } from '../../frame/frame.ts';
import { call } from '../../frame/functions/base.ts';
import type { BooleanExpr } from '../../frame/functions/boolean.ts';
import { fn } from '../../frame/functions/fn.ts';
import { literalAs } from '../../frame/functions/literal.ts';
import type { OptionNames } from '../../option-names.ts';
import { isOrdered } from '../../plan/order.ts';
import type { NamedExpression } from '../../plan/relation.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol, Col } from '../../schema/columns.ts';
import { BOOLEAN, INT, type Int } from '../../schema/dtype.ts';
import { showCount } from '../../show-count.ts';
import { chart, clipped, RED, type Size } from '../chart.ts';
import { draw, type Plot } from '../plot.ts';
import { nothing } from './columns.ts';

export interface MissingPlotOptions extends Pick<Size, 'width'>, Pick<RunOptions, 'signal'> {
  readonly title?: string;
}

/** How many columns, and how many stretches of rows, are shown. */
const COLUMNS = 40;
const STRETCHES = 60;
const ROW = 20;
const NAME = 28;
const CALL = 'plot.missing';

const OPTIONS: OptionNames<MissingPlotOptions> = { title: true, width: true, signal: true };

/**
 * Where values are missing: a row a column that may be null, and from left to right the rows of the frame in stretches, the
 * redder the more of them are null. Rows without an order are one stretch.
 */
export async function missing<C extends AnyCol>(frame: Frame<C>, options: MissingPlotOptions = {}): Promise<Plot> {
  checkOptions(options, CALL, '{ width: 700 }', OPTIONS);
  const { signal, title, width } = options;
  const run = { signal };
  const nullable = frame.schema.filter((field) => field.nullable);
  const shown = nullable.slice(0, COLUMNS);
  const marks = shown.map((field, c): NamedExpression => {
    return { name: `c${c}`, expression: call('is_null', [columnNode(field)], BOOLEAN, false) };
  });
  // Rows of a frame in which nothing may be null are counted all the same.
  const one: NamedExpression = { name: 'number', expression: literalAs(1, INT, 'number') };
  await using kept = await new Frame<Col<'number', Int, never>>(
    project(frame.plan, [one, ...marks], CALL),
    frame.executor,
  ).materialize(run);
  const count = await kept.count(run);
  if (count === 0) throw nothing(CALL);
  const ordered = isOrdered(kept.plan);
  const size = Math.ceil(count / (ordered ? Math.min(STRETCHES, count) : 1));
  const placed = ordered ? kept.withRowNumber('place') : kept.withColumns((r) => ({ place: r.number }));
  const found = (await placed
    .withColumns((r) => ({ stretch: r.place.sub(1).div(size).floor() }))
    .groupBy('stretch')
    .agg((r) => {
      const isNull = r as unknown as Readonly<Record<string, BooleanExpr<never>>>;
      const counts = marks.flatMap(({ name }) =>
        isNull[name] === undefined ? [] : [[name, isNull[name].countTrue()]],
      );
      return { rows: fn.count(), ...Object.fromEntries(counts) };
    })
    .rows(run)) as unknown as readonly Readonly<Record<string, number>>[];
  const nulls = marks.map(({ name }) => found.reduce((sum, row) => sum + (row[name] ?? 0), 0));
  const values = found.flatMap((row) =>
    marks.flatMap(({ name }, at) => {
      const share = (row[name] ?? 0) / (row.rows ?? 0);
      const from = (row.stretch ?? 0) * size;
      return share === 0 ? [] : [{ at, from, to: Math.min(count, from + size), share }];
    }),
  );
  const others = frame.schema.length - nullable.length;
  const cut = nullable.length > COLUMNS ? `; ${COLUMNS} of ${nullable.length} columns that may be null` : '';
  const never =
    others === 0 ? '' : `; ${showCount(others, 'column')} that ${others === 1 ? 'is' : 'are'} never null left out`;
  const order = ordered ? '' : ', in no order';
  return draw(
    chart({
      ...(width === undefined ? {} : { width }),
      height: 130 + ROW * Math.max(shown.length, 1),
      title: title ?? 'Missing values',
      subtitle: `${showCount(count, 'row')}${order}, the redder the more are null${cut}${never}`,
      x: { title: 'row', domain: [0, count] },
      y: {
        rows: shown.map(({ name }, c) => {
          return `${clipped(name, NAME)} ${percent(nulls[c] ?? 0, count)}`;
        }),
      },
      layer: [
        {
          data: { values },
          mark: { type: 'bar', height: { band: 0.85 } },
          encoding: {
            x: { field: 'from' },
            x2: { field: 'to' },
            y: { field: 'at' },
            color: {
              field: 'share',
              type: 'quantitative',
              scale: { domain: [0, 1], range: ['#fbe3d6', RED] },
              legend: null,
            },
          },
        },
      ],
    }),
  );
}

function percent(nulls: number, rows: number): string {
  if (nulls === 0) return '0%';
  const share = (100 * nulls) / rows;
  return share < 1 ? '<1%' : share > 99 && nulls < rows ? '>99%' : `${Math.round(share)}%`;
}
