import { type AnyColumnType, type SchemaSpec, t } from '../schema/column-type.ts';
import { columnNames } from './column-names.ts';
import { type Circumstances, decide } from './decide.ts';
import { declared } from './declared.ts';
import { Profile } from './profile.ts';
import type { Doubt, Draft } from './suggestion.ts';

/** A number that JSON.parse would round, by its digits. */
export class Digits {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const LONG = /\d[\d.]{15}/;
const MARK = '\u0001';

/** Parses JSON; of a text with long numbers, those keep their digits. */
export function parsed(text: string): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g, (token) =>
    token[0] === '"' ? token : `"\\u0001${token}"`,
  );
  JSON.parse(text);
  return JSON.parse(quoted, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith(MARK) ? numberOf(value.slice(1)) : value,
  );
}

/** As few digits as a double keeps are a number. */
function numberOf(text: string): number | Digits {
  return text.replace(/\D/g, '').length <= 15 || /e/i.test(text) ? Number(text) : new Digits(text);
}

/** More keys than objects of one kind have: such an object is a map. */
const MOST_KEYS = 100;
const DEEPEST = 4;

/** What stands under one key in all the records. */
export class Shape {
  /** How often there is a value, nulls not counted. */
  present = 0;
  readonly numbers: Profile = new Profile();
  readonly strings: Profile = new Profile();
  booleans = 0;
  objects = 0;
  arrays = 0;
  readonly fields: Map<string, Shape> = new Map();
  item: Shape | undefined;
  nulls = 0;
  example: { readonly value: string; readonly line: number } | undefined;

  add(value: unknown, line: number, depth = 0): void {
    if (value === null || value === undefined) {
      this.nulls += 1;
      return;
    }
    this.present += 1;
    if (typeof value === 'boolean') this.booleans += 1;
    else if (typeof value === 'string') this.strings.add(value, line);
    else if (typeof value === 'number') this.numbers.add(JSON.stringify(value), line);
    else if (value instanceof Digits) this.numbers.add(value.text, line);
    else if (Array.isArray(value)) {
      this.arrays += 1;
      this.item ??= new Shape();
      if (depth < DEEPEST) for (const one of value) this.item.add(one, line, depth + 1);
    } else {
      this.objects += 1;
      this.example ??= { value: JSON.stringify(value).slice(0, 80), line };
      if ((depth > 0 && this.fields.size > MOST_KEYS) || depth >= DEEPEST) return;
      for (const [key, inside] of Object.entries(value as object)) {
        const field = this.fields.get(key) ?? new Shape();
        this.fields.set(key, field);
        field.add(inside, line, depth + 1);
      }
    }
  }

  /** The kinds of values that were seen. */
  get kinds(): string[] {
    return [
      ...(this.booleans > 0 ? ['booleans'] : []),
      ...(this.numbers.rows > 0 ? ['numbers'] : []),
      ...(this.strings.rows > 0 ? ['strings'] : []),
      ...(this.objects > 0 ? ['objects'] : []),
      ...(this.arrays > 0 ? ['arrays'] : []),
    ];
  }
}

/** The columns of records: an object's values are columns by their path, one that has other kinds of values is JSON. */
export function draftsOf(root: Shape, records: number, complete: boolean): Draft[] {
  const found: Draft[] = [];
  const visit = (shape: Shape, path: readonly string[], parents: number): void => {
    for (const [key, field] of shape.fields) {
      const inside = [...path, key];
      // A path is split at its dots, so a key with dots is one only at the top.
      const isReachable = path.length === 0 || !inside.some((step) => step.includes('.'));
      if (!isReachable) continue;
      const isNested = field.kinds.length === 1 && field.objects > 0 && field.fields.size <= MOST_KEYS;
      const hasPlainKeys = ![...field.fields.keys()].some((name) => name.includes('.') || name === '');
      if (isNested && hasPlainKeys && !key.includes('.') && field.fields.size > 0) visit(field, inside, parents);
      else found.push(column(field, inside.join('.'), { name: key, complete }, parents));
    }
  };
  visit(root, [], records);
  const names = columnNames(found.map(({ name }) => name.replaceAll('.', '_')));
  return found.map((draft, i) => {
    const name = names[i] ?? draft.name;
    return name === draft.name ? draft : { ...draft, name, type: draft.type.from(draft.name) };
  });
}

function column(shape: Shape, path: string, circumstances: Circumstances, records: number): Draft {
  const nulls = records - shape.present;
  const { type, doubts } = typeOf(shape, circumstances);
  const nullable = nulls > 0 || !circumstances.complete;
  return { name: path, type: nullable ? type.nullable() : type, nulls, markers: {}, doubts };
}

interface Typed {
  readonly type: AnyColumnType;
  readonly doubts: readonly Doubt[];
}

