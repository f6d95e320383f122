import { MillraceError } from '../../errors.ts';
import { listOf } from '../../frame/functions/order.ts';
import { type Postgres, transaction } from '../../postgres/connect.ts';
import { numericShape, quoteIdentifier } from '../../postgres/types.ts';
import { readSql } from '../../readers/sql/sql.ts';
import { type AnyColumnType, t } from '../../schema/column-type.ts';
import type { Field } from '../../schema/dtype.ts';
import type { Comparison } from '../reconcile/digest.ts';
import { type AskedLoad, type ReadTarget, readBackType } from '../reconcile/target-rows.ts';
import { findTable, type TargetColumn, type TargetTable } from './find-table.ts';
import { type Condition, conditionOf } from './slice.ts';
import type { Load } from './write.ts';

/** What a mode says of the rows that its load left. */
interface Meant {
  /** `all rows of ..`, without the table. */
  readonly which: string;
  readonly where?: Condition;
  readonly key?: readonly string[];
  /** The columns that are as in the frame; all where nothing is said. */
  readonly columns?: readonly string[];
}

/** The rows of a load's table, as COPY gives them. */
export function readTable(target: Postgres, load: Load): ReadTarget {
  return async (session, asked, options, task) => {
    const { schema, name } = load;
    const signal = options.signal === undefined ? {} : { signal: options.signal };
    const found = await transaction(target, { ...signal, caller: 'reconcile', readOnly: true }, (server) =>
      findTable(server, name),
    );
    if (found === undefined) throw gone(name.table);
    const meant = meantBy(load, found, asked);
    const compared = schema.flatMap((field) => {
      const column = found.columns.find((c) => c.name === field.name);
      if (column === undefined) throw gone(`column ${JSON.stringify(field.name)} of ${found.sql}`);
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

function meantBy({ options, schema }: Load, target: TargetTable, { wasEmpty, key }: AskedLoad): Meant {
  if (key !== undefined && options.mode !== 'append') {
    throw new MillraceError({
      code: 'reconcile.key',
      message: `reconcile: key is for rows that were appended to others; the mode '${options.mode}' tells its rows by itself. Leave it out.`,
    });
  }
  const all: Meant = { which: 'all rows' };
  const byKey = (columns: readonly string[]): Meant => {
    return { which: `the rows whose ${columns.join(', ')} the frame has,`, key: columns };
  };
  switch (options.mode) {
    case 'append':
      if (key !== undefined) return byKey(key);
      if (wasEmpty === true) return all;
      throw new MillraceError({
        code: 'reconcile.rows_unknown',
        message: `reconcile: ${target.sql} ${wasEmpty === false ? 'had rows before the append' : 'was not loaded by this run'}, and nothing tells the load's rows from the others. Give reconcile({ key }) with columns that do.`,
        details: { table: target.sql },
      });
    case 'replace':
      return all;
    case 'replace-where':
      return { which: 'the rows of the slice', where: conditionOf(options.where as never, schema, target) };
    case 'insert-new': {
      // The others of a row that was there stay what they were.
      const columns = listOf<string>(options.key);
      return { ...byKey(columns), columns };
    }
    case 'upsert': {
      const columns = listOf<string>(options.key);
      if (options.update === undefined) return byKey(columns);
      return { ...byKey(columns), columns: [...columns, ...listOf<string>(options.update)] };
    }
    case 'sync': {
      const { gone = 'delete' } = options;
      if (gone === 'delete') return all;
      const flagged = `t.${quoteIdentifier(gone.flag)} IS NOT TRUE`;
      return { which: 'the rows that are not flagged as gone', where: { sql: flagged, values: [] } };
    }
    case 'scd2': {
      const current: Meant = { which: 'the current versions', where: { sql: 't.is_current', values: [] } };
      return options.gone === 'close' ? current : { ...byKey(listOf<string>(options.key)), ...current };
    }
  }
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

function gone(what: string): MillraceError {
  return new MillraceError({
    code: 'reconcile.gone',
    message: `reconcile: ${what} is not there any more, so what was loaded cannot be read back.`,
    details: { what },
  });
}
