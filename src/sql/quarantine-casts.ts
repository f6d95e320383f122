import { MillraceError } from '../errors.ts';
import { type CastNode, childrenOf, type Expression, walkExpression } from '../plan/expression.ts';
import type { Relation } from '../plan/relation.ts';
import { ownExpressions } from '../plan/walk.ts';

/** A cast that puts its row aside where a value does not fit. */
export interface QuarantineCast {
  readonly cast: CastNode;
  /** When its value is asked for at all; absent where it always is. */
  readonly when: Expression | undefined;
}

/** The casts of a node that put rows aside. */
export function quarantineCasts(node: Relation): QuarantineCast[] {
  if (!hasRowsAside(node)) return [];
  return ownExpressions(node).flatMap(({ expression }) =>
    [...walkExpression(expression)].some(putsAside) ? castsOf(expression) : [],
  );
}

/** A row can be put aside only where an expression stands for a row: in a projection or a filter. */
function hasRowsAside(node: Relation): boolean {
  return node.kind === 'project' || node.kind === 'filter';
}

export function refuseQuarantine(node: Relation): void {
  if (hasRowsAside(node)) return;
  for (const { place, expression } of ownExpressions(node)) {
    if (![...walkExpression(expression)].some(putsAside)) continue;
    throw new MillraceError({
      code: 'compile.quarantine_place',
      message: `${place}: onError: 'quarantine' cannot put rows aside here. Parse the column with withColumns first, then use it.`,
    });
  }
}

function putsAside(node: Expression): node is CastNode {
  return node.kind === 'cast' && node.onError === 'quarantine';
}

function castsOf(root: Expression): QuarantineCast[] {
  const found: QuarantineCast[] = [];
  // An explicit stack: an expression may be deeper than the call stack allows.
  const stack: Asked[] = [{ node: root, when: undefined }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { node, when } = top;
    if (putsAside(node)) found.push({ cast: node, when });
    stack.push(...asked(node, when).reverse());
  }
  return found;
}

interface Asked {
  readonly node: Expression;
  readonly when: Expression | undefined;
}

/** The expressions directly inside one, and when each is asked for: of a conditional only the branch that is taken. */
function asked(node: Expression, when: Expression | undefined): Asked[] {
  if (node.kind === 'case') {
    let left = when;
    const parts: Asked[] = [];
    for (const branch of node.branches) {
      const holds = call('coalesce', branch.when, NO);
      parts.push({ node: branch.when, when: left }, { node: branch.value, when: both(left, holds) });
      left = both(left, call('not', holds));
    }
    return [...parts, { node: node.otherwise, when: left }];
  }
  if (node.kind === 'call' && node.fn === 'coalesce') {
    let left = when;
    return node.args.map((arg) => {
      const part = { node: arg, when: left };
      left = both(left, call('is_null', arg));
      return part;
    });
  }
  const children = node.kind === 'window' ? [node.call, ...node.partitionBy] : childrenOf(node);
  return children.map((child) => ({ node: child, when }));
}

const NO: Expression = { kind: 'literal', value: false, dtype: { id: 'boolean' }, nullable: false };

function both(first: Expression | undefined, second: Expression): Expression {
  return first === undefined ? second : call('and', first, second);
}

function call(fn: string, ...args: Expression[]): Expression {
  return { kind: 'call', fn, args, options: {}, dtype: { id: 'boolean' }, nullable: false };
}
