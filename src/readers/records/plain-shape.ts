import type { ScanColumn } from '../../plan/scan.ts';

/**
 * What a record looks like whose values are plain: each of the JSON kind that its column's dtype is, so that the
 * engine's own reader of JSON makes of it what the strict one would. Numbers have no exponent and at most 15 digits,
 * which a double holds in full, and fit their dtype; what a string holds is still to be read.
 */
export interface PlainShape {
  readonly keys: readonly PlainKey[];
  /** How many keys must be there and not null. */
  readonly required: number;
}

export interface PlainKey {
  readonly name: Uint8Array;
  /** Its number among all keys of the record. */
  readonly number: number;
  readonly kind: Kind;
  readonly nullable: boolean;
  /** How many digits a number may have before and after its point. */
  readonly before: number;
  readonly after: number;
  /** Whether an instant may have no zone, for it is one in UTC. */
  readonly zoneless: boolean;
  /** What is in an object. */
  readonly inside: PlainShape | undefined;
}

export const STRING = 0;
export const NUMBER = 1;
export const BOOLEAN = 2;
export const OBJECT = 3;
/** A key that no plain record has. */
export const NEVER = 4;
/** A string in which the engine's own cast reads no more than is meant, where it is spelled as usual. */
export const DAY = 5;
export const INSTANT = 6;
type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** As many digits as a double keeps of any decimal number. */
export const DIGITS = 15;

/** The shape of plain records, where the columns can have one. */
export function plainShape(columns: readonly ScanColumn[]): PlainShape | undefined {
  const root: Draft = new Map();
  for (const column of columns) {
    const kind = kindOf(column);
    const steps = column.outside.split('.');
    if (kind === undefined || steps.some((step) => /^-?\d*$/.test(step))) return undefined;
    // A key with the dots in it goes before the path.
    if (steps.length > 1 && !draw(root, [column.outside], { kind: NEVER, column })) return undefined;
    if (!draw(root, steps, { kind, column })) return undefined;
  }
  return finished(root, { next: 0 });
}

interface Leaf {
  readonly kind: Kind;
  readonly column: ScanColumn;
}
type Draft = Map<string, Leaf | Draft>;

/** Adds a key; false where another column is or has it, or one that differs in case only. */
function draw(draft: Draft, [first = '', ...rest]: readonly string[], leaf: Leaf): boolean {
  const found = draft.get(first);
  if (found === undefined) {
    if ([...draft.keys()].some((key) => key.toLowerCase() === first.toLowerCase())) return false;
    if (rest.length === 0) {
      draft.set(first, leaf);
      return true;
    }
    const inside: Draft = new Map();
    draft.set(first, inside);
    return draw(inside, rest, leaf);
  }
  return found instanceof Map && rest.length > 0 && draw(found, rest, leaf);
}

function finished(draft: Draft, count: { next: number }): PlainShape {
  const keys = [...draft].map(([name, what]): PlainKey => {
    const number = count.next++;
    const shared = { name: Buffer.from(name), number, zoneless: false };
    if (what instanceof Map) {
      const inside = finished(what, count);
      return { ...shared, kind: OBJECT, nullable: inside.required === 0, before: 0, after: 0, inside };
    }
    const { dtype, nullable, format } = what.column;
    const scale = dtype.id === 'decimal' ? dtype.scale : dtype.id === 'float' ? DIGITS : 0;
    const before = dtype.id === 'decimal' ? dtype.precision - dtype.scale : DIGITS;
    return {
      ...shared,
      kind: what.kind,
      nullable: nullable || what.kind === NEVER,
      before,
      after: scale,
      zoneless: format.timeZone === undefined || format.timeZone === 'UTC',
      inside: undefined,
    };
  });
  return { keys, required: keys.filter((key) => !key.nullable).length };
}

function kindOf({ dtype, format }: ScanColumn): Kind | undefined {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'float':
    case 'decimal':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    case 'string':
      return STRING;
    case 'date':
      return format.formats === undefined ? DAY : STRING;
    case 'timestamp':
      return format.formats === undefined ? INSTANT : STRING;
    default:
      return undefined;
  }
}
