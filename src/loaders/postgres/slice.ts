import { bind } from '../../engines/postgres/bind.ts';
import type { ColumnNode } from '../../plan/expression.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import type { Schema } from '../../schema/dtype.ts';
import { ExpressionWriter } from '../../sql/expressions.ts';
import { postgres } from '../../sql/postgres.ts';
import { type RowRule, refusedRule, ruleOf } from '../expectations.ts';
import type { TargetTable } from './find-table.ts';
import { CALLER } from './modes/mode.ts';

/** A condition on a row of the target, or of rows with its columns. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A slice as the server tells it; without a target it is only made sure that the server can. */
export function conditionOf(where: RowRule<never>, schema: Schema, target?: TargetTable, option = 'where'): Condition {
  const made = ruleOf(CALLER, option, where, schema);
  const now = new Date().toISOString().replace('T', ' ').replace('Z', '');
  const column = (node: ColumnNode): string => stored(node, target);
  const writer = new ExpressionWriter(postgres, now, column);
  const sql = writer.write(made);
  // Functions of ours, which only a session's connection has.
  if (sql.includes('pg_temp.millrace_'))
    throw refusedRule(CALLER, option, 'asks for what the server cannot tell by itself');
  return { sql, values: writer.values.map(bind) };
}

/** A column of the target as expressions take its dtype: what is exact stays as it is, so that its indexes are of use. */
function stored({ name, dtype }: ColumnNode, target: TargetTable | undefined): string {
  const column = quoteIdentifier(name);
  const type = target?.columns.find((c) => c.name === name)?.type;
  switch (dtype.id) {
    case 'string':
      return `(CAST(${column} AS text) COLLATE "C")`;
    case 'float':
      return type === 'float8' ? column : `CAST(${column} AS double precision)`;
    case 'timestamp':
      return type === 'timestamp' ? column : `(${column} AT TIME ZONE 'UTC')`;
    case 'json':
      return `(CAST(${column} AS text) COLLATE "C")`;
    case 'list':
    case 'struct':
      return type === 'jsonb' ? column : `CAST(${column} AS jsonb)`;
    case 'int':
    case 'bigint':
    case 'decimal':
    case 'boolean':
    case 'date':
    case 'binary':
      return column;
  }
}
