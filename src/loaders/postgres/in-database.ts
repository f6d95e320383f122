import type { Run } from '../../engines/postgres/engine.ts';
import { type PostgresSession, scratchSource } from '../../engines/postgres/session.ts';
import { Frame, type QuarantineCols } from '../../frame/frame.ts';
import type { Scan } from '../../plan/scan.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import type { AnyCol } from '../../schema/columns.ts';
import type { Field, Schema } from '../../schema/dtype.ts';
import { isRowWise, type LoadReport, type Written } from '../report.ts';
import { claimLoad, finishLoad, isLoaded } from './loads.ts';
import { ensureTable, findTable, type TableName, type TargetTable } from './table.ts';
import { type Copied, checkTarget, empty, REJECTS, upsert } from './write.ts';

interface InDatabase extends RunOptions {
  readonly mode: 'append' | 'replace' | 'upsert';
  readonly key: readonly string[];
  readonly name: TableName;
  readonly rejectsName: TableName | undefined;
  readonly loadId?: string;
}

/** A load whose rows are in the target's own database, or were moved there: one statement writes them, none of them leaves. */
export async function loadInDatabase<C extends AnyCol>(
  frame: Frame<C>,
  session: PostgresSession,
  options: InDatabase,
): Promise<LoadReport> {
  const { plan, schema } = frame;
  const { name, key, loadId } = options;
  const start = performance.now();
  const engine = await session.open();
  const done = await engine.transaction(options, async (server) => {
    const found = await findTable(server, name);
    if (found !== undefined) checkTarget(found, schema, key);
    return loadId !== undefined && found !== undefined && (await isLoaded(server, found, loadId));
  });
  const report = async (server: Transaction, run: Run): Promise<LoadReport> => {
    const read = await run.countRead(server);
    const table = await engine.unionOf(server, run.rejects);
    const written = done ? NOTHING : await write(server, run, schema, options, table);
    const { quarantined } = run;
    const { alreadyLoaded = false, unchanged } = written;
    const filtered = isRowWise(plan) && !alreadyLoaded ? read - quarantined - written.written - (unchanged ?? 0) : null;
    const source = scratchSource('quarantine', async (): Promise<Scan> => ({ kind: 'table', table }));
    return {
      runId: run.id,
      rows: {
        read,
        filtered,
        quarantined,
        written: written.written,
        ...(unchanged === undefined ? {} : { unchanged }),
      },
      quarantine: new Frame<QuarantineCols>({ kind: 'source', source }, session),
      alreadyLoaded,
      bytes: written.bytes,
      seconds: 0,
    };
  };
  // What others commit in the meantime is seen, as by a load from elsewhere.
  const made = await engine.run(plan, options, report, { isolation: 'READ COMMITTED' });
  return { ...made, seconds: (performance.now() - start) / 1000 };
}

const NOTHING: Written = { written: 0, bytes: 0, alreadyLoaded: true };

async function write(
  server: Transaction,
  run: Run,
  schema: Schema,
  { mode, key, name, rejectsName, loadId }: InDatabase,
  rejects: string,
): Promise<Written> {
  const found = await ensureTable(server, name, schema, key);
  checkTarget(found, schema, key);
  if (loadId !== undefined && !(await claimLoad(server, found, { loadId, runId: run.id }))) return NOTHING;
  const names = schema.map((f) => f.name);
  const copied =
    mode === 'upsert'
      ? await upsert(server, found, { names, fill: (staging) => insert(server, run, staging, found, schema) }, key)
      : await add(server, run, found, schema, mode);
  if (rejectsName !== undefined) {
    const table = await ensureTable(server, rejectsName, REJECTS, []);
    checkTarget(table, REJECTS, []);
    const columns = REJECTS.map((f) => quoteIdentifier(f.name));
    const selected = columns.slice(1).join(', ');
    await server.query(
      `INSERT INTO ${table.sql} (${columns.join(', ')}) SELECT $1, ${selected} FROM ${rejects} ORDER BY __millrace_row`,
      [run.id],
    );
  }
  const written = copied.rows - (copied.unchanged ?? 0);
  if (loadId !== undefined) await finishLoad(server, found, { loadId, rows: written });
  return { written, bytes: 0, ...(copied.unchanged === undefined ? {} : { unchanged: copied.unchanged }) };
}

/** Appends, or replaces: a table that the query may read is emptied only when the query's rows are kept aside. */
async function add(
  server: Transaction,
  run: Run,
  target: TargetTable,
  schema: Schema,
  mode: 'append' | 'replace',
): Promise<Copied> {
  if (mode === 'append' || target.isNew === true) return insert(server, run, target.sql, target, schema);
  if (!run.readsInPlace) {
    await empty(server, target);
    return insert(server, run, target.sql, target, schema);
  }
  const aside = await run.keep(server);
  await empty(server, target);
  return insert(server, { ...run, query: aside }, target.sql, target, schema);
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
    case 'string':
      return ['text', 'varchar', 'bpchar'].includes(to.type) ? column : `CAST(${column} AS ${to.written})`;
    case 'float':
      return to.type === 'numeric' ? `CAST(CAST(${column} AS text) AS numeric)` : column;
    default:
      return column;
  }
}
