import { isSentinel } from './sentinels.ts';
import { isMarker, type Shape, STYLES, type Traits, traitsOf } from './text-traits.ts';

/** A value that was seen, and where. */
export interface Example {
  readonly value: string;
  /** The line, row or record that it stands in. */
  readonly line: number;
}

interface Seen {
  readonly traits: Traits;
  readonly line: number;
  count: number;
}

/** So many different values are remembered. */
const REMEMBERED = 5000;
const EXAMPLES = 3;

/** What the texts of a column look like, all of them together. */
export class Profile {
  /** The rows, nulls among them. */
  rows = 0;
  nulls = 0;
  /** Texts that are neither null nor what stands for it. */
  values = 0;
  /** The texts that may stand for null, how often, and where first. */
  readonly markers: Map<string, { count: number; readonly line: number }> = new Map();
  readonly shapes: Map<Shape, { count: number; readonly examples: Example[] }> = new Map();
  /** For each style of numbers, how many texts fit it. */
  readonly styles: number[] = STYLES.map(() => 0);
  /** The most digits before and after a point. */
  readonly digits = { '.': { whole: 0, fraction: 0 }, ',': { whole: 0, fraction: 0 } };
  /** The least number and the largest, by what the point is, without those that may stand for null. */
  readonly range: Record<'.' | ',', { low: number; high: number }> = {
    '.': { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY },
    ',': { low: Number.POSITIVE_INFINITY, high: Number.NEGATIVE_INFINITY },
  };
  /** Numbers that may stand for null, how often, and where first. */
  readonly sentinels: Map<string, { count: number; readonly line: number }> = new Map();
  /** Texts that are read differently by whether their one separator is a point. */
  separators: Example | undefined;
  exponents = 0;
  readonly leadingZeros: Example[] = [];
  leadingZeroCount = 0;
  readonly currencies: Set<string> = new Set();
  parentheses = 0;
  padded: Example | undefined;
  /** The sets of formats that days may be written in, each with how often and where. */
  readonly days: Map<string, { readonly formats: readonly string[]; count: number; readonly example: Example }> =
    new Map();
  standardDays = 0;
  zones = 0;
  /** Whole numbers that are written with a point: `17850.0`. */
  pointedWholes = 0;
  shortest: number = Number.POSITIVE_INFINITY;
  longest = 0;
  /** The different values, as long as they are few. */
  distinct: Map<string, { readonly line: number; count: number }> | undefined = new Map();
  readonly #known: Map<string, Seen> = new Map();

  add(text: string | null, line: number): void {
    this.rows += 1;
    if (text === null) {
      this.nulls += 1;
      return;
    }
    if (isMarker(text)) {
      count(this.markers, text, line);
      return;
    }
    this.values += 1;
    this.#remember(text, line);
    const known = this.#known.get(text);
    const traits = known?.traits ?? traitsOf(text);
    if (known !== undefined) known.count += 1;
    else if (this.#known.size < REMEMBERED) this.#known.set(text, { traits, line, count: 1 });
    this.#count(text, traits, line);
  }

  /** The same with the texts of some shapes alone, and how many they are; what else is known is still of all. */
  restrictedTo(shapes: readonly Shape[]): Profile {
    const kept = new Map([...this.shapes].filter(([shape]) => shapes.includes(shape)));
    const values = [...kept.values()].reduce((sum, shape) => sum + shape.count, 0);
    return Object.assign(Object.create(this) as Profile, { shapes: kept, values });
  }

  #remember(text: string, line: number): void {
    if (this.distinct === undefined) return;
    const seen = this.distinct.get(text);
    if (seen !== undefined) seen.count += 1;
    else if (this.distinct.size >= REMEMBERED) this.distinct = undefined;
    else this.distinct.set(text, { line, count: 1 });
  }

  #count(text: string, traits: Traits, line: number): void {
    const shape = this.shapes.get(traits.shape);
    if (shape === undefined) this.shapes.set(traits.shape, { count: 1, examples: [{ value: text, line }] });
    else {
      shape.count += 1;
      if (shape.examples.length < EXAMPLES) shape.examples.push({ value: text, line });
    }
    this.shortest = Math.min(this.shortest, text.length);
    this.longest = Math.max(this.longest, text.length);
    if (traits.isPadded) this.padded ??= { value: text, line };
    if (traits.styles !== 0) this.#countNumber(text, traits, line);
    if (traits.day !== undefined) {
      const { formats, isStandard, hasZone } = traits.day;
      const key = formats.join('|');
      const days = this.days.get(key);
      if (days === undefined) this.days.set(key, { formats, count: 1, example: { value: text, line } });
      else days.count += 1;
      if (isStandard) this.standardDays += 1;
      if (hasZone) this.zones += 1;
    }
  }

  #countNumber(text: string, traits: Traits, line: number): void {
    for (let i = 0; i < STYLES.length; i++)
      if ((traits.styles & (1 << i)) !== 0) this.styles[i] = (this.styles[i] ?? 0) + 1;
    const isFar = isSentinel(text);
    if (isFar) count(this.sentinels, text, line);
    for (const point of ['.', ','] as const) {
      const [range, { value }] = [this.range[point], traits.digits[point]];
      if (!isFar && value < range.low) range.low = value;
      if (!isFar && value > range.high) range.high = value;
      this.digits[point].whole = Math.max(this.digits[point].whole, traits.digits[point].whole);
      this.digits[point].fraction = Math.max(this.digits[point].fraction, traits.digits[point].fraction);
    }
    if (traits.hasExponent) this.exponents += 1;
    if (traits.hasLeadingZero) {
      this.leadingZeroCount += 1;
      if (this.leadingZeros.length < EXAMPLES) this.leadingZeros.push({ value: text, line });
    }
    if (traits.currency !== undefined) this.currencies.add(traits.currency);
    if (traits.hasParentheses) this.parentheses += 1;
    if (/[.,]/.test(text)) {
      this.separators ??= { value: text, line };
      if (/^[+-]?\d+[.]0*$/.test(text)) this.pointedWholes += 1;
    }
  }
}

function count(seen: Map<string, { count: number; readonly line: number }>, text: string, line: number): void {
  const known = seen.get(text);
  if (known === undefined) seen.set(text, { count: 1, line });
  else known.count += 1;
}
