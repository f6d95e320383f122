import { MillraceError } from '../../errors.ts';
import { checkOptions } from '../../frame/arguments.ts';
import type { Frame } from '../../frame/frame.ts';
import { fn } from '../../frame/functions/fn.ts';
import type { OptionNames } from '../../option-names.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol, Col, NamesOf } from '../../schema/columns.ts';
import type { Float, NumericDType } from '../../schema/dtype.ts';
import { showCount } from '../../show-count.ts';
import { BLUE, chart, domainOf, type Size } from '../chart.ts';
import { draw, type Plot } from '../plot.ts';
import { leftOut, nothing, numberField } from './columns.ts';
import { keptRows } from './kept-rows.ts';

export interface HistogramOptions<C extends AnyCol> extends Size, Pick<RunOptions, 'signal'> {
  readonly x: NamesOf<C, NumericDType>;
  /** How many bars of equal width, from 1 to 200; by default as many as the square root of the rows, from 5 to 40. */
  readonly bins?: number;
  readonly title?: string;
}

const CALL = 'plot.histogram';

const OPTIONS: OptionNames<HistogramOptions<AnyCol>> = {
  x: true,
  bins: true,
  title: true,
  width: true,
  height: true,
  signal: true,
};

/** How many rows lie where, of a column of numbers. */
export async function histogram<C extends AnyCol>(frame: Frame<C>, options: HistogramOptions<C>): Promise<Plot> {
  checkOptions(options, CALL, "{ x: 'price' }", OPTIONS);
  const { bins, signal, title, ...size } = options;
  const x = numberField(frame, options.x, CALL);
  if (bins !== undefined && !(Number.isSafeInteger(bins) && bins >= 1 && bins <= 200)) {
    throw new MillraceError({
      code: 'plot.option',
      message: `${CALL}: bins is ${JSON.stringify(bins)}. Give a whole number from 1 to 200.`,
      details: { bins },
    });
  }
  const run = { signal };
  await using kept = await keptRows<Col<'x', Float, never>>(frame, { x }, CALL, run);
  const { rows, lost } = kept;
  const [facts] = await rows
    .groupBy()
    .agg((r) => ({ low: r.x.min(), high: r.x.max() }))
    .rows(run);
  const { low, high } = facts ?? {};
  if (low == null || high == null) throw nothing(CALL);
  const wanted = bins ?? Math.min(40, Math.max(5, Math.round(Math.sqrt(kept.kept))));
  const count = low === high ? 1 : wanted;
  // A little more than its share of the whole, so that the largest value lies in the last bar.
  const width = low === high ? Math.abs(low) * 0.1 || 1 : ((high - low) / count) * (1 + 1e-9);
  const start = low === high ? low - width / 2 : low;
  const found = await rows
    .withColumns((r) => ({ bin: r.x.sub(start).div(width).floor() }))
    .groupBy('bin')
    .agg(() => ({ rows: fn.count() }))
    .sort('bin')
    .rows(run);
  const values = found.map((row) => ({
    from: start + Number(row.bin) * width,
    to: start + (Number(row.bin) + 1) * width,
    rows: row.rows,
    zero: 0,
  }));
  return draw(
    chart({
      ...size,
      title: title ?? `Distribution of ${x.name}`,
      subtitle: `${showCount(kept.kept, 'row')} in ${showCount(count, 'bin')}${leftOut(lost, [`a finite ${x.name}`])}`,
      x: { title: x.name, domain: domainOf([start, start + count * width]) },
      y: { title: 'rows', domain: [0, Math.max(...values.map((value) => value.rows)) * 1.04] },
      layer: [
        {
          data: { values },
          mark: { type: 'rect', color: BLUE, stroke: '#ffffff', strokeWidth: 1 },
          encoding: { x: { field: 'from' }, x2: { field: 'to' }, y: { field: 'zero' }, y2: { field: 'rows' } },
        },
      ],
    }),
  );
}
