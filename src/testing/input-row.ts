import type { AnyCol } from '../schema/columns.ts';
import type { AnyDType, DataType, StructFields } from '../schema/dtype.ts';
import { dayOf, fromJs, instantOf } from '../schema/from-js.ts';
import type { PlainRow } from './row-differences.ts';

/** A value as a test may write it: what `read.rows` takes, such as ISO text for a timestamp. */
export type InputValue<D extends AnyDType> = D extends { readonly id: 'timestamp' | 'date' }
  ? string | Date
  : D extends { readonly id: 'decimal' }
    ? string | number
    : D extends { readonly id: 'bigint' }
      ? bigint | number
      : D extends { readonly item: { readonly d: infer I extends AnyDType; readonly n: infer N } }
        ? readonly (InputValue<I> | N)[]
        : D extends { readonly fields: infer F extends StructFields }
          ? { readonly [K in keyof F]: InputValue<F[K]['d']> | F[K]['n'] }
          : D['js'];

/** A row as a test may write it. */
export type InputRow<C extends AnyCol> = { [E in C as E['k']]: InputValue<E['d']> | E['n'] };

/** The rows as a frame of this schema would give them; what fits no dtype stays, and is a difference then. */
export function asGiven(
  rows: readonly PlainRow[],
  schema: readonly { readonly name: string; readonly dtype: DataType }[],
): readonly PlainRow[] {
  const dtypes = new Map(schema.map(({ name, dtype }) => [name, dtype]));
  return rows.map((row) =>
    Object.fromEntries(Object.entries(row).map(([name, value]) => [name, valueAsGiven(value, dtypes.get(name))])),
  );
}

function valueAsGiven(value: unknown, dtype: DataType | undefined): unknown {
  switch (dtype?.id) {
    case 'timestamp': {
      const text = typeof value === 'string' ? instantOf(value) : undefined;
      return text === undefined ? value : new Date(`${text.replace(' ', 'T')}Z`);
    }
    case 'date':
      return dayOf(value) ?? value;
    case 'decimal':
      return fromJs(value, dtype) ?? value;
    case 'bigint':
      return Number.isSafeInteger(value) ? BigInt(value as number) : value;
    case 'list':
      return Array.isArray(value) ? value.map((item) => valueAsGiven(item, dtype.item)) : value;
    case 'struct':
      return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? asGiven([value as PlainRow], dtype.fields)[0]
        : value;
    default:
      return value;
  }
}
