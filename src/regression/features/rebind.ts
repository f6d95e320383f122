import { MillraceError } from '../../errors.ts';
import { columnNode, fieldOf } from '../../frame/columns.ts';
import { labelOf } from '../../frame/functions/literal.ts';
import type { Expression } from '../../plan/expression.ts';
import { COUNTS } from '../../plan/functions.ts';
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
  const column = (node: Expression & { readonly kind: 'column' }, checked: boolean): Expression => {
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
  return rebound(of, column);
}

function refused(verb: string, field: Field, wanted: string, where: string): MillraceError {
  const dtype: DataType = field.dtype;
  return new MillraceError({
    code: 'regression.dtype',
    message: `${verb}: ${field.name} is ${describeDType(dtype)}, but the model was fitted on ${wanted}${where}. Cast the column first.`,
    details: { column: field.name, dtype: describeDType(dtype), expected: wanted },
  });
}

type Column = (node: Expression & { readonly kind: 'column' }, checked: boolean) => Expression;

const NEVER_NULL: ReadonlySet<string> = new Set(['is_null', 'is_not_null']);

/** The expression over other columns; null where it was before or where a column of it may be now. */
function rebound(node: Expression, column: Column): Expression {
  const inner = (child: Expression): Expression => rebound(child, column);
  /** Whether some child may be null now that could not be. */
  const newly = (before: readonly Expression[], now: readonly Expression[]): boolean =>
    now.some((child, i) => child.nullable && before[i]?.nullable === false);
  switch (node.kind) {
    case 'column':
      return column(node, true);
    case 'literal':
      return node;
    case 'call':
    case 'aggregate': {
      const args = node.args.map(inner);
      const never = NEVER_NULL.has(node.fn) || COUNTS.has(node.fn);
      const nullable =
        node.fn === 'coalesce'
          ? args.every((arg) => arg.nullable)
          : node.nullable || (!never && newly(node.args, args));
      return { ...node, args, nullable };
    }
    case 'case': {
      const branches = node.branches.map(({ when, value }) => ({ when: inner(when), value: inner(value) }));
      const otherwise = inner(node.otherwise);
      const nullable = otherwise.nullable || branches.some(({ value }) => value.nullable);
      return { ...node, branches, otherwise, nullable };
    }
    case 'cast': {
      const input = inner(node.input);
      return { ...node, input, nullable: node.nullable || newly([node.input], [input]) };
    }
    case 'window': {
      const call = inner(node.call) as typeof node.call;
      // A column that was named without its frame at hand says nothing of its dtype.
      const partitionBy = node.partitionBy.map((by) => (by.kind === 'column' ? column(by, false) : inner(by)));
      return { ...node, call, partitionBy, nullable: node.nullable || (call.nullable && !node.call.nullable) };
    }
  }
}
