/** A value as a message shows it: as JSON where JSON has a text for it. */
export function showValue(value: unknown): string {
  if (typeof value === 'number') return String(value);
  try {
    return JSON.stringify(value, textOfOthers) ?? String(value);
  } catch {
    // An object that holds itself.
    return Object.prototype.toString.call(value);
  }
}

/** A value as JSON, its bigints as texts. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner));
}

/** JSON has no bigints, and takes NaN for null. */
function textOfOthers(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}

/** An argument of another kind than it must be, without what an object holds, which may be a secret. */
export function showArgument(given: unknown): string {
  if (typeof given === 'object' && given !== null) return `an object of ${given.constructor?.name ?? 'no class'}`;
  return typeof given === 'function' ? 'a function' : showValue(given);
}
