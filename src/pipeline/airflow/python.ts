/** A text as Python writes it. */
export function pythonText(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n').replaceAll('\r', '\\r');
  return `'${escaped}'`;
}

/** A value as Python writes it; what JSON does not know is a text. */
export function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (value instanceof Date) return pythonText(value.toISOString());
  if (Array.isArray(value)) return `[${value.map(pythonValue).join(', ')}]`;
  if (typeof value === 'object') {
    return `{${Object.entries(value)
      .map(([key, one]) => `${pythonText(key)}: ${pythonValue(one)}`)
      .join(', ')}}`;
  }
  return pythonText(String(value));
}

/** A text in a template of Jinja that comes out as it is. */
export function templated(text: string): string {
  return text.replaceAll(/\{(?=[{%#])/g, "{{ '{' }}");
}
