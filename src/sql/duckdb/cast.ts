import { type DataType, describeDType, MAX_PRECISION } from '../../schema/dtype.ts';
import { quoteName, quoteText, type ValueCast } from '../dialect.ts';
import { failedCast } from '../raised-error.ts';
import { article, type TextReading } from '../read-text.ts';
import { decimalText } from './decimal-text.ts';
import { bound } from './read-nested.ts';
import { readJson, readText } from './reading.ts';
import { typeName } from './spellings.ts';
import { jsonText } from './write-nested.ts';

/** A value as another dtype: text is read strictly, a list or struct value by value. */
export function castSql(input: string, cast: ValueCast): string {
  const { from, target, onError, label } = cast;
  const read = reading(input, cast);
  if (read !== undefined) return onError === 'fail' ? read.orFail(label) : read.orNull;
  const type = typeName(target);
  if (sameKindNested(from, target)) return castNested(input, cast);
  if (from.id === 'date' && target.id === 'string') return `strftime(${input}, '%Y-%m-%d')`;
  if (from.id === 'timestamp' && target.id === 'string') return `strftime(${input}, '%Y-%m-%dT%H:%M:%S.%fZ')`;
  if (wholeFromFraction(from, target)) {
    // A cast to a whole number must not round silently.
    const whole = `CASE WHEN ${input} = trunc(${input}) THEN TRY_CAST(${input} AS ${type}) END`;
    if (onError !== 'fail') return whole;
    return `CASE WHEN ${input} IS NULL THEN NULL WHEN ${input} <> trunc(${input}) THEN error(${failedCast(label, target, `${input}::VARCHAR`, "'is not a whole number'", '')}) ELSE CAST(${input} AS ${type}) END`;
  }
  // What an operation gives may be a NaN with a sign.
  if (from.id === 'float' && target.id === 'string') return `replace(CAST(${input} AS VARCHAR), '-nan', 'nan')`;
  if (from.id === 'decimal' && target.id === 'string') return decimalText(input, from);
  if (target.id === 'json' && (from.id === 'list' || from.id === 'struct'))
    return `CAST(${jsonText(input, from)} AS JSON)`;
  const cast_ = onError === 'fail' ? 'CAST' : 'TRY_CAST';
  if (from.id === 'float' && target.id === 'decimal') return rounded(input, target, cast_);
  // Of a boolean the engine's own is 0.00001 where no digit stands before the point.
  const number = from.id === 'boolean' && target.id === 'decimal' ? `CAST(${input} AS TINYINT)` : input;
  return `${cast_}(${number} AS ${type})`;
}

/**
 * A float as a decimal: a whole one exactly, others by their shortest text. The engine's own cast multiplies floats, which is
 * the same where the product is small and not near to a half.
 */
function rounded(input: string, dtype: DataType & { id: 'decimal' }, cast: 'CAST' | 'TRY_CAST'): string {
  const { precision, scale } = dtype;
  const x = '__millrace_x';
  const scaled = `${x} * 1e${scale}`;
  const as = (sql: string): string => `${cast}(${sql} AS ${typeName(dtype)})`;
  // Text takes a hundred times as long where a decimal has more than 18 digits. What has no place in a short one has two fewer after the point.
  const short = precision >= 18 && scale <= 15 ? Math.max(1, Math.ceil(scale / 2)) : 0;
  const types = Array.from({ length: short }, (_, i) => typeName({ ...dtype, precision: 18, scale: scale - 2 * i }));
  types.push(typeName({ ...dtype, precision: Math.min(MAX_PRECISION, precision + 1) }));
  const read = types.map((type) => `TRY_CAST(CAST(${x} AS VARCHAR) AS ${type})`);
  // All of 38 digits after the point are read from no exponent.
  const byText = `coalesce(${read.join(', ')}, ${as(x)})`;
  return bound(
    input,
    x,
    `CASE WHEN abs(${x}) < 1e${12 - scale} AND abs(abs(${scaled} - trunc(${scaled})) - 0.5) > 1e-3 THEN ${as(x)} WHEN trunc(${x}) = ${x} OR abs(${x}) >= ${10 ** (precision - scale)} THEN ${as(`${cast}(${x} AS HUGEINT)`)} ELSE ${as(byText)} END`,
  );
}

