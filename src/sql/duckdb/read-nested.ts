import { type DataType, describeDType, type Field, MAX_PRECISION } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { article, describeExpected, type TextReading } from '../read-text.ts';
import { isFraction } from './decimal-text.ts';
import { isJson, readText } from './reading.ts';
import { typeName } from './spellings.ts';

/**
 * Values inside JSON, each read by its own kind and text, down to the last one: a list or struct fits where all that is
 * in it fits. The engine reads numbers as doubles: where that may lose a digit, JSON is looked at with its numbers marked,
 * as strings that begin with U+0001 and hold the digits as they are written.
 */

/** The mark as JSON writes it, in a pattern and in a replacement. */
const WRITTEN = String.raw`\\u0001`;

/** How many digits a double keeps of any decimal number. */
export const DOUBLE_DIGITS = 15;

/**
 * Whether a kind is that of an object or an array. Equalities, and no IN: what the engine makes of a plan takes a time that
 * grows with the square of the INs in it.
 */
export function isNestedKind(kind: string): string {
  return `(${kind} = 'OBJECT' OR ${kind} = 'ARRAY')`;
}

/**
 * Each number of a JSON text as a string that begins with `prefix`. Every match is what comes before a number, strings
 * and all, and the number; the last is the rest of the text and no number, so what is written for it is cut off.
 */
export function numbersQuoted(raw: string, prefix = ''): string {
  const before = String.raw`(?:"(?:[^"\\]|\\.)*"|-[^0-9]|[^"0-9-])*`;
  const number = '-?[0-9][0-9.eE+-]*';
  const quoted = `regexp_replace(${raw}, '(${before})(?:(${number})|$)', '\\1"${prefix}\\2"', 'gs')`;
  return `regexp_replace(${quoted}, '"${prefix}"$', '')`;
}

/** A number of which a double may lose a digit. */
export const LONG_NUMBER: string = `[0-9][0-9.]{${DOUBLE_DIGITS}}`;

/**
 * JSON text with its numbers marked, where the engine would lose of them what one of the dtypes keeps. A string that
 * begins with the mark itself gets a second one.
 */
export function marked(raw: string, dtypes: readonly DataType[]): string {
  const strings = `CASE WHEN contains(${raw}, '"\\u0001') THEN regexp_replace(${raw}, '(^|[^\\\\])"${WRITTEN}', '\\1"${WRITTEN}${WRITTEN}', 'g') ELSE ${raw} END`;
  const lossy = dtypes.some(keepsSpelling) ? `${LONG_NUMBER}|[0-9][.eE]|-0` : LONG_NUMBER;
  return `CASE WHEN regexp_matches(${raw}, '${lossy}') THEN ${numbersQuoted(strings, WRITTEN)} ELSE ${strings} END`;
}

/** Whether a value has its numbers as they are written. */
function keepsSpelling(dtype: DataType): boolean {
  if (dtype.id === 'list') return keepsSpelling(dtype.item);
  if (dtype.id === 'struct') return dtype.fields.some((field) => keepsSpelling(field.dtype));
  return dtype.id === 'json';
}

/** A string that JSON is to hold beside marked numbers. */
export function guarded(text: string): string {
  return `CASE WHEN starts_with(${text}, chr(1)) THEN chr(1) || ${text} ELSE ${text} END`;
}

/** The text of marked JSON as it was, marked numbers digit for digit. A quote that opens a string follows no backslash. */
export function unmarked(json: string): string {
  const text = `CAST(${json} AS VARCHAR)`;
  const numbers = `regexp_replace(${text}, '(^|[^\\\\])"${WRITTEN}(-?[0-9][^"\\\\]*)"', '\\1\\2', 'g')`;
  return `CASE WHEN contains(${text}, '"\\u0001') THEN regexp_replace(${numbers}, '(^|[^\\\\])"${WRITTEN}${WRITTEN}', '\\1"${WRITTEN}', 'g') ELSE ${text} END`;
}

/** Whether JSON that the engine wrote holds none of the numbers that the engine takes and JSON has not. */
export function isStrict(json: string): string {
  return `CASE WHEN regexp_matches(${json}, '(?i)nan|inf') THEN ${isJson(json)} ELSE true END`;
}

/**
 * A JSON number, in JSON's spelling and not in that of a column's texts; 1.0 and 1e3 are whole numbers. `read` is the
 * double that the engine read. A number with an exponent counts only where that double has all its digits.
 */
