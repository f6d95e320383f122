import { MillraceError } from '../../errors.ts';
import type { OnError } from '../../plan/expression.ts';
import { calledAs } from '../../plan/functions.ts';
import type { AnyColumnType, DTypeOf } from '../../schema/column-type.ts';
import { BOOLEAN, type DataType, type Enum, INT, type Int, type List, STRING, type Text } from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import {
  type Aggregate,
  aggregate,
  aggregateOf,
  anyNull,
  call,
  castNode,
  type Mark,
  make,
  operand,
  type ParseOptions,
  type Scalar,
  wholeFrom,
} from './base.ts';
import type { BooleanExpr } from './boolean.ts';
import { type Category, type CategoryOptions, categoryOf } from './category.ts';
import { labelOf, literal } from './literal.ts';
import { sha256 } from './masking.ts';
import type { NumericExpr } from './numeric.ts';
import { type OrderBy, orderKeys } from './order.ts';
import { OrderedExpr } from './ordered.ts';
import { checkGroup, checkReplacement, type Pattern, patternSource } from './pattern.ts';
import { EMAIL, PHONE, URL_SHAPE } from './shapes.ts';

/** The farthest position that the engine counts to. */
const FARTHEST = 2 ** 32 - 2;
/** As many characters as every engine makes one text of. */
const LONGEST = 1e8;

/** The methods of string columns. Positions count characters from 0; order is by code point. */
export class TextExpr<L extends string, out N extends Mark> extends OrderedExpr<Enum<L>, N> {
  /** A category with a base of one's own, for a model: `r.region.asCategory({ base: 'south' })`; null where it is null. */
  asCategory(options: CategoryOptions<L> = {}): Category<Enum<L>, N & null> {
    return categoryOf(this.node, options);
  }

  /**
   * Without the blanks at both ends: `r.name.trim()`; null where it is null. Blanks are spaces of every kind, tabs and
   * line ends.
   */
  trim(): TextExpr<string, N> {
    return this.#text('trim');
  }

  /** Without the blanks in front: `r.name.trimStart()`; null where it is null. */
  trimStart(): TextExpr<string, N> {
    return this.#text('trim_start');
  }

  /** Without the blanks behind: `r.name.trimEnd()`; null where it is null. */
  trimEnd(): TextExpr<string, N> {
    return this.#text('trim_end');
  }

  /** Trimmed, and each run of blanks inside made one space: `r.name.squish()` makes `'Ada L'` of `' Ada \t L'`; null where it is null. */
  squish(): TextExpr<string, N> {
    return this.#text('squish');
  }

  /** In lower case: `r.email.lower()`; null where it is null. */
  lower(): TextExpr<string, N> {
    return this.#text('lower');
  }

  /** In upper case: `r.sku.upper()`; null where it is null. */
  upper(): TextExpr<string, N> {
    return this.#text('upper');
  }

  /**
   * The first letter of each run of letters and digits in upper case, the others in lower case: `r.name.title()` makes
   * `'Ada O\'Neil'` of `'ada o\'NEIL'`. Null where it is null.
   */
  title(): TextExpr<string, N> {
    return this.#text('title');
  }

  /**
   * Letters without their accents: `r.name.stripAccents()` makes `'Eva Zak'` of `'Éva Żak'`. Letters that have none, as
   * `ø` and `ß`, stay, and so does null.
   */
  stripAccents(): TextExpr<string, N> {
    return this.#text('strip_accents');
  }

  /** In Unicode's composed form, in which `é` is one character however it was typed: `r.name.normalize('NFC')`. */
  normalize(form: 'NFC' = 'NFC'): TextExpr<string, N> {
    if (form !== 'NFC') throw this.#refused(`normalize(${JSON.stringify(form)})`, "the form is 'NFC'", form);
    return this.#text('nfc');
  }

  /** Filled up in front to `length` characters: `r.sku.padStart(8, '0')`; longer text stays as it is. */
  padStart(length: number, fill = ' '): TextExpr<string, N> {
    return this.#padded('pad_start', length, fill);
  }

  /** Filled up behind to `length` characters: `r.code.padEnd(8, '.')`; longer text stays as it is. */
  padEnd(length: number, fill = ' '): TextExpr<string, N> {
    return this.#padded('pad_end', length, fill);
  }

  /** The text `count` times over: `r.mark.repeat(3)`; 0 times is empty text. */
  repeat(count: number): TextExpr<string, N> {
    const options = { count: wholeFrom(0, count, `${labelOf(this.node)}.repeat`, LONGEST) };
    return make(call('repeat', [this.node], STRING, this.node.nullable, options));
  }

