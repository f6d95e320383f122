import type { DataType } from '../../schema/dtype.ts';
import { quoteName, type Spelling } from '../dialect.ts';
import { first } from '../spellings.ts';

/** A dtype's name in SQL. */
export function typeName(dtype: DataType): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return 'BIGINT';
    case 'float':
      return 'DOUBLE';
    case 'decimal':
      return `DECIMAL(${dtype.precision},${dtype.scale})`;
    case 'string':
      return 'VARCHAR';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'TIMESTAMP';
    case 'json':
      return 'JSON';
    case 'binary':
      return 'BLOB';
    case 'list':
      return `${typeName(dtype.item)}[]`;
    case 'struct':
      return `STRUCT(${dtype.fields.map((f) => `${quoteName(f.name)} ${typeName(f.dtype)}`).join(', ')})`;
  }
}

/** A result whose engine dtype may differ is cast to the dtype that the plan promised. */
export const as =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    `CAST(${spelling(args, call)} AS ${typeName(call.dtype)})`;

/** As `as`, for decimals and the engine's 128-bit whole numbers only. */
export const exact =
  (spelling: Spelling): Spelling =>
  (args, call) =>
    call.dtype.id === 'float' ? spelling(args, call) : as(spelling)(args, call);

/** The digits of a decimal in 64 bits, which the engine multiplies several times as fast as one of more digits. */
const SHORT = 18;

/** Whether a decimal is of a width that the engine may hold wider inside a statement, up to 18 digits. */
export const isShort = (dtype: DataType): boolean => dtype.id === 'decimal' && dtype.precision <= SHORT;

/** Whether a value is a short decimal, or has one inside. */
export function holdsShortDecimal(dtype: DataType): boolean {
  if (dtype.id === 'list') return holdsShortDecimal(dtype.item);
  if (dtype.id === 'struct') return dtype.fields.some((field) => holdsShortDecimal(field.dtype));
  return isShort(dtype);
}

/**
 * Sums, differences and products. The engine keeps a result of decimals of 18 digits within 18 digits: where more are
 * promised, one of them is widened; where not, the result stays in the engine's own width, for a cast of each costs as
 * much as the operation itself.
 */
export const arithmetic =
  (spelling: Spelling): Spelling =>
  (args, call) => {
    const [left] = call.argTypes;
    if (!call.argTypes.every(isShort) || left?.id !== 'decimal') return exact(spelling)(args, call);
    if (isShort(call.dtype)) return spelling(args, call);
    return exact(spelling)([`CAST(${first(args)} AS DECIMAL(${SHORT + 1},${left.scale}))`, ...args.slice(1)], call);
  };
