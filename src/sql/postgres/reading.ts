import type { TextFormat } from '../../schema/column-type.ts';
import type { DataType } from '../../schema/dtype.ts';
import { directivesOf } from '../../schema/strptime.ts';
import { amountShape, amountText, isAmount } from '../amount.ts';
import { quoteText } from '../dialect.ts';
import { isShown, leftOut, zoneOfClocks } from '../left-out-times.ts';
import { numberText, type Reading, type TextReading, textReading, tooManyDigits } from '../read-text.ts';
import {
  BASE64,
  DAY,
  decimalShape,
  floatShape,
  formatShape,
  numberShape,
  TIME,
  wholeShape,
  ZONE,
} from '../text-shapes.ts';
import { unsupported } from '../unsupported.ts';
import { fits, raise, typeName } from './spellings.ts';

/** Reads `text` (SQL of a string) as a dtype, as strictly as the other engines do. */
export function readText(text: string, dtype: DataType, format: TextFormat): TextReading {
  return textReading(text, { dtype, format }, reading(text, dtype, format), raise);
}

function reading(text: string, dtype: DataType, format: TextFormat): Reading {
  const type = typeName(dtype);
  const cast = (sql: string): Pick<Reading, 'castable' | 'value'> => ({
    castable: fits(sql, type),
    value: `CAST(${sql} AS ${type})`,
  });
  const list = (values: readonly string[]): string => values.map(quoteText).join(', ');
  switch (dtype.id) {
    case 'int': {
      const digits = numberText(text, format);
      const safe = `CAST(${digits} AS bigint) BETWEEN -9007199254740991 AND 9007199254740991`;
      const castable = `CASE WHEN ${fits(digits, type)} THEN ${safe} ELSE false END`;
      return { shape: matches(text, wholeShape(format)), ...cast(digits), castable };
    }
    case 'bigint':
      return { shape: matches(text, wholeShape(format)), ...cast(numberText(text, format)) };
    case 'decimal': {
      if (isAmount(format)) return amount(text, dtype, format);
      const shape = matches(text, `[+-]?${decimalShape(dtype.scale, format)}`);
      const misfit = tooManyDigits(matches(text, numberShape(format)), shape, { dtype, format });
      return { shape, ...cast(numberText(text, format)), misfit };
    }
    case 'float': {
      const digits = numberText(text, format);
      // What is too small for a float is 0, for which the server has an error.
      const isSmall = `CASE WHEN ${fits(digits, 'numeric')} THEN abs(CAST(${digits} AS numeric)) < 1 ELSE ${digits} ~* 'e-' END`;
      const zero = `(substring(${digits} FROM '^-?') || '0')`;
      return {
        shape: matches(text, floatShape(format)),
        castable: `CASE WHEN ${fits(digits, type)} THEN true ELSE ${isSmall} END`,
        value: `CAST(CASE WHEN ${fits(digits, type)} THEN ${digits} ELSE ${zero} END AS ${type})`,
      };
    }
    case 'string':
      if (dtype.values === undefined) return { shape: 'true', value: text };
      return { shape: `(${text} IN (${list(dtype.values)}))`, value: text };
    case 'boolean': {
      const [yes, no] = [format.true, format.false];
      if (yes === undefined || no === undefined) {
        return { shape: `(lower(${text}) IN ('true', 'false'))`, value: `(lower(${text}) = 'true')` };
      }
      return { shape: `(${text} IN (${list([...yes, ...no])}))`, value: `(${text} IN (${list(yes)}))` };
    }
    case 'date':
      if (format.formats !== undefined) return byFormats(text, format.formats, (sql) => `CAST(${sql} AS date)`);
      return { shape: matches(text, DAY), ...cast(text) };
    case 'timestamp':
      return instant(text, format);
    case 'json':
      return { shape: fits(text, 'json'), value: text };
    case 'binary':
      return {
        shape: `(length(${text}) % 4 = 0 AND ${matches(text, BASE64)})`,
        value: `decode(${text}, 'base64')`,
      };
    case 'list':
    case 'struct':
      throw unsupported('postgres', 'cast', `reading text as a ${dtype.id}`);
  }
}

