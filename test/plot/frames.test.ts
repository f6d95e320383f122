import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fn, type Plot, plot, read, t } from '../../src/index.ts';

/** With a folder in MILLRACE_PLOTS every plot is saved there, to be looked at. */
const folder = process.env.MILLRACE_PLOTS;
async function looked(name: string, made: Promise<Plot>): Promise<Plot> {
  const drawn = await made;
  if (folder !== undefined) {
    mkdirSync(folder, { recursive: true });
    await drawn.save(`${folder}/${name}.svg`);
  }
  return drawn;
}

type Layer = { readonly data: { readonly values: readonly Record<string, number | string>[] } };
const valuesOf = ({ spec }: Plot, layer = 0) => (spec.layer as Layer[])[layer]?.data.values ?? [];
/** The names of the bars, from above. */
const namesIn = ({ svg }: Plot): string[] => {
  const [, axis = ''] = svg.split('aria-label="Y-axis');
  const [labels = ''] = axis.split('mark-rect');
  return [...labels.matchAll(/>([^<>]+)<\/text>/g)].map(([, name = '']) => name);
};
const subtitle = ({ spec }: Plot): string => (spec.title as { subtitle: string[] }).subtitle.join(' ');

const regions = ['north', 'south', 'east', 'west'];
const schema = {
  day: t.date(),
  region: t.string().nullable(),
  quantity: t.int().nullable(),
  price: t.decimal(8, 2),
  note: t.string().nullable(),
};
const sales = read.rows(
  Array.from({ length: 730 }, (_, i) => ({
    day: new Date(Date.UTC(2022, 0, 1 + i)).toISOString().slice(0, 10),
    region: i % 50 === 0 ? null : (regions[(i * 7) % 4] ?? null),
    quantity: i % 10 === 3 ? null : Math.round(20 + 10 * Math.sin(i / 58) + (i % 7)),
    price: (10 + (i % 13) + (i % 4) * 5).toFixed(2),
    note: i > 400 && i < 600 ? null : 'x',
  })),
  { schema },
);

describe('line', () => {
  test('the sum at each place, a line a value, and what was left out', async () => {
    const drawn = await looked('line', plot.line(sales, { x: 'day', y: 'quantity', color: 'region' }));
    expect(valuesOf(drawn)).toHaveLength(642);
    expect(valuesOf(drawn)[0]).toEqual({ x: Date.UTC(2022, 0, 3), y: 22, line: 'east' });
    expect(subtitle(drawn)).toBe('quantity, 642 rows; 88 rows without day or quantity or region left out');
    expect(drawn.svg).toContain('>north<');
  });

  test('places that are many are taken together, times by a unit', async () => {
    const many = read
      .rows(
        Array.from({ length: 5000 }, (_, i) => ({ at: new Date(Date.UTC(2020, 0, 1) + i * 3600e3), v: 1 })),
        {
          schema: { at: t.timestamp(), v: t.int() },
        },
      )
      .withColumns((r) => ({ n: r.at.hour().mul(100) }));
    const drawn = await looked('line-days', plot.line(many, { x: 'at', y: 'v' }));
    expect(valuesOf(drawn)).toHaveLength(209);
    expect(valuesOf(drawn)[1]).toEqual({ x: Date.UTC(2020, 0, 2), y: 24, line: '' });
    expect(subtitle(drawn)).toBe('sum of v by day, 5,000 rows');
    const steps = read.rows(
      Array.from({ length: 5000 }, (_, i) => ({ x: i / 2, y: 1 })),
      {
        schema: { x: t.float(), y: t.int() },
      },
    );
    const stepped = await plot.line(steps, { x: 'x', y: 'y' });
    expect(valuesOf(stepped)).toHaveLength(1000);
    expect(valuesOf(stepped).reduce((sum, { y }) => sum + Number(y), 0)).toBe(5000);
  });

  const weekly = (days: readonly string[]) =>
    read.rows(
      days.map((day, i) => ({ day, revenue: 10 + (i % 3) })),
      { schema: { day: t.date(), revenue: t.int() } },
    );
  const monday = (week: number): string => new Date(Date.UTC(2024, 0, 1 + 7 * week)).toISOString().slice(0, 10);
  const axisOf = ({ spec }: Plot) => (spec.encoding as { x: { axis: { values?: number[] } } }).x.axis;

  test('weekly values have ticks on their own day of the week, and a gap where a week is missing', async () => {
    const weeks = [0, 1, 2, 3, 4, 5, 8, 9, 10, 11];
    const drawn = await looked('line-weeks', plot.line(weekly(weeks.map(monday)), { x: 'day', y: 'revenue' }));
    expect(axisOf(drawn).values?.map((tick) => new Date(tick).getUTCDay())).toEqual([1, 1, 1, 1]);
    expect(valuesOf(drawn)).toHaveLength(11);
    expect(valuesOf(drawn)[6]).toEqual({ x: Date.UTC(2024, 0, 1 + 7 * 6), y: null, line: '' });
    expect(drawn.svg).toContain('>Jan 22<');
    const path = /mark-line.*? d="([^"]*)"/s.exec(drawn.svg)?.[1];
    expect(path?.match(/M/g)).toHaveLength(2);
    expect(subtitle(drawn)).toBe('revenue, 10 rows');
  });

  test('across years the ticks have a year; many weeks, and days that are no weeks, are told as ever', async () => {
    const across = await plot.line(weekly([50, 51, 52, 53].map(monday)), { x: 'day', y: 'revenue' });
    expect(across.svg).toContain('>Dec 16, 2024<');
    const years = await plot.line(weekly(Array.from({ length: 60 }, (_, i) => monday(i))), { x: 'day', y: 'revenue' });
    expect(axisOf(years).values).toBeUndefined();
    const days = weekly(['2024-01-01', '2024-01-08', '2024-01-15', '2024-01-22', '2024-01-24']);
    const other = await plot.line(days, { x: 'day', y: 'revenue' });
    expect(axisOf(other).values).toBeUndefined();
    expect(valuesOf(other)).toHaveLength(5);
  });

  test('other aggregates', async () => {
    const mean = await plot.line(sales, { x: 'day', y: 'price', aggregate: 'mean' });
    expect(valuesOf(mean)[0]?.y).toBe(10);
    const count = await plot.line(sales, { x: 'day', y: 'price', aggregate: 'count' });
    expect(new Set(valuesOf(count).map(({ y }) => y))).toEqual(new Set([1]));
  });
});