export function readNumber(text: string, read: string, dtype: DataType): Pick<TextReading, 'valid' | 'value'> {
  const hasExponent = `regexp_matches(${text}, '[eE]')`;
  const short = `regexp_matches(${text}, '^-?[0-9.]{1,${DOUBLE_DIGITS + 1}}[eE]')`;
  if (dtype.id === 'int' || dtype.id === 'bigint') {
    const plain = `CASE WHEN ${hasExponent} AND ${short} THEN ${read} ELSE ${text} END`;
    return readText(`regexp_replace(${plain}, '[.]0+$', '')`, dtype, {});
  }
  const plain = readText(text, dtype, {});
  if (dtype.id !== 'decimal') return plain;
  const cast = numberCast(text, dtype);
  const same = `coalesce(CAST(${cast} AS DOUBLE) = TRY_CAST(${text} AS DOUBLE), false)`;
  return {
    valid: `CASE WHEN ${hasExponent} THEN ${short} AND ${same} ELSE ${plain.valid} END`,
    value: `CASE WHEN ${hasExponent} THEN ${cast} ELSE ${plain.value} END`,
  };
}

/** The engine takes no exponent where a decimal has no digit before its point. */
function numberCast(text: string, dtype: DataType & { readonly id: 'decimal' }): string {
  if (!isFraction(dtype) || dtype.precision === MAX_PRECISION) return `TRY_CAST(${text} AS ${typeName(dtype)})`;
  return `TRY_CAST(TRY_CAST(${text} AS DECIMAL(${dtype.precision + 1}, ${dtype.scale})) AS ${typeName(dtype)})`;
}

/** Marked JSON as a dtype: the value where it fits, and the reason where it does not, else null. */
export function readNested(json: string, dtype: DataType): { value: string; misfit: string } {
  const reader = new NestedReader();
  const at = reader.misfit('__millrace_json', { name: '', dtype, nullable: false }, 0);
  const told = `CASE WHEN starts_with(__millrace_at, ': ') THEN substr(__millrace_at, 3) ELSE 'does not fit at ' || ltrim(__millrace_at, '.') END`;
  const value = bound(json, '__millrace_json', reader.value('__millrace_json', dtype, 0));
  return {
    value: `CAST(${value} AS ${typeName(dtype)})`,
    misfit: bound(json, '__millrace_json', bound(at, '__millrace_at', told)),
  };
}

/** `body` with a name for the value of `sql`, which is computed once. */
export function bound(sql: string, name: string, body: string): string {
  return `list_transform([${sql}], lambda ${name}: ${body})[1]`;
}

class NestedReader {
  /** What is wrong inside, behind the path to it: `: 1.5 is not an int` at the place itself, `.tags[2]: 1.5 is ..` above. */
  misfit(json: string, { dtype, nullable }: Field, depth: number): string {
    const v = `__millrace_v${depth}`;
    const kind = `CASE WHEN ${isNumber(json)} THEN 'NUMBER' ELSE json_type(${json}) END`;
    const text = isNested(dtype) ? '' : `, 'text': ${textOf(json)}`;
    const absent = nullable
      ? 'NULL'
      : `CASE WHEN ${v}.kind IS NULL THEN ': it is missing, and not nullable' ELSE ': it is null, and not nullable' END`;
    const given = `CASE WHEN ${isNestedKind(`${v}.kind`)} THEN ': is an ' || lower(${v}.kind) || ', not ' ELSE ${depth === 0 ? "': '" : `': ' || ${unmarked(`${v}.json`)} || ' '`} || 'is not ' END`;
    const branches = [
      `WHEN coalesce(${v}.kind, 'NULL') = 'NULL' THEN ${absent}`,
      this.#inside(v, dtype, depth),
      `ELSE ${given} || ${quoteText(expectedOf(dtype))}`,
    ];
    return bound(`{'json': ${json}, 'kind': ${kind}${text}}`, v, `CASE ${branches.join(' ')} END`);
  }

