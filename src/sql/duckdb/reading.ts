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
import { textAsDecimal } from './decimal-text.ts';
import { marked, readNested } from './read-nested.ts';
import { typeName } from './spellings.ts';

/** Reads JSON (SQL of valid text) as a dtype, as values inside a list are read. */
export function readJson(json: string, dtype: DataType): TextReading {
  return textReading(json, { dtype, format: {} }, inJson(marked(json, [dtype]), dtype), fail);
}

function inJson(json: string, dtype: DataType): Reading {
  const { value, misfit } = readNested(json, dtype);
  return { shape: `(${misfit} IS NULL)`, value, misfit };
}

/** Reads `text` (SQL of a string) as a dtype. */
export function readText(text: string, dtype: DataType, format: TextFormat): TextReading {
  return textReading(text, { dtype, format }, reading(text, dtype, format), fail);
}

/** Ends the run with a message, SQL of a text. */
export function fail(message: string): string {
  return `error(${message})`;
}

function reading(text: string, dtype: DataType, format: TextFormat): Reading {
  const type = typeName(dtype);
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return whole(text, dtype.id, format, type);
    case 'decimal': {
      const digits = numberText(text, format);
      if (isAmount(format)) return amount(text, dtype, format);
      const shape = `[+-]?${decimalShape(dtype.scale, format)}`;
      const tried = textAsDecimal(digits, dtype, 'TRY_CAST');
      // A text this short cannot hold more digits than the dtype does.
      const short = dtype.precision > dtype.scale ? `strlen(${text}) <= ${dtype.precision - dtype.scale} OR ` : '';
      const attempt = {
        cast: tried,
        accepts: (result: string) => `(CAST(${result} AS VARCHAR) = ${text} OR ${matches(text, shape)})`,
      };
      const value = textAsDecimal(digits, dtype, 'CAST');
      const isDecimal = matches(text, shape);
      const misfit = tooManyDigits(matches(text, numberShape(format)), isDecimal, { dtype, format });
      return { shape: isDecimal, castable: `(${short}${tried} IS NOT NULL)`, value, attempt, misfit };
    }
    case 'float': {
      const digits = numberText(text, format);
      const shape = floatShape(format);
      const finite = `isfinite(TRY_CAST(${digits} AS DOUBLE))`;
      const attempt = {
        cast: `TRY_CAST(${digits} AS DOUBLE)`,
        accepts: (result: string) => `(isfinite(${result}) AND ${matches(text, shape)})`,
      };
      const value = `CAST(${digits} AS DOUBLE)`;
      return { shape: `(${matches(text, shape)} AND coalesce(${finite}, false))`, value, attempt };
    }
    case 'string':
      if (dtype.values === undefined) return { shape: 'true', value: text };
      return { shape: `(${text} IN (${dtype.values.map(quoteText).join(', ')}))`, value: text };
    case 'boolean': {
      const [yes, no] = [format.true, format.false];
      if (yes === undefined || no === undefined) {
        return { shape: `(lower(${text}) IN ('true', 'false'))`, value: `(lower(${text}) = 'true')` };
      }
      const list = (values: readonly string[]): string => values.map(quoteText).join(', ');
      return { shape: `(${text} IN (${list([...yes, ...no])}))`, value: `(${text} IN (${list(yes)}))` };
    }
    case 'date':
      return day(text, format);
    case 'timestamp':
      return instant(text, format);
    case 'json':
      return { shape: isJson(text), value: `CAST(${text} AS JSON)` };
    case 'list':
    case 'struct': {
      const { misfit, ...read } = inJson(`CASE WHEN ${isJson(text)} THEN ${marked(text, [dtype])} END`, dtype);
      return { ...read, misfit: `CASE WHEN ${isJson(text)} THEN ${misfit} END` };
    }
    case 'binary':
      return {
        shape: `(length(${text}) % 4 = 0 AND ${matches(text, BASE64)})`,
        value: `from_base64(${text})`,
      };
  }
}

