import type { AnyColumnType, TextFormat } from '../schema/column-type.ts';
import { declarationOf, keyText, quoted } from '../schema/declaration.ts';

/** A declared column as TypeScript: `t.decimal(12, 2, { decimal: ',' }).nullable()`. */
export function declared({ dtype, format, isNullable, outsideName }: AnyColumnType): string {
  const options = formatText(format);
  const plain = declarationOf(dtype);
  const typed = options === '' ? plain : `${plain.slice(0, -1)}${plain.endsWith('()') ? '' : ', '}${options})`;
  const from = outsideName === undefined ? '' : `.from(${quoted(outsideName)})`;
  return `${typed}${isNullable ? '.nullable()' : ''}${from}`;
}

function formatText(format: TextFormat): string {
  const settings = Object.entries(format).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${valueText(value)}`],
  );
  return settings.length === 0 ? '' : `{ ${settings.join(', ')} }`;
}

/** A value of an option as TypeScript. */
export function valueText(value: unknown): string {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([name, inside]) => `${keyText(name)}: ${valueText(inside)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
