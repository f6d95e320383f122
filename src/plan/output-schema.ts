import { type Field, type Schema, STRING } from '../schema/dtype.ts';
import type { Relation } from './relation.ts';

const cache = new WeakMap<Relation, Schema>();

/** The columns that a plan gives. */
export function outputSchema(node: Relation): Schema {
  const known = cache.get(node);
  if (known !== undefined) return known;
  const schema = Object.freeze(derive(node));
  cache.set(node, schema);
  return schema;
}

function derive(node: Relation): Field[] {
  switch (node.kind) {
    case 'source':
      return [...node.source.schema];
    case 'project':
      return node.columns.map(({ name, expression }) => field(name, expression));
    case 'filter':
    case 'sort':
    case 'limit':
    case 'sample':
    case 'slice':
    case 'dedupe':
    case 'check':
      return [...outputSchema(node.input)];
    case 'aggregate': {
      const input = outputSchema(node.input);
      const keys = node.keys.flatMap((key) => input.filter((f) => f.name === key));
      return [...keys, ...node.aggregates.map(({ name, expression }) => field(name, expression))];
    }
    case 'attach': {
      const made = node.aggregates.map(({ name, expression }) => field(name, expression));
      const names = new Set(made.map((f) => f.name));
      return [...outputSchema(node.input).filter((f) => !names.has(f.name)), ...made];
    }
    case 'join': {
      const nullLeft = node.how === 'right' || node.how === 'full';
      const nullRight = node.how === 'left' || node.how === 'full';
      const right = new Map(outputSchema(node.right).map((f) => [f.name, f]));
      const keys = new Map(node.on.map((pair) => [pair.left, right.get(pair.right)?.nullable ?? false]));
      const left = outputSchema(node.left).map((f): Field => {
        const key = keys.get(f.name);
        // A key column holds the value of whichever side has the row.
        const nullable = key === undefined ? f.nullable || nullLeft : keyNullable(node.how, f.nullable, key);
        return { ...f, nullable };
      });
      const kept = node.rightColumns.flatMap(({ column, as }) => {
        const found = right.get(column);
        return found === undefined ? [] : [{ ...found, name: as, nullable: found.nullable || nullRight }];
      });
      return [...left, ...kept];
    }
    case 'asof-join': {
      const right = new Map(outputSchema(node.right).map((f) => [f.name, f]));
      const kept = node.rightColumns.flatMap(({ column, as }) => {
        const found = right.get(column);
        return found === undefined ? [] : [{ ...found, name: as, nullable: true }];
      });
      return [...outputSchema(node.left), ...kept];
    }
    case 'unpivot': {
      const input = outputSchema(node.input);
      const chosen = input.filter((f) => node.columns.includes(f.name));
      const dtype = chosen[0]?.dtype ?? STRING;
      return [
        ...input.filter((f) => !node.columns.includes(f.name)),
        { name: node.names, dtype: { id: 'string', values: node.columns }, nullable: false },
        { name: node.values, dtype, nullable: chosen.some((f) => f.nullable) },
      ];
    }
    case 'explode':
      return outputSchema(node.input).map((f) => {
        if (f.name !== node.column || f.dtype.id !== 'list') return f;
        return { ...f, dtype: f.dtype.item, nullable: (f.dtype.nullableItem ?? true) || node.keepEmpty };
      });
    case 'union': {
      const schemas = node.inputs.map(outputSchema);
      return (schemas[0] ?? []).map((f, i) => ({ ...f, nullable: schemas.some((s) => s[i]?.nullable ?? false) }));
    }
    case 'map-batches':
      return [...node.schema];
  }
}

/** Whether a join's key column can be null: an inner match never is. */
function keyNullable(how: string, left: boolean, right: boolean): boolean {
  switch (how) {
    case 'left':
    case 'anti':
      return left;
    case 'right':
      return right;
    case 'full':
      return left || right;
    default:
      return false;
  }
}

function field(name: string, expression: { dtype: Field['dtype']; nullable: boolean }): Field {
  return { name, dtype: expression.dtype, nullable: expression.nullable };
}
