import type { DataType, Field } from './dtype.ts';

/** How a dtype is declared: `t.decimal(12, 2)`, `t.list(t.int())`. */
export function declarationOf(dtype: DataType): string {
  switch (dtype.id) {
    case 'decimal':
      return `t.decimal(${dtype.precision}, ${dtype.scale})`;
    case 'string':
      return dtype.values === undefined ? 't.string()' : `t.enum([${dtype.values.map(quoted).join(', ')}])`;
    case 'list':
      return `t.list(${declarationOf(dtype.item)}${dtype.nullableItem === false ? '' : '.nullable()'})`;
    case 'struct':
      return `t.struct({ ${dtype.fields.map((f) => `${key(f)}: ${declarationOf(f.dtype)}${f.nullable ? '.nullable()' : ''}`).join(', ')} })`;
    default:
      return `t.${dtype.id}()`;
  }
}

function key({ name }: Field): string {
  return keyText(name);
}

/** A name as a key of an object literal. */
export function keyText(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

/** A string literal, whatever the text holds. */
export function quoted(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inside.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}
