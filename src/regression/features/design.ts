import { MillraceError } from '../../errors.ts';
import { answerOf, entriesOf } from '../../frame/arguments.ts';
import { columnNode, columnsOf, fieldOf } from '../../frame/columns.ts';
import { make, type Scalar } from '../../frame/functions/base.ts';
import { Category } from '../../frame/functions/category.ts';
import { labelOf } from '../../frame/functions/literal.ts';
import type { TimeUnit } from '../../frame/functions/temporal.ts';
import type { Key } from '../../frame/lookup.ts';
import type { Expression } from '../../plan/expression.ts';
import type { AnyCol } from '../../schema/columns.ts';
import { describeDType, type Schema } from '../../schema/dtype.ts';
import {
  checkFactor,
  type FeatureDType,
  type FeatureTerm,
  Interaction,
  isFeature,
  Polynomial,
  Trend,
} from './given.ts';
import { identityOf } from './identity.ts';

/** What a row is read for, however many features use it; what the data tell of it is not known yet. */
export interface Variable {
  /** What messages and terms call it: its column, or its feature. */
  readonly name: string;
  readonly node: Expression;
  readonly kind: 'number' | 'boolean' | 'levels' | 'trend';
  /** Of a category. */
  readonly base?: Key | undefined;
  /** Of a trend. */
  readonly unit?: TimeUnit;
}

/** A feature before the data were looked at; its parts are positions of variables. */
export interface DraftFeature {
  readonly name: string;
  readonly kind: 'plain' | 'polynomial' | 'interaction';
  readonly parts: readonly number[];
  /** Of a polynomial. */
  readonly degree: number;
  /** A part: whether, as a category, it has no term for its base. */
  readonly references: readonly boolean[];
}

export interface Draft {
  readonly variables: readonly Variable[];
  readonly features: readonly DraftFeature[];
}

const VERB = 'linearRegression';
const EXAMPLE = 'r => ({ log_budget: r.budget.log(), month: r.month.asCategory() })';

/** What was asked for as features, by names or by a function, as variables and what is made of them. */
export function draftOf(schema: Schema, target: string, features: unknown, intercept: boolean): Draft {
  const given =
    typeof features === 'function' ? byFunction(schema, features as Features) : byNames(schema, target, features);
  const interned = new Map<string, number>();
  const variables: Variable[] = [];
  const variableOf = (name: string, term: Variable): number => {
    const id = `${term.kind} ${String(term.base)} ${term.unit} ${identityOf(term.node)}`;
    const known = interned.get(id);
    if (known !== undefined) return known;
    interned.set(id, variables.length);
    return variables.push({ ...term, name }) - 1;
  };
  // Features of one variable first: they name it.
  for (const [name, term] of given) {
    if (!(term instanceof Interaction)) variableOf(name, variable(term));
  }
  const drafts = given.map(([name, term]): Omit<DraftFeature, 'references'> => {
    if (!(term instanceof Interaction)) {
      const polynomial = term instanceof Polynomial;
      return {
        name,
        kind: polynomial ? 'polynomial' : 'plain',
        parts: [variableOf(name, variable(term))],
        degree: polynomial ? term.degree : 1,
      };
    }
    const parts = term.factors.map((factor) => variableOf(labelOf(factor.node), variable(factor)));
    if (new Set(parts).size !== parts.length) {
      throw new MillraceError({
        code: 'regression.feature',
        message: `${VERB}: ${name} is an interaction of a factor with itself: ${term.factors.map((factor) => labelOf(factor.node)).join(', ')}. Name each once; polynomial(..) gives powers.`,
        details: { feature: name },
      });
    }
    return { name, kind: 'interaction', parts, degree: 1 };
  });
  refuseTarget(variables, target);
  return { variables, features: withReferences(drafts, variables, intercept) };
}

type Given = readonly (readonly [string, FeatureTerm])[];
type Features = (r: unknown) => Readonly<Record<string, FeatureTerm>>;

