/** An identifier, always quoted. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The precision and scale in the modifier of a `numeric`; undefined where it has none. */
export function numericShape(modifier: number): { readonly precision: number; readonly scale: number } | undefined {
  if (modifier < 4) return undefined;
  const packed = modifier - 4;
  // Eleven bits with a sign: a scale may be negative.
  return { precision: packed >> 16, scale: ((packed & 0x7ff) ^ 0x400) - 0x400 };
}
