// Tables made up from a schema: import { rowsOf } from 'millrace/testing/fast-check', which needs the package fast-check.
import * as fc from 'fast-check';
import { MillraceError } from '../errors.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { ColsOf, Row } from '../schema/columns.ts';
import { type DataType, type Field, MAX_PRECISION } from '../schema/dtype.ts';

/** What `rowsOf` takes. */
export interface RowsOfOptions<S extends SchemaSpec> {
  readonly minLength?: number;
  /** Default 20. */
  readonly maxLength?: number;
  /** Arbitraries of your own, by column: `{ quantity: fc.integer({ min: 1, max: 9 }) }`. */
  readonly columns?: { readonly [K in keyof Row<ColsOf<S>>]?: fc.Arbitrary<Row<ColsOf<S>>[K]> };
  /** Columns that together stand in one row only. */
  readonly unique?: (keyof S & string) | readonly (keyof S & string)[];
  /** Whether floats may be NaN and infinite. Default false. */
  readonly notFinite?: boolean;
}

/**
 * Rows of a schema as an arbitrary of fast-check. They are of any length and any values that its dtypes have, nulls where
 * they may be. A table that fails shrinks to few rows of plain values.
 *
 * @example
 * ```ts
 * import * as fc from 'fast-check';
 * import { read, t } from 'millrace';
 * import { rowsOf } from 'millrace/testing/fast-check';
 * const schema = { id: t.int(), region: t.enum(['north', 'south']).nullable() };
 * await fc.assert(
 *   fc.asyncProperty(rowsOf(schema, { unique: 'id' }), async (rows) => {
 *     const kept = await read.rows(rows, { schema }).dropNulls().count();
 *     return kept <= rows.length;
 *   }),
 *   { numRuns: 10 },
 * );
 * ```
 *
 * Days are those of the years 1 to 9999, timestamps whole milliseconds of them; ints are those that a double holds.
 */
export function rowsOf<const S extends SchemaSpec>(
  schema: S,
  options: RowsOfOptions<S> = {},
): fc.Arbitrary<Row<ColsOf<S>>[]> {
  const { minLength = 0, maxLength = Math.max(20, minLength), unique = [], notFinite = false } = options;
  const given: Readonly<Record<string, fc.Arbitrary<unknown> | undefined>> = options.columns ?? {};
  const fields = schemaOf(schema);
  const row = fc.record(
    Object.fromEntries(fields.map((field) => [field.name, given[field.name] ?? valuesOf(field, notFinite)])),
  );
  const keys = typeof unique === 'string' ? [unique] : unique;
  const missing = keys.find((key) => !fields.some((field) => field.name === key));
  if (missing !== undefined) {
    throw new MillraceError({
      code: 'testing.unique',
      message: `rowsOf: unique names ${JSON.stringify(missing)}, which is no column. The columns are ${fields.map((f) => f.name).join(', ')}.`,
      details: { column: missing },
    });
  }
  const lengths = { minLength, maxLength };
  const rows =
    keys.length === 0
      ? fc.array(row, lengths)
      : fc.uniqueArray(row, { ...lengths, selector: (made) => keyOf(keys.map((key) => made[key])) });
  return rows as fc.Arbitrary<unknown[]> as fc.Arbitrary<Row<ColsOf<S>>[]>;
}

function keyOf(values: readonly unknown[]): string {
  return JSON.stringify(values, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

function valuesOf({ dtype, nullable }: Pick<Field, 'dtype' | 'nullable'>, notFinite: boolean): fc.Arbitrary<unknown> {
  const values = notNull(dtype, notFinite);
  return nullable ? fc.option(values, { nil: null }) : values;
}

const FIRST_DAY = new Date('0001-01-01T00:00:00.000Z');
const LAST_DAY = new Date('9999-12-31T23:59:59.999Z');

function notNull(dtype: DataType, notFinite: boolean): fc.Arbitrary<unknown> {
  switch (dtype.id) {
    case 'int':
      return fc.maxSafeInteger();
    case 'bigint':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'float':
      return fc.double(notFinite ? {} : { noNaN: true, noDefaultInfinity: true });
    case 'decimal':
      return decimals(dtype.precision, dtype.scale);
    case 'string':
      return dtype.values === undefined ? fc.string({ unit: 'grapheme' }) : fc.constantFrom(...dtype.values);
    case 'boolean':
      return fc.boolean();
    case 'date':
      return instants().map((day) => day.toISOString().slice(0, 10));
    case 'timestamp':
      return instants();
    case 'json':
      // JSON's own null is a column's null.
      return fc.jsonValue({ maxDepth: 2 }).filter((value) => value !== null);
    case 'list':
      return fc.array(valuesOf({ dtype: dtype.item, nullable: dtype.nullableItem ?? true }, notFinite), {
        maxLength: 5,
      });
    case 'struct':
      return fc.record(Object.fromEntries(dtype.fields.map((field) => [field.name, valuesOf(field, notFinite)])));
    case 'binary':
      return fc.uint8Array({ maxLength: 20 });
  }
}

const instants = (): fc.Arbitrary<Date> => fc.date({ min: FIRST_DAY, max: LAST_DAY, noInvalidDate: true });

function decimals(precision: number, scale: number): fc.Arbitrary<string> {
  const most = 10n ** BigInt(Math.min(precision, MAX_PRECISION)) - 1n;
  return fc.bigInt({ min: -most, max: most }).map((unscaled) => {
    const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
    const whole = digits.slice(0, digits.length - scale);
    const text = scale === 0 ? whole : `${whole}.${digits.slice(digits.length - scale)}`;
    return unscaled < 0n ? `-${text}` : text;
  });
}
