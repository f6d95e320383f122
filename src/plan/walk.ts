import { type Expression, walkExpression } from './expression.ts';
import type { Relation } from './relation.ts';
import type { Source } from './source.ts';

/** The relations directly under one. */
export function inputsOf(node: Relation): readonly Relation[] {
  switch (node.kind) {
    case 'source':
      return [];
    case 'join':
    case 'asof-join':
      return [node.left, node.right];
    case 'union':
      return node.inputs;
    case 'check':
      return [node.input, ...node.rules.flatMap((rule) => (rule.kind === 'relationship' ? [rule.to] : []))];
    case 'project':
    case 'filter':
    case 'sort':
    case 'limit':
    case 'sample':
    case 'slice':
    case 'aggregate':
    case 'attach':
    case 'unpivot':
    case 'explode':
    case 'dedupe':
    case 'map-batches':
      return [node.input];
  }
}

/** Every node once, inputs before what uses them. */
export function walkRelation(root: Relation): Relation[] {
  const seen = new Set<Relation>();
  const order: Relation[] = [];
  // An explicit stack: a plan may be deeper than the call stack allows.
  const stack: { node: Relation; entered: boolean }[] = [{ node: root, entered: false }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, entered } = top;
    if (entered) {
      order.push(node);
      continue;
    }
    if (seen.has(node)) continue;
    seen.add(node);
    stack.push({ node, entered: true });
    for (const input of [...inputsOf(node)].reverse()) stack.push({ node: input, entered: false });
  }
  return order;
}

/** An expression somewhere in a plan, and what to call the place: `withColumns, column "total"`. */
export interface PlacedExpression {
  readonly place: string;
  readonly expression: Expression;
}

/** Every expression of a plan with all that is inside it. */
export function* expressionsOf(root: Relation): Generator<PlacedExpression> {
  for (const node of walkRelation(root)) {
    for (const { place, expression } of ownExpressions(node)) {
      for (const inner of walkExpression(expression)) yield { place, expression: inner };
    }
  }
}

/** The expressions that stand in a node itself. */
export function ownExpressions(node: Relation): readonly PlacedExpression[] {
  const named = (verb: string, made: readonly { readonly name: string; readonly expression: Expression }[]) =>
    made.map(({ name, expression }) => ({ place: `${verb}, column ${JSON.stringify(name)}`, expression }));
  switch (node.kind) {
    case 'project':
      return named(node.verb, node.columns);
    case 'aggregate':
      return named('agg', node.aggregates);
    case 'attach':
      return named('impute', node.aggregates);
    case 'filter':
      return [{ place: 'filter', expression: node.predicate }];
    case 'join':
      return node.where === undefined ? [] : [{ place: 'join, where', expression: node.where }];
    case 'check':
      return node.rules.flatMap((rule) =>
        rule.kind === 'row' ? [{ place: `check, rule ${JSON.stringify(rule.name)}`, expression: rule.predicate }] : [],
      );
    case 'source':
    case 'sort':
    case 'limit':
    case 'sample':
    case 'slice':
    case 'asof-join':
    case 'unpivot':
    case 'explode':
    case 'union':
    case 'dedupe':
    case 'map-batches':
      return [];
  }
}

/** The sources a plan reads, each once. */
export function sourcesOf(root: Relation): Source[] {
  const sources = new Set<Source>();
  for (const node of walkRelation(root)) if (node.kind === 'source') sources.add(node.source);
  return [...sources];
}

/** How many nodes use each node. */
export function useCounts(root: Relation): Map<Relation, number> {
  const counts = new Map<Relation, number>();
  for (const node of walkRelation(root)) {
    for (const input of inputsOf(node)) counts.set(input, (counts.get(input) ?? 0) + 1);
  }
  return counts;
}
