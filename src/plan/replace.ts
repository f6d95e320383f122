import type { AggregateNode, Expression } from './expression.ts';
import { COUNTS } from './functions.ts';

/** Functions that are never null. */
const NEVER: ReadonlySet<string> = new Set(['is_null', 'is_not_null']);
/** Functions that are null where all that they are given is. */
const ALL: ReadonlySet<string> = new Set(['coalesce', 'greatest', 'least']);

/**
 * Answers what stands instead of a part of an expression, `undefined` where its own parts are to be looked at. A column
 * that a partition names without its frame at hand says nothing of its dtype.
 */
export type Replace = (part: Expression, inPartition: boolean) => Expression | undefined;

/** An expression with parts of it replaced; null where it was before, or where a part of it may be now and could not be. */
export function replaced(node: Expression, replace: Replace, inPartition = false): Expression {
  const instead = replace(node, inPartition);
  if (instead !== undefined) return instead;
  const inner = (child: Expression): Expression => replaced(child, replace);
  const newly = (before: readonly Expression[], now: readonly Expression[]): boolean =>
    now.some((child, i) => child.nullable && before[i]?.nullable === false);
  switch (node.kind) {
    case 'column':
    case 'literal':
      return node;
    case 'call':
    case 'aggregate': {
      const args = node.args.map(inner);
      const never = NEVER.has(node.fn) || COUNTS.has(node.fn);
      // The bounds of a clip may be null.
      const [before, now] = node.fn === 'clip' ? [node.args.slice(0, 1), args.slice(0, 1)] : [node.args, args];
      const nullable = ALL.has(node.fn)
        ? args.every((arg) => arg.nullable)
        : node.nullable || (!never && newly(before, now));
      return { ...node, args, nullable };
    }
    case 'case': {
      const branches = node.branches.map(({ when, value }) => ({ when: inner(when), value: inner(value) }));
      const otherwise = inner(node.otherwise);
      const nullable = otherwise.nullable || branches.some(({ value }) => value.nullable);
      return { ...node, branches, otherwise, nullable };
    }
    case 'cast': {
      const input = inner(node.input);
      return { ...node, input, nullable: node.nullable || newly([node.input], [input]) };
    }
    case 'window': {
      const call = inner(node.call) as AggregateNode;
      const partitionBy = node.partitionBy.map((by) => replaced(by, replace, by.kind === 'column'));
      return { ...node, call, partitionBy, nullable: node.nullable || (call.nullable && !node.call.nullable) };
    }
  }
}
