import { replaceColumns } from '../frame/columns.ts';
import { derive } from '../frame/derive.ts';
import { asFloat, cases, gt, isNull, nullWhere, number } from '../frame/formula.ts';
import type { Frame } from '../frame/frame.ts';
import { whole } from '../frame/lookup.ts';
import type { AnyCol, Col } from '../schema/columns.ts';
import { type Int, isNumeric, type NumericDType } from '../schema/dtype.ts';
import { checkNumber, fieldsToFit, type HavingNames } from './columns.ts';

/** The columns, those named as 0 or 1. */
export type Binarized<C, K> = C extends Col<infer P, infer _, infer N> ? (P extends K ? Col<P, Int, N> : C) : never;

/**
 * Columns as 1 where the value is greater than a threshold and 0 where it is not: `binarize({ price: 10 })`.
 *
 * @example
 * ```ts
 * import { binarize, read, t } from 'millrace';
 * const sales = read.rows([{ price: 10 }, { price: 11 }], { schema: { price: t.int() } });
 * console.log(await sales.pipe(binarize({ price: 10 })).rows()); // [ { price: 0 }, { price: 1 } ]
 * ```
 *
 * Null stays null; NaN stands above every number, as in a sort. Nothing is learned: a boolean is `r.price.gt(10)`.
 */
export function binarize<const O extends Readonly<Record<string, number>>>(
  thresholds: O,
): <C extends AnyCol>(
  frame: Frame<C> & HavingNames<C, keyof O & string, NumericDType>,
) => Frame<Binarized<C, keyof O>> {
  return (frame) => {
    const fields = fieldsToFit(frame.schema, Object.keys(thresholds), isNumeric, 'a number', 'binarize');
    const made = fields.map((field) => {
      const threshold = checkNumber(
        thresholds[field.name] ?? Number.NaN,
        -Number.MAX_VALUE,
        Number.MAX_VALUE,
        `the threshold of ${field.name}`,
        'binarize',
      );
      const value = asFloat(field);
      const is = cases([{ when: gt(value, number(threshold)), value: whole(1) }], whole(0));
      return { name: field.name, expression: field.nullable ? nullWhere(isNull(value), is) : is };
    });
    return derive(frame, replaceColumns(frame.plan, made, 'binarize'));
  };
}
