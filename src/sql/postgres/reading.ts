import { MillraceError } from '../../errors.ts';
import type { TextFormat } from '../../schema/column-type.ts';
import type { DataType } from '../../schema/dtype.ts';
import { amountShape, amountText, isAmount } from '../amount.ts';
import { quoteText } from '../dialect.ts';
import { numberText, type Reading, type TextReading, textReading } from '../read-text.ts';
import { unsupported } from '../unsupported.ts';
import { fits, raise, typeName } from './spellings.ts';

const DAY = '[0-9]{4}-[0-9]{2}-[0-9]{2}';
const TIME = `${DAY}[T ]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,6})?)?`;
const ZONE = '(Z|[+-](0[0-9]|1[0-5])(:?[0-5][0-9])?)';

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
      return { shape: matches(text, `[+-]?${wholePart(format)}`), ...cast(digits), castable };
    }
    case 'bigint':
      return { shape: matches(text, `[+-]?${wholePart(format)}`), ...cast(numberText(text, format)) };
    case 'decimal': {
      if (isAmount(format)) return amount(text, dtype, format);
      const point = escaped(format.decimal ?? '.');
      const fraction = dtype.scale === 0 ? '0+' : `[0-9]{1,${dtype.scale}}0*`;
      const shape = `[+-]?(${wholePart(format)}(${point}(${fraction})?)?|${point}${fraction})`;
      return { shape: matches(text, shape), ...cast(numberText(text, format)) };
    }
    case 'float': {
      const point = escaped(format.decimal ?? '.');
      const shape = `[+-]?(${wholePart(format)}(${point}[0-9]*)?|${point}[0-9]+)([eE][+-]?[0-9]+)?`;
      return { shape: matches(text, shape), ...cast(numberText(text, format)) };
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
        shape: `(length(${text}) % 4 = 0 AND ${matches(text, '[A-Za-z0-9+/]*={0,2}')})`,
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
  const fraction = scale === 0 ? '0+' : `[0-9]{1,${scale}}0*`;
  const point = escaped(format.decimal ?? '.');
  const shape = amountShape(`(${wholePart(format)}(${point}(${fraction})?)?|${point}${fraction})`, format);
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
  if (format.formats !== undefined) {
    return byFormats(text, format.formats, (sql, pattern) => (/%[zZ]/.test(pattern) ? sql : inUtc(sql, format)));
  }
  const zoned = matches(text, `${TIME}${ZONE}`);
  const withZone = `timezone('UTC', CAST(${text} AS timestamptz))`;
  return {
    shape: matches(text, `${TIME}${ZONE}?`),
    castable: fits(text, 'timestamptz'),
    value: `CASE WHEN ${zoned} THEN ${withZone} ELSE ${inUtc(`CAST(${text} AS timestamp)`, format)} END`,
  };
}

/** What a directive of strptime matches, and the part of an instant that it gives. */
const DIRECTIVES: Readonly<Record<string, readonly [pattern: string, part: string | undefined]>> = {
  Y: ['[0-9]{4}', 'Y'],
  y: ['[0-9]{2}', 'y'],
  m: ['[0-9]{1,2}', 'm'],
  d: ['[0-9]{1,2}', 'd'],
  H: ['[0-9]{1,2}', 'H'],
  I: ['[0-9]{1,2}', 'I'],
  M: ['[0-9]{1,2}', 'M'],
  S: ['[0-9]{1,2}', 'S'],
  f: ['[0-9]{1,6}', 'f'],
  j: ['[0-9]{1,3}', 'j'],
  p: ['[AaPp][Mm]', 'p'],
  b: ['[A-Za-z]{3}', 'b'],
  B: ['[A-Za-z]+', 'b'],
  a: ['[A-Za-z]{3}', undefined],
  A: ['[A-Za-z]+', undefined],
  z: ['[+-][0-9]{2}:?(?:[0-9]{2})?', 'z'],
};

/** The first format that fits wins. The server's own reading of formats is lenient, so that the parts are put together here. */
function byFormats(text: string, formats: readonly string[], wrap: (sql: string, format: string) => string): Reading {
  const readings = formats.map((format) => {
    const parts: string[] = [];
    let pattern = '';
    for (let i = 0; i < format.length; i++) {
      const character = format[i] ?? '';
      if (character !== '%') {
        pattern += escaped(character);
        continue;
      }
      i += format[i + 1] === '-' ? 2 : 1;
      if (format[i] === '%') {
        pattern += '%';
        continue;
      }
      const [shape, part] = DIRECTIVES[format[i] ?? ''] ?? noDirective(format, format[i]);
      pattern += part === undefined ? shape : `(${shape})`;
      if (part !== undefined) parts.push(part);
    }
    const whole = quoteText(`^(?:${pattern})$`);
    const made = `pg_temp.millrace_parts(${quoteText(parts.join(''))}, regexp_match(${text}, ${whole}))`;
    return `CASE WHEN ${text} ~ ${whole} THEN ${wrap(made, format)} END`;
  });
  const value = readings.length === 1 ? `(${readings[0]})` : `coalesce(${readings.join(', ')})`;
  return { shape: `(${value} IS NOT NULL)`, value };
}

function noDirective(format: string, letter = ''): never {
  throw new MillraceError({
    code: 'compile.unsupported',
    message: `postgres cannot read the format '${format}': it has no %${letter}.`,
    details: { operation: `%${letter}`, engine: 'postgres' },
  });
}

function wholePart(format: TextFormat): string {
  if (format.thousands === undefined) return '[0-9]+';
  return `([0-9]{1,3}(${escaped(format.thousands)}[0-9]{3})+|[0-9]+)`;
}

function matches(text: string, pattern: string): string {
  return `(${text} ~ ${quoteText(`^(?:${pattern})$`)})`;
}

function escaped(character: string): string {
  return /[A-Za-z0-9 ]/.test(character) ? character : `\\${character}`;
}
