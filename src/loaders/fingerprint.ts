import { createHash } from 'node:crypto';
import type { Relation } from '../plan/relation.ts';
import type { Source } from '../plan/source.ts';

/** The form of what is digested: fingerprints of other forms tell nothing of each other. */
const FORM = '1';

/**
 * What a load reads and does to it, as one short text: the sources' names and schemas, and every verb with its columns
 * and values. What stands in the sources is not in it, nor the code of functions, and reading costs nothing therefore:
 * it tells another plan, never other rows.
 */
export function fingerprint(plan: Relation): string {
  // A node that stands in a plan twice is digested once.
  const known = new Map<object, string>();
  const digest = (value: unknown): string => {
    if (typeof value === 'function') return 'function';
    if (typeof value !== 'object' || value === null) return `${typeof value} ${String(value)}`;
    const before = known.get(value);
    if (before !== undefined) return before;
    const made = createHash('sha256').update(partsOf(value, digest)).digest('base64url');
    known.set(value, made);
    return made;
  };
  return `${FORM}:${digest(plan)}`;
}

function partsOf(value: object, digest: (value: unknown) => string): string {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('base64')}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  if (Array.isArray(value)) return `list ${value.map(digest).join(' ')}`;
  if (isSource(value)) {
    const origin = value.origin === undefined ? '' : digest(value.origin.plan);
    return `source ${JSON.stringify(value.name)} ${digest(value.schema)} ${origin}`;
  }
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  const parts = entries.map(([name, part]) => `${JSON.stringify(name)}: ${digest(part)}`);
  return `${value.constructor?.name} ${parts.sort().join(', ')}`;
}

function isSource(value: object): value is Source {
  return 'prepare' in value && typeof value.prepare === 'function';
}
