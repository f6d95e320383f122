import { MillraceError } from '../../errors.ts';
import { columnNode, project } from '../../frame/columns.ts';
import { add, asFloat, fail, isNull, mul, nullWhere, number, shown, text } from '../../frame/formula.ts';
import { nullLiteral } from '../../frame/functions/literal.ts';
import { lookup, pick, whole } from '../../frame/lookup.ts';
import type { Expression } from '../../plan/expression.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../../plan/relation.ts';
import { INT, type Schema } from '../../schema/dtype.ts';
import { type Feature, type LevelsFeature, partsOf, termNames } from './feature.ts';
import { identityOf } from './identity.ts';
import { readingOf } from './rebind.ts';

/** What to do with a level that the training rows did not have. */
export type Unseen = 'fail' | 'null' | 'reference';

/** A frame's rows with what the features of a model read of them. */
export interface Features {
  /** The frame's plan with a column a part of a feature. */
  readonly plan: Relation;
  /** The columns of the frame itself. */
  readonly own: readonly NamedExpression[];
  /** A name that no column of the plan has. */
  readonly freeName: (name: string) => string;
  /** What is read, by its name, as it is in the frame: where that is null, the row has no prediction. */
  readonly inputs: readonly NamedExpression[];
  /** A sum over the terms, each times its number; features without a number take no part, so that their nulls do not count. */
  readonly form: (numbers: ReadonlyMap<string, number>) => Expression;
}

/** Computes what the features read, once a row, however often it is used. */
export function featuresIn(plan: Relation, features: readonly Feature[], unseen: Unseen, verb: string): Features {
  const schema = outputSchema(plan);
  const own = schema.map((field): NamedExpression => ({ name: field.name, expression: columnNode(field) }));
  const inputs = new Map<string, NamedExpression>();
  const made: NamedExpression[] = [];
  const known = new Map<string, Expression>();
  const prefix = freePrefix(schema);
  const computed = (expression: Expression): Expression => {
    const name = `${prefix}${made.length + 1}`;
    made.push({ name, expression });
    return { kind: 'column', name, dtype: expression.dtype, nullable: expression.nullable };
  };
  const parts = features.map((feature) =>
    partsOf(feature).map((part) => {
      const node = readingOf(part, schema, verb);
      const id = `${part.kind === 'levels' ? JSON.stringify(part.levels) : 'number'} ${identityOf(node)}`;
      const found = known.get(id);
      if (found !== undefined) return found;
      const name = inputs.has(part.name) ? `${part.name} (${inputs.size + 1})` : part.name;
      inputs.set(name, { name, expression: node });
      const expression = part.kind === 'levels' ? positionOf(part, node, unseen, verb) : asFloat(node);
      const column = expression.kind === 'column' ? expression : computed(expression);
      known.set(id, column);
      return column;
    }),
  );
  if (unseen === 'reference') for (const feature of features) checkReference(feature, verb);
  return {
    plan: made.length === 0 ? plan : project(plan, [...own, ...made], verb),
    own,
    freeName: (name) => `${prefix}${name}`,
    inputs: [...inputs.values()],
    form: (numbers) => {
      const constant = numbers.get('(Intercept)');
      const sums = features.flatMap((feature, f) =>
        termNames(feature).some((term) => numbers.has(term))
          ? [formOf(feature, parts[f] ?? [], (term) => numbers.get(term) ?? 0)]
          : [],
      );
      const all = constant === undefined ? sums : [number(constant), ...sums];
      return all.length === 0 ? number(0) : all.reduce(add);
    },
  };
}

/** What no column's name begins with. */
function freePrefix(schema: Schema): string {
  let prefix = 'feature ';
  while (schema.some(({ name }) => name.toLowerCase().startsWith(prefix))) prefix = `_${prefix}`;
  return prefix;
}

/** A feature's part of a sum over terms. */
function formOf(feature: Feature, columns: readonly Expression[], numberOf: (term: string) => number): Expression {
  if (feature.kind === 'polynomial') {
    const x = columns[0] as Expression;
    const names = Array.from({ length: feature.degree }, (_, i) =>
      i === 0 ? feature.name : `${feature.name}^${i + 1}`,
    );
    // x (b1 + x (b2 + x b3))
    const [last = 0, ...others] = names.map(numberOf).reverse();
    return mul(
      x,
      others.reduce<Expression>((sum, next) => add(number(next), mul(x, sum)), number(last)),
    );
  }
  const parts = partsOf(feature).map((part, i) => ({ part, column: columns[i] as Expression }));
  const numbers = parts.filter(({ part }) => part.kind !== 'levels').map(({ column }) => column);
  const product = numbers.length === 0 ? undefined : numbers.reduce(mul);
  /** The number of the term that the levels chosen so far lead to; a base has no term. */
  const table = (position: number, names: readonly (string | undefined)[]): Expression => {
    const at = parts[position];
    if (at === undefined) return number(names.includes(undefined) ? 0 : numberOf(names.join(':')));
    const { part, column } = at;
    if (part.kind !== 'levels') return table(position + 1, [...names, part.name]);
    const values = part.levels.map((level, i) =>
      table(position + 1, [...names, part.reference && i === 0 ? undefined : `${part.name}[${level}]`]),
    );
    // Without rows there are no levels.
    const found = pick(column, values.slice(0, -1), values.at(-1) ?? number(0));
    return column.nullable ? nullWhere(isNull(column), found) : found;
  };
  const factor = table(0, []);
  return product === undefined ? factor : mul(product, factor);
}

/** The position of a category's level, from 0, or what stands for one that the training rows did not have. */
function positionOf(part: LevelsFeature, node: Expression, unseen: Unseen, verb: string): Expression {
  const entries = part.levels.map((key, i) => ({ key, value: whole(i) }));
  return lookup(node, entries, positionOfUnseen(part, node, unseen, verb));
}

function positionOfUnseen({ name, levels }: LevelsFeature, node: Expression, unseen: Unseen, verb: string): Expression {
  if (unseen === 'null') return nullLiteral(INT);
  if (unseen === 'reference') return whole(0);
  const some = levels.slice(0, 10).map((level) => JSON.stringify(level));
  const more = levels.length > some.length ? ` and ${levels.length - some.length} more` : '';
  const ways =
    verb === 'evaluate'
      ? `Give unseen: 'drop' to leave such rows out, or unseen: 'reference' to treat it as the first level.`
      : `Give unseen: 'null' for no prediction there, or unseen: 'reference' to treat it as the first level.`;
  const parts = [
    text(`${verb}: ${name} holds "`),
    { ...shown(node), nullable: false },
    text(`", a level that the training rows did not have. Its levels are ${some.join(', ')}${more}. ${ways}`),
  ];
  return fail('regression.unseen_level', parts, INT);
}

function checkReference(feature: Feature, verb: string): void {
  if (feature.kind !== 'levels' || feature.reference) return;
  throw new MillraceError({
    code: 'regression.no_reference',
    message: `${verb}: ${feature.name} has no reference level, as the model has no intercept and so a term for every level. Give unseen: 'fail' instead.`,
    details: { feature: feature.name },
  });
}
