import { MillraceError } from '../errors.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import { type DataType, describeDType, sameDType, unified } from '../schema/dtype.ts';
import { columnNode, fieldOf, project } from './columns.ts';
import { castTo } from './functions/base.ts';

/** Relations with the same columns, each cast where needed to the dtypes that hold the values of all. */
export function concat(first: Relation, others: readonly Relation[]): Relation[] {
  const schema = outputSchema(first);
  const inputs = [first, ...others];
  for (const other of others) {
    const extra = outputSchema(other).filter((f) => !schema.some((own) => own.name === f.name));
    if (extra.length > 0) {
      throw new MillraceError({
        code: 'plan.concat',
        message: `concat: only one side has the column ${extra.map((f) => JSON.stringify(f.name)).join(', ')}. Drop it or add it to both.`,
      });
    }
  }
  const dtypes = new Map(schema.map((f) => [f.name, shared(f.name, inputs)]));
  return inputs.map((input) => {
    const columns = schema.map(({ name }): NamedExpression => {
      const column = columnNode(fieldOf(outputSchema(input), name, 'concat'));
      const dtype = dtypes.get(name) ?? column.dtype;
      if (dtype.id !== 'decimal' || sameDType(dtype, column.dtype)) return { name, expression: { ...column, dtype } };
      return { name, expression: castTo(column, dtype) };
    });
    return project(input, columns, 'concat');
  });
}

function shared(name: string, inputs: readonly Relation[]): DataType {
  const [first, ...others] = inputs.map((input) => columnNode(fieldOf(outputSchema(input), name, 'concat')));
  if (first === undefined) throw new Error('a union without inputs');
  let { dtype } = first;
  for (const other of others) {
    const both = unified(dtype, other.dtype);
    if (both === undefined) {
      throw new MillraceError({
        code: 'plan.concat',
        message: `concat: ${name} is ${describeDType(dtype)} on one side and ${describeDType(other.dtype)} on the other. Cast one of them first.`,
      });
    }
    dtype = both;
  }
  return dtype;
}
