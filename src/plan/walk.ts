import type { Relation } from './relation.ts';
import type { Source } from './source.ts';

/** The relations directly under one. */
export function inputsOf(node: Relation): readonly Relation[] {
  switch (node.kind) {
    case 'source':
      return [];
    case 'join':
      return [node.left, node.right];
    case 'union':
      return node.inputs;
    case 'check':
      return [node.input, ...node.rules.flatMap((rule) => (rule.kind === 'relationship' ? [rule.to] : []))];
    default:
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
