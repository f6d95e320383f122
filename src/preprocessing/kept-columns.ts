import { columnNode, project } from '../frame/columns.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { Schema } from '../schema/dtype.ts';

/** The columns of a schema, some replaced in place and new ones at the end; what else the input has is left out. */
export function keptColumns(input: Relation, schema: Schema, made: readonly NamedExpression[], verb: string): Relation {
  const byName = new Map(made.map((column) => [column.name, column]));
  const kept = schema.map((field): NamedExpression => {
    const replacement = byName.get(field.name);
    byName.delete(field.name);
    return replacement ?? { name: field.name, expression: columnNode(field) };
  });
  return project(input, [...kept, ...byName.values()], verb);
}
