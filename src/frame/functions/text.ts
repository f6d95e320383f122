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
import { checkGroup, checkReplacement, type Pattern, patternSource } from './pattern.ts';

/** The farthest position that the engine counts to. */
const FARTHEST = 2 ** 32 - 2;

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

  /** Every match of a pattern replaced; `\1` in the replacement is the first group, `\\` is one `\`. */
  replaceMatches(pattern: Pattern, replacement: string): TextExpr<string, N> {
    const source = patternSource(pattern, this.node);
    if (typeof replacement === 'string') checkReplacement(replacement, source, this.node);
    return this.#text('regex_replace', source, replacement);
  }

  /** The characters from `start` up to but without `end`; negative counts from the end, as in JavaScript. */
  slice(start: number, end?: number): TextExpr<string, N> {
    for (const position of [start, end ?? 0]) {
      if (!Number.isInteger(position) || Math.abs(position) > FARTHEST) {
        throw new MillraceError({
          code: 'expression.literal',
          message: `${labelOf(this.node)}.slice(${[start, ...(end === undefined ? [] : [end])].join(', ')}): positions are whole numbers from -${FARTHEST} to ${FARTHEST}.`,
          details: { value: position },
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
    return this.#test('regex_matches', patternSource(pattern, this.node));
  }

  /** The first match of the pattern, or of its group, numbered from 1; null where the pattern does not match. */
  extract(pattern: Pattern, group = 0): TextExpr<string, null> {
    const source = patternSource(pattern, this.node);
    checkGroup(group, source, this.node);
    return make(call('regex_extract', [this.node, literal(source)], STRING, true, { group }));
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
    for (const value of args as readonly unknown[]) {
      if (typeof value === 'string') continue;
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}: ${fn} was given ${JSON.stringify(value) ?? String(value)}. Give a string.`,
        details: { value },
      });
    }
    return make(call(fn, [this.node, ...args.map(literal)], STRING, this.node.nullable));
  }

  #test<M extends null>(fn: string, part: unknown): BooleanExpr<M> {
    const right = operand(part, { ...this.node, dtype: STRING });
    return make(call(fn, [this.node, right], BOOLEAN, anyNull(this.node, right)));
  }
}
