import { type Postgres, transaction } from '../../postgres/connect.ts';
import { numericShape, quoteIdentifier } from '../../postgres/types.ts';
import { readSql } from '../../readers/sql/sql.ts';
import { type AnyColumnType, t } from '../../schema/column-type.ts';
import type { Field } from '../../schema/dtype.ts';
import type { Comparison } from '../reconcile/digest.ts';
import { goneFrom, meantBy } from '../reconcile/meant.ts';
import { type ReadTarget, readBackType } from '../reconcile/target-rows.ts';
import { findTable, type TargetColumn } from './find-table.ts';
import type { ReplaceWhereOptions } from './modes/replace-where.ts';
import { type Condition, conditionOf } from './slice.ts';
import type { Load } from './write.ts';

/** The rows of a load's table, as COPY gives them. */
export function readTable(target: Postgres, load: Load): ReadTarget {
  return async (session, asked, options, task) => {
    const { schema, name } = load;
    const signal = { signal: options.signal };
    const found = await transaction(target, { ...signal, caller: 'reconcile', readOnly: true }, (server) =>
      findTable(server, name),
    );
    if (found === undefined) throw goneFrom(name.table);
    const meant = meantBy<Condition>(load.options, asked, found.sql, {
      slice: () => conditionOf((load.options as ReplaceWhereOptions<never>).where, schema, found),
      current: () => ({ sql: 't.is_current', values: [] }),
      notFlagged: (flag) => ({ sql: `t.${quoteIdentifier(flag)} IS NOT TRUE`, values: [] }),
    });
    const compared = schema.flatMap((field) => {
      const column = found.columns.find((c) => c.name === field.name);
      if (column === undefined) throw goneFrom(`column ${JSON.stringify(field.name)} of ${found.sql}`);
      if (meant.columns?.includes(field.name) === false) return [];
      return [{ field, ...readAs(column, field) }];
    });
    const selected = compared.map(({ field, sql }) => `${sql} AS ${quoteIdentifier(field.name)}`);
    const where = meant.where === undefined ? '' : ` WHERE ${meant.where.sql}`;
    const query = `SELECT ${selected.join(', ')} FROM ${found.sql} AS t${where}`;
    const spec = Object.fromEntries(compared.map(({ field, type }) => [field.name, type]));
    const frame = readSql(session, target, query, { schema: spec, values: meant.where?.values ?? [] });
    return task({
      frame,
      scope: `${meant.which} of ${found.sql}`,
      columns: new Map(compared.map(({ field, how }) => [field.name, how])),
      ...(meant.key === undefined ? {} : { key: meant.key }),
    });
  };
}

interface ReadAs {
  readonly sql: string;
  readonly type: AnyColumnType;
  readonly how: Comparison;
}

/** How a column is read so that no value that differs looks the same; what the server writes its own way is compared so. */
function readAs({ name, type, modifier }: TargetColumn, { dtype }: Field): ReadAs {
  const column = `t.${quoteIdentifier(name)}`;
  const text = t.string().nullable();
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'decimal': {
      const shape = type === 'numeric' ? numericShape(modifier) : undefined;
      const isSame = dtype.id === 'decimal' && shape?.scale === dtype.scale && shape.precision === dtype.precision;
      if (isSame || type !== 'numeric') return { sql: column, type: readBackType(dtype), how: 'value' };
      // A frame's dtype has not all the digits that may stand there now.
      return { sql: `trim_scale(${column})::text`, type: text, how: 'digits' };
    }
    case 'float':
      return { sql: column, type: readBackType(dtype), how: type === 'numeric' ? 'double' : 'value' };
    case 'string':
      return { sql: `${column}::text`, type: text, how: OWN_SPELLING[type] ?? 'value' };
    case 'json':
    case 'list':
    case 'struct':
      return { sql: `${column}::text`, type: text, how: 'json' };
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'binary':
      return { sql: column, type: readBackType(dtype), how: 'value' };
  }
}

/** Types whose text is not always the one that was sent. */
const OWN_SPELLING: Readonly<Record<string, Comparison>> = {
  uuid: 'uuid',
  bpchar: 'padded',
  inet: 'presence',
  cidr: 'presence',
};
