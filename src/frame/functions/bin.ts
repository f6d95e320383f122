import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { BOOLEAN, type DataType, FLOAT, STRING } from '../../schema/dtype.ts';
import { call, castTo } from './base.ts';
import { labelOf, literal, literalFor, nullLiteral } from './literal.ts';

/** How values are put into bins. */
export interface BinOptions<L extends string> {
  /** The bounds between which the bins lie, rising; the outermost may be infinite. */
  readonly edges: readonly number[];
  /** What to call the bins, one fewer than there are edges; by default `[0, 18)` and so on. */
  readonly labels?: readonly L[];
  /** Which of a bin's edges is in it. Default `'left'`. */
  readonly closed?: 'left' | 'right';
}

/** The bin that a number lies in, as a conditional; null outside of all. */
export function binOf(node: Expression, options: BinOptions<string>): Expression {
  const { edges, labels, closed = 'left' } = options;
  const rising = Array.isArray(edges) && edges.every((edge, i) => i === 0 || edge > (edges[i - 1] ?? Number.NaN));
  const inner = Array.isArray(edges) ? edges.slice(1, -1) : [];
  if (!rising || edges.length < 2 || Number.isNaN(edges[0]) || !inner.every(Number.isFinite)) {
    throw refused(
      node,
      `edges is ${JSON.stringify(edges)}. Give two or more numbers, each larger than the one before.`,
    );
  }
  if (closed !== 'left' && closed !== 'right') {
    throw refused(node, `closed is ${JSON.stringify(closed)}. The choices are 'left' and 'right'.`);
  }
  const names = labels ?? edges.slice(1).map((edge, i) => intervalOf(edges[i] ?? 0, edge, closed));
  if (!Array.isArray(names) || names.length !== edges.length - 1 || names.some((name) => typeof name !== 'string')) {
    throw refused(node, `labels is ${JSON.stringify(labels)}. Give ${edges.length - 1} strings, one a bin.`);
  }
  const dtype: DataType = labels === undefined ? STRING : { id: 'string', values: [...new Set<string>(names)] };
  // Of whole numbers a fractional edge asks for floats; an infinite edge bounds nothing.
  const isWhole = node.dtype.id === 'int' || node.dtype.id === 'bigint';
  const value: Expression =
    isWhole && edges.some((edge) => Number.isFinite(edge) && !Number.isInteger(edge)) ? castTo(node, FLOAT) : node;
  const compared = (fn: string, edge: number): Expression | undefined =>
    Number.isFinite(edge) ? call(fn, [value, literalFor(edge, value)], BOOLEAN, node.nullable) : undefined;
  const [low, high] = closed === 'left' ? (['gte', 'lt'] as const) : (['gt', 'lte'] as const);
  const isThere = call('is_not_null', [node], BOOLEAN, false);
  const below = compared(low, edges[0] ?? 0);
  const branches = names.map((name, i) => ({
    when: compared(high, edges[i + 1] ?? 0) ?? isThere,
    value: { ...literal(name), dtype },
  }));
  // Each bin's lower edge is the upper edge of the one before: only the first has to be looked at.
  const outside =
    below === undefined ? [] : [{ when: call('not', [below], BOOLEAN, node.nullable), value: nullLiteral(dtype) }];
  return {
    kind: 'case',
    branches: [...outside, ...branches],
    otherwise: nullLiteral(dtype),
    dtype,
    nullable: true,
  };
}

function intervalOf(from: number, to: number, closed: 'left' | 'right'): string {
  const [open, close] = closed === 'left' ? ['[', ')'] : ['(', ']'];
  const left = from === Number.NEGATIVE_INFINITY ? '(-∞' : `${open}${from}`;
  return `${left}, ${to === Number.POSITIVE_INFINITY ? '∞)' : `${to}${close}`}`;
}

function refused(node: Expression, message: string): MillraceError {
  return new MillraceError({ code: 'expression.bin', message: `${labelOf(node)}.bin: ${message}` });
}
