import { MillraceError } from '../errors.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { SchemaSpec } from '../schema/column-type.ts';
import { describeDType, sameDType } from '../schema/dtype.ts';
import { columnNode, fieldOf, project } from './columns.ts';
import { call, castNode } from './functions/base.ts';

/** The plan with a declared schema: text is parsed, other dtypes must be what the schema says. */
export function withSchema(input: Relation, spec: SchemaSpec): Relation {
  if (input.kind === 'source' && input.source.typed !== undefined) {
    return { kind: 'source', source: input.source.typed(spec) };
  }
  const schema = outputSchema(input);
  const columns = Object.entries(spec).map(([name, type]): NamedExpression => {
    const field = fieldOf(schema, type.outsideName ?? name, 'withSchema');
    const column = columnNode(field);
    const isText = field.dtype.id === 'string' && field.dtype.values === undefined;
    if (!isText && !sameDType(field.dtype, type.dtype)) {
      throw new MillraceError({
        code: 'schema.mismatch',
        message: `withSchema: column ${JSON.stringify(field.name)} is ${describeDType(field.dtype)}, the schema says ${describeDType(type.dtype)}. Change the schema, or cast the column.`,
        details: { column: field.name },
      });
    }
    const typed = isText && !sameDType(field.dtype, type.dtype) ? castNode(column, type, 'fail') : column;
    if (!field.nullable || type.isNullable) return { name, expression: typed };
    const message = `withSchema: ${field.name} is null, the schema says it never is`;
    return { name, expression: call('require', [typed], type.dtype, false, { message }) };
  });
  return project(input, columns, 'withSchema');
}
