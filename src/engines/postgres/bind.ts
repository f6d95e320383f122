import { Secret } from '../../plan/secret.ts';
import type { BoundValue } from '../../sql/expressions.ts';

/** A value as the driver sends it; the statement casts it. */
export function bind({ value }: BoundValue): unknown {
  if (value === null || value instanceof Uint8Array) return value;
  if (value instanceof Secret) return value.reveal();
  return String(value);
}
