import { columnNode, replaceColumns } from '../../frame/columns.ts';
import { Frame } from '../../frame/frame.ts';
import { aggregate, call } from '../../frame/functions/base.ts';
import { literalAs } from '../../frame/functions/literal.ts';
import type { Expression } from '../../plan/expression.ts';
import { isOrdered } from '../../plan/order.ts';
import type { Relation } from '../../plan/relation.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { AnyCol, Col } from '../../schema/columns.ts';
import { BOOLEAN, FLOAT, INT, type Int, type Schema } from '../../schema/dtype.ts';
import { chart, RED, type Size } from '../chart.ts';
import { draw, type Plot } from '../plot.ts';
import { nothing, plural } from './columns.ts';

export interface MissingPlotOptions extends Pick<Size, 'width'>, Pick<RunOptions, 'signal'> {
  readonly title?: string;
}

/** How many columns, and how many stretches of rows, are shown. */
const COLUMNS = 40;
const STRETCHES = 60;
const ROW = 20;
const NAME = 28;
const CALL = 'plot.missing';

/**
 * Where values are missing: a row a column that may be null, and from left to right the rows of the frame in stretches, the
 * redder the more of them are null. Rows without an order are one stretch.
 */
export async function missing<C extends AnyCol>(frame: Frame<C>, options: MissingPlotOptions = {}): Promise<Plot> {
  const { signal, title, width } = options;
  const run = signal === undefined ? {} : { signal };
  const count = await frame.count(run);
  if (count === 0) throw nothing(CALL);
  const nullable = frame.schema.filter((field) => field.nullable);
  const shown = nullable.slice(0, COLUMNS);
  const stretches = isOrdered(frame.plan) ? Math.min(STRETCHES, count) : 1;
  const size = Math.ceil(count / stretches);
  const stretch = freeName(frame.schema);
  const number: Expression = { kind: 'column', name: stretch, dtype: INT, nullable: false };
  const numbered = isOrdered(frame.plan)
    ? (frame as Frame<AnyCol>).withRowNumber(stretch).plan
    : replaceColumns(frame.plan, [{ name: stretch, expression: literalAs(1, INT, stretch) }], CALL);
  const part = call(
    'floor',
    [
      call(
        'div',
        [call('sub', [number, literalAs(1, INT, stretch)], INT, false), literalAs(size, INT, stretch)],
        FLOAT,
        true,
      ),
    ],
    FLOAT,
    true,
  );
  const plan: Relation = {
    kind: 'aggregate',
    input: replaceColumns(numbered, [{ name: stretch, expression: part }], CALL),
    keys: [stretch],
    aggregates: [
      { name: 'rows', expression: aggregate('count_all', [], INT, false) },
      ...shown.map((field, c) => {
        const isNull = call('is_null', [columnNode(field)], BOOLEAN, false);
        return { name: `c${c}`, expression: aggregate('count_true', [isNull], INT, false) };
      }),
    ],
  };
  const found = await new Frame<Col<string, Int, never>>(plan, frame.executor).rows(run);
  const nulls = shown.map((_, c) => found.reduce((sum, row) => sum + Number(row[`c${c}`]), 0));
  const values = found.flatMap((row) =>
    shown.flatMap((_, c) => {
      const share = Number(row[`c${c}`]) / Number(row.rows);
      const from = Number(row[stretch]) * size;
      return share === 0 ? [] : [{ at: c, from, to: Math.min(count, from + size), share }];
    }),
  );
  const others = frame.schema.length - nullable.length;
  const cut = nullable.length > COLUMNS ? `; ${COLUMNS} of ${nullable.length} columns that may be null` : '';
  const never =
    others === 0 ? '' : `; ${plural(others, 'column')} that ${others === 1 ? 'is' : 'are'} never null left out`;
  const order = isOrdered(frame.plan) ? '' : ', in no order';
  return draw(
    chart({
      ...(width === undefined ? {} : { width }),
      height: 130 + ROW * Math.max(shown.length, 1),
      title: title ?? 'Missing values',
      subtitle: `${plural(count, 'row')}${order}, the redder the more are null${cut}${never}`,
      x: { title: 'row', domain: [0, count] },
      y: {
        rows: shown.map(({ name }, c) => {
          const short = name.length <= NAME ? name : `${name.slice(0, NAME - 1)}…`;
          return `${short} ${percent(nulls[c] ?? 0, count)}`;
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

/** A name that no column has. */
function freeName(schema: Schema): string {
  let name = 'stretch';
  while (schema.some((field) => field.name.toLowerCase() === name)) name += '_';
  return name;
}

function percent(nulls: number, rows: number): string {
  if (nulls === 0) return '0%';
  const share = (100 * nulls) / rows;
  return share < 1 ? '<1%' : share > 99 && nulls < rows ? '>99%' : `${Math.round(share)}%`;
}
