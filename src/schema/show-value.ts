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

/** JSON has no bigints, and takes NaN for null. */
function textOfOthers(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  return typeof value === 'number' && !Number.isFinite(value) ? String(value) : value;
}
