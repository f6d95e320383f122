import { MillraceError } from '../errors.ts';
import type { OptionNames } from '../option-names.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { AnyCol, Arithmetic, Col, IsOneKind, Only, Without } from '../schema/columns.ts';
import {
  type AnyDType,
  BIGINT,
  BOOLEAN,
  type DataType,
  type DType,
  decimal,
  decimalShape,
  describeDType,
  type Enum,
  type Field,
  FLOAT,
  INT,
  isNumeric,
  MAX_PRECISION,
  type NumericDType,
  sameDType,
  unified,
} from '../schema/dtype.ts';
import { changeColumns, checkNames, columnNode, fieldOf } from './columns.ts';
import { call, castTo } from './functions/base.ts';

export interface UnpivotOptions<K, Names, Values, Drop> {
  /** The columns whose values go under each other. */
  readonly columns: readonly K[];
  /** The new column that holds which of them a value is from. */
  readonly names: Names;
  /** The new column that holds the values. */
  readonly values: Values;
  /** Whether nulls give no row. Default: they do. */
  readonly dropNulls?: Drop;
}

export const UNPIVOT_OPTIONS: OptionNames<UnpivotOptions<string, string, string, boolean>> = {
  columns: true,
  names: true,
  values: true,
  dropNulls: true,
};

/** The dtype of all: known strings are joined, of numbers the widest is taken; `never` where there is none. */
export type SharedDType<D extends AnyDType> = [D] extends [{ readonly id: 'string' }]
  ? DType<'string', D['js'] & string>
  : [D] extends [NumericDType]
    ? Arithmetic<D, D>
    : IsOneKind<D> extends true
      ? D
      : never;

/** Refuses columns that share no dtype. */
export type OneDType<D extends AnyDType> = [SharedDType<D>] extends [never]
  ? { readonly columns: { readonly 'the columns have different dtypes': never } }
  : unknown;

/** The other columns, then the name and the value. */
export type Unpivoted<C extends AnyCol, K, Names extends string, Values extends string, Drop> =
  | Without<C, K>
  | Col<Names, Enum<K & string>, never>
  | Col<Values, SharedDType<Only<C, K>['d']>, Drop extends true ? never : Only<C, K>['n']>;

export function unpivot(input: Relation, options: UnpivotOptions<string, string, string, boolean>): Relation {
  const { columns, names, values, dropNulls = false } = options;
  if (!Array.isArray(columns) || columns.length === 0 || new Set(columns).size < columns.length) {
    throw new MillraceError({
      code: 'plan.unpivot',
      message: `unpivot: columns is ${JSON.stringify(columns)}. List the columns to put under each other, each once.`,
      details: { columns },
    });
  }
  const schema = outputSchema(input);
  const fields = columns.map((name) => fieldOf(schema, name, 'unpivot'));
  const others = schema.filter((f) => !columns.includes(f.name)).map((f) => f.name);
  checkNames([...others, names, values], 'unpivot');
  const dtype = sharedDType(fields);
  const alike = changeColumns(
    input,
    (f) => (columns.includes(f.name) ? as(columnNode(f), dtype) : undefined),
    'unpivot',
  );
  const rows: Relation = { kind: 'unpivot', input: alike, columns, names, values };
  const made = columnNode(fieldOf(outputSchema(rows), values, 'unpivot'));
  if (!dropNulls || !made.nullable) return rows;
  const present: Relation = {
    kind: 'filter',
    input: rows,
    predicate: call('is_not_null', [made], BOOLEAN, false),
  };
  return changeColumns(present, (f) => (f.name === values ? { ...made, nullable: false } : undefined), 'unpivot');
}

function sharedDType(fields: readonly Field[]): DataType {
  if (fields.every((f) => isNumeric(f.dtype))) return widest(fields.map((f) => f.dtype));
  const [first, ...others] = fields;
  if (first === undefined) throw new Error('an unpivot without columns');
  let { dtype } = first;
  for (const other of others) {
    const both = unified(dtype, other.dtype);
    if (both === undefined) {
      throw new MillraceError({
        code: 'plan.dtype',
        message: `unpivot: ${first.name} is ${describeDType(first.dtype)} and ${other.name} is ${describeDType(other.dtype)}. Cast them to one dtype first.`,
        details: { columns: [first.name, other.name] },
      });
    }
    dtype = both;
  }
  return dtype;
}

/** The dtype that holds all numbers of several: floats are not exact, the digits of decimals are all kept. */
function widest(dtypes: readonly DataType[]): DataType {
  const ids = new Set(dtypes.map((dtype) => dtype.id));
  if (ids.has('float')) return FLOAT;
  if (!ids.has('decimal')) return ids.has('bigint') ? BIGINT : INT;
  const shapes = dtypes.map(decimalShape);
  const scale = Math.max(...shapes.map((shape) => shape.scale));
  const whole = Math.max(...shapes.map((shape) => shape.precision - shape.scale));
  return decimal(Math.min(MAX_PRECISION, whole + scale), scale);
}

/** The column as a dtype, cast where its values stand otherwise there. */
function as(column: ReturnType<typeof columnNode>, dtype: DataType) {
  if (!isNumeric(dtype) || sameDType(dtype, column.dtype)) return { ...column, dtype };
  return castTo(column, dtype);
}