/** An amount of money or a percentage; one of 100 is read with two digits less after the point, then divided exactly. */
function amount(text: string, dtype: DataType & { id: 'decimal' }, format: TextFormat): Reading {
  const { precision } = dtype;
  const scale = format.percent === true ? dtype.scale - 2 : dtype.scale;
  const shape = amountShape(decimalShape(scale, format), format);
  const plain = numberText(amountText(text, format), format);
  const minus = `CASE WHEN strpos(${text}, '(') > 0 THEN '-' ELSE '' END`;
  const digits = format.parentheses === true ? `(${minus} || ${plain})` : plain;
  const type = typeName({ id: 'decimal', precision, scale });
  const value = `CAST(${digits} AS ${type})`;
  return {
    shape: matches(text, shape),
    castable: fits(digits, type),
    value: format.percent === true ? `CAST(${value} * 0.01 AS ${typeName(dtype)})` : value,
  };
}

/** The instant of a wall clock in the format's zone. */
function inUtc(sql: string, { timeZone }: TextFormat): string {
  return timeZone === undefined || timeZone === 'UTC'
    ? sql
    : `timezone('UTC', timezone(${quoteText(timeZone)}, ${sql}))`;
}

function instant(text: string, format: TextFormat): Reading {
  const zone = zoneOfClocks(format);
  if (format.formats !== undefined) {
    const hasZone = (pattern: string): boolean => directivesOf(pattern).includes('z');
    const read = byFormats(text, format.formats, (sql, pattern) => (hasZone(pattern) ? sql : inUtc(sql, format)));
    if (zone === undefined || format.formats.every(hasZone)) return read;
    const { value: local } = byFormats(text, format.formats, (sql, pattern) =>
      hasZone(pattern) ? `timezone(${quoteText(zone)}, timezone('UTC', ${sql}))` : sql,
    );
    return { shape: isShown(local, zone), value: read.value, misfit: leftOut(local, zone, format) };
  }
  const zoned = matches(text, `${TIME}${ZONE}`);
  const withZone = `timezone('UTC', CAST(${text} AS timestamptz))`;
  const local = `CAST(${text} AS timestamp)`;
  const read = {
    shape: matches(text, `${TIME}${ZONE}?`),
    castable: fits(text, 'timestamptz'),
    value: `CASE WHEN ${zoned} THEN ${withZone} ELSE ${inUtc(local, format)} END`,
  };
  if (zone === undefined) return read;
  return {
    ...read,
    castable: `CASE WHEN NOT ${read.castable} THEN false WHEN ${zoned} THEN true ELSE ${isShown(local, zone)} END`,
    misfit: `CASE WHEN NOT ${matches(text, TIME)} THEN NULL WHEN ${read.castable} THEN ${leftOut(local, zone, format)} END`,
  };
}

/** The first format that fits wins. The server's own reading of formats is lenient, so that the parts are put together here. */
function byFormats(text: string, formats: readonly string[], wrap: (sql: string, format: string) => string): Reading {
  const readings = formats.map((format) => {
    const whole = quoteText(`^(?:${formatShape(format)})$`);
    const made = `pg_temp.millrace_parts(${quoteText(directivesOf(format).join(''))}, regexp_match(${text}, ${whole}))`;
    return `CASE WHEN ${text} ~ ${whole} THEN ${wrap(made, format)} END`;
  });
  const value = readings.length === 1 ? `(${readings[0]})` : `coalesce(${readings.join(', ')})`;
  return { shape: `(${value} IS NOT NULL)`, value };
}

function matches(text: string, pattern: string): string {
  return `(${text} ~ ${quoteText(`^(?:${pattern})$`)})`;
}
