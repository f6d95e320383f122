import type { Run } from '../../engines/postgres/engine.ts';
import { type PostgresSession, scratchSource } from '../../engines/postgres/session.ts';
import type { Frame } from '../../frame/frame.ts';
import type { Scan } from '../../plan/scan.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import type { AnyCol } from '../../schema/columns.ts';
import type { Field, Schema } from '../../schema/dtype.ts';
import { refuseRepeats, saveWithin } from '../increments.ts';
import type { ReadTarget } from '../reconcile/target-rows.ts';
import { type LoadedRun, type LoadReport, reportOf, type Written } from '../report.ts';
import { keptCharacters } from './cut-blanks.ts';
import type { TargetTable } from './find-table.ts';
import { type Copied, type Incoming, REJECTS } from './incoming.ts';
import { ALREADY_LOADED, type Load, looksLoaded, writeLoad } from './write.ts';

/** A load whose rows are in the target's own database, or were moved there: one statement writes them, none of them leaves. */
export async function loadInDatabase<C extends AnyCol>(
  frame: Frame<C>,
  session: PostgresSession,
  load: Load,
  options: RunOptions & { readonly table: string },
  readTarget: ReadTarget,
): Promise<LoadReport> {
  const start = performance.now();
  refuseRepeats(frame.plan, load.options.mode);
  const engine = await session.open();
  const isDone = await engine.transaction(options, (server) => looksLoaded(server, load));
  const writeAll = async (server: Transaction, run: Run, table: string): Promise<Written> => {
    const done = await writeLoad(server, incomingOf(run, load.schema, table), load);
    return saveWithin(server, { database: session.database, target: JSON.stringify(load.name) }, run.increments, done);
  };
  const task = async (server: Transaction, run: Run): Promise<LoadedRun> => {
    const read = await run.countRead(server);
    const table = await engine.unionOf(server, run.rejects);
    const done = isDone ? ALREADY_LOADED : await writeAll(server, run, table);
    const rejects = scratchSource('quarantine', async (): Promise<Scan> => ({ kind: 'table', table }));
    return { id: run.id, read, quarantined: run.quarantined, done, rejects, increments: run.increments };
  };
  // What others commit in the meantime is seen, as by a load from elsewhere.
  return reportOf(
    frame,
    await engine.run(frame.plan, options, task, { isolation: 'READ COMMITTED' }),
    { start, target: options.table },
    readTarget,
  );
}

function incomingOf(run: Run, schema: Schema, rejects: string): Incoming {
  return {
    runId: run.id,
    names: schema.map((f) => f.name),
    fill: (server, table, target) => insert(server, run, table, target, schema),
    // A table that the query reads may be emptied only when the query's rows are kept apart.
    ...(run.readsInPlace
      ? {
          aside: async (server) => {
            const query = await run.keep(server);
            return incomingOf({ ...run, query, readsInPlace: false }, schema, rejects);
          },
        }
      : {}),
    rejects: { fill: (server, table) => addRejects(server, run.id, rejects, table) },
  };
}

async function addRejects(server: Transaction, runId: string, rejects: string, table: string): Promise<Copied> {
  const columns = REJECTS.map((f) => quoteIdentifier(f.name));
  const selected = columns.slice(1).join(', ');
  const { affected } = await server.query(
    `INSERT INTO ${table} (${columns.join(', ')}) SELECT $1, ${selected} FROM ${rejects} ORDER BY __millrace_row`,
    [runId],
  );
  return { rows: affected, bytes: 0 };
}

/** One statement from the plan to the table. */
async function insert(
  server: Transaction,
  { query, bind }: Pick<Run, 'query' | 'bind'>,
  table: string,
  target: TargetTable,
  schema: Schema,
): Promise<Copied> {
  const names = schema.map((f) => quoteIdentifier(f.name)).join(', ');
  const values = schema.map((field) => assigned(field, target)).join(', ');
  const { affected } = await server.query(
    `INSERT INTO ${table} (${names}) SELECT ${values} FROM (${query.sql}) AS result`,
    bind(query.values),
  );
  return { bytes: 0, rows: affected };
}

/** A value as the table's column takes it: what has no assignment of its own is cast, never cut or rounded. */
function assigned({ name, dtype }: Field, target: TargetTable): string {
  const column = quoteIdentifier(name);
  const to = target.columns.find((c) => c.name === name);
  if (to === undefined) return column;
  switch (dtype.id) {
    case 'json':
    case 'list':
    case 'struct':
      return `CAST(${column} AS ${to.written})`;
    case 'string': {
      const most = keptCharacters(to);
      // With a character that is no blank, what is too long is an error.
      if (most !== undefined) {
        const tooLong = `pg_catalog.length(${column}) > ${most}`;
        return `CASE WHEN ${tooLong} THEN pg_catalog.concat(${column}, '.'::text) ELSE ${column} END`;
      }
      return ['text', 'varchar', 'bpchar'].includes(to.type) ? column : `CAST(${column} AS ${to.written})`;
    }
    case 'float':
      return to.type === 'numeric' ? `CAST(CAST(${column} AS text) AS numeric)` : column;
    default:
      return column;
  }
}
