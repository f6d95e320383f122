import { MillraceError } from '../errors.ts';
import type { AggregateNode, Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { AttachRelation, NamedExpression, Relation } from '../plan/relation.ts';
import type { AnyCol, Col, NamesOf } from '../schema/columns.ts';
import type { AnyDType, BigInteger, Decimal, Float, Int, NumericDType } from '../schema/dtype.ts';
import { FLOAT, isNumeric } from '../schema/dtype.ts';
import { entriesOf } from './arguments.ts';
import { columnNode, fieldOf, project } from './columns.ts';
import { as } from './formula.ts';
import { aggregate, call, windowOf } from './functions/base.ts';
import { type LiteralOf, literalFor } from './functions/literal.ts';
import { listOf, type OneOrMore, type OrderBy, orderKeys } from './functions/order.ts';
import { deckOf, type HotDeckOptions, withDonors } from './hot-deck.ts';
import { lineOf } from './impute-line.ts';
import type { KeyDType } from './lookup.ts';

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
  const attached: AttachRelation['aggregates'][number][] = [];
  const filled: NamedExpression[] = [];
  let base = input;
  let parts = 0;
  for (const [name, given] of entriesOf(imputations, verb, "{ quantity: 'median' }")) {
    const field = fieldOf(schema, name, verb);
    const column = columnNode(field);
    const { how, by } = grouped(given);
    if (how === 'mean' || how === 'median' || how === 'mode') {
      if (how !== 'mode' && !isNumeric(field.dtype)) {
        throw new MillraceError({
          code: 'plan.dtype',
          message: `impute: ${name} is ${field.dtype.id}, which has no ${how}. Use 'mode', { constant }, { forward } or { backward }.`,
        });
      }
      const whole = how !== 'mode' && (field.dtype.id === 'int' || field.dtype.id === 'bigint');
      const dtype = whole ? FLOAT : field.dtype;
      const statistic = `__millrace_${how}_${name}`;
      attached.push({
        name: statistic,
        expression: statisticOf(how, column),
        required: `impute: every value of ${name} is null, so it has no ${how}`,
      });
      const value: Expression = {
        kind: 'column',
        name: statistic,
        dtype: how === 'mode' ? dtype : FLOAT,
        nullable: false,
      };
      const keys = by.map((key) => columnNode(fieldOf(schema, key, 'impute, by')));
      const group = keys.length === 0 ? [] : [as(ofGroup(statisticOf(how, column), keys), dtype)];
      const fills = [as(column, dtype), ...group, as(value, dtype)];
      filled.push({ name, expression: call('coalesce', fills, dtype, false) });
    } else if (isObject(how) && 'constant' in how) {
      const constant = literalFor(how.constant, column);
      filled.push({ name, expression: call('coalesce', [column, as(constant, field.dtype)], field.dtype, false) });
    } else if (isObject(how) && 'regression' in how && isOneName(how)) {
      const line = lineOf(
        field,
        fieldOf(schema, how.regression[0], 'impute, regression'),
        `__millrace_line_${++parts}`,
      );
      attached.push(...line.aggregates);
      filled.push({ name, expression: line.expression });
    } else if (isObject(how) && isObject(how.hotDeck)) {
      const keys = listOf((how.by ?? []) as OneOrMore<string>).map((key) =>
        columnNode(fieldOf(schema, key, 'impute, by')),
      );
      const deck = deckOf(name, how.hotDeck as unknown as HotDeckOptions, keys.length > 0, (message) => {
        return new MillraceError({ code: 'plan.impute', message: `impute: ${message}` });
      });
      const donated = `__millrace_deck_${++parts}`;
      base = withDonors(base, schema, field, keys, deck, donated);
      const statistic = aggregate(field.dtype.id === 'boolean' ? 'bool_or' : 'max', [column], field.dtype, false);
      const required = `impute: every value of ${name} is null, so that no row gives it one`;
      attached.push({ name: `${donated}_any`, expression: statistic, required });
      const value = (of: string, nullable: boolean) =>
        ({ kind: 'column', name: of, dtype: field.dtype, nullable }) as const;
      const fills = [column, value(donated, true), value(`${donated}_any`, false)];
      filled.push({ name, expression: call('coalesce', fills, field.dtype, false) });
    } else if (isObject(how) && ('forward' in how || 'backward' in how)) {
      filled.push({ name, expression: nearest(column, how) });
    } else {
      throw new MillraceError({
        code: 'plan.impute',
        message: `impute: ${JSON.stringify(how)} is no way to fill ${name}. Give 'mean', 'median', 'mode', { mean: true, by }, { constant }, { regression: [column] }, { hotDeck: { seed }, by }, { forward: order } or { backward: order }.`,
      });
    }
  }
  const byName = new Map(filled.map((column) => [column.name, column]));
  return project(
    attached.length === 0 ? base : { kind: 'attach', input: base, aggregates: attached },
    schema.map((field) => byName.get(field.name) ?? { name: field.name, expression: columnNode(field) }),
    verb,
  );
}

/** A statistic's name and the columns of its groups; what is no statistic stays as it was given. */
function grouped(given: unknown): { readonly how: unknown; readonly by: readonly string[] } {
  const how = STATISTICS.find((statistic) => isObject(given) && given[statistic] === true && 'by' in given);
  return how === undefined || !isObject(given)
    ? { how: given, by: [] }
    : { how, by: listOf(given.by as OneOrMore<string>) };
}

const STATISTICS = ['mean', 'median', 'mode'] as const;

/** The statistic of the rows with the same keys; null where none of them has a value. */
function ofGroup(statistic: AggregateNode, keys: readonly Expression[]): Expression {
  return { ...windowOf(statistic, { partitionBy: keys }), nullable: true };
}

function statisticOf(how: 'mean' | 'median' | 'mode', column: Expression): AggregateNode {
  if (how === 'mode') return aggregate('mode', [column], column.dtype, false);
  return how === 'mean'
    ? aggregate('mean', [column], FLOAT, false)
    : aggregate('quantile', [column], FLOAT, false, { share: 0.5 });
}

function nearest(column: Expression, how: Record<string, unknown>): Expression {
  const forward = 'forward' in how;
  const orderBy = orderKeys((forward ? how.forward : how.backward) as OrderBy);
  const partitionBy = listOf((how.partitionBy ?? []) as OneOrMore<string>).map(
    (name): Expression => ({ kind: 'column', name, dtype: { id: 'string' }, nullable: true }),
  );
  const call = aggregate(forward ? 'last_not_null' : 'first_not_null', [column], column.dtype, column.nullable);
  return windowOf(call, { partitionBy, orderBy, rows: forward ? [null, 0] : [0, null] });
}

function isOneName(how: Record<string, unknown>): how is { readonly regression: readonly [string] } {
  const { regression } = how;
  return !('by' in how) && Array.isArray(regression) && regression.length === 1 && typeof regression[0] === 'string';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
