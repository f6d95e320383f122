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