function typeOf(shape: Shape, circumstances: Circumstances): Typed {
  const { kinds } = shape;
  const [kind, ...others] = kinds;
  if (kind === undefined) {
    return {
      type: t.string(),
      doubts: [{ about: 'empty', reason: 'no record has a value', choices: ['t.json()'], examples: [] }],
    };
  }
  if (others.length > 0) {
    const isScalar = shape.objects === 0 && shape.arrays === 0;
    const examples = [...shape.strings.shapes.values(), ...shape.numbers.shapes.values()].flatMap(
      (seen) => seen.examples,
    );
    const reason = `${kinds.join(' and ')} stand there`;
    const doubt = { about: 'mixed', reason, choices: isScalar ? ['t.json()'] : [], examples: examples.slice(0, 3) };
    return { type: isScalar ? t.string() : t.json(), doubts: [doubt] };
  }
  switch (kind) {
    case 'booleans':
      return { type: t.boolean(), doubts: [] };
    case 'numbers':
      return numberType(shape.numbers);
    case 'strings':
      return stringType(shape.strings, circumstances);
    case 'arrays':
      return { type: nested(shape) ?? t.json(), doubts: [] };
    default: {
      const examples = shape.example === undefined ? [] : [shape.example];
      const reason =
        shape.fields.size > MOST_KEYS
          ? 'its objects have more than 100 different keys'
          : 'its objects have keys that no path leads to';
      return { type: t.json(), doubts: [{ about: 'mixed', reason, choices: [], examples }] };
    }
  }
}

function numberType(profile: Profile): Typed {
  const { whole, fraction } = profile.digits['.'];
  const wholes = profile.shapes.get('whole number')?.count ?? 0;
  if (wholes === profile.values) {
    if (whole <= 15) return { type: t.int(), doubts: [] };
    const examples = profile.shapes.get('whole number')?.examples ?? [];
    const isExact = whole <= 18;
    const reason = `up to ${whole} digits, more than a number of JavaScript holds: perhaps an identifier`;
    const type = isExact ? t.bigint() : whole <= 38 ? t.decimal(38, 0) : t.string();
    return { type, doubts: [{ about: 'identifier', reason, choices: ['t.string()'], examples }] };
  }
  if (profile.exponents > 0 || fraction > 8)
    return {
      type:
        whole + fraction > 17 && profile.exponents === 0 && whole + fraction <= 38
          ? t.decimal(38, fraction)
          : t.float(),
      doubts: [],
    };
  return { type: t.decimal(Math.max(18, Math.min(38, whole + fraction)), fraction), doubts: [] };
}

/** Strings are read as strictly as text of a CSV file; digits in strings stay strings, for somebody quoted them. */
function stringType(profile: Profile, circumstances: Circumstances): Typed {
  const { type, doubts } = decide(profile, circumstances);
  const { id } = type.dtype;
  const hasMarkers = profile.markers.size > 0;
  if ((id === 'date' || id === 'timestamp') && !hasMarkers) return { type: plain(type), doubts };
  if (id === 'string') return { type: t.string(), doubts: doubts.filter(({ about }) => about !== 'empty') };
  const choices = hasMarkers ? [] : [declared(plain(type))];
  const examples = [...profile.shapes.values()].flatMap((seen) => seen.examples).slice(0, 3);
  const reason = `strings that look like ${id}s`;
  return { type: t.string(), doubts: [{ about: 'number', reason, choices, examples }] };
}

function plain(type: AnyColumnType): AnyColumnType {
  const { dtype, format } = type;
  if (dtype.id === 'date') return t.date(format.formats === undefined ? undefined : { formats: format.formats });
  if (dtype.id === 'timestamp')
    return t.timestamp(format.formats === undefined ? undefined : { formats: format.formats });
  if (dtype.id === 'int') return t.int(format);
  if (dtype.id === 'float') return t.float(format);
  if (dtype.id === 'decimal') return t.decimal(dtype.precision, dtype.scale, format);
  return dtype.id === 'boolean' ? t.boolean() : t.string();
}

/** A list or struct whose every value is of one kind; undefined where it is not so simple. */
function nested(shape: Shape, depth = 0): AnyColumnType | undefined {
  const [kind, ...others] = shape.kinds;
  if (others.length > 0 || depth > DEEPEST) return undefined;
  switch (kind) {
    case undefined:
      return t.json();
    case 'booleans':
      return t.boolean();
    case 'numbers': {
      const { type } = numberType(shape.numbers);
      return type.dtype.id === 'string' ? undefined : type;
    }
    case 'strings':
      return t.string();
    case 'arrays': {
      if (shape.item === undefined) return t.json();
      const item = nested(shape.item, depth + 1);
      return item === undefined
        ? undefined
        : t.list(shape.item.nulls > 0 || item.dtype.id === 'json' ? item.nullable() : item);
    }
    default: {
      if (shape.fields.size === 0 || shape.fields.size > MOST_KEYS) return undefined;
      const fields: Record<string, AnyColumnType> = {};
      for (const [name, field] of shape.fields) {
        const type = nested(field, depth + 1);
        if (type === undefined || Object.keys(fields).some((other) => other.toLowerCase() === name.toLowerCase()))
          return undefined;
        const isNullable = field.present < shape.objects || type.dtype.id === 'json';
        fields[name] = isNullable ? type.nullable() : type;
      }
      return t.struct(fields satisfies SchemaSpec);
    }
  }
}
