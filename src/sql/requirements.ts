import { type Expression, walkExpression } from '../plan/expression.ts';
import { isOrdered } from '../plan/order.ts';
import type { Relation } from '../plan/relation.ts';
import { inputsOf, walkRelation } from '../plan/walk.ts';
import { dependsOnOrder } from './expressions.ts';

/** What must be known of a plan's nodes before their SQL is written. */
export interface Requirements {
  /** Nodes whose rows come physically in their logical order. */
  readonly natural: ReadonlySet<Relation>;
  /** Nodes whose rows must carry what tells their order in full. */
  readonly demanded: ReadonlySet<Relation>;
  /** Nodes that are kept in a scratch table before anything reads them. */
  readonly pinned: ReadonlySet<Relation>;
}

/** `isTable` tells the sources that already stand in a table. */
export function requirementsOf(
  root: Relation,
  isTable: (source: Relation & { kind: 'source' }) => boolean,
  options: { readonly ordered: boolean },
): Requirements {
  const nodes = walkRelation(root);
  const natural = new Set<Relation>();
  for (const node of nodes) if (isNatural(node, natural)) natural.add(node);

  const demanded = new Set<Relation>();
  if (options.ordered && isOrdered(root) && !natural.has(root)) demanded.add(root);
  for (const node of [...nodes].reverse()) {
    for (const input of inputsOf(node)) {
      if (isOrdered(input) && demandsOrder(node, input, natural, demanded)) demanded.add(input);
    }
  }

  const pinned = new Set<Relation>();
  const cheap = new Set<Relation>();
  for (const node of nodes) {
    if (node.kind === 'source' && demanded.has(node) && !isTable(node)) pinned.add(node);
    if (node.kind === 'map-batches') pinned.add(node);
    if ((node.kind === 'check' || hasQuarantine(node)) && node.kind !== 'source') pinned.add(node);
    if (node.kind === 'attach' && !cheap.has(node.input)) pinned.add(node.input);
    if (pinned.has(node) || isCheap(node, cheap, isTable)) cheap.add(node);
    // An input pinned for this node is a table from here on.
    if (node.kind === 'attach') cheap.add(node.input);
    if (node.kind === 'attach' && pinned.has(node.input)) cheap.add(node);
  }
  // What is pinned stands in its order, so nothing below a pinned natural node needs to tell it.
  return { natural, demanded: settle(root, demanded, pinned, natural), pinned };
}

/** Demands that only pinned natural nodes would have passed on are dropped. */
function settle(
  root: Relation,
  demanded: ReadonlySet<Relation>,
  pinned: Set<Relation>,
  natural: ReadonlySet<Relation>,
): Set<Relation> {
  const kept = new Set<Relation>();
  if (demanded.has(root)) kept.add(root);
  for (const node of [...walkRelation(root)].reverse()) {
    for (const input of inputsOf(node)) {
      if (!demanded.has(input)) continue;
      const asks = demandsOrder(node, input, natural, kept);
      const settled = pinned.has(node) && natural.has(node) && node.kind !== 'source';
      if (asks && !(settled && !ownDemand(node, natural, input))) kept.add(input);
    }
  }
  for (const node of [...pinned]) {
    if (node.kind === 'source' && !kept.has(node)) pinned.delete(node);
  }
  return kept;
}

function isNatural(node: Relation, natural: ReadonlySet<Relation>): boolean {
  switch (node.kind) {
    case 'source':
      return node.source.ordered;
    case 'project':
      return natural.has(node.input) && !node.columns.some((column) => hasWindow(column.expression));
    case 'filter':
      return natural.has(node.input) && !hasWindow(node.predicate);
    case 'limit':
    case 'sample':
    case 'attach':
    case 'check':
      return natural.has(node.input);
    case 'union':
      return node.inputs.every((input) => natural.has(input));
    case 'map-batches':
      return isOrdered(node.input);
    default:
      return false;
  }
}

/** Whether a node needs its input's rows to tell their order. */
function demandsOrder(
  node: Relation,
  input: Relation,
  natural: ReadonlySet<Relation>,
  demanded: ReadonlySet<Relation>,
): boolean {
  const passes = node.kind !== 'aggregate' && node.kind !== 'join' && node.kind !== 'map-batches';
  return (passes && demanded.has(node) && !isRelationshipTarget(node, input)) || ownDemand(node, natural, input);
}

/** The demand that a node makes for itself, whoever reads it. */
function ownDemand(node: Relation, natural: ReadonlySet<Relation>, input: Relation): boolean {
  if (isRelationshipTarget(node, input)) return false;
  switch (node.kind) {
    case 'sort':
    case 'slice':
    case 'dedupe':
      return true;
    case 'limit':
    case 'map-batches':
    case 'check':
      return !natural.has(input);
    case 'project':
      return node.columns.some((column) => needsOrder(column.expression));
    case 'filter':
      return needsOrder(node.predicate);
    case 'aggregate':
      return node.aggregates.some((aggregate) => needsOrder(aggregate.expression));
    default:
      return false;
  }
}

function isRelationshipTarget(node: Relation, input: Relation): boolean {
  return node.kind === 'check' && node.input !== input;
}

function isCheap(
  node: Relation,
  cheap: ReadonlySet<Relation>,
  isTable: (source: Relation & { kind: 'source' }) => boolean,
): boolean {
  switch (node.kind) {
    case 'source':
      return isTable(node);
    case 'project':
      return cheap.has(node.input) && !node.columns.some((column) => hasWindow(column.expression));
    case 'filter':
      return cheap.has(node.input) && !hasWindow(node.predicate);
    case 'sample':
      return cheap.has(node.input);
    default:
      return false;
  }
}

function hasWindow(expression: Expression): boolean {
  return [...walkExpression(expression)].some((node) => node.kind === 'window');
}

function needsOrder(expression: Expression): boolean {
  return [...walkExpression(expression)].some(dependsOnOrder);
}

/** The casts of a node that put rows aside. */
export function quarantineCasts(node: Relation): (Expression & { kind: 'cast' })[] {
  const expressions =
    node.kind === 'project' ? node.columns.map((c) => c.expression) : node.kind === 'filter' ? [node.predicate] : [];
  return expressions.flatMap((expression) =>
    [...walkExpression(expression)].flatMap((e) => (e.kind === 'cast' && e.onError === 'quarantine' ? [e] : [])),
  );
}

function hasQuarantine(node: Relation): boolean {
  return quarantineCasts(node).length > 0;
}
