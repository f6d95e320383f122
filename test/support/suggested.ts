import { type Readers, type SchemaSuggestion, t } from '../../src/index.ts';

/** What the TypeScript of a suggestion declares, evaluated: its types are all inferred, so it is JavaScript too. */
export function evaluate(
  { source }: SchemaSuggestion,
  read: Readers,
): { readonly schema: Record<string, unknown>; readonly rows: ReturnType<Readers['rows']> | undefined } {
  const body = source.replace(/^import .*;$/m, '').replaceAll(/^export const /gm, 'const ');
  const result = `return { schema, rows: typeof rows === 'undefined' ? undefined : rows };`;
  return new Function('read', 't', `${body}\n${result}`)(read, t);
}
