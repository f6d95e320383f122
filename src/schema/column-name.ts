import { MillraceError } from '../errors.ts';
import type { Schema } from './dtype.ts';
import { isWellFormed } from './from-js.ts';

/** How many bytes of a name PostgreSQL keeps: it cuts longer ones off without an error, so that two may be one. */
export const NAME_BYTES = 63;

/** Why a name is none in any database; undefined where it is one. */
export function brokenName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('\0')) return 'it holds a NUL character';
  return isWellFormed(name) ? undefined : 'it holds half of a surrogate pair, which is no character';
}

/** Why no column may have a name; undefined where one may. */
export function unusableName(name: string): string | undefined {
  const broken = brokenName(name);
  if (broken !== undefined) return broken;
  if (name === '__proto__') return 'objects in JavaScript have no property of their own by that name';
  // A column of this name hides the engine's own, by which the order of rows in a table is known.
  if (name.toLowerCase() === 'rowid') return 'the engine numbers rows by that name';
  if (name.toLowerCase().startsWith('__millrace')) return 'names that start with __millrace are taken';
  return undefined;
}

/** Refuses a source's column that no column may be called. */
export function refuseUnusableNames(schema: Schema, source: string): void {
  for (const { name } of schema) {
    const reason = unusableName(name);
    if (reason === undefined) continue;
    throw new MillraceError({
      code: 'schema.column_name',
      message: `${source}: ${JSON.stringify(name)} cannot name a column: ${reason}. Name it otherwise in a schema, such as { row_id: t.string().from(${JSON.stringify(name)}) }.`,
      details: { source, column: name },
    });
  }
}