/** The engine's own check lets commas before a closing bracket pass, and NaN and infinities. */
export function isJson(text: string): string {
  const withoutStrings = `regexp_replace(${text}, '"([^"\\\\]|\\\\.)*"', '0', 'g')`;
  return `(json_valid(${text}) AND NOT regexp_matches(${withoutStrings}, '(?i),\\s*[]}]|nan|inf|/'))`;
}

/** An amount of money or a percentage; one of 100 is read with two digits less after the point, then divided exactly. */
function amount(text: string, dtype: DataType & { id: 'decimal' }, format: TextFormat): Reading {
  const { precision } = dtype;
  const scale = format.percent === true ? dtype.scale - 2 : dtype.scale;
  const shape = matches(text, amountShape(decimalShape(scale, format), format));
  const plain = numberText(amountText(text, format), format);
  const digits =
    format.parentheses === true ? `CASE WHEN contains(${text}, '(') THEN '-' ELSE '' END || ${plain}` : plain;
  const read = (cast: 'CAST' | 'TRY_CAST'): string => {
    const number = textAsDecimal(digits, { id: 'decimal', precision, scale }, cast);
    return format.percent === true ? `CAST(${number} * CAST(0.01 AS DECIMAL(3,2)) AS ${typeName(dtype)})` : number;
  };
  const attempt = { cast: read('TRY_CAST'), accepts: () => shape };
  return { shape, castable: `(${read('TRY_CAST')} IS NOT NULL)`, value: read('CAST'), attempt };
}

function whole(text: string, id: 'int' | 'bigint', format: TextFormat, type: string): Reading {
  const digits = numberText(text, format);
  const shape = matches(text, wholeShape(format));
  const fits =
    id === 'int'
      ? `TRY_CAST(${digits} AS BIGINT) BETWEEN -9007199254740991 AND 9007199254740991`
      : `TRY_CAST(${digits} AS BIGINT) IS NOT NULL`;
  const range = (result: string): string =>
    id === 'int' ? `${result} BETWEEN -9007199254740991 AND 9007199254740991 AND ` : '';
  const attempt = {
    cast: `TRY_CAST(${digits} AS BIGINT)`,
    accepts: (result: string) => `(${range(result)}(CAST(${result} AS VARCHAR) = ${text} OR ${shape}))`,
  };
  // Up to 15 characters every whole number fits both.
  return {
    attempt,
    shape: `(${shape} AND (strlen(${text}) <= 15 OR coalesce(${fits}, false)))`,
    value: `CAST(${digits} AS ${type})`,
  };
}

function day(text: string, format: TextFormat): Reading {
  if (format.formats === undefined) {
    const shape = matches(text, DAY);
    return { shape, castable: `TRY_CAST(${text} AS DATE) IS NOT NULL`, value: `CAST(${text} AS DATE)` };
  }
  const parsed = byFormats(text, format.formats, (sql) => `CAST(${sql} AS DATE)`);
  return { shape: `(${parsed} IS NOT NULL)`, value: parsed };
}

