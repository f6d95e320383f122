import type { Relation } from './relation.ts';

/** Whether a plan's rows have an order: its source's own, or one that a sort gave. */
export function isOrdered(node: Relation): boolean {
  switch (node.kind) {
    case 'source':
      return node.source.ordered;
    case 'sort':
    case 'slice':
      return true;
    case 'aggregate':
    case 'join':
      return false;
    case 'asof-join':
      return isOrdered(node.left);
    case 'union':
      return node.inputs.every(isOrdered);
    case 'project':
    case 'filter':
    case 'limit':
    case 'sample':
    case 'attach':
    case 'unpivot':
    case 'explode':
    case 'dedupe':
    case 'map-batches':
    case 'check':
      return isOrdered(node.input);
  }
}
