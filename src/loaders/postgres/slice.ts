import { bind } from '../../engines/postgres/bind.ts';
import { MillraceError } from '../../errors.ts';
import { answerOf } from '../../frame/arguments.ts';
import { checkColumns, columnsOf, predicateOf } from '../../frame/columns.ts';
import type { Scalar } from '../../frame/functions/base.ts';
import { type ColumnNode, walkExpression } from '../../plan/expression.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import type { Bool, Schema } from '../../schema/dtype.ts';
import { ExpressionWriter } from '../../sql/expressions.ts';
import { postgres } from '../../sql/postgres.ts';
import type { TargetTable } from './find-table.ts';
import { CALLER } from './modes/mode.ts';

/** Tells which rows of a table are of a slice, by the columns that the frame has. */
export type Slice<R> = (r: R) => Scalar<Bool, null>;

/** A condition on a row of the target, or of rows with its columns. */
export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

/** A slice as the server tells it; without a target it is only made sure that the server can. */
export function conditionOf(where: Slice<never>, schema: Schema, target?: TargetTable, option = 'where'): Condition {
  const what = `${CALLER}: ${option}`;
  const made = predicateOf(
    answerOf(where, columnsOf(schema, what) as never, what, "r => r.day.eq('2024-05-01')"),
    what,
  );
  checkColumns([made], schema, what);
  if ([...walkExpression(made)].some((node) => node.kind === 'window' || node.kind === 'aggregate')) {
    throw refused(option, 'reads other rows than the one it is asked about');
  }
  const now = new Date().toISOString().replace('T', ' ').replace('Z', '');
  const column = (node: ColumnNode): string => stored(node, target);
  const writer = new ExpressionWriter(postgres, now, column);
  const sql = writer.write(made);
  // Functions of ours, which only a session's connection has.
  if (sql.includes('pg_temp.millrace_')) throw refused(option, 'asks for what the server cannot tell by itself');
  return { sql, values: writer.values.map(bind) };
}

function refused(option: string, what: string): MillraceError {
  return new MillraceError({
    code: 'load.where',
    message: `${CALLER}: ${option} ${what}. Compare columns with values, such as r => r.day.eq('2024-05-01').`,
  });
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
