import { MillraceError } from '../../errors.ts';
import { columnNode, fieldOf } from '../../frame/columns.ts';
import { labelOf } from '../../frame/functions/literal.ts';
import type { ColumnNode, Expression } from '../../plan/expression.ts';
import { replaced } from '../../plan/replace.ts';
import { type DataType, describeDType, type Field, isNumeric, type Schema, sameDType } from '../../schema/dtype.ts';
import type { Part } from './feature.ts';

/** What a part of a feature reads of a frame: its expression over that frame's columns, their dtypes checked. */
export function readingOf(part: Part, schema: Schema, verb: string): Expression {
  const { of } = part;
  if (of === undefined || (of.kind === 'column' && isNumeric(of.dtype) && part.kind !== 'levels')) {
    const field = fieldOf(schema, of?.name ?? part.name, verb);
    const fits = {
      number: isNumeric(field.dtype),
      polynomial: isNumeric(field.dtype),
      boolean: field.dtype.id === 'boolean',
      levels: field.dtype.id === 'string',
    };
    if (fits[part.kind]) return columnNode(field);
    throw refused(
      verb,
      field,
      { number: 'a number', polynomial: 'a number', boolean: 'a boolean', levels: 'a string' }[part.kind],
      '',
    );
  }
  const column = (node: ColumnNode, checked: boolean): Expression => {
    const field = fieldOf(schema, node.name, verb);
    const same = sameDType(field.dtype, node.dtype) || (field.dtype.id === 'string' && node.dtype.id === 'string');
    if (checked && !same)
      throw refused(
        verb,
        field,
        describeDType(node.dtype),
        of.kind === 'column' ? '' : `, by ${labelOf(of)} in the feature ${part.name}`,
      );
    return columnNode(field);
  };
  return replaced(of, (node, inPartition) => (node.kind === 'column' ? column(node, !inPartition) : undefined));
}

function refused(verb: string, field: Field, wanted: string, where: string): MillraceError {
  const dtype: DataType = field.dtype;
  return new MillraceError({
    code: 'regression.dtype',
    message: `${verb}: ${field.name} is ${describeDType(dtype)}, but the model was fitted on ${wanted}${where}. Cast the column first.`,
    details: { column: field.name, dtype: describeDType(dtype), expected: wanted },
  });
}
