import type { DataType, Field } from '../../schema/dtype.ts';
import { quoteName } from '../../sql/dialect.ts';
import { decimalText } from '../../sql/duckdb/decimal-text.ts';
import { holds, jsonText } from '../../sql/duckdb/write-nested.ts';

/**
 * How a column is compared. By its dtype, exactly (`value`), or as its target holds it: exact numbers by their digits,
 * doubles without the sign of a zero, nested values as JSON, identifiers in one spelling, texts without blanks at
 * the end; or only whether there is a value (`presence`), where the target writes values its own way.
 */
export type Comparison = 'value' | 'digits' | 'double' | 'json' | 'uuid' | 'padded' | 'presence';

/** The engine's function of {@link canonicalJson}. */
export const CANONICAL_JSON = '__millrace_canonical_json';

/** A column of one side: a name that the side's query has. */
export interface Compared {
  readonly field: Field;
  readonly how: Comparison;
  /** Whether it is read from the target, which gives digits and JSON as text. */
  readonly isTarget: boolean;
}

/** Whether a comparison needs {@link CANONICAL_JSON}. */
export function needsJson({ field, how }: Compared): boolean {
  return how === 'json' || (how === 'value' && holds(field.dtype, 'json'));
}

/** What two values have in common where they count as the same, and only then; null for null. */
export function canonical({ field, how, isTarget }: Compared): string {
  const name = quoteName(field.name);
  switch (how) {
    case 'value':
      return canonicalValue(castTo(name, field.dtype), field.dtype);
    case 'digits':
      return trimmed(isTarget ? name : digitsOf(name, field.dtype));
    case 'double':
      return name;
    case 'json': {
      const isNested = field.dtype.id === 'list' || field.dtype.id === 'struct';
      const text = isNested && !isTarget ? jsonText(name, field.dtype) : `CAST(${name} AS VARCHAR)`;
      return `CASE WHEN ${name} IS NOT NULL THEN ${CANONICAL_JSON}(${text}) END`;
    }
    case 'uuid':
      return `coalesce(CAST(TRY_CAST(${name} AS UUID) AS VARCHAR), ${name})`;
    case 'padded':
      return `rtrim(${name}, ' ')`;
    case 'presence':
      return `CASE WHEN ${name} IS NOT NULL THEN true END`;
  }
}

/** The engine's hash of a number is that of its type. */
function castTo(sql: string, dtype: DataType): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return `CAST(${sql} AS BIGINT)`;
    case 'decimal':
      return `CAST(${sql} AS DECIMAL(${dtype.precision}, ${dtype.scale}))`;
    default:
      return sql;
  }
}

/** One zero has a sign, all NaNs are one: the engine's own hash tells no zeros apart, and equality neither. */
function canonicalValue(sql: string, dtype: DataType, depth = 0): string {
  switch (dtype.id) {
    case 'float':
      return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(v := ${sql}, z := ${sql} = 0 AND signbit(${sql})) END`;
    case 'json':
      return `${CANONICAL_JSON}(CAST(${sql} AS VARCHAR))`;
    case 'list': {
      const item = `__millrace_item${depth}`;
      const inside = canonicalValue(item, dtype.item, depth + 1);
      return inside === item ? sql : `list_transform(${sql}, lambda ${item}: ${inside})`;
    }
    case 'struct': {
      const fields = dtype.fields.map(({ name, dtype }) => {
        const field = `(${sql}).${quoteName(name)}`;
        return { name, field, inside: canonicalValue(field, dtype, depth) };
      });
      if (fields.every(({ field, inside }) => inside === field)) return sql;
      const packed = fields.map(({ name, inside }) => `${quoteName(name)} := ${inside}`);
      return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${packed.join(', ')}) END`;
    }
    default:
      return sql;
  }
}

function digitsOf(sql: string, dtype: DataType): string {
  return dtype.id === 'decimal' ? decimalText(sql, dtype) : `CAST(${sql} AS VARCHAR)`;
}

/** Digits without zeros at the end, where a point stands before them. */
function trimmed(text: string): string {
  return `regexp_replace(regexp_replace(${text}, '(\\.\\d*?)0+$', '\\1'), '\\.$', '')`;
}

/** Digits of a sum that no number of rows brings beyond what the engine has. */
const SUMMED_DIGITS = 28;

/** What is summed of a column; undefined where it is no number, or a sum may not fit the engine's digits. */
export function summed({ field, how, isTarget }: Compared): string | undefined {
  const { dtype } = field;
  const name = quoteName(field.name);
  const isText = how === 'digits' && isTarget;
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return isText ? `TRY_CAST(${name} AS HUGEINT)` : name;
    case 'float':
      return name;
    case 'decimal':
      if (dtype.precision > SUMMED_DIGITS) return undefined;
      return isText ? `TRY_CAST(${name} AS DECIMAL(38, ${dtype.scale}))` : name;
    default:
      return undefined;
  }
}

/** The columns of {@link canonicalQuery}: `k0`, .. what is compared, `s0`, .. what is summed. */
export function canonicalColumns(columns: readonly Compared[]): string {
  const made = columns.map((column, i) => `${canonical(column)} AS k${i}`);
  const sums = columns.flatMap((column, i) => {
    const sum = summed(column);
    return sum === undefined ? [] : [`${sum} AS s${i}`];
  });
  return [...made, ...sums].join(', ');
}

/**
 * The digest of canonical rows: how many there are, the sum of their hashes, and of each column how many values it
 * has, the sum of its values and that of their hashes, in this order. A sum of hashes does not depend on the order of
 * rows, and unlike an exclusive or a row that stands twice does not leave it. A row's own hash is hashed again: the
 * engine joins those of the columns by an exclusive or, and in sums of these some swaps between rows cancel out.
 */
export function digestOf(columns: readonly Compared[], from: string): string {
  const rowHash = `hash(hash(${columns.map((_, i) => `k${i}`).join(', ')}))`;
  const each = columns.flatMap((column, i) => {
    const sum = summed(column);
    const total = sum === undefined ? 'NULL' : column.field.dtype.id === 'float' ? `fsum(s${i})` : `sum(s${i})`;
    return [`count(k${i})`, total, `sum(hash(k${i}))`];
  });
  const all = ['count(*)', `sum(${rowHash})`, ...each].map((sql) => `CAST(${sql} AS VARCHAR)`);
  return `SELECT ${all.join(', ')} FROM ${from}`;
}
