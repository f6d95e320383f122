import type { OptionNames } from '../option-names.ts';
import type { ScanColumn } from '../plan/scan.ts';
import { type AnyColumnType, type SchemaSpec, schemaOf, type TextFormat, t } from '../schema/column-type.ts';
import type { DataType } from '../schema/dtype.ts';

/** How texts are written where a column does not say it itself. */
export interface TextDefaults {
  /** The decimal point of numbers. Default `.`. */
  readonly decimal?: string;
  /** The character between groups of three digits. Default: none. */
  readonly thousands?: string;
  /** strptime patterns of dates, tried in turn. Default `YYYY-MM-DD`. */
  readonly dateFormats?: readonly string[];
  /** strptime patterns of timestamps, tried in turn. Default: ISO 8601. */
  readonly timestampFormats?: readonly string[];
  /** The zone of timestamps written without one. Default UTC. */
  readonly timeZone?: string;
  /** The spellings of true; given with those of false. Default `true`, in any case. */
  readonly trueValues?: readonly string[];
  readonly falseValues?: readonly string[];
}

export const TEXT_OPTIONS: OptionNames<TextDefaults> = {
  decimal: 'text',
  thousands: 'text',
  dateFormats: 'list',
  timestampFormats: 'list',
  timeZone: 'text',
  trueValues: 'list',
  falseValues: 'list',
};

/** The columns of a declared schema as a scan looks for them. */
export function scanColumns(spec: SchemaSpec, defaults?: TextDefaults): ScanColumn[];
export function scanColumns(spec: SchemaSpec | undefined, defaults?: TextDefaults): ScanColumn[] | undefined;
export function scanColumns(spec: SchemaSpec | undefined, defaults: TextDefaults = {}): ScanColumn[] | undefined {
  const byDefault = formatsOf(defaults);
  if (spec === undefined) return undefined;
  return schemaOf(spec).map((field) => {
    const { outsideName, format } = spec[field.name] as AnyColumnType;
    return { ...field, outside: outsideName ?? field.name, format: { ...byDefault(field.dtype, format), ...format } };
  });
}

/** What the defaults add to a column's own format; they are checked as formats of columns are. */
function formatsOf(defaults: TextDefaults): (dtype: DataType, own: TextFormat) => TextFormat {
  const { decimal, thousands, dateFormats, timestampFormats, timeZone, trueValues, falseValues } = defaults;
  const points = { ...(decimal === undefined ? {} : { decimal }), ...(thousands === undefined ? {} : { thousands }) };
  const groups = thousands === undefined ? {} : { thousands };
  const days = dateFormats === undefined ? {} : { formats: dateFormats };
  const times = timestampFormats === undefined ? {} : { formats: timestampFormats };
  const zone = timeZone === undefined ? {} : { timeZone };
  const words = { true: trueValues ?? [], false: falseValues ?? [] };
  const hasWords = trueValues !== undefined || falseValues !== undefined;
  t.float(points);
  if (dateFormats !== undefined) t.date({ formats: dateFormats });
  t.timestamp({ ...times, ...zone });
  if (hasWords) t.boolean(words);
  return ({ id }, own) => {
    switch (id) {
      case 'int':
      case 'bigint':
        return groups;
      case 'float':
      case 'decimal':
        // A point of the column's own may be the file's character between digits.
        return own.decimal === undefined && own.thousands === undefined ? points : {};
      case 'date':
        return days;
      case 'timestamp':
        return { ...(own.formats === undefined ? times : {}), ...zone };
      case 'boolean':
        return own.true === undefined && hasWords ? words : {};
      default:
        return {};
    }
  };
}
