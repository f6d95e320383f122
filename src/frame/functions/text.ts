import { MillraceError } from '../../errors.ts';
import type { OnError } from '../../plan/expression.ts';
import type { AnyColumnType, DTypeOf } from '../../schema/column-type.ts';
import { BOOLEAN, type Enum, INT, type Int, STRING, type Text } from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import { anyNull, call, castNode, make, operand, type ParseOptions, type Scalar } from './base.ts';
import type { BooleanExpr } from './boolean.ts';
import { labelOf, literal } from './literal.ts';
import type { NumericExpr } from './numeric.ts';
import { OrderedExpr } from './ordered.ts';

/** A pattern in RE2's syntax, which both a string and a RegExp give; of a RegExp's flags `i`, `m` and `s` count. */
export type Pattern = string | RegExp;

/** The methods of string columns. Positions count characters from 0; order is by code point. */
export class TextExpr<L extends string, N extends null> extends OrderedExpr<Enum<L>, N> {
  /** Without the blanks (spaces, tabs, line ends) at both ends. */
  trim(): TextExpr<string, N> {
    return this.#text('trim');
  }

  trimStart(): TextExpr<string, N> {
    return this.#text('trim_start');
  }

  trimEnd(): TextExpr<string, N> {
    return this.#text('trim_end');
  }

  lower(): TextExpr<string, N> {
    return this.#text('lower');
  }

  upper(): TextExpr<string, N> {
    return this.#text('upper');
  }

  /** Every occurrence of `find` replaced; `find` is text, not a pattern. */
  replace(find: string, replacement: string): TextExpr<string, N> {
    return this.#text('replace', find, replacement);
  }

  /** Every match of a pattern replaced; `\1` in the replacement is the first group. */
  replaceMatches(pattern: Pattern, replacement: string): TextExpr<string, N> {
    return this.#text('regex_replace', source(pattern, this.node), replacement);
  }

  /** The characters from `start` up to but without `end`; negative counts from the end, as in JavaScript. */
  slice(start: number, end?: number): TextExpr<string, N> {
    for (const position of [start, end ?? 0]) {
      if (!Number.isInteger(position)) {
        throw new MillraceError({
          code: 'expression.literal',
          message: `${labelOf(this.node)}.slice(${start}, ${end}): positions are whole numbers.`,
        });
      }
    }
    const options = end === undefined ? { start } : { start, end };
    return make(call('slice', [this.node], STRING, this.node.nullable, options));
  }

  /** The number of characters (code points). */
  length(): NumericExpr<Int, N> {
    return make(call('length', [this.node], INT, this.node.nullable));
  }

  contains<M extends null = never>(part: string | Scalar<Text, M>): BooleanExpr<N | NoInfer<M>> {
    return this.#test('contains', part);
  }

  startsWith<M extends null = never>(part: string | Scalar<Text, M>): BooleanExpr<N | NoInfer<M>> {
    return this.#test('starts_with', part);
  }

  endsWith<M extends null = never>(part: string | Scalar<Text, M>): BooleanExpr<N | NoInfer<M>> {
    return this.#test('ends_with', part);
  }

  /** Whether the pattern matches anywhere in the text. */
  matches(pattern: Pattern): BooleanExpr<N> {
    return this.#test('regex_matches', source(pattern, this.node));
  }

  /** The first match of the pattern, or of its group; null where there is none. */
  extract(pattern: Pattern, group = 0): TextExpr<string, null> {
    const node = call('regex_extract', [this.node, literal(source(pattern, this.node))], STRING, true, { group });
    return make(node);
  }

  /** The text followed by `other`; null where either is null. */
  append<M extends null = never>(other: string | Scalar<Text, M>): TextExpr<string, N | NoInfer<M>> {
    const right = operand(other, { ...this.node, dtype: STRING });
    const node = call('concat', [this.node, right], STRING, anyNull(this.node, right));
    return make(node);
  }

  /**
   * The text read as another dtype, as strictly as a reader reads it: `r.day.parse(t.date({ formats: ['%d.%m.%Y'] }))`.
   * `onError` says what becomes of text that does not fit.
   */
  parse<T extends AnyColumnType, const E extends OnError = 'fail'>(
    type: T,
    options: ParseOptions<E> = {},
  ): Expr<DTypeOf<T>, E extends 'null' ? null : N> {
    return make(castNode(this.node, type, options.onError ?? 'fail'));
  }

  #text(fn: string, ...args: string[]): TextExpr<string, N> {
    return make(call(fn, [this.node, ...args.map(literal)], STRING, this.node.nullable));
  }

  #test<M extends null>(fn: string, part: unknown): BooleanExpr<M> {
    const right = operand(part, { ...this.node, dtype: STRING });
    return make(call(fn, [this.node, right], BOOLEAN, anyNull(this.node, right)));
  }
}

/** A pattern as RE2 text. */
function source(pattern: Pattern, node: Parameters<typeof labelOf>[0]): string {
  if (typeof pattern === 'string') return pattern;
  const flags = [...pattern.flags].filter((flag) => flag !== 'g' && flag !== 'u');
  const unknown = flags.find((flag) => !'ims'.includes(flag));
  if (unknown !== undefined) {
    throw new MillraceError({
      code: 'expression.pattern',
      message: `${labelOf(node)}: the flag ${unknown} of ${pattern} has no meaning here. The flags are i, m and s.`,
    });
  }
  return flags.length === 0 ? pattern.source : `(?${flags.join('')})${pattern.source}`;
}