  /**
   * The digits 0 to 9 alone: `r.phone.digitsOnly()` makes `'155501099'` of `'+1 (555) 010-99'`; null where it is null.
   */
  digitsOnly(): TextExpr<string, N> {
    return this.replaceMatches('[^0-9]', '');
  }

  /**
   * Every occurrence of `find` replaced, which is text, not a pattern: `r.name.replace('&', 'and')`; null where it is
   * null.
   */
  replace(find: string, replacement: string): TextExpr<string, N> {
    return this.#text('replace', find, replacement);
  }

  /**
   * Every match of a pattern replaced: `r.code.replaceMatches(/(\d+)-/, '\\1.')`. `\1` in the replacement is the first
   * group, `\\` is one `\`. Null where it is null.
   */
  replaceMatches(pattern: Pattern, replacement: string): TextExpr<string, N> {
    const source = patternSource(pattern, this.node);
    if (typeof replacement === 'string') checkReplacement(replacement, source, this.node);
    return this.#text('regex_replace', source, replacement);
  }

  /**
   * The characters from `start` up to but without `end`: `r.sku.slice(0, 3)`. Negative counts from the end, as in
   * JavaScript. Null where it is null.
   */
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

  /** The number of characters (code points): `r.name.length()`; null where it is null. */
  length(): NumericExpr<Int, N> {
    return make(call('length', [this.node], INT, this.node.nullable));
  }

