import type { Expression, OrderKey, RangeEdge, WindowNode } from './expression.ts';
import { calledAs } from './functions.ts';
import { outputSchema } from './output-schema.ts';
import type { KeyPair, NamedExpression, ProjectRelation, Relation, Rule } from './relation.ts';
import { inputsOf } from './walk.ts';

/** A plan as an indented tree, the last step first. */
export function describePlan(root: Relation): string {
  const lines: string[] = [];
  const stack: { node: Relation; depth: number }[] = [{ node: root, depth: 0 }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    lines.push(`${'  '.repeat(top.depth)}${describeNode(top.node)}`);
    const inputs = inputsOf(top.node);
    // A chain stays at its depth; only where a node has several inputs do they move in.
    const depth = inputs.length > 1 ? top.depth + 1 : top.depth;
    for (const node of [...inputs].reverse()) stack.push({ node, depth });
  }
  return lines.join('\n');
}

/** One step of a plan in a line. */
export function describeNode(node: Relation): string {
  switch (node.kind) {
    case 'source':
      return `source ${node.source.name}`;
    case 'project':
      return `${node.verb} ${columnsOf(node).join(', ')}`;
    case 'filter':
      return `filter ${describeExpression(node.predicate)}`;
    case 'sort':
      return `sort ${describeOrder(node.keys)}`;
    case 'limit':
      return `limit ${node.count}${node.offset === 0 ? '' : ` offset ${node.offset}`}`;
    case 'sample':
      return `sample ${node.from} to ${node.to} of ${node.by.length === 0 ? 'the row' : node.by.join(', ')}, seed ${node.seed}`;
    case 'slice':
      return `slice ${node.from} to ${node.to} by ${describeOrder(node.orderBy)}`;
    case 'aggregate':
      return `aggregate by ${node.keys.join(', ') || 'nothing'}: ${namedOf(node.aggregates)}`;
    case 'attach':
      return `attach ${namedOf(node.aggregates)}`;
    case 'join': {
      if (node.on.length === 0 && node.where === undefined)
        return node.how === 'inner' ? 'cross join' : `${node.how} join`;
      const where = node.where === undefined ? [] : [describeExpression(node.where)];
      return `${node.how} join on ${[describePairs(node.on), ...where].filter((part) => part !== '').join(' and ')}`;
    }
    case 'asof-join': {
      const by = node.by.length === 0 ? '' : ` by ${describePairs(node.by)}`;
      return `asof join, ${node.direction}, on ${describePairs([node.at])}${by}${node.tolerance === undefined ? '' : ` within ${node.tolerance}`}`;
    }
    case 'unpivot':
      return `unpivot ${node.columns.join(', ')} to ${node.names}, ${node.values}`;
    case 'explode':
      return `explode ${node.column}`;
    case 'union':
      return 'concat';
    case 'dedupe':
      return `dedupe by ${node.by.join(', ') || 'the row'}, keep ${node.keep}${node.orderBy.length === 0 ? '' : ` by ${describeOrder(node.orderBy)}`}`;
    case 'map-batches':
      return `map batches of ${node.batchSize} rows`;
    case 'check':
      return `check ${node.rules.map((rule) => rule.name).join(', ')} (${node.severity})`;
  }
}

function namedOf(columns: readonly NamedExpression[]): string {
  return columns.map(({ name, expression }) => `${name}: ${describeExpression(expression)}`).join(', ');
}

/** What a projection is about: all columns of a `select`, those that a `drop` takes, of others those that they change. */
function columnsOf({ input, columns, verb }: ProjectRelation): string[] {
  const before = new Map(outputSchema(input).map(({ name, nullable }) => [name, nullable]));
  if (verb === 'drop') {
    for (const { name } of columns) before.delete(name);
    return [...before.keys()];
  }
  const isPlain = ({ name, expression }: NamedExpression): boolean =>
    expression.kind === 'column' && expression.name === name;
  const changed = columns.filter((one) => !isPlain(one) || one.expression.nullable !== before.get(one.name));
  return (verb === 'select' || changed.length === 0 ? columns : changed).map((one) =>
    isPlain(one) ? one.name : `${one.name}: ${describeExpression(one.expression)}`,
  );
}

/** What a rule is called in messages: `quantity: between`. */
export function ruleName(rule: Rule): string {
  const column = ruleColumn(rule);
  return column === '' ? rule.name : `${column}: ${rule.name}`;
}

/** The same with what the rule was given: `quantity: between 1 and 1000`. */
export function ruleText(rule: Rule): string {
  if (rule.kind === 'relationship') return `${ruleName(rule)} to ${rule.field}`;
  if (rule.kind === 'row') return rule.bounds === undefined ? ruleName(rule) : `${ruleName(rule)} ${rule.bounds}`;
  if (rule.kind === 'unique') return ruleName(rule);
  return `${ruleName(rule)} ${rule.max === undefined ? `from ${rule.min}` : `from ${rule.min} to ${rule.max}`}`;
}

/** The column that a rule is about; empty where it is about rows. */
export function ruleColumn(rule: Rule): string {
  if (rule.kind === 'row' || rule.kind === 'relationship') return rule.column;
  return rule.kind === 'unique' ? (rule.columns[0] ?? '') : '';
}

function describePairs(pairs: readonly KeyPair[]): string {
  return pairs.map((pair) => `${pair.left} = ${pair.right}`).join(', ');
}

function describeOrder(keys: readonly OrderKey[]): string {
  return keys.map((key) => `${key.column}${key.descending ? ' desc' : ''}`).join(', ');
}

/** An expression as its functions are called, `mul(price, quantity)`; what is nested deeper is left out. */
export function describeExpression(node: Expression, depth: number = Number.POSITIVE_INFINITY): string {
  const inner = (child: Expression): string => describeExpression(child, depth - 1);
  switch (node.kind) {
    case 'column':
      return node.side === undefined ? node.name : `${node.side}.${node.name}`;
    case 'literal':
      return typeof node.value === 'string' ? `'${node.value}'` : String(node.value);
    case 'call':
    case 'aggregate':
      return `${calledAs(node.fn, node.options)}(${depth > 0 ? node.args.map(inner).join(', ') : '..'})`;
    case 'case':
      if (depth <= 0) return 'case(..)';
      return `case(${node.branches.map((b) => `${inner(b.when)} -> ${inner(b.value)}`).join(', ')}, else ${inner(node.otherwise)})`;
    case 'cast':
      return `cast(${depth > 0 ? inner(node.input) : '..'} as ${node.dtype.id})`;
    case 'window': {
      const parts = [node.partitionBy.map(inner).join(', '), describeOrder(node.orderBy), describeFrame(node)];
      return `${describeExpression(node.call, depth)} over (${parts.filter((part) => part !== '').join('; ')})`;
    }
  }
}

/** The rows that a window sees: `rows -2 to 0`, `range -7 day to 0`. */
function describeFrame(node: WindowNode): string {
  const told = (edge: RangeEdge): string =>
    edge === null ? 'unbounded' : typeof edge === 'number' ? String(edge) : `${edge.count} ${edge.unit}`;
  const [kind, edges] = node.range === undefined ? ['rows', node.rows] : ['range', node.range];
  return edges === undefined ? '' : `${kind} ${told(edges[0])} to ${told(edges[1])}`;
}
