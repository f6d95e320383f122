import { plot, read, t } from '../../src/index.ts';

/** What plots must take and must refuse when they are compiled. */

const sales = read.rows([], {
  schema: { day: t.date(), region: t.string(), revenue: t.decimal(8, 2), tags: t.list(t.int()) },
});

void plot.line(sales, { x: 'day', y: 'revenue', color: 'region' });
// @ts-expect-error: a text has no place on an axis
void plot.line(sales, { x: 'region', y: 'revenue' });
// @ts-expect-error: there is no such column
void plot.bar(sales, { x: 'city' });
// @ts-expect-error: a list is no group
void plot.bar(sales, { x: 'tags' });
// @ts-expect-error: a day is no number
void plot.histogram(sales, { x: 'day' });
// @ts-expect-error: a text is no number
void plot.box(sales, { y: 'region' });
