import { didYouMean, MillraceError } from '../errors.ts';
import type { ScanColumn } from '../plan/scan.ts';
import { type DataType, describeDType, sameDType } from '../schema/dtype.ts';

/** What codes of errors begin with. */
type Area = 'arrow' | 'parquet';

/** A column of a source that knows its own types. */
interface TypedColumn {
  readonly name: string;
  /** Undefined where no dtype is like its type. */
  readonly dtype: DataType | undefined;
  /** Its type in the source's own words. */
  readonly type: string;
  /** Whether it is text, to be parsed, whatever it holds. */
  readonly partition?: boolean;
}

/** A column without a declaration: what the source says it is. */
export function ownColumn(found: TypedColumn, area: Area, name: string): ScanColumn {
  if (found.dtype === undefined) {
    throw new MillraceError({
      code: `${area}.dtype`,
      message: `${name}: column ${JSON.stringify(found.name)} is ${found.type}, which no dtype holds. Read with a schema that leaves it out.`,
      details: { column: found.name, type: found.type },
    });
  }
  return { name: found.name, outside: found.name, dtype: found.dtype, nullable: true, format: {} };
}

/** A declared column with the column of the source that it names; an error that names both where they do not agree. */
export function matchColumn<F extends TypedColumn>(
  column: ScanColumn,
  found: readonly F[],
  area: Area,
  name: string,
  options: { readonly checksDigits?: boolean } = {},
): ScanColumn & { readonly found: F } {
  const match = found.find((candidate) => candidate.name === column.outside);
  if (match === undefined) {
    const names = found.map((candidate) => candidate.name);
    throw new MillraceError({
      code: `${area}.missing_column`,
      message: `${name} has no column ${JSON.stringify(column.outside)}.${didYouMean(column.outside, names)} Its columns are ${names.join(', ')}.`,
      details: { column: column.outside, columns: names },
    });
  }
  if (match.partition !== true && !holds(column.dtype, match.dtype, options)) {
    const advice =
      match.dtype === undefined
        ? 'No dtype holds it: leave it out of the schema.'
        : `Declare it ${describeDType(match.dtype)}, and cast it in a verb.`;
    throw new MillraceError({
      code: `${area}.dtype`,
      message: `${name}: column ${JSON.stringify(column.outside)} is ${match.type}, the schema says ${describeDType(column.dtype)}. ${advice}`,
      details: { column: column.outside, type: match.type, declared: describeDType(column.dtype) },
    });
  }
  return { ...column, found: match };
}

/** Whether a declared dtype holds every value of a stored one, checks of single values aside: of digits, where the reader makes them. */
function holds(
  declared: DataType,
  stored: DataType | undefined,
  options: { readonly checksDigits?: boolean } = {},
): boolean {
  if (stored === undefined) return false;
  if (declared.id === 'bigint') return stored.id === 'int';
  if (declared.id === 'string') return stored.id === 'string';
  if (declared.id === 'decimal' && stored.id === 'decimal') {
    const isWide = declared.precision - declared.scale >= stored.precision - stored.scale;
    return declared.scale >= stored.scale && (isWide || options.checksDigits === true);
  }
  if (declared.id === 'list' && stored.id === 'list') return holds(declared.item, stored.item);
  if (declared.id === 'struct' && stored.id === 'struct') {
    return (
      declared.fields.length === stored.fields.length &&
      declared.fields.every((field, i) => {
        const there = stored.fields[i];
        return there?.name === field.name && holds(field.dtype, there.dtype);
      })
    );
  }
  return sameDType(declared, stored);
}
