import { MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import type { TableName } from '../../postgres/types.ts';
import type { Schema } from '../../schema/dtype.ts';
import type { Expectations } from '../expectations.ts';
import type { Written } from '../report.ts';
import { checkTable } from './check-table.ts';
import { defined, type TableDefinition } from './definition.ts';
import { checkContract, evolved, type SchemaContract } from './evolve.ts';
import { checkTarget } from './expect.ts';
import { findTable } from './find-table.ts';
import { type Incoming, REJECTS } from './incoming.ts';
import { type Limits, namingLimit, setLimits } from './limits.ts';
import { claimLoad, finishLoad, isLoaded, type NamedLoad } from './loads.ts';
import { takeTurn } from './lock.ts';
import { ensureTable, type TableShape } from './make-table.ts';
import { CALLER } from './modes/mode.ts';
import { modeOf, type PostgresMode } from './modes.ts';

/** A load as it was asked for, once its options are known to be right. */
export interface Load {
  readonly options: PostgresMode<string>;
  readonly schema: Schema;
  readonly name: TableName;
  readonly rejectsName: TableName | undefined;
  /** What the ledger says of it, where it bears a name. */
  readonly named: NamedLoad | undefined;
  readonly concurrent: 'wait' | 'refuse';
  readonly onEmpty: 'load' | 'fail';
  readonly contract: SchemaContract;
  readonly create: TableDefinition<string> | undefined;
  readonly limits: Limits;
  readonly expect: Expectations<never> | undefined;
}

/** What a load did that had been done before. */
export const ALREADY_LOADED: Written = { arrived: 0, written: 0, bytes: 0, alreadyLoaded: true };

const REJECTS_SHAPE: TableShape = { schema: REJECTS, primaryKey: [] };

/** Refuses a table that cannot take the rows, before any is made; tells whether the load was done already. */
export async function looksLoaded(
  server: Transaction,
  { options, schema, name, named, contract, create, limits }: Load,
): Promise<boolean> {
  await setLimits(server, limits);
  const found = await findTable(server, name);
  if (found === undefined) return false;
  checkContract(found, defined(modeOf(options).shape(schema, options), create), contract);
  return named !== undefined && (await isLoaded(server, found, named));
}

/** All that a load writes, in one transaction that is its caller's. */
export async function writeLoad(server: Transaction, incoming: Incoming, load: Load): Promise<Written> {
  await setLimits(server, load.limits);
  return write(server, incoming, load).catch((error: unknown) => {
    throw namingLimit(error, load.limits);
  });
}

async function write(server: Transaction, incoming: Incoming, load: Load): Promise<Written> {
  const { options, schema, name, rejectsName, named } = load;
  const mode = modeOf(options);
  const shape = defined(mode.shape(schema, options), load.create);
  await takeTurn(server, name, load.concurrent);
  const found = await ensureTable(server, name, shape);
  checkContract(found, shape, load.contract);
  if (named !== undefined && !(await claimLoad(server, found, { ...named, runId: incoming.runId }))) {
    return ALREADY_LOADED;
  }
  const { target, change } =
    load.contract === 'evolve' ? await evolved(server, name, found, shape) : { target: found, change: undefined };
  const done = await mode.run(server, target, incoming, options, schema);
  // What was written goes with the transaction.
  if (done.arrived === 0 && load.onEmpty === 'fail') {
    throw new MillraceError({
      code: 'load.empty',
      message: `${CALLER}: the frame has no rows, and nothing was loaded. Where that is right, say onEmpty: 'load'.`,
      details: { table: target.sql, mode: options.mode },
    });
  }
  if (load.expect !== undefined) await checkTarget(server, target, load.expect, schema);
  let { bytes } = done;
  if (rejectsName !== undefined && incoming.rejects !== undefined) {
    const table = await ensureTable(server, rejectsName, REJECTS_SHAPE);
    checkTable(table, REJECTS_SHAPE);
    bytes += (await incoming.rejects.fill(server, table.sql, table)).bytes;
  }
  if (named !== undefined) await finishLoad(server, target, { loadId: named.loadId, rows: done.written });
  const changed = change === undefined ? {} : { schemaChange: change };
  return { ...done, ...changed, bytes, repeatable: named !== undefined || done.repeatable !== false };
}