function instant(text: string, format: TextFormat): Reading {
  const inUtc = (sql: string): string =>
    format.timeZone === undefined || format.timeZone === 'UTC'
      ? sql
      : `make_timestamp(epoch_us(timezone(${quoteText(format.timeZone)}, ${sql})))`;
  const zone = zoneOfClocks(format);
  if (format.formats !== undefined) {
    const hasZone = (pattern: string): boolean => directivesOf(pattern).includes('z');
    const parsed = byFormats(text, format.formats, (sql, pattern) =>
      hasZone(pattern) ? `timezone('UTC', ${sql})` : inUtc(sql),
    );
    if (zone === undefined || format.formats.every(hasZone)) return { shape: `(${parsed} IS NOT NULL)`, value: parsed };
    const local = byFormats(text, format.formats, (sql, pattern) =>
      hasZone(pattern) ? `timezone(${quoteText(zone)}, ${sql})` : sql,
    );
    return { shape: isShown(local, zone), value: parsed, misfit: leftOut(local, zone, format) };
  }
  const common = zoneless(text);
  const utc = inUtcText(text);
  const zoned = matches(text, `${TIME}${ZONE}`);
  // The engine reads no zone after a time without seconds.
  const full = `CASE WHEN substr(${text}, 17, 1) = ':' THEN ${text} ELSE substr(${text}, 1, 16) || ':00' || substr(${text}, 17) END`;
  const local = `TRY_CAST(${text} AS TIMESTAMP)`;
  const plain = { shape: matches(text, TIME), value: inUtc(`CAST(${text} AS TIMESTAMP)`) };
  const branchesOf = (shown: string): { readonly shape: string; readonly value: string }[] => [
    { ...plain, shape: `${common}${shown}` },
    { shape: utc, value: `CAST(${text} AS TIMESTAMP)` },
    { shape: zoned, value: `make_timestamp(epoch_us(CAST(${full} AS TIMESTAMPTZ)))` },
    { ...plain, shape: `${plain.shape}${shown}` },
  ];
  const shape = `(${common} OR ${utc} OR ${matches(text, `${TIME}${ZONE}?`)})`;
  const value = `CASE ${branchesOf('')
    .map((b) => `WHEN ${b.shape} THEN ${b.value}`)
    .join(' ')} END`;
  const isZoned = `TRY_CAST(${full} AS TIMESTAMPTZ) IS NOT NULL`;
  const shown = zone === undefined ? `${local} IS NOT NULL` : isShown(local, zone);
  return {
    shape,
    castable: `CASE WHEN ${common} THEN ${shown} WHEN ${utc} THEN ${local} IS NOT NULL WHEN ${zoned} THEN ${isZoned} ELSE ${shown} END`,
    value,
    branches: branchesOf(zone === undefined ? '' : ` AND ${shown}`),
    ...(zone === undefined ? {} : { misfit: `CASE WHEN ${plain.shape} THEN ${leftOut(local, zone, format)} END` }),
  };
}

/**
 * The most common spelling, `YYYY-MM-DD HH:MM:SS`, told by its length and a GLOB: a quarter of the time of a pattern.
 * What the GLOB lets through at its open places, the cast refuses.
 */
function zoneless(text: string): string {
  return `(strlen(${text}) = 19 AND (${text} GLOB '[0-9]???-??-?[0-9][ T][01]?:??:?[0-9]' OR ${text} GLOB '[0-9]???-??-?[0-9][ T]2[0-3]:??:?[0-9]'))`;
}

/** The same with a Z behind it, as JSON has instants, in whole seconds or with thousandths. The engine's cast takes the Z for what it is. */
function inUtcText(text: string): string {
  const shapes = ['', '.[0-9][0-9][0-9]'].flatMap((part) =>
    ['[01]?', '2[0-3]'].map((hour) => `${text} GLOB '[0-9]???-??-?[0-9][ T]${hour}:??:?[0-9]${part}Z'`),
  );
  return `((strlen(${text}) = 20 OR strlen(${text}) = 24) AND (${shapes.join(' OR ')}))`;
}

/** The first format that fits wins. */
function byFormats(text: string, formats: readonly string[], wrap: (sql: string, format: string) => string): string {
  const readings = formats.map((format) => {
    const parsed = wrap(`try_strptime(${text}, ${quoteText(format)})`, format);
    return `CASE WHEN ${matches(text, formatShape(format))}${leapDay(text, format)} THEN ${parsed} END`;
  });
  return readings.length === 1 ? `(${readings[0]})` : `coalesce(${readings.join(', ')})`;
}

/** The engine reads day 366 of every year. */
function leapDay(text: string, format: string): string {
  const directives = directivesOf(format);
  if (!directives.includes('j')) return '';
  const year = directives.find((letter) => letter === 'Y' || letter === 'y') ?? 'Y';
  const part = (letter: string): string =>
    `regexp_extract(${text}, ${quoteText(`^${formatShape(format)}$`)}, ${directives.indexOf(letter) + 1})`;
  return ` AND (${part('j')} <> '366' OR try_strptime(${part(year)} || '-2-29', '%${year}-%m-%d') IS NOT NULL)`;
}

function matches(text: string, pattern: string): string {
  return `regexp_full_match(${text}, ${quoteText(pattern)})`;
}