describe('bar', () => {
  test('the longest first, from zero', async () => {
    const drawn = await looked('bar', plot.bar(sales, { x: 'region', y: 'quantity' }));
    const expected = await sales
      .filter((r) => r.region.isNotNull().and(r.quantity.isNotNull()))
      .groupBy('region')
      .agg((r) => ({ q: r.quantity.sum() }))
      .sort({ desc: 'q' })
      .rows();
    expect(valuesOf(drawn).map(({ y }) => y)).toEqual(expected.map(({ q }) => q));
    expect(drawn.svg).toContain(`>${expected[0]?.region}<`);
  });

  test('by the number of rows, and of many bars the longest thirty', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ k: `key ${Math.floor(Math.sqrt(i * 20))}` }));
    const drawn = await looked('bar-many', plot.bar(read.rows(rows, { schema: { k: t.string() } }), { x: 'k' }));
    expect(valuesOf(drawn)).toHaveLength(30);
    expect(subtitle(drawn)).toMatch(/^100 rows; the 30 longest of \d\d bars$/);
  });

  test('values that have an order stand in it, unless it is said otherwise', async () => {
    const rows = [
      ...[19, 9, 10, 9, 19, 19, 7].map((hour) => ({
        hour,
        day: `2024-01-${hour + 10}`,
        size: 'large',
        late: hour > 9,
      })),
      { hour: 8, day: '2023-12-31', size: 'small', late: false },
      { hour: -1, day: '0001-01-01', size: 'medium', late: false },
    ];
    const sizes = t.enum(['small', 'medium', 'large']);
    const visits = read.rows(rows, { schema: { hour: t.int(), day: t.date(), size: sizes, late: t.boolean() } });
    const bars = async (x: 'hour' | 'day' | 'size' | 'late', sort?: 'x' | 'y') => {
      const made = plot.bar(visits, sort === undefined ? { x } : { x, sort });
      return namesIn(await looked(`bar-${x}-${sort}`, made));
    };
    expect(await bars('hour')).toEqual(['-1', '7', '8', '9', '10', '19']);
    expect(await bars('hour', 'y')).toEqual(['19', '9', '-1', '10', '7', '8']);
    expect(await bars('size')).toEqual(['small', 'medium', 'large']);
    expect(await bars('late')).toEqual(['false', 'true']);
    expect((await bars('day')).slice(0, 3)).toEqual(['0001-01-01', '2023-12-31', '2024-01-17']);
    const regions = await plot.bar(sales, { x: 'region', sort: 'x' });
    expect(namesIn(regions)).toEqual(['east', 'north', 'south', 'west']);
  });

  test('of many values the longest thirty, in their order', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ n: Math.floor(Math.sqrt(i * 20)) }));
    const drawn = await looked('bar-many-numbers', plot.bar(read.rows(rows, { schema: { n: t.int() } }), { x: 'n' }));
    const names = namesIn(drawn).map(Number);
    expect(names).toHaveLength(30);
    expect(names).toEqual([...names].sort((a, b) => a - b));
    expect(subtitle(drawn)).toMatch(/^100 rows; the 30 longest of \d\d bars$/);
  });

  test('negative bars', async () => {
    const rows = ['a', 'b'].map((k, i) => ({ k, v: i === 0 ? -5 : 3 }));
    const drawn = await looked(
      'bar-negative',
      plot.bar(read.rows(rows, { schema: { k: t.string(), v: t.int() } }), { x: 'k', y: 'v' }),
    );
    expect(valuesOf(drawn).map(({ y }) => y)).toEqual([3, -5]);
  });
});

