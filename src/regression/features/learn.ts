import { MillraceError } from '../../errors.ts';
import { project } from '../../frame/columns.ts';
import { asFloat } from '../../frame/formula.ts';
import { Frame } from '../../frame/frame.ts';
import { aggregate, call } from '../../frame/functions/base.ts';
import { literalAs } from '../../frame/functions/literal.ts';
import { type Key, type KeyDType, lookup } from '../../frame/lookup.ts';
import type { Expression } from '../../plan/expression.ts';
import type { NamedExpression, Relation } from '../../plan/relation.ts';
import type { Executor, RunOptions } from '../../plan/source.ts';
import type { Col } from '../../schema/columns.ts';
import { type DType, type Field, FLOAT, INT } from '../../schema/dtype.ts';
import type { Draft, Variable } from './design.ts';
import type { Factor, Feature } from './feature.ts';

/** The most levels that a category may have: each is a column of the fit. */
export const MAX_LEVELS = 1000;

const VERB = 'linearRegression';

/** The rows to fit, in floats, and what their features are. */
export interface Learned {
  /** The target, the weights where there are some, then a column a variable; a category as the position of its level. */
  readonly plan: Relation;
  readonly features: readonly Feature[];
}

/** What the features and the target are computed by, a column each, before anything is known of the values. */
export function inputPlan(
  plan: Relation,
  target: Expression,
  weights: Expression | undefined,
  { variables }: Draft,
): Relation {
  const others = variables.map(({ kind, node }, i): NamedExpression => {
    return { name: nameOf(i), expression: kind === 'levels' || kind === 'trend' ? node : asFloat(node) };
  });
  const weight = weights === undefined ? [] : [{ name: 'w', expression: asFloat(weights) }];
  return project(plan, [{ name: 'y', expression: asFloat(target) }, ...weight, ...others], VERB);
}

/** Whether the rows must be looked at before the fit. */
export function mustLook({ variables }: Draft): boolean {
  return variables.some(({ kind }) => kind === 'levels' || kind === 'trend');
}

/** Learns levels and first days from the rows that have no null; `input` is what `inputPlan` made, or a copy of it. */
export async function learn(
  input: Relation,
  executor: Executor,
  { variables, features }: Draft,
  options: Pick<RunOptions, 'signal'>,
): Promise<Learned> {
  const { schema } = new Frame(input, executor);
  const complete = new Frame(input, executor).dropNulls().plan;
  const learned: { readonly factor: Factor; readonly column: Expression }[] = [];
  for (const [i, variable] of variables.entries()) {
    const field = schema.find(({ name }) => name === nameOf(i));
    if (field === undefined) throw new Error('each variable is a column');
    const column: Expression = { kind: 'column', ...field };
    if (variable.kind === 'levels') {
      const levels = await levelsOf(complete, executor, field, variable, options);
      const entries = levels.map((key, position) => ({ key, value: literalAs(position, FLOAT, 'position') }));
      // What no complete row has is no null: its row goes for another reason.
      const position = lookup(column, entries, literalAs(-1, FLOAT, 'position'));
      learned.push({
        factor: { ...named(variable, variable.node), kind: 'levels', levels, reference: false },
        column: position,
      });
    } else if (variable.kind === 'trend') {
      const first = await firstOf(complete, executor, field, options);
      const since = (node: Expression): Expression =>
        call('date_diff', [node, literalAs(first, node.dtype, variable.name)], INT, node.nullable, {
          unit: variable.unit ?? 'day',
        });
      learned.push({
        factor: { name: variable.name, kind: 'number', of: since(variable.node) },
        column: asFloat(since(column)),
      });
    } else {
      learned.push({ factor: { ...named(variable, variable.node), kind: variable.kind }, column });
    }
  }
  const rest = schema
    .filter(({ name }) => name === 'y' || name === 'w')
    .map((field): NamedExpression => ({ name: field.name, expression: { kind: 'column', ...field } }));
  const columns = learned.map(({ column }, i): NamedExpression => ({ name: nameOf(i), expression: column }));
  return {
    plan: project(input, [...rest, ...columns], VERB),
    features: features.map(({ name, kind, parts, degree, references }): Feature => {
      const factors = parts.map((part, i): Factor => {
        const factor = learned[part]?.factor as Factor;
        return factor.kind === 'levels' ? { ...factor, reference: references[i] ?? false } : factor;
      });
      if (kind === 'interaction') return { name, kind, factors };
      const [factor] = factors as [Factor];
      const own = renamed(factor, name);
      return kind === 'polynomial' ? { ...own, kind, degree } : own;
    }),
  };
}

function nameOf(variable: number): string {
  return `x${variable + 1}`;
}

/** A column that goes by its own name needs no expression, where any column of its kind may stand for it. */
function named({ name, kind }: Variable, node: Expression): { readonly name: string; readonly of?: Expression } {
  const loose = kind !== 'levels' || node.dtype.id === 'string';
  return node.kind === 'column' && node.name === name && loose ? { name } : { name, of: node };
}

/** The factor as a feature of another name. */
function renamed<F extends Factor>(factor: F, name: string): F {
  return factor.name === name ? factor : { ...factor, name };
}

/** The levels that occur: the base, then an enum's in its order, others in the engine's. */
async function levelsOf(
  complete: Relation,
  executor: Executor,
  { name, dtype }: Field,
  { name: label, base }: Variable,
  options: Pick<RunOptions, 'signal'>,
): Promise<readonly Key[]> {
  const groups: Relation = { kind: 'aggregate', input: complete, keys: [name], aggregates: [] };
  const rows = await new Frame<Col<string, KeyDType, never>>(groups, executor)
    .sort(name)
    .limit(MAX_LEVELS + 1)
    .rows(options);
  const found = rows.map((row) => row[name] as Key);
  if (found.length > MAX_LEVELS) {
    throw new MillraceError({
      code: 'regression.too_many_levels',
      message: `${VERB}: ${label} has more than ${MAX_LEVELS} different values, each of which would be a term. Group them into fewer, or leave ${label} out.`,
      details: { feature: label, limit: MAX_LEVELS },
    });
  }
  const order = dtype.id === 'string' ? dtype.values : undefined;
  const levels = order === undefined ? found : order.filter((level) => found.includes(level));
  if (base === undefined || found.length === 0) return levels;
  if (found.includes(base)) return [base, ...levels.filter((level) => level !== base)];
  throw new MillraceError({
    code: 'regression.base',
    message: `${VERB}: the base of ${label} is ${JSON.stringify(base)}, which no training row has. Its levels are ${levels
      .slice(0, 10)
      .map((level) => JSON.stringify(level))
      .join(', ')}${levels.length > 10 ? ` and ${levels.length - 10} more` : ''}.`,
    details: { feature: label, base },
  });
}

/** The first day or instant of the rows; some day where there are none. */
async function firstOf(
  complete: Relation,
  executor: Executor,
  { name, dtype }: Field,
  options: Pick<RunOptions, 'signal'>,
): Promise<string | Date> {
  const column: Expression = { kind: 'column', name, dtype, nullable: false };
  const plan: Relation = {
    kind: 'aggregate',
    input: complete,
    keys: [],
    aggregates: [{ name, expression: aggregate('min', [column], dtype, true) }],
  };
  const [row] = await new Frame<Col<string, DType<'date', string> | DType<'timestamp', Date>, null>>(
    plan,
    executor,
  ).rows(options);
  return row?.[name] ?? '1970-01-01';
}
