import type { TextFormat } from '../schema/column-type.ts';
import { partsOf } from '../schema/strptime.ts';

/*
 * The shapes of texts that are strictly right, as patterns that every engine reads alike. They match a text as a whole.
 */

export const DAY = '[0-9]{4}-[0-9]{2}-[0-9]{2}';

/** A day and a time, without a zone. */
export const TIME: string = `${DAY}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?`;

/** Where a zone is written after a time. */
export const ZONE = '(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)';

export const BASE64 = '[A-Za-z0-9+/]*={0,2}';

/** What JavaScript's `trim` removes. */
export const BLANK_CODES: readonly number[] = [
  ...[9, 10, 11, 12, 13, 32, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201, 8202],
  ...[8232, 8233, 8239, 8287, 12288, 65279],
];

/** A whole number with its sign. */
export function wholeShape(format: TextFormat): string {
  return `[+-]?${wholePart(format)}`;
}

/** A decimal number without a sign; of the digits after the point only zeros go beyond the scale. */
export function decimalShape(scale: number, format: TextFormat): string {
  return pointed(scale === 0 ? '0+' : `[0-9]{1,${scale}}0*`, format);
}

/** A decimal number with any digits after the point. */
export function numberShape(format: TextFormat): string {
  return `[+-]?${pointed('[0-9]+', format)}`;
}

/** A number with its sign, perhaps with an exponent. */
export function floatShape(format: TextFormat): string {
  return `${numberShape(format)}([eE][+-]?[0-9]+)?`;
}

/** What a strptime format reads, a group a directive: the engines' own readings are more lenient. */
export function formatShape(format: string): string {
  return partsOf(format)
    .map((part) => ('text' in part ? escaped(part.text) : `(${part.pattern ?? '.+'})`))
    .join('');
}

function pointed(fraction: string, format: TextFormat): string {
  const point = escaped(format.decimal ?? '.');
  return `(${wholePart(format)}(${point}(${fraction})?)?|${point}${fraction})`;
}

function wholePart(format: TextFormat): string {
  if (format.thousands === undefined) return '[0-9]+';
  return `([0-9]{1,3}(${escaped(format.thousands)}[0-9]{3})+|[0-9]+)`;
}

function escaped(character: string): string {
  if (/[A-Za-z0-9 ]/.test(character)) return character;
  return `[${/[\^\]\\]/.test(character) ? `\\${character}` : character}]`;
}
