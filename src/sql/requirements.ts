import { columnsRead, type Expression, hasWindow, walkExpression } from '../plan/expression.ts';
import { isOrdered } from '../plan/order.ts';
import type { ProjectRelation, Relation } from '../plan/relation.ts';
import { inputsOf, useCounts, walkRelation } from '../plan/walk.ts';
import type { Dialect } from './dialect.ts';
import { quarantineCasts } from './quarantine-casts.ts';
import { dependsOnOrder } from './window-frame.ts';

type SourceNode = Relation & { readonly kind: 'source' };

/** What must be known of a plan's nodes before their SQL is written. */
export interface Requirements {
  /** Nodes whose rows come physically in their logical order. */
  readonly natural: ReadonlySet<Relation>;
  /** Nodes whose rows must carry what tells their order in full. */
  readonly demanded: ReadonlySet<Relation>;
  /** Nodes that are kept in a scratch table before anything reads them. */
  readonly pinned: ReadonlySet<Relation>;
  /**
   * Sources all of whose columns and rows go into one table, so that each text is looked at once, as it is cast; and
   * the node whose table that is.
   */
  readonly castOnce: ReadonlyMap<SourceNode, Relation>;
}

/** Tells the sources that stand in a table, and those whose files cost little to scan twice. */
export interface SourceFacts {
  isTable(source: SourceNode): boolean;
  isCheap(source: SourceNode): boolean;
  /** Whether its values are typed as they stand: there is no text to check. */
  isTyped(source: SourceNode): boolean;
}

/** `ordered` is whether the rows of the root itself are wanted in their order. */
export function requirementsOf(
  root: Relation,
  facts: SourceFacts,
  options: { readonly ordered: boolean; readonly dialect: Pick<Dialect, 'keepsOrder' | 'limitsUnderJoins'> },
): Requirements {
  const nodes = walkRelation(root);
  const natural = new Set<Relation>();
  if (options.dialect.keepsOrder) for (const node of nodes) if (isNatural(node, natural)) natural.add(node);

  const pinned = new Set<Relation>();
  const uses = useCounts(root);
  for (const node of nodes) {
    if (node.kind === 'map-batches' || node.kind === 'check' || quarantineCasts(node).length > 0) pinned.add(node);
    // An attach reads its input twice.
    if (node.kind === 'attach') pinForReuse(node.input, pinned, facts);
    // What the engine keeps for several readers within one query loses its order.
    if ((uses.get(node) ?? 0) > 1 && isOrdered(node)) pinForReuse(node, pinned, facts);
  }

  if (!options.dialect.limitsUnderJoins) for (const limit of limitsUnderJoins(nodes)) pinned.add(limit);

  const parents = parentsOf(nodes, uses);
  for (const node of nodes) {
    if (node.kind !== 'source' || facts.isTable(node) || facts.isTyped(node)) continue;
    if (!isScannedInPlace(node, root, parents)) pinned.add(node);
  }

  const demanded = new Set<Relation>();
  if (options.ordered && isOrdered(root) && !natural.has(root)) demanded.add(root);
  for (const node of [...nodes].reverse()) {
    // A table is written in its order, and from then on its row ids tell that order.
    if (pinned.has(node) && isOrdered(node) && !natural.has(node)) demanded.add(node);
    const passes = demanded.has(node) && !(pinned.has(node) && natural.has(node)) && node.kind !== 'map-batches';
    for (const input of inputsOf(node)) {
      if (!isOrdered(input) || isLookedUp(node, input)) continue;
      if (passes || demandsOrder(node, natural, input)) demanded.add(input);
    }
    if (node.kind === 'source' && demanded.has(node) && !facts.isTable(node)) pinned.add(node);
  }
  const castOnce = new Map<SourceNode, Relation>();
  for (const node of [...pinned]) {
    if (node.kind !== 'source') continue;
    const top = widestProjection(node, parents, pinned);
    castOnce.set(node, top);
    pinned.delete(node);
    pinned.add(top);
  }
  return { natural, demanded, pinned, castOnce };
}

/**
 * Whether text is read where it is used: under projections and limits alone. Under anything else the engine may leave
 * out rows before they are checked, so that text is read into a table first.
 */
function isScannedInPlace(source: SourceNode, root: Relation, parents: ReadonlyMap<Relation, Relation>): boolean {
  for (let node: Relation = source; node !== root; ) {
    const parent = parents.get(node);
    const passes = parent?.kind === 'limit' || (parent?.kind === 'project' && !isPositional(parent));
    if (parent === undefined || !passes) return false;
    node = parent;
  }
  return true;
}

/**
 * The limits under a step that is or may become a join: DuckDB 1.5.6 leaves out rows by a join's keys before it limits
 * them, or skips an offset of them.
 */
function limitsUnderJoins(nodes: readonly Relation[]): Relation[] {
  const under = new Set<Relation>();
  for (const node of [...nodes].reverse()) {
    if (mayJoin(node) || under.has(node)) for (const input of inputsOf(node)) under.add(input);
  }
  return [...under].filter((node) => node.kind === 'limit');
}

