import { type DayFormats, dayFormats } from './day-formats.ts';

/** How numbers are written: the decimal point, and the character between groups of digits. */
export interface NumberStyle {
  readonly decimal: '.' | ',';
  readonly thousands: string;
}

/** The styles that are looked for, the plainest first. */
export const STYLES: readonly NumberStyle[] = [
  { decimal: '.', thousands: '' },
  { decimal: ',', thousands: '' },
  { decimal: '.', thousands: ',' },
  { decimal: ',', thousands: '.' },
  { decimal: '.', thousands: "'" },
  { decimal: '.', thousands: ' ' },
  { decimal: ',', thousands: ' ' },
  { decimal: ',', thousands: '\u00a0' },
  { decimal: ',', thousands: '\u202f' },
];

const PATTERNS = STYLES.map(({ decimal, thousands }) => {
  const point = `[${decimal}]`;
  const whole = thousands === '' ? '\\d+' : `(?:[1-9]\\d{0,2}(?:[${thousands}]\\d{3})+|\\d+)`;
  return new RegExp(`^[+-]?(?:${whole}(?:${point}(\\d*))?|${point}(\\d+))$`);
});

/** What a text looks like. */
export type Shape = 'whole number' | 'number' | 'amount' | 'percentage' | 'date' | 'time' | 'word' | 'text';

interface Digits {
  readonly value: number;
  readonly whole: number;
  readonly fraction: number;
}

/** What can be told of a text by itself. */
export interface Traits {
  readonly shape: Shape;
  /** A bit for each style that the number in it may be written in. */
  readonly styles: number;
  /** Of a number: itself, and the digits before the point and after it, by what the point is. */
  readonly digits: Readonly<Record<'.' | ',', Digits>>;
  readonly hasExponent: boolean;
  readonly hasLeadingZero: boolean;
  readonly isNegative: boolean;
  readonly currency: string | undefined;
  readonly hasParentheses: boolean;
  readonly isPadded: boolean;
  readonly day: DayFormats | undefined;
}

/** Words that stand where there is no value. */
const MARKERS = new Set(
  [
    'NA',
    'N/A',
    'n/a',
    '#N/A',
    'na',
    'null',
    'NULL',
    'Null',
    'None',
    'none',
    'nil',
    'NaN',
    'nan',
    '-',
    '--',
    '?',
    '.',
    '\\N',
  ].concat(['(null)', 'missing', 'unknown', 'NaT']),
);

export function isMarker(text: string): boolean {
  return MARKERS.has(text);
}

const NO_DIGITS: Digits = { value: Number.NaN, whole: 0, fraction: 0 };
const PLAIN: Omit<Traits, 'shape'> = {
  styles: 0,
  digits: { '.': NO_DIGITS, ',': NO_DIGITS },
  hasExponent: false,
  hasLeadingZero: false,
  isNegative: false,
  currency: undefined,
  hasParentheses: false,
  isPadded: false,
  day: undefined,
};

const SHORT_WHOLE = /^[1-9]\d{0,14}$/;
const EXPONENT = /^[+-]?(?:\d+(?:[.]\d*)?|[.]\d+)[eE][+-]?\d+$/;
const AMOUNT =
  /^[+-]?([^\d+().,'%\s-]*)[ \u00a0\u202f]?[+-]?(\d[\d.,' \u00a0\u202f]*?|[.,]\d+)[ \u00a0\u202f]?([^\d+().,'\s-]*)$/u;
const SIGN = /^(?:\p{Sc}|[A-Z]{3}|kr|zł|Kč|Ft|Fr|R[$]|US[$])$/u;
const ALL_STYLES = (1 << STYLES.length) - 1;

/** Looks at a text. */
export function traitsOf(text: string): Traits {
  if (SHORT_WHOLE.test(text)) return whole(text);
  const number = numberTraits(text);
  if (number !== undefined) return number;
  if (EXPONENT.test(text)) return { ...PLAIN, shape: 'number', styles: 1, hasExponent: true };
  const day = dayFormats(text);
  if (day !== undefined) return { ...PLAIN, shape: day.hasTime ? 'time' : 'date', day };
  const amount = amountTraits(text);
  if (amount !== undefined) return amount;
  const isPadded = text !== text.trim();
  return { ...PLAIN, shape: /^\p{L}+$/u.test(text) ? 'word' : 'text', isPadded };
}

function whole(text: string): Traits {
  const digits = { value: Number(text), whole: text.length, fraction: 0 };
  return { ...PLAIN, shape: 'whole number', styles: ALL_STYLES, digits: { '.': digits, ',': digits } };
}

function numberTraits(text: string): Traits | undefined {
  let styles = 0;
  let isPlain = false;
  const digits = { '.': NO_DIGITS, ',': NO_DIGITS };
  PATTERNS.forEach((pattern, i) => {
    const match = pattern.exec(text);
    if (match === null) return;
    const style = STYLES[i];
    if (style === undefined) return;
    styles |= 1 << i;
    const [, after, alone] = match;
    const fraction = (after ?? alone ?? '').length;
    const all = text.replace(/\D/g, '');
    const value = (Number(all) / 10 ** fraction) * (text.startsWith('-') ? -1 : 1);
    digits[style.decimal] = { value, whole: all.length - fraction, fraction };
    isPlain ||= i === 0 && !text.includes('.');
  });
  if (styles === 0) return undefined;
  const isNegative = text.startsWith('-');
  const hasLeadingZero = /^[+-]?0\d/.test(text);
  return { ...PLAIN, shape: isPlain ? 'whole number' : 'number', styles, digits, isNegative, hasLeadingZero };
}

/** A number with a currency, a percent sign or parentheses around it. */
function amountTraits(text: string): Traits | undefined {
  if (text.length > 40) return undefined;
  const isPercent = text.endsWith('%');
  const inside = text.replace(/^[(]|[)]$/g, '');
  const hasParentheses = inside.length === text.length - 2;
  if (!hasParentheses && /[()]/.test(text)) return undefined;
  const [, before = '', number = '', after = ''] = AMOUNT.exec(inside) ?? [];
  const sign = before === '' ? (isPercent ? '' : after) : before;
  if (sign !== '' && !SIGN.test(sign)) return undefined;
  if (sign === '' && !isPercent && !hasParentheses) return undefined;
  if (before !== '' && after !== '') return undefined;
  const traits = numberTraits(number);
  if (traits === undefined) return undefined;
  return {
    ...traits,
    shape: isPercent ? 'percentage' : 'amount',
    currency: sign === '' ? undefined : sign,
    hasParentheses,
    isNegative: hasParentheses || /^\D*-/.test(text),
  };
}
