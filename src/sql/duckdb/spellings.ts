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

/** The engine keeps a result of decimals of 18 digits within 18 digits: one of them is widened where more are promised. */
export const widened =
  (spelling: Spelling): Spelling =>
  (args, call) => {
    const [left] = call.argTypes;
    const short = call.argTypes.every((type) => type.id === 'decimal' && type.precision <= 18);
    if (call.dtype.id !== 'decimal' || call.dtype.precision <= 18 || left?.id !== 'decimal' || !short) {
      return exact(spelling)(args, call);
    }
    return exact(spelling)([`CAST(${first(args)} AS DECIMAL(19,${left.scale}))`, ...args.slice(1)], call);
  };