describe('scatter', () => {
  test('a point a row, coloured', async () => {
    const drawn = await looked('scatter', plot.scatter(sales, { x: 'quantity', y: 'price', color: 'region' }));
    expect(valuesOf(drawn)).toHaveLength(642);
    expect(new Set(valuesOf(drawn).map(({ color }) => color)).size).toBe(4);
  });

  test('cells where there are many, which hold every row', async () => {
    const many = read.rows(
      Array.from({ length: 5000 }, (_, i) => ({ x: Math.sin(i), y: Math.cos(i * 1.3) * i })),
      {
        schema: { x: t.float(), y: t.float() },
      },
    );
    const drawn = await looked('scatter-cells', plot.scatter(many, { x: 'x', y: 'y' }));
    expect(valuesOf(drawn).reduce((sum, { rows }) => sum + Number(rows), 0)).toBe(5000);
    expect(subtitle(drawn)).toContain('counted in cells');
  });
});

describe('histogram', () => {
  test('bins that hold every row; the largest value in the last', async () => {
    const drawn = await looked('histogram', plot.histogram(sales, { x: 'price', bins: 10 }));
    expect(valuesOf(drawn).reduce((sum, { rows }) => sum + Number(rows), 0)).toBe(730);
    expect(valuesOf(drawn)).toHaveLength(10);
    expect(subtitle(drawn)).toBe('730 rows in 10 bins');
  });

  test('one value, and nulls', async () => {
    const rows = [1, 1, null].map((x) => ({ x }));
    const drawn = await plot.histogram(read.rows(rows, { schema: { x: t.float().nullable() } }), { x: 'x' });
    expect(valuesOf(drawn).map(({ rows }) => rows)).toEqual([2]);
    expect(subtitle(drawn)).toBe('2 rows in 1 bin; 1 row without a finite x left out');
  });

  test('what is not finite', async () => {
    const powers = read.rows(
      [1, 2, 1000].map((x) => ({ x })),
      { schema: { x: t.float() } },
    );
    const drawn = await plot.histogram(
      powers.withColumns((r) => ({ x: r.x.exp() })),
      { x: 'x' },
    );
    expect(subtitle(drawn)).toBe('2 rows in 5 bins; 1 row without a finite x left out');
  });
});

describe('box', () => {
  test('quartiles by linear interpolation, whiskers to the last value within reach', async () => {
    const rows = [1, 2, 3, 4, 5, 6, 7, 8, 100].map((y) => ({ y }));
    const drawn = await plot.box(read.rows(rows, { schema: { y: t.int() } }), { y: 'y' });
    expect(valuesOf(drawn)[0]).toEqual({ at: 0, low: 3, median: 5, high: 7, least: 1, most: 8 });
    expect(subtitle(drawn)).toBe('9 rows, 1 beyond the whiskers');
  });

  test('by a column', async () => {
    const drawn = await looked('box', plot.box(sales, { y: 'price', by: 'region' }));
    expect(valuesOf(drawn)).toHaveLength(4);
  });
});