/** Whether the engine may carry a step out as a join: a window of whole groups is a join with their aggregates. */
function mayJoin(node: Relation): boolean {
  switch (node.kind) {
    case 'project':
      return isPositional(node);
    case 'filter':
      return hasWindow(node.predicate);
    case 'sort':
    case 'limit':
    case 'sample':
    case 'union':
    case 'unpivot':
    case 'explode':
      return false;
    case 'source':
    case 'slice':
    case 'aggregate':
    case 'attach':
    case 'join':
    case 'asof-join':
    case 'dedupe':
    case 'map-batches':
    case 'check':
      return true;
  }
}

/** The one reader of each node that has only one. */
function parentsOf(nodes: readonly Relation[], uses: ReadonlyMap<Relation, number>): Map<Relation, Relation> {
  const parents = new Map<Relation, Relation>();
  for (const node of nodes) for (const input of inputsOf(node)) if (uses.get(input) === 1) parents.set(input, node);
  return parents;
}

/**
 * The last of the projections over a source that may be kept in its place, so that what they compute is computed once:
 * those that still need every column of the source, since a column that nothing needs would not be checked.
 */
function widestProjection(
  source: SourceNode,
  parents: ReadonlyMap<Relation, Relation>,
  pinned: ReadonlySet<Relation>,
): Relation {
  let top: Relation = source;
  const chain: ProjectRelation[] = [];
  for (let node = parents.get(source); node?.kind === 'project'; node = parents.get(node)) {
    if (pinned.has(node) || isPositional(node)) break;
    chain.unshift(node);
    if (needsAll(chain, source)) top = node;
  }
  return top;
}

/** Whether a chain of projections, the last first, needs every column of the source under it. */
function needsAll(chain: readonly ProjectRelation[], source: SourceNode): boolean {
  let needed: Set<string> | undefined;
  for (const node of chain) {
    const read = new Set<string>();
    for (const { name, expression } of node.columns) {
      if (needed === undefined || needed.has(name)) for (const column of columnsRead(expression)) read.add(column);
    }
    needed = read;
  }
  return source.source.schema.every((field) => needed?.has(field.name) === true);
}

/** Keeps what a node's rows come from in a table, unless they cost little to read again. */
function pinForReuse(node: Relation, pinned: Set<Relation>, facts: SourceFacts): void {
  const base = cheapBase(node, pinned);
  if (base.kind !== 'source' || !(facts.isTable(base) || facts.isCheap(base))) pinned.add(base);
}

/** What a chain of steps that cost little to run twice starts from. */
function cheapBase(root: Relation, pinned: ReadonlySet<Relation>): Relation {
  let node = root;
  for (let input = cheapInput(node); input !== undefined && !pinned.has(node); input = cheapInput(node)) node = input;
  return node;
}

/** The input of a step that costs little to run twice. */
function cheapInput(node: Relation): Relation | undefined {
  switch (node.kind) {
    case 'sample':
    // Its aggregates are computed once, whoever reads it.
    case 'attach':
      return node.input;
    case 'project':
      return isPositional(node) ? undefined : node.input;
    case 'filter':
      return hasWindow(node.predicate) ? undefined : node.input;
    case 'source':
    case 'sort':
    case 'limit':
    case 'slice':
    case 'aggregate':
    case 'join':
    case 'asof-join':
    case 'unpivot':
    case 'explode':
    case 'union':
    case 'dedupe':
    case 'map-batches':
    case 'check':
      return undefined;
  }
}

/** Whether a projection reads the rows around a row, so that it must see them in their order. */
export function isPositional(node: ProjectRelation): boolean {
  return node.columns.some((column) => hasWindow(column.expression));
}

function isNatural(node: Relation, natural: ReadonlySet<Relation>): boolean {
  switch (node.kind) {
    case 'source':
      return node.source.ordered;
    case 'project':
      return natural.has(node.input) && !isPositional(node);
    case 'filter':
      return natural.has(node.input) && !hasWindow(node.predicate);
    case 'limit':
    case 'sample':
    case 'attach':
    case 'unpivot':
    case 'explode':
    case 'check':
      return natural.has(node.input);
    case 'union':
      return node.inputs.every((input) => natural.has(input));
    case 'map-batches':
      return isOrdered(node.input);
    case 'sort':
    case 'slice':
    case 'aggregate':
    case 'join':
    case 'asof-join':
    case 'dedupe':
      return false;
  }
}

/** Whether a node needs its input's rows to tell their order, whoever reads it. */
function demandsOrder(node: Relation, natural: ReadonlySet<Relation>, input: Relation): boolean {
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
    case 'source':
    case 'sample':
    case 'attach':
    case 'join':
    case 'asof-join':
    case 'unpivot':
    case 'explode':
    case 'union':
      return false;
  }
}

/** Whether an input gives a node no rows, but what its rows are looked up in. */
function isLookedUp(node: Relation, input: Relation): boolean {
  if (node.kind === 'asof-join') return node.left !== input;
  return node.kind === 'check' && node.input !== input;
}

function needsOrder(expression: Expression): boolean {
  return [...walkExpression(expression)].some(dependsOnOrder);
}
