import { MillraceError } from '../errors.ts';

/** JSON has no NaN and no infinities: they are text. */
export type JsonNumber = number | 'NaN' | 'Infinity' | '-Infinity';

export function toJsonNumber(value: number): JsonNumber {
  return Number.isFinite(value) ? value : (String(value) as JsonNumber);
}

/** The value of JSON text. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch (cause) {
    throw new MillraceError({
      code: 'regression.bad_json',
      message: `A model's JSON does not parse: ${cause instanceof Error ? cause.message : String(cause)}`,
      cause,
    });
  }
}

export function record(value: unknown, place: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(place, value, 'an object');
  return value as Record<string, unknown>;
}

export function list<V>(value: unknown, place: string, read: (item: unknown, place: string) => V): readonly V[] {
  if (!Array.isArray(value)) throw bad(place, value, 'a list');
  return value.map((item: unknown, i) => read(item, `${place}[${i}]`));
}

export function text(value: unknown, place: string): string {
  if (typeof value !== 'string') throw bad(place, value, 'text');
  return value;
}

export function flag(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw bad(place, value, 'true or false');
  return value;
}

export function oneOf<const V extends string>(value: unknown, place: string, choices: readonly V[]): V {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw bad(
    place,
    value,
    choices.length > 12 ? 'a choice known here' : choices.map((choice) => `'${choice}'`).join(' or '),
  );
}

export function number(value: unknown, place: string): number {
  if (typeof value === 'number') return value;
  if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
  throw bad(place, value, "a number, 'NaN', 'Infinity' or '-Infinity'");
}

export function count(value: unknown, place: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw bad(place, value, 'a whole number from 0');
  }
  return value;
}

export function bad(place: string, value: unknown, expected: string): MillraceError {
  const shown = value === undefined ? 'missing' : JSON.stringify(value);
  return new MillraceError({
    code: 'regression.bad_json',
    message: `This is not the JSON of a model: ${place} is ${shown}, not ${expected}.`,
    details: { place, value },
  });
}
