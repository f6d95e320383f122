import { type DataType, MAX_PRECISION } from '../../schema/dtype.ts';

type Decimal = DataType & { readonly id: 'decimal' };

/** Whether all digits of a decimal stand after its point: of such the engine writes `.5`, where everyone else writes `0.5`. */
export function isFraction(dtype: DataType): dtype is Decimal {
  return dtype.id === 'decimal' && dtype.precision === dtype.scale;
}

/** A fraction as a decimal that has a digit before its point. */
export function wider(sql: string, { precision, scale }: Decimal): string {
  return `CAST(${sql} AS DECIMAL(${precision + 1}, ${scale}))`;
}

/** The text of a decimal, with a digit before its point. */
export function decimalText(sql: string, dtype: Decimal): string {
  if (!isFraction(dtype)) return `CAST(${sql} AS VARCHAR)`;
  if (dtype.precision < MAX_PRECISION) return `CAST(${wider(sql, dtype)} AS VARCHAR)`;
  return `regexp_replace(CAST(${sql} AS VARCHAR), '^(-?)[.]', '\\10.')`;
}

/** The most digits of which the engine reads a decimal from text at once; of one with more it takes 20 µs a text. */
const SHORT = 18;

/** Whether text is read as a decimal in two parts. */
export function isLong(dtype: DataType): dtype is Decimal {
  return dtype.id === 'decimal' && dtype.precision > SHORT && dtype.scale <= SHORT;
}

/** Text without an exponent as a decimal: what is before the point as a whole number, what is behind it as a short decimal. */
export function textAsDecimal(text: string, dtype: Decimal, cast: 'CAST' | 'TRY_CAST'): string {
  const { precision, scale } = dtype;
  const type = `DECIMAL(${precision}, ${scale})`;
  const short = `DECIMAL(${SHORT}, ${scale})`;
  if (!isLong(dtype)) return `${cast}(${text} AS ${type})`;
  const whole = `TRY_CAST(TRY_CAST(split_part(${text}, '.', 1) AS HUGEINT) AS ${type})`;
  const sign = `CASE WHEN starts_with(${text}, '-') THEN '-0.' ELSE '0.' END`;
  const fraction = `TRY_CAST(${sign} || split_part(${text}, '.', 2) AS ${short})`;
  return `coalesce(TRY_CAST(${text} AS ${short}), TRY_CAST(${whole} + ${fraction} AS ${type}), ${cast}(${text} AS ${type}))`;
}
