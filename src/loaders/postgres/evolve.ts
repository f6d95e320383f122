import { MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import type { TableName } from '../../postgres/types.ts';
import { differencesOf, refuse } from './check-table.ts';
import { findTable, type TargetTable } from './find-table.ts';
import type { TableShape } from './make-table.ts';
import { CALLER } from './modes/mode.ts';
import { widening } from './widening.ts';

/** What a table that is not as the frame is means for a load. */
export type SchemaContract = 'freeze' | 'evolve' | 'quarantine';

export const SCHEMA_CONTRACTS: readonly SchemaContract[] = ['freeze', 'evolve', 'quarantine'];

/** Refuses what stays different when a table has evolved; of all other contracts, whatever is different. */
export function checkContract(target: TargetTable, shape: TableShape, contract: SchemaContract): void {
  const differences = differencesOf(target, shape);
  refuse(target, contract === 'evolve' ? differences.filter(({ action }) => action === undefined) : differences);
}

/**
 * The table once it holds every value of the frame's dtypes: columns that are missing are there, null in rows that were
 * there before, narrow ones are wider, and what the frame no longer has may be null.
 */
export async function evolved(
  server: Transaction,
  name: TableName,
  target: TargetTable,
  shape: TableShape,
): Promise<{ readonly target: TargetTable; readonly change: string | undefined }> {
  const actions = new Set(differencesOf(target, shape).flatMap(({ action }) => (action === undefined ? [] : [action])));
  for (const { name, dtype } of shape.schema) {
    const column = target.columns.find((c) => c.name === name);
    const wider = column === undefined ? undefined : widening(column, dtype);
    if (wider !== undefined) actions.add(wider);
  }
  if (actions.size === 0) return { target, change: undefined };
  const change = `ALTER TABLE ${target.sql} ${[...actions].join(', ')}`;
  try {
    await server.query(change);
  } catch (cause) {
    const told = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError({
      code: 'load.evolve',
      message: `${CALLER}: the table ${target.sql} could not be changed as schemaContract: 'evolve' asks: ${told}. The statement was ${change}. Nothing was loaded.`,
      details: { table: target.sql, statement: change },
      cause,
    });
  }
  const found = await findTable(server, name);
  if (found === undefined) throw new Error(`${target.sql} was changed and is not there`);
  return { target: found, change };
}