describe('missing', () => {
  test('in stretches of the rows', async () => {
    const drawn = await looked('missing', plot.missing(sales));
    expect(drawn.svg).toContain('note 27%');
    expect(valuesOf(drawn).some(({ at, share }) => at === 2 && share === 1)).toBe(true);
    expect(subtitle(drawn)).toBe('730 rows, the redder the more are null; 2 columns that are never null left out');
  });

  test('rows without an order, and nothing missing', async () => {
    const grouped = sales.groupBy('region').agg(() => ({ n: fn.count() }));
    const drawn = await looked('missing-groups', plot.missing(grouped));
    expect(subtitle(drawn)).toContain('in no order');
    expect(valuesOf(await plot.missing(sales.select('day')))).toEqual([]);
  });
});

describe('what cannot be drawn', () => {
  test('is refused with what would do', async () => {
    await expect(plot.line(sales, { x: 'region' as 'day', y: 'price' })).rejects.toMatchObject({
      code: 'plot.dtype',
      message: 'plot.line: region is string, and a number, a date or a timestamp is needed there.',
    });
    await expect(plot.line(sales, { x: 'day', y: 'price', colour: 'region' } as never)).rejects.toMatchObject({
      message: expect.stringContaining('plot.line: there is no option "colour". Did you mean "color"?'),
    });
    await expect(plot.bar(sales.limit(0), { x: 'region' })).rejects.toMatchObject({ code: 'plot.no_rows' });
    await expect(plot.histogram(sales, { x: 'price', bins: 0 })).rejects.toMatchObject({ code: 'plot.option' });
    await expect(plot.bar(sales, { x: 'region', y: 'price', aggregate: 'median' as 'mean' })).rejects.toMatchObject({
      code: 'plot.option',
    });
    await expect(plot.bar(sales, { x: 'region', sort: 'z' as 'x' })).rejects.toMatchObject({
      message: 'plot.bar: sort is "z". Give one of x, y.',
    });
    await expect(plot.box(sales, { y: 'colour' as 'price' })).rejects.toMatchObject({ code: 'plan.unknown_column' });
  });
});

test('every plot computes the frame once, and leaves out what is not finite', async () => {
  const drawings = {
    line: (frame: typeof sizes) => plot.line(frame, { x: 'n', y: 'size' }),
    bar: (frame: typeof sizes) => plot.bar(frame, { x: 'kind', y: 'size' }),
    scatter: (frame: typeof sizes) => plot.scatter(frame, { x: 'n', y: 'size' }),
    histogram: (frame: typeof sizes) => plot.histogram(frame, { x: 'size' }),
    box: (frame: typeof sizes) => plot.box(frame, { y: 'size', by: 'kind' }),
    missing: (frame: typeof sizes) => plot.missing(frame),
  };
  const schema = { n: t.int(), kind: t.string().nullable(), size: t.float() };
  const sizes = read.rows(
    Array.from({ length: 50 }, (_, n) => ({ n, kind: n % 2 === 0 ? 'even' : 'odd', size: n / 4 })),
    { schema },
  );
  for (const [name, drawing] of Object.entries(drawings)) {
    let seen = 0;
    const counted = sizes.mapBatches(
      (rows) => {
        seen += rows.length;
        return [...rows];
      },
      { schema },
    );
    const infinite = counted.withColumns((r) => ({
      size: fn.when(r.n.eq(7), r.size.mul(1e308).mul(10.5)).else(r.size),
    }));
    const told = subtitle(await drawing(infinite));
    expect(seen, name).toBe(50);
    if (name !== 'missing') expect(told).toMatch(/49 rows.*; 1 row without .*size.* left out/);
  }
});

test('the last label of a time axis ends with it; a file has its own size and no page', async () => {
  const months = read.rows(
    Array.from({ length: 5 }, (_, i) => ({ month: `2023-0${i + 4}-01`, x: i })),
    { schema: { month: t.date(), x: t.int() } },
  );
  const drawn = await looked('months', plot.line(months, { x: 'month', y: 'x' }));
  const anchors = [...drawn.svg.matchAll(/<text text-anchor="(\w+)"[^>]*>[A-Z][a-z]{2,8}( \d+)?<\/text>/g)];
  expect(anchors.at(-1)?.[1]).toBe('end');
  const made = mkdtempSync(join(tmpdir(), 'plot-'));
  await drawn.save(join(made, 'months.svg'));
  const saved = readFileSync(join(made, 'months.svg'), 'utf8');
  expect(drawn.svg).toContain('height: auto');
  expect(saved).not.toContain('height: auto');
  expect(saved).toMatch(/^<svg xmlns=.* width="520" height="420"/);
  rmSync(made, { recursive: true });
});
