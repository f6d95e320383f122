import { MillraceError } from '../../errors.ts';

/** What a user's function gave, checked to be rows of the columns it promised: a key misspelt would be a null. */
export function mappedRows(made: unknown, names: readonly string[]): readonly Record<string, unknown>[] {
  const refuse = (what: string): never => {
    throw new MillraceError({
      code: 'map.bad_row',
      message: `mapBatches: the function gave ${what}. Give an array of rows, objects with the columns ${names.join(', ')}.`,
    });
  };
  if (!Array.isArray(made)) return refuse(made === null ? 'null' : `a value of type ${typeof made}`);
  const known = new Set(names);
  for (const row of made as unknown[]) {
    if (typeof row !== 'object' || row === null) return refuse(`${String(row)} for a row`);
    const other = Object.keys(row).find((key) => !known.has(key));
    if (other !== undefined) return refuse(`a row with ${JSON.stringify(other)}, which the schema does not name`);
  }
  return made as Record<string, unknown>[];
}
