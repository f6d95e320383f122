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
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : quoted(name);
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