  /**
   * The parts between the separators, a list: `r.tags.split(',')`; `'a,,b'` has three parts, empty text one. Null where
   * it is null.
   */
  split(separator: string): Expr<List<Text, never>, N> {
    if (typeof separator !== 'string' || separator === '') {
      throw this.#refused(
        `split(${JSON.stringify(separator)})`,
        'give a separator of at least one character',
        separator,
      );
    }
    const dtype: DataType = { id: 'list', item: STRING, nullableItem: false };
    return make(call('split', [this.node, literal(separator)], dtype, this.node.nullable));
  }

  /** The position of the first occurrence, from 0; -1 where there is none, null where either is null: `r.email.indexOf('@')`. */
  indexOf<M extends Mark = never>(part: string | Scalar<Text, M>): NumericExpr<Int, N | NoInfer<M>> {
    const right = operand(part, { ...this.node, dtype: STRING });
    return make(call('index_of', [this.node, right], INT, anyNull(this.node, right)));
  }

  /** Whether the part stands anywhere in the text: `r.name.contains('ltd')`; null where either is null. */
  contains<M extends Mark = never>(part: string | Scalar<Text, M>): BooleanExpr<N | NoInfer<M>> {
    return this.#test('contains', part);
  }

  /** Whether the text starts with the part: `r.sku.startsWith('A-')`; null where either is null. */
  startsWith<M extends Mark = never>(part: string | Scalar<Text, M>): BooleanExpr<N | NoInfer<M>> {
    return this.#test('starts_with', part);
  }

  /** Whether the text ends with the part: `r.email.endsWith('.de')`; null where either is null. */
  endsWith<M extends Mark = never>(part: string | Scalar<Text, M>): BooleanExpr<N | NoInfer<M>> {
    return this.#test('ends_with', part);
  }

  /** Whether the pattern matches anywhere in the text: `r.sku.matches(/^[A-Z]{2}\d+$/)`; null where it is null. */
  matches(pattern: Pattern): BooleanExpr<N> {
    return this.#test('regex_matches', patternSource(pattern, this.node));
  }

  /**
   * Whether the text is written like an email address: `r.email.isEmail()`; null where it is null. The rule is HTML's,
   * with a dot in the domain.
   */
  isEmail(): BooleanExpr<N> {
    return this.#test('regex_matches', EMAIL);
  }

  /** Whether the text is an absolute http or https address: `r.site.isUrl()`; null where it is null. */
  isUrl(): BooleanExpr<N> {
    return this.#test('regex_matches', URL_SHAPE);
  }

  /**
   * Whether the text is a telephone number by E.164: `r.phone.isPhone()`; null where it is null. Such are written as
   * `'+4930123456'`, without blanks.
   */
  isPhone(): BooleanExpr<N> {
    return this.#test('regex_matches', PHONE);
  }

  /**
   * The first match of the pattern, or of its group, numbered from 1: `r.sku.extract(/-(\d+)/, 1)`. Null where it does
   * not match or the text is null.
   */
  extract(pattern: Pattern, group = 0): TextExpr<string, N | null> {
    const source = patternSource(pattern, this.node);
    checkGroup(group, source, this.node);
    return make(call('regex_extract', [this.node, literal(source)], STRING, true, { group }));
  }

  /** The text followed by `other`: `r.first.append(' ')`; null where either is null. */
  append<M extends Mark = never>(other: string | Scalar<Text, M>): TextExpr<string, N | NoInfer<M>> {
    const right = operand(other, { ...this.node, dtype: STRING });
    const node = call('concat', [this.node, right], STRING, anyNull(this.node, right));
    return make(node);
  }

  /**
   * The SHA-256 of the text's UTF-8 bytes in hexadecimal, with a key by HMAC: `r.email.sha256({ key })`. Equal texts have
   * equal digests, null has none. Without a key anyone who guesses a text can tell its digest: personal data needs one.
   * The key is bound to the statement and is not shown in plans, SQL and errors.
   */
  sha256(options: { readonly key?: string | Uint8Array } = {}): TextExpr<string, N> {
    return make(sha256(this.node, options.key));
  }

  /** `instead` in place of every text: `r.name.redact('x')`; null stays null. */
  redact(instead = '***'): TextExpr<string, N> {
    return this.#text('redact', instead);
  }

  /**
   * The last characters, those before them masked: `r.card.keepLast(4)` makes `'************1111'` of
   * `'4111111111111111'`. Text no longer than that is masked whole, and null stays null.
   */
  keepLast(count: number, options: { readonly mask?: string } = {}): TextExpr<string, N> {
    const { mask = '*' } = options;
    if (typeof mask !== 'string' || [...mask].length !== 1) {
      throw this.#refused('keepLast', `the mask is ${JSON.stringify(mask)}: give one character`, mask);
    }
    const shown = { count: wholeFrom(0, count, `${labelOf(this.node)}.keepLast`, LONGEST) };
    return make(call('keep_last', [this.node, literal(mask)], STRING, this.node.nullable, shown));
  }

  /**
   * The texts of the group one after another: `r.sku.joinText(', ', { orderBy: 'sku' })`. By the frame's own order where
   * none is given. Nulls are passed over.
   */
  joinText(separator: string, options: { readonly orderBy?: OrderBy } = {}): Aggregate<Text, N> {
    if (typeof separator !== 'string') throw this.#refused('joinText', 'the separator is a string', separator);
    const { orderBy = [] } = options;
    const node = aggregate('join_text', [this.node, literal(separator)], STRING, this.node.nullable);
    return aggregateOf({ ...node, orderBy: orderKeys(orderBy) });
  }

  /**
   * The text read as another dtype, as strictly as a reader reads it: `r.day.parse(t.date({ formats: ['%d.%m.%Y'] }))`.
   * `onError` says what becomes of text that does not fit.
   */
  parse<T extends AnyColumnType, const E extends OnError = 'fail'>(
    type: T,
    options: ParseOptions<E> = {},
  ): Expr<DTypeOf<T>, N | (E extends 'null' ? null : never)> {
    return make(castNode(this.node, type, options.onError ?? 'fail'));
  }

  #text(fn: string, ...args: string[]): TextExpr<string, N> {
    for (const value of args as readonly unknown[]) {
      if (typeof value === 'string') continue;
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.${calledAs(fn)} was given ${JSON.stringify(value) ?? String(value)}. Give a string.`,
        details: { value },
      });
    }
    return make(call(fn, [this.node, ...args.map(literal)], STRING, this.node.nullable));
  }

  #padded(fn: string, length: number, fill: string): TextExpr<string, N> {
    const name = calledAs(fn);
    if (typeof fill !== 'string' || fill === '') {
      throw this.#refused(name, `the filling is ${JSON.stringify(fill)}: give at least one character`, fill);
    }
    const options = { length: wholeFrom(0, length, `${labelOf(this.node)}.${name}`, LONGEST) };
    return make(call(fn, [this.node, literal(fill)], STRING, this.node.nullable, options));
  }

  #refused(method: string, message: string, value: unknown): MillraceError {
    return new MillraceError({
      code: 'expression.literal',
      message: `${labelOf(this.node)}.${method}: ${message}.`,
      details: { value },
    });
  }

  #test<M extends Mark>(fn: string, part: unknown): BooleanExpr<M> {
    const right = operand(part, { ...this.node, dtype: STRING });
    return make(call(fn, [this.node, right], BOOLEAN, anyNull(this.node, right)));
  }
}