function byFunction(schema: Schema, features: Features): Given {
  const made = answerOf(features, columnsOf<AnyCol>(schema, VERB), VERB, EXAMPLE);
  return entriesOf<unknown>(
    made as Readonly<Record<string, unknown>>,
    `${VERB}, by its function of features,`,
    EXAMPLE,
  ).map(([name, term]) => {
    if (!(term instanceof Interaction) && !(term instanceof Polynomial))
      checkFactor(term, `${VERB}: feature ${JSON.stringify(name)}`);
    return [name, term];
  });
}

function byNames(schema: Schema, target: string, features: unknown): Given {
  if (!Array.isArray(features)) {
    throw new MillraceError({
      code: 'regression.features',
      message: `${VERB}: features is ${JSON.stringify(features) ?? String(features)}. Give a list of columns, or a function such as ${EXAMPLE}.`,
    });
  }
  const names = features as readonly string[];
  const fields = names.map((name) => fieldOf(schema, name, VERB));
  for (const { name, dtype } of fields) {
    if (isFeature({ dtype })) continue;
    const hint =
      dtype.id === 'date' || dtype.id === 'timestamp' ? `; take parts of it first, such as r.${name}.year().` : '.';
    throw new MillraceError({
      code: 'regression.dtype',
      message: `${VERB}: ${name} is ${describeDType(dtype)}. A feature is a number, a boolean or a string${hint}`,
      details: { column: name, dtype: describeDType(dtype) },
    });
  }
  const twice = names.find((name, i) => name === target || names.indexOf(name) !== i);
  if (twice !== undefined) throw repeated(twice, twice === target);
  return fields.map((field) => [field.name, make<Scalar<FeatureDType, null>>(columnNode(field))]);
}

function variable(term: Exclude<FeatureTerm, Interaction>): Variable {
  const { node } = term;
  const named = { name: '', node };
  if (term instanceof Category) return { ...named, kind: 'levels', base: term.base };
  if (term instanceof Trend) return { ...named, kind: 'trend', unit: term.unit };
  return { ...named, kind: node.dtype.id === 'string' ? 'levels' : node.dtype.id === 'boolean' ? 'boolean' : 'number' };
}

function refuseTarget(variables: readonly Variable[], target: string): void {
  if (variables.some(({ node }) => node.kind === 'column' && node.name === target)) throw repeated(target, true);
}

function repeated(name: string, asTarget: boolean): MillraceError {
  return new MillraceError({
    code: 'regression.repeated_column',
    message: `${VERB}: ${name} is named twice${asTarget ? ', as target and as feature' : ''}. Name each column once.`,
    details: { column: name },
  });
}

/**
 * Which categories go without a term for their base, by the rule of R's `terms`: in a product that do whose other factors
 * stand together in an earlier term, those of fewer factors being earlier. A category by itself does, but for the first
 * one where there is no intercept: nothing else would stand for its base.
 */
function withReferences(
  drafts: readonly Omit<DraftFeature, 'references'>[],
  variables: readonly Variable[],
  intercept: boolean,
): DraftFeature[] {
  const ids = variables.map(({ kind, node }) => `${kind} ${identityOf(node)}`);
  const margin = (parts: readonly number[]): string[] => parts.map((part) => ids[part] ?? '');
  const byDegree = drafts.toSorted((a, b) => a.parts.length - b.parts.length);
  const references = new Map<Omit<DraftFeature, 'references'>, boolean[]>();
  let full = !intercept;
  for (const [i, draft] of byDegree.entries()) {
    const earlier = byDegree.slice(0, i).map(({ parts }) => margin(parts));
    const own = draft.parts.map((part) => {
      if (variables[part]?.kind !== 'levels') return false;
      if (full) {
        full = false;
        return false;
      }
      const rest = margin(draft.parts.filter((other) => other !== part));
      return rest.length === 0 || earlier.some((term) => rest.every((id) => term.includes(id)));
    });
    references.set(draft, own);
  }
  return drafts.map((draft) => ({ ...draft, references: references.get(draft) ?? [] }));
}
