import { numericShape, quoteIdentifier } from '../../postgres/types.ts';
import type { DataType } from '../../schema/dtype.ts';
import type { TargetColumn } from './find-table.ts';

/** How many digits a whole number of 64 bits has at most. */
const INT_DIGITS = 19;

/** The most digits that a `numeric` may be declared with. */
const NUMERIC_DIGITS = 1000;

/**
 * How a column is made as wide as a dtype, as an action of ALTER TABLE; undefined where it is wide enough, or where the
 * values that are there would not stay what they are. A domain keeps its type: it may stand for more than a width.
 */
export function widening(column: TargetColumn, dtype: DataType): string | undefined {
  if (column.generated || column.isDomain) return undefined;
  const type = widerType(column, dtype);
  if (type === undefined) return undefined;
  return `ALTER COLUMN ${quoteIdentifier(column.name)} TYPE ${type}`;
}

function widerType({ type, modifier }: TargetColumn, dtype: DataType): string | undefined {
  const isNarrowInt = type === 'int2' || type === 'int4';
  const shape = type === 'numeric' ? numericShape(modifier) : undefined;
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      if (isNarrowInt) return 'BIGINT';
      return shape === undefined ? undefined : widerNumeric(shape, { whole: INT_DIGITS, scale: 0 });
    case 'decimal': {
      const wanted = { whole: dtype.precision - dtype.scale, scale: dtype.scale };
      if (isNarrowInt || type === 'int8') return widerNumeric({ precision: INT_DIGITS, scale: 0 }, wanted, true);
      return shape === undefined ? undefined : widerNumeric(shape, wanted);
    }
    case 'float':
      if (type === 'float4' || isNarrowInt) return 'DOUBLE PRECISION';
      return shape === undefined ? undefined : 'NUMERIC';
    case 'string':
      return type === 'varchar' && modifier !== -1 ? 'TEXT' : undefined;
    case 'timestamp':
      // Midnight by no clock in particular, as a timestamp without a zone is; with one, the server's zone would shift it.
      if (type === 'date') return 'TIMESTAMP';
      if (modifier === -1 || modifier === 6) return undefined;
      return type === 'timestamptz' ? 'TIMESTAMPTZ' : type === 'timestamp' ? 'TIMESTAMP' : undefined;
    default:
      return undefined;
  }
}

function widerNumeric(
  has: { readonly precision: number; readonly scale: number },
  wanted: { readonly whole: number; readonly scale: number },
  isOtherType = false,
): string | undefined {
  const whole = Math.max(has.precision - has.scale, wanted.whole);
  const scale = Math.max(has.scale, wanted.scale);
  if (!isOtherType && whole === has.precision - has.scale && scale === has.scale) return undefined;
  return whole + scale > NUMERIC_DIGITS ? 'NUMERIC' : `NUMERIC(${whole + scale}, ${scale})`;
}
