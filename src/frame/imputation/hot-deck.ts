import { MillraceError } from '../../errors.ts';
import { checkOptionNames, type OptionNames } from '../../option-names.ts';
import type { Expression, OrderKey } from '../../plan/expression.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../../plan/relation.ts';
import { BOOLEAN, describeDType, type Field, FLOAT, INT, type Schema } from '../../schema/dtype.ts';
import { columnNode } from '../columns.ts';
import { as, cases, coalesce, eq, gt, gte, isNull, mul, nullableAs, number, sub } from '../formula.ts';
import { aggregate, call, castTo, windowOf } from '../functions/base.ts';
import { nullLiteral } from '../functions/literal.ts';
import { isKey } from '../lookup.ts';
import type { Filling } from './filling.ts';

/** What a hot deck takes: values are drawn from rows that are alike. */
export interface HotDeckOptions {
  /** Another seed draws other donors. */
  readonly seed: number;
  /** How many rows may give their values, 1 to 1,000, in each group; default 100, without groups 1,000. */
  readonly donors?: number;
}

const HOT_DECK_OPTIONS: OptionNames<HotDeckOptions> = { seed: true, donors: true };

const MOST_DONORS = 1000;

/** The seed and the number of donors of a column's hot deck, checked. */
export function deckOf(
  name: string,
  options: unknown,
  grouped: boolean,
  verb: string,
  code: string,
): Required<HotDeckOptions> {
  const refused = (message: string) => new MillraceError({ code, message: `${verb}: ${message}` });
  if (typeof options !== 'object' || options === null) {
    throw refused(`the hot deck of ${name} is ${String(options)}. Give options, such as { seed: 7 }.`);
  }
  checkOptionNames(options, HOT_DECK_OPTIONS, `${verb}, the hot deck of ${name}`, code);
  const { seed, donors = grouped ? 100 : MOST_DONORS } = options as HotDeckOptions;
  if (!Number.isSafeInteger(seed)) throw refused(`the seed of ${name} is ${String(seed)}. Give a whole number.`);
  if (Number.isSafeInteger(donors) && donors >= 1 && donors <= MOST_DONORS) return { seed, donors };
  throw refused(`donors of ${name} is ${String(donors)}. Give a whole number from 1 to ${MOST_DONORS}.`);
}

/** A column filled by the values of other rows, of its row's group or, where that has none, of any. */
export function fromDonors(
  input: Relation,
  schema: Schema,
  field: Field,
  keys: readonly Expression[],
  options: unknown,
  donated: string,
): Filling {
  const deck = deckOf(field.name, options, keys.length > 0, 'impute', 'plan.impute');
  const column = columnNode(field);
  const ofAll = made(`${donated}_any`, field.dtype, false);
  const fills = [column, made(donated, field.dtype, true), ofAll];
  return {
    input: withDonors(input, schema, field, keys, deck, donated),
    known: [
      {
        name: ofAll.name,
        expression: aggregate(field.dtype.id === 'boolean' ? 'bool_or' : 'max', [column], field.dtype, false),
        required: `impute: every value of ${field.name} is null, so that no row gives it one`,
      },
    ],
    expression: call('coalesce', fills, field.dtype, false),
  };
}

/** Whether a hot deck can fill a column of the dtype. */
export function hasDonors(dtype: Field['dtype']): boolean {
  return isKey(dtype) || dtype.id === 'float' || dtype.id === 'decimal';
}

/** A number from 0 to below 1 by the values of a row and a seed, whatever the order of the columns. */
export function rowShare(schema: readonly Field[], seed: number): Expression {
  const columns = [...schema].sort((a, b) => (a.name < b.name ? -1 : 1)).map(columnNode);
  return call('row_share', columns, FLOAT, false, { seed });
}

/**
 * The input with a further column, `to`, that holds for each null of a column the value of its donor, a row of its group,
 * or of any where its group has no value; null where no row has one. The donors of a group and the nulls are dealt to
 * places: the window of a place holds one donor at most.
 */
function withDonors(
  input: Relation,
  schema: Schema,
  field: Field,
  keys: readonly Expression[],
  { seed, donors }: Required<HotDeckOptions>,
  to: string,
): Relation {
  if (!hasDonors(field.dtype)) {
    throw new MillraceError({
      code: 'plan.dtype',
      message: `impute: ${field.name} is ${describeDType(field.dtype)}, which a hot deck does not fill. Use { constant }.`,
    });
  }
  const column = columnNode(field);
  const missing = isNull(column);
  const share = made(`${to}_share`, FLOAT, false);
  const order: OrderKey[] = [share.name, field.name].map((name) => ({
    column: name,
    descending: false,
    nulls: 'last',
  }));
  const levels = keys.length === 0 ? [[]] : [keys, []];
  const shared = beside(input, [{ name: share.name, expression: rowShare(schema, seed) }]);
  const ranked = beside(
    shared,
    levels.flatMap((by, i) => {
      const rank = windowOf(aggregate('row_number', [], INT, false), {
        partitionBy: [...by, missing],
        orderBy: order,
      });
      const known = windowOf(aggregate('count', [column], INT, false), { partitionBy: by });
      return [
        { name: `${to}_rank_${i}`, expression: rank },
        { name: `${to}_known_${i}`, expression: known },
      ];
    }),
  );
  const placed = beside(
    ranked,
    levels.map((_, i) => {
      const rank = castTo(made(`${to}_rank_${i}`, INT, false), FLOAT);
      const known = castTo(made(`${to}_known_${i}`, INT, false), FLOAT);
      const most = call('least', [known, number(donors)], FLOAT, false);
      const none = nullLiteral(FLOAT);
      const drawn = call('floor', [mul(share, most)], FLOAT, false);
      // Rounding may deal a share just below 1 to the place behind the last.
      const place = cases([{ when: gte(drawn, most), value: sub(most, number(1)) }], drawn);
      const given = cases([{ when: gt(rank, number(donors)), value: none }], sub(rank, number(1)));
      const asked = cases([{ when: eq(known, number(0)), value: none }], place);
      return { name: `${to}_place_${i}`, expression: cases([{ when: missing, value: asked }], given) };
    }),
  );
  const isFlag = field.dtype.id === 'boolean';
  const value = isFlag ? castTo(column, INT) : column;
  const fills = levels.map((by, i) => {
    const place = made(`${to}_place_${i}`, FLOAT, true);
    const found = windowOf(aggregate('max', [value], value.dtype, true), { partitionBy: [...by, place] });
    const fill: Expression = isFlag ? call('eq', [found, castTo(number(1), INT)], BOOLEAN, true) : found;
    return cases([{ when: isNull(place), value: nullLiteral(field.dtype) }], nullableAs(fill, true));
  });
  const [first = nullLiteral(field.dtype), ...rest] = fills;
  return beside(placed, [{ name: to, expression: rest.reduce(coalesce, as(first, field.dtype)) }]);
}

/** The columns of the input and further ones, whose names are our own. */
function beside(input: Relation, columns: readonly NamedExpression[]): Relation {
  const own = outputSchema(input).map((field) => ({ name: field.name, expression: columnNode(field) }));
  return Object.freeze({ kind: 'project', input, columns: [...own, ...columns], verb: 'impute' });
}

function made(name: string, dtype: Field['dtype'], nullable: boolean): Expression & { readonly kind: 'column' } {
  return { kind: 'column', name, dtype, nullable };
}