  /** The branch of a value that is of the right kind. */
  #inside(v: string, dtype: DataType, depth: number): string {
    if (dtype.id === 'list') {
      const [item, i] = [`__millrace_item${depth}`, `__millrace_i${depth}`];
      const inside = this.misfit(item, itemOf(dtype), depth + 1);
      const reasons = `list_transform(json_extract(${v}.json, '$[*]'), lambda ${item}, ${i}: '[' || (${i} - 1) || ']' || ${inside})`;
      return `WHEN ${v}.kind = 'ARRAY' THEN list_filter(${reasons}, lambda ${item}: ${item} IS NOT NULL)[1]`;
    }
    if (dtype.id === 'struct') {
      const fields = `__millrace_fields${depth}`;
      const twice = repeatedKey(
        `json_keys(${v}.json)`,
        dtype.fields.map((f) => keyOf(f.name)),
      );
      const reasons = dtype.fields.map(
        (f, i) => `${quoteText(`.${f.name}`)} || ${this.misfit(`${fields}[${i + 1}]`, f, depth + 1)}`,
      );
      const inside = bound(`json_extract(${v}.json, ${pointers(dtype)})`, fields, `coalesce(${reasons.join(', ')})`);
      return `WHEN ${v}.kind = 'OBJECT' THEN coalesce('.' || ${twice} || ': the key stands more than once', ${inside})`;
    }
    return `WHEN coalesce(${this.#valid(v, dtype)}, false) THEN NULL`;
  }

  /** A leaf fits by its kind: a number in a string is one only where its digits would not live as a JSON number. */
  #valid(v: string, dtype: DataType): string {
    const text = readText(`${v}.text`, dtype, {}).valid;
    switch (dtype.id) {
      case 'int':
      case 'float':
        return `${v}.kind = 'NUMBER' AND ${this.#number(`${v}.text`, dtype).valid}`;
      case 'bigint':
      case 'decimal':
        return `CASE WHEN ${v}.kind = 'NUMBER' THEN ${this.#number(`${v}.text`, dtype).valid} ELSE ${v}.kind = 'VARCHAR' AND ${text} END`;
      case 'boolean':
        return `${v}.kind = 'BOOLEAN'`;
      case 'json':
        return isStrict(`${v}.json`);
      default:
        return `${v}.kind = 'VARCHAR' AND ${text}`;
    }
  }

  /** The value of JSON that fits. */
  value(json: string, dtype: DataType, depth: number): string {
    const v = `__millrace_v${depth}`;
    switch (dtype.id) {
      case 'list':
        return `list_transform(CASE WHEN json_type(${json}) = 'ARRAY' THEN json_extract(${json}, '$[*]') END, lambda ${v}: ${this.value(v, dtype.item, depth + 1)})`;
      case 'struct': {
        const fields = dtype.fields.map(
          (f, i) => `${quoteName(f.name)} := ${this.value(`${v}[${i + 1}]`, f.dtype, depth + 1)}`,
        );
        const packed = bound(`json_extract(${json}, ${pointers(dtype)})`, v, `struct_pack(${fields.join(', ')})`);
        return `CASE WHEN json_type(${json}) = 'OBJECT' THEN ${packed} END`;
      }
      case 'json':
        return `CASE WHEN json_type(${json}) <> 'NULL' THEN CAST(${unmarked(json)} AS JSON) END`;
      default: {
        return bound(textOf(json), v, `CASE WHEN ${v} IS NOT NULL THEN ${this.#leaf(v, dtype)} END`);
      }
    }
  }

  #leaf(text: string, dtype: DataType): string {
    const isNumber = ['int', 'bigint', 'float', 'decimal'].includes(dtype.id);
    if (isNumber) return this.#number(text, dtype).value;
    const { value } = readText(text, dtype, {});
    // Instants that come from JavaScript may have years that no text of a file may have.
    return dtype.id === 'timestamp' ? `coalesce(${value}, CAST(${text} AS TIMESTAMP))` : value;
  }

  #number(text: string, dtype: DataType): Pick<TextReading, 'valid' | 'value'> {
    return readNumber(text, `CAST(TRY_CAST(${text} AS DOUBLE) AS VARCHAR)`, dtype);
  }
}

function isNumber(json: string): string {
  return `regexp_matches(${json}, '^(-?[0-9]|"${WRITTEN}[-0-9])')`;
}

/** The text of a value that is no list or object, without the mark. */
function textOf(json: string): string {
  return `substr(json_extract_string(${json}, '$'), CASE WHEN starts_with(${json}, '"\\u0001') THEN 2 ELSE 1 END)`;
}

/** Up to so many keys are compared with each other; of more, the engine is asked first whether they differ. */
const FEW_KEYS = 32;

/** The first of the keys (SQL of a list) that is one of `names` and not there for the first time. */
export function repeatedKey(keys: string, names: readonly string[]): string {
  if (names.length === 0) return 'NULL';
  const [all, key] = ['__millrace_keys', '__millrace_key'];
  const again = `list_filter(${all}, lambda ${key}, __millrace_n: ${key} IN (${names.map(quoteText).join(', ')}) AND list_position(${all}, ${key}) <> __millrace_n)[1]`;
  const mayRepeat = `len(${all}) <= ${FEW_KEYS} OR len(list_distinct(${all})) < len(${all})`;
  return bound(keys, all, `CASE WHEN ${mayRepeat} THEN ${again} END`);
}

/** A key as a step of a JSON pointer. */
export function pointerStep(key: string): string {
  return `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** A path as a JSON pointer: a step is a key, or the position in an array. */
export function pointerOf(steps: readonly string[]): string {
  return steps.map(pointerStep).join('');
}

function pointers(dtype: DataType & { id: 'struct' }): string {
  return `[${dtype.fields.map((f) => quoteText(pointerStep(keyOf(f.name)))).join(', ')}]`;
}

/** A key as it stands in marked JSON. */
function keyOf(name: string): string {
  return name.startsWith('\x01') ? `\x01${name}` : name;
}

function itemOf(dtype: DataType & { id: 'list' }): Field {
  return { name: '', dtype: dtype.item, nullable: dtype.nullableItem ?? true };
}

export function isNested(dtype: DataType): boolean {
  return dtype.id === 'list' || dtype.id === 'struct';
}

function expectedOf(dtype: DataType): string {
  if (isNested(dtype)) return article(describeDType(dtype));
  return dtype.id === 'string' && dtype.values === undefined ? 'a string' : describeExpected(dtype, {});
}
