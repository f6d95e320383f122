import { MillraceError } from '../errors.ts';
import type { Schema } from './dtype.ts';

/** Why no column may have a name; undefined where one may. */
export function unusableName(name: string): string | undefined {
  if (name === '') return 'it is empty';
  if (name.includes('\0')) return 'it holds a NUL character';
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
