import type { Relation } from './relation.ts';
import { sourcesOf, walkRelation } from './walk.ts';

/** Whether each row of the result is one row of the one source. */
export function isRowWise(plan: Relation): boolean {
  if (walkRelation(plan).some(makesRows)) return false;
  const [source, ...others] = sourcesOf(plan);
  if (source === undefined || others.length > 0) return false;
  return source.origin === undefined || isRowWise(source.origin.plan);
}

/** Whether a node's rows are other than some of the rows of its one input. */
function makesRows(node: Relation): boolean {
  switch (node.kind) {
    case 'join':
    case 'asof-join':
    case 'unpivot':
    case 'explode':
    case 'aggregate':
    case 'union':
    case 'map-batches':
      return true;
    case 'source':
    case 'project':
    case 'filter':
    case 'sort':
    case 'limit':
    case 'sample':
    case 'slice':
    case 'attach':
    case 'dedupe':
    case 'check':
      return false;
  }
}
