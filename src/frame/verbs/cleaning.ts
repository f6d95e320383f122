import { outputSchema } from '../../plan/output-schema.ts';
import type { Relation } from '../../plan/relation.ts';
import type { AnyCol, Filled, NoOther, Only } from '../../schema/columns.ts';
import { entriesOf } from '../arguments.ts';
import { type CheckOptions, type CheckRules, check } from '../checks.ts';
import { changeColumns, columnNode, fieldOf, replaceColumns } from '../columns.ts';
import { derive } from '../derive.ts';
import type { Frame } from '../frame.ts';
import { call } from '../functions/base.ts';
import { type LiteralOf, literalFor } from '../functions/literal.ts';
import { type Imputations, type Imputed, impute } from '../imputation/impute.ts';
import type { Replaced, Replacements } from '../verb-types.ts';
import { RowVerbs } from './rows.ts';

/** Verbs that mend values, and check them. */
export class CleaningVerbs extends RowVerbs {
  /**
   * The rows without a null in these columns, or in any where none are named: `dropNulls('price')`. The columns are not
   * nullable from then on.
   */
  dropNulls<C extends AnyCol, const N extends C['k'] = C['k']>(this: Frame<C>, ...names: N[]): Frame<Filled<C, N>> {
    const schema = outputSchema(this.plan);
    const fields = names.length === 0 ? schema : names.map((name) => fieldOf(schema, name, 'dropNulls'));
    const wanted = new Set(fields.filter((f) => f.nullable).map((f) => f.name));
    let input: Relation = this.plan;
    for (const field of schema) {
      if (!wanted.has(field.name)) continue;
      const predicate = call('is_not_null', [columnNode(field)], { id: 'boolean' }, false);
      input = { kind: 'filter', input, predicate };
    }
    const filled = changeColumns(
      input,
      (f) => (wanted.has(f.name) ? { ...columnNode(f), nullable: false } : undefined),
      'dropNulls',
    );
    return derive(this, filled);
  }

  /** Constants in the place of nulls: `fillNulls({ quantity: 0, region: 'north' })`. */
  fillNulls<C extends AnyCol, const K extends C['k']>(
    this: Frame<C>,
    values: { readonly [P in K]: LiteralOf<Only<C, P>['d']> },
  ): Frame<Filled<C, K>> {
    const constants = entriesOf<unknown>(values, 'fillNulls', '{ quantity: 0 }').map(
      ([name, constant]) => [name, { constant }] as const,
    );
    return derive(this, impute(this.plan, Object.fromEntries(constants), 'fillNulls'));
  }

  /**
   * Values in the place of nulls: a statistic of the column, a constant, or the nearest value in an order:
   * `impute({ quantity: 'median', price: { mean: true, by: 'sku' }, region: 'mode', stock: { forward: 'day' } })`. Others
   * are the line of least squares through another number, `{ regression: ['weight'] }`, the mean where that is null, and
   * another row's value, chosen by the row and a seed, `{ hotDeck: { seed: 7 }, by: 'sku' }`. The mean, the median and
   * the line of whole numbers make a float of the column. With `by`, a group without a value takes the statistic of the
   * whole column. A column whose every value is null has no statistic: the run fails and names it.
   */
  impute<C extends AnyCol, const O extends Imputations<C>>(
    this: Frame<C>,
    imputations: O & NoOther<O, C['k']>,
  ): Frame<Imputed<C, O>> {
    return derive(this, impute(this.plan, imputations));
  }

  /** Values by other values: `replace({ region: { N: 'north' } })`; what is not named stays. */
  replace<C extends AnyCol, const O extends Replacements<C>>(
    this: Frame<C>,
    replacements: O & NoOther<O, C['k']>,
  ): Frame<Replaced<C, O>> {
    const schema = outputSchema(this.plan);
    const made = entriesOf<unknown>(replacements, 'replace', "{ region: { N: 'north' } }").map(([name, given]) => {
      const column = columnNode(fieldOf(schema, name, 'replace'));
      const wide = column.dtype.id === 'string' ? { ...column, dtype: { id: 'string' } as const } : column;
      const pairs =
        given instanceof Map
          ? [...given]
          : entriesOf(given as Record<string, string>, `replace, ${name},`, "{ N: 'north' }");
      const branches = pairs.map(([from, to]) => ({
        when: call('eq', [column, literalFor(from, wide)], { id: 'boolean' }, column.nullable),
        value: literalFor(to, wide),
      }));
      return { name, expression: { ...wide, kind: 'case', branches, otherwise: wide } as const };
    });
    return derive(this, replaceColumns(this.plan, made, 'replace'));
  }

  /**
   * Checks rules on the data when the plan runs: `check({ quantity: [notNull, between(1, 1000)], invoice: unique })`. A broken
   * rule stops the run, or with `severity` warns or puts its rows into quarantine; `satisfies` has rules of your own.
   */
  check<C extends AnyCol>(this: Frame<C>, rules: CheckRules<C>, options: CheckOptions<C> = {}): Frame<C> {
    return derive(this, check(this, rules, options));
  }
}
