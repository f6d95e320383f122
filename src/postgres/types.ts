/** An identifier, always quoted. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A table as it is named: its schema where one is given. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

/** `'table'` or `'schema.table'`, capitals as they stand; undefined where it is neither. */
export function tableNameOf(given: unknown): TableName | undefined {
  const parts = typeof given === 'string' ? given.split('.') : [];
  const [first = '', second] = parts;
  if (parts.length > 2 || first === '' || second === '') return undefined;
  return second === undefined ? { schema: undefined, table: first } : { schema: first, table: second };
}

export function quoteTable({ schema, table }: TableName): string {
  return schema === undefined ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/** The precision and scale in the modifier of a `numeric`; undefined where it has none. */
export function numericShape(modifier: number): { readonly precision: number; readonly scale: number } | undefined {
  if (modifier < 4) return undefined;
  const packed = modifier - 4;
  // Eleven bits with a sign: a scale may be negative.
  return { precision: packed >> 16, scale: ((packed & 0x7ff) ^ 0x400) - 0x400 };
}