/** How a value is read that is text or JSON, or must be one of some texts. */
function reading(input: string, { from, target, format, content }: ValueCast): TextReading | undefined {
  if (content === true && target.id !== 'json') return readJson(`CAST(${input} AS VARCHAR)`, target);
  const isEnum = target.id === 'string' && target.values !== undefined;
  if (from.id === 'string' && (target.id !== 'string' || isEnum)) return readText(input, target, format);
  if (isEnum) return readText(`CAST(${input} AS VARCHAR)`, target, format);
  if (from.id === 'json' && target.id !== 'json' && target.id !== 'string') {
    return readJson(`CAST(${input} AS VARCHAR)`, target);
  }
  return undefined;
}

function castNested(input: string, cast: ValueCast): string {
  const { target, onError, label } = cast;
  const { value, fits } = inside(input, { ...cast, onError: 'null' }, true, 0);
  if (onError !== 'fail') return `CASE WHEN ${fits} THEN ${value} END`;
  const reason = quoteText(`is not ${article(describeDType(target))}`);
  const wrong = `error(${failedCast(label, target, `CAST(${input} AS VARCHAR)`, reason)})`;
  return `CASE WHEN ${input} IS NULL THEN NULL WHEN ${fits} THEN ${value} ELSE ${wrong} END`;
}

/** A value in a list or struct as its new dtype, null where it does not fit, and whether it fits. */
function inside(
  input: string,
  cast: ValueCast,
  nullable: boolean,
  depth: number,
): { readonly value: string; readonly fits: string } {
  const { from, target } = cast;
  const absent = `${input} IS NULL`;
  if (from.id === 'list' && target.id === 'list') {
    const item = `__millrace_cast${depth}`;
    const cast_ = { ...cast, from: from.item, target: target.item };
    const { value, fits } = inside(item, cast_, target.nullableItem ?? true, depth + 1);
    return {
      value: `list_transform(${input}, lambda ${item}: ${value})`,
      fits: `CASE WHEN ${absent} THEN ${nullable} ELSE len(list_filter(${input}, lambda ${item}: NOT ${fits})) = 0 END`,
    };
  }
  if (from.id === 'struct' && target.id === 'struct') {
    const parts = target.fields.map((field) => {
      const given = from.fields.find((f) => f.name === field.name);
      const null_ = `CAST(NULL AS ${typeName(field.dtype)})`;
      if (given === undefined) return { name: field.name, value: null_, fits: String(field.nullable) };
      const cast_ = { ...cast, from: given.dtype, target: field.dtype };
      const part = inside(`(${input}).${quoteName(field.name)}`, cast_, field.nullable, depth);
      return { name: field.name, ...part };
    });
    const fields = parts.map((part) => `${quoteName(part.name)} := ${part.value}`);
    return {
      value: `CASE WHEN NOT (${absent}) THEN struct_pack(${fields.join(', ')}) END`,
      fits: `CASE WHEN ${absent} THEN ${nullable} ELSE ${parts.map((part) => part.fits).join(' AND ')} END`,
    };
  }
  const value = castSql(input, cast);
  return { value, fits: `CASE WHEN ${absent} THEN ${nullable} ELSE ${value} IS NOT NULL END` };
}

function sameKindNested(from: DataType, to: DataType): boolean {
  return from.id === to.id && (from.id === 'list' || from.id === 'struct');
}

function wholeFromFraction(from: DataType, to: DataType): boolean {
  return (from.id === 'float' || from.id === 'decimal') && (to.id === 'int' || to.id === 'bigint');
}
