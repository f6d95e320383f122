import { MillraceError } from '../../errors.ts';
import { describeExpression } from '../../plan/describe.ts';
import { type Expression, walkExpression } from '../../plan/expression.ts';

/** The conditions that the callback under way has made. */
let made: Expression[] | undefined;

/** Takes note of an expression that a callback makes. */
export function noteExpression(node: Expression): void {
  if (node.dtype.id === 'boolean') made?.push(node);
}

/**
 * Calls a callback, and refuses an answer without a condition that it made: JavaScript takes an expression for true, so that
 * of `a && b` nothing is left but b.
 */
export function withAllConditions<R>(verb: string, callback: () => R): R {
  const outer = made;
  const own: Expression[] = [];
  made = own;
  try {
    const answer = callback();
    const used = own.length === 0 ? undefined : partsOf(answer);
    const unused = used === undefined ? undefined : own.find((node) => !used.has(node) && !used.has(likeness(node)));
    if (unused !== undefined) throw refused(verb, unused);
    return answer;
  } finally {
    made = outer;
  }
}

/** All that an answer's expressions consist of; undefined where it holds other things. */
function partsOf(answer: unknown): Set<unknown> | undefined {
  const roots = hasNode(answer) ? [answer] : Object.values(Object(answer) as object);
  if (!roots.every(hasNode)) return undefined;
  return new Set(roots.flatMap(({ node }) => [...walkExpression(node)]).flatMap((node) => [node, likeness(node)]));
}

function hasNode(value: unknown): value is { readonly node: Expression } {
  return typeof value === 'object' && value !== null && 'node' in value;
}

/** What stays the same where an expression is copied to say other things of its value, or a column is asked for again. */
function likeness(node: Expression): unknown {
  if (node.kind === 'column') return node.name;
  if (node.kind === 'call' || node.kind === 'aggregate') return node.args;
  return node.kind === 'case' ? node.branches : node;
}

function refused(verb: string, node: Expression): MillraceError {
  const condition = describeExpression(node);
  return new MillraceError({
    code: 'expression.unused_condition',
    message: `${verb}: ${condition} is asked for and not used. &&, ||, ! and ?: do not work on columns: write a.and(b), a.or(b), a.not(), fn.when(a, x).else(y).`,
    details: { condition },
  });
}
