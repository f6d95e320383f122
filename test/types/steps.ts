import type { AnyCol, Col, Day, Float, Frame, Int, Text } from '../../src/index.ts';
import type { Expect, HasColumns } from './assert.ts';
import { type Sales, sales } from './sales.ts';

type Asked = Frame<Col<'quantity', Int, never> | Col<'sku', Text, null>>;
declare const step: (frame: Asked) => Asked;

declare const exact: Asked;
declare const lessNullable: Frame<Col<'quantity', Int, never> | Col<'sku', Text, never>>;
declare const missing: Frame<Col<'quantity', Int, never>>;
declare const otherDType: Frame<Col<'quantity', Float, never> | Col<'sku', Text, null>>;
declare const nullable: Frame<Col<'quantity', Int, null> | Col<'sku', Text, null>>;

step(exact);
step(lessNullable);
step(sales.select('quantity', 'sku'));
step(sales.select('quantity', 'sku').dropNulls());
lessNullable.pipe(step);
// @ts-expect-error a column is missing
step(missing);
// @ts-expect-error another dtype
step(otherDType);
// @ts-expect-error null where none may be
step(nullable);
// @ts-expect-error the other columns would be forgotten in the step's result
step(sales);
// @ts-expect-error the same through pipe
sales.pipe(step);
// @ts-expect-error the same through pipe
missing.pipe(step);

/** A generic step sees the columns that it asks for and keeps the others. */
const withYear = <C extends AnyCol>(frame: Frame<C | Col<'day', Day, never>>) =>
  frame.withColumns((r) => ({ year: r.day.year(), next: r.day.plus(1, 'day') }));

export const dated = withYear(sales.select('day', 'sku'));
type Dated = Col<'day', Day, never> | Col<'sku', Text, null> | Col<'year', Int, never> | Col<'next', Day, never>;
export const piped = sales
  .select('day', 'sku')
  .pipe(withYear)
  .pipe((f) => f.drop('next'));
export type Generic = [
  Expect<HasColumns<typeof dated, Dated>>,
  Expect<HasColumns<typeof piped, Exclude<Dated, { k: 'next' }>>>,
];
// @ts-expect-error no day
withYear(missing);
// @ts-expect-error a day that may be null
withYear(sales.select('sold_at').withColumns((r) => ({ day: r.sold_at.date() })));

/** A generic step may use verbs on the columns that it asks for. */
export const tidy = <C extends AnyCol>(frame: Frame<C | Col<'day', Day, null>>) =>
  frame
    .filter((r) => r.day.gt('2024-01-01'))
    .sort('day')
    .dedupe({ by: ['day'] });
tidy(sales).filter((r) => r.quantity.gt(0));

/** Steps compose. */
export const clean = (frame: Sales) => frame.dropNulls('sku').filter((r) => r.quantity.gt(0));
export const cleaned = withYear(clean(sales)).filter((r) => r.sku.eq('a').and(r.year.gt(2000)));
