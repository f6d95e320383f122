import { MillraceError } from '../../errors.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../../plan/relation.ts';
import type { AnyCol, Col, NamesOf } from '../../schema/columns.ts';
import type { AnyDType, BigInteger, Decimal, Field, Float, Int, NumericDType, Schema } from '../../schema/dtype.ts';
import { entriesOf } from '../arguments.ts';
import { columnNode, fieldOf, project } from '../columns.ts';
import { as } from '../formula.ts';
import { call } from '../functions/base.ts';
import { type LiteralOf, literalFor } from '../functions/literal.ts';
import type { OneOrMore, OrderBy } from '../functions/order.ts';
import type { KeyDType } from '../lookup.ts';
import type { Filling, Known } from './filling.ts';
import { fromDonors, type HotDeckOptions } from './hot-deck.ts';
import { onLine } from './line.ts';
import { fromNearest } from './nearest.ts';
import { byStatistic } from './statistic.ts';
import { askedWay } from './way.ts';

/**
 * How to fill nulls: by a statistic of the column, or, with `by`, of the row's group (of the column where the group has no
 * value), a constant, the nearest value before or after in an order, the line through another column by least squares
 * (where that is null the mean), or the value of another row, chosen by a hash of the row and a seed (hot-deck).
 */
export type Imputation<D extends AnyDType = AnyDType, K extends string = string, X extends string = K> =
  | (D extends NumericDType ? 'mean' | 'median' | ByGroup<'mean', K> | ByGroup<'median', K> : never)
  | (D extends NumericDType ? { readonly regression: readonly [X] } : never)
  | (D extends HasDonors ? { readonly hotDeck: HotDeckOptions; readonly by?: OneOrMore<K> } : never)
  | 'mode'
  | ByGroup<'mode', K>
  | { readonly constant: LiteralOf<D> }
  | { readonly forward: OrderBy<K>; readonly partitionBy?: OneOrMore<K> }
  | { readonly backward: OrderBy<K>; readonly partitionBy?: OneOrMore<K> };

type ByGroup<S extends string, K extends string> = { readonly [P in S]: true } & { readonly by: OneOrMore<K> };

type HasDonors = KeyDType | Float | Decimal;

export type Imputations<C extends AnyCol> = {
  readonly [E in C as E['k']]?: Imputation<E['d'], C['k'], Exclude<NamesOf<C, NumericDType>, E['k']>>;
};

/** The columns after imputing: filled ones are not null; the mean or median of whole numbers is a float. */
export type Imputed<C, O> =
  C extends Col<infer K, infer D, infer N>
    ? K extends keyof O
      ? O[K] extends
          | 'mean'
          | 'median'
          | { readonly mean: true }
          | { readonly median: true }
          | { readonly regression: unknown }
        ? Col<K, D extends Int | BigInteger ? Float : D, never>
        : O[K] extends { readonly forward: unknown } | { readonly backward: unknown }
          ? Col<K, D, N>
          : Col<K, D, never>
      : C
    : never;

export function impute(input: Relation, imputations: Readonly<Record<string, unknown>>, verb = 'impute'): Relation {
  const schema = outputSchema(input);
  const known: Known[] = [];
  const filled = new Map<string, NamedExpression>();
  let base = input;
  for (const [name, how] of entriesOf(imputations, verb, "{ quantity: 'median' }")) {
    const field = fieldOf(schema, name, verb);
    const filling = fillingOf(base, schema, field, how, filled.size + 1);
    base = filling.input ?? base;
    known.push(...(filling.known ?? []));
    filled.set(name, { name, expression: filling.expression });
  }
  return project(
    known.length === 0 ? base : { kind: 'attach', input: base, aggregates: known },
    schema.map((field) => filled.get(field.name) ?? { name: field.name, expression: columnNode(field) }),
    verb,
  );
}

/** How the nulls of a column are filled; `number` tells the columns that are made for it from those for others. */
function fillingOf(input: Relation, schema: Schema, field: Field, how: unknown, number: number): Filling {
  const asked = askedWay(how);
  if (asked === undefined) throw noWay(field, how);
  const { way, given, by } = asked;
  const option = way === 'forward' || way === 'backward' ? 'partitionBy' : 'by';
  const keys = by.map((key) => columnNode(fieldOf(schema, key, `impute, ${option}`)));
  switch (way) {
    case 'mean':
    case 'median':
    case 'mode':
      return byStatistic(way, field, keys);
    case 'constant': {
      const constant = as(literalFor(given, columnNode(field)), field.dtype);
      return { expression: call('coalesce', [columnNode(field), constant], field.dtype, false) };
    }
    case 'regression': {
      const [feature, ...others] = Array.isArray(given) ? (given as unknown[]) : [];
      if (typeof feature !== 'string' || others.length > 0) throw noWay(field, how);
      return onLine(field, fieldOf(schema, feature, 'impute, regression'), `__millrace_line_${number}`);
    }
    case 'hotDeck':
      return fromDonors(input, schema, field, keys, given, `__millrace_deck_${number}`);
    default:
      return fromNearest(way, field, given as OrderBy, keys);
  }
}

function noWay({ name }: Field, how: unknown): MillraceError {
  return new MillraceError({
    code: 'plan.impute',
    message: `impute: ${JSON.stringify(how)} is no way to fill ${name}. Give 'mean', 'median', 'mode', { mean: true, by }, { constant }, { regression: [column] }, { hotDeck: { seed }, by }, { forward: order } or { backward: order }.`,
  });
}
