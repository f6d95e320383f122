import type { TextFormat } from '../schema/column-type.ts';
import { quoteText } from './dialect.ts';

/*
 * Amounts of money and percentages in text. The pattern and the functions are those that DuckDB and PostgreSQL share.
 */

/** What may stand between an amount and its currency: a space, one that does not break, or a narrow one. */
const BLANKS = ' \u00A0\u202F';

/** Whether texts hold more than the number itself. */
export function isAmount({ currency, parentheses, percent }: TextFormat): boolean {
  return (currency ?? parentheses ?? percent) !== undefined;
}

/** The shape of a text around its number, whose own shape is given: `-$5`, `$ -5`, `5 €`, `($5)`. */
export function amountShape(number: string, { currency = [], parentheses, percent }: TextFormat): string {
  const blank = `[${BLANKS}]?`;
  const value = percent === true ? `${number}${blank}%` : number;
  if (currency.length === 0) return parentheses === true ? `([+-]?${value}|[(]${value}[)])` : `[+-]?${value}`;
  const sign = `(${longestFirst(currency).map(escaped).join('|')})`;
  const beside = `((${sign}${blank})?${value}|${value}${blank}${sign})`;
  const shapes = [`[+-]?${beside}`, `${sign}${blank}[+-]${value}`];
  if (parentheses === true) shapes.push(`[(]${beside}[)]`, `${sign}${blank}[(]${value}[)]`);
  return `(${shapes.join('|')})`;
}

/** A text without currency, blanks, parentheses and percent sign; what is left is the number as it was written. */
export function amountText(text: string, { currency = [] }: TextFormat): string {
  const bare = longestFirst(currency).reduce((sql, sign) => `replace(${sql}, ${quoteText(sign)}, '')`, text);
  return `translate(${bare}, ${quoteText(`()%${BLANKS}`)}, '')`;
}

export function describeAmount({ currency = [], parentheses, percent }: TextFormat): string {
  const parts = [
    ...(currency.length === 0 ? [] : [`perhaps with ${currency.map((sign) => `'${sign}'`).join(' or ')}`]),
    ...(parentheses === true ? ['negative in parentheses'] : []),
    ...(percent === true ? ["a percentage that ends in '%'"] : []),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

/** A currency may be the beginning of another. */
function longestFirst(currency: readonly string[]): readonly string[] {
  return [...currency].sort((a, b) => b.length - a.length);
}

function escaped(sign: string): string {
  return sign.replaceAll(/[\\^$.*?|[\]{}]/g, '\\$&');
}
