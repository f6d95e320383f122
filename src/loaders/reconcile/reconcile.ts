import type { Engine } from '../../engines/duckdb/engine.ts';
import type { DuckDBSession } from '../../engines/duckdb/session.ts';
import { registerTextFunction } from '../../engines/duckdb/text-function.ts';
import { leaving } from '../../engines/postgres/leave.ts';
import { PostgresSession } from '../../engines/postgres/session.ts';
import { didYouMean, MillraceError } from '../../errors.ts';
import type { Frame } from '../../frame/frame.ts';
import type { Relation } from '../../plan/relation.ts';
import type { RunOptions } from '../../plan/source.ts';
import { expressionsOf } from '../../plan/walk.ts';
import type { AnyCol } from '../../schema/columns.ts';
import type { Schema } from '../../schema/dtype.ts';
import type { Statement } from '../../sql/program.ts';
import { canonicalJson } from './canonical-json.ts';
import { CANONICAL_JSON, type Compared, canonicalColumns, digestOf, needsJson } from './digest.ts';
import { compareColumn, compareDigests, type Digest, Reconciliation } from './reconciliation.ts';
import type { AskedLoad, ReadTarget, ReconcileOptions, TargetRows } from './target-rows.ts';

/** A load that has committed. */
export interface DoneLoad extends Omit<AskedLoad, 'key'> {
  readonly frame: Pick<Frame<AnyCol>, 'plan' | 'executor' | 'schema'>;
  /** How many rows of the frame it had. */
  readonly arrived: number;
}

/** Runs the frame once more, reads its target back, and compares them within the embedded engine. */
export async function reconcile(
  load: DoneLoad,
  readTarget: ReadTarget,
  { key: given, ...options }: ReconcileOptions,
): Promise<Reconciliation> {
  const { frame } = load;
  refuseClock(frame.plan);
  const key = typeof given === 'string' ? [given] : given;
  if (key !== undefined) checkKey(key, frame.schema);
  return withPlan(frame, options, (session, plan) =>
    readTarget(session, { ...load, key }, options, (rows) => compare(session, plan, load, rows, options)),
  );
}

/** The plan in the embedded engine, which is where both sides are compared. */
async function withPlan<R>(
  { plan, executor }: DoneLoad['frame'],
  options: RunOptions,
  task: (session: DuckDBSession, plan: Relation) => Promise<R>,
): Promise<R> {
  if (!(executor instanceof PostgresSession)) return task(executor as DuckDBSession, plan);
  const embedded = await executor.embedded();
  const { source, counted } = leaving(executor, plan, options);
  const left: Relation = { kind: 'source', source };
  try {
    const result = await task(embedded, left);
    // The report of the load has those that were put aside.
    await (await executor.open()).drop([counted().rejects]);
    return result;
  } finally {
    await embedded.refresh(left);
  }
}

async function compare(
  session: DuckDBSession,
  plan: Relation,
  load: DoneLoad,
  rows: TargetRows,
  options: RunOptions,
): Promise<Reconciliation> {
  const engine = await session.open();
  const columns = load.frame.schema.flatMap((field) => {
    const how = rows.columns.get(field.name);
    return how === undefined ? [] : [{ field, how }];
  });
  const source = columns.map((column): Compared => ({ ...column, isTarget: false }));
  const target = columns.map((column): Compared => ({ ...column, isTarget: true }));
  if (source.some(needsJson)) await knowsJson(engine);
  const key = rows.key?.map((name) => columns.findIndex(({ field }) => field.name === name));
  let made: string | undefined;
  try {
    const [there, ...ofSource] = await engine.run(plan, options, async (run) => {
      const rows = canonicalQuery(source, run.query);
      // Its keys are looked for among those of the target.
      made = key === undefined ? undefined : (await engine.toTable(rows, options)).table;
      return digests(engine, source, made === undefined ? rows : { sql: `FROM ${made}`, values: [] }, options);
    });
    refuseOtherCount(load, there?.count ?? 0);
    const [here, ...ofTarget] = await engine.run(rows.frame.plan, options, (run) => {
      const { sql, values } = canonicalQuery(target, run.query);
      const same = (key ?? []).map((i) => `t.k${i} IS NOT DISTINCT FROM s.k${i}`).join(' AND ');
      const meant = made === undefined ? sql : `FROM (${sql}) AS t SEMI JOIN ${made} AS s ON ${same}`;
      return digests(engine, target, { sql: meant, values }, options);
    });
    if (there === undefined || here === undefined) throw new Error('a digest of no rows is a row');
    return new Reconciliation({
      scope: rows.scope,
      rows: compareDigests(there, here),
      columns: columns.flatMap(({ field, how }, i) => {
        const [a, b] = [ofSource[i], ofTarget[i]];
        return a === undefined || b === undefined ? [] : [compareColumn(field, how, a, b)];
      }),
      notCompared: load.frame.schema.map(({ name }) => name).filter((name) => !rows.columns.has(name)),
    });
  } finally {
    if (made !== undefined) await engine.drop(made);
    await session.refresh(rows.frame.plan);
  }
}

function canonicalQuery(columns: readonly Compared[], { sql, values }: Statement): Statement {
  return { sql: `SELECT ${canonicalColumns(columns)} FROM (${sql})`, values };
}

/** Of the rows, then of each column. */
async function digests(
  engine: Engine,
  columns: readonly Compared[],
  rows: Statement,
  options: RunOptions,
): Promise<readonly Digest[]> {
  const statement = { sql: digestOf(columns, `(${rows.sql})`), values: rows.values };
  const [row = []] = await (await engine.connections.run(statement, options)).getRowsJS();
  const [count, checksum, ...rest] = row.map((value) => (value === null ? undefined : String(value)));
  const all: Digest[] = [{ count: Number(count), checksum: checksum ?? '0' }];
  for (let i = 0; i < rest.length; i += 3) {
    const [values, sum, hashes = '0'] = rest.slice(i, i + 3);
    all.push({ count: Number(values), ...(sum === undefined ? {} : { sum }), checksum: hashes });
  }
  return all;
}

const KNOWING = new WeakMap<Engine, Promise<void>>();

function knowsJson(engine: Engine): Promise<void> {
  const made = KNOWING.get(engine) ?? registerTextFunction(engine.connections, CANONICAL_JSON, canonicalJson);
  KNOWING.set(engine, made);
  return made;
}

function refuseClock(plan: Relation): void {
  for (const { place, expression } of expressionsOf(plan)) {
    if (expression.kind !== 'call' || expression.fn !== 'now') continue;
    throw new MillraceError({
      code: 'reconcile.not_repeatable',
      message: `reconcile: ${place} asks for the time, so the frame has other rows now. Load a materialized frame: await using kept = await frame.materialize().`,
      details: { place },
    });
  }
}

/** A frame that gives other rows now than were loaded is nothing to compare with. */
function refuseOtherCount({ arrived, alreadyLoaded }: DoneLoad, rows: number): void {
  if (alreadyLoaded || rows === arrived) return;
  throw new MillraceError({
    code: 'reconcile.source_changed',
    message: `reconcile: the frame had ${arrived} rows when it was loaded and has ${rows} now: its source was refreshed, or changed. Load a materialized frame, and reconcile before it is disposed of.`,
    details: { loaded: arrived, rows },
  });
}

function checkKey(key: readonly string[], schema: Schema): void {
  const names = schema.map(({ name }) => name);
  const unknown = key.find((name) => !names.includes(name));
  if (key.length > 0 && unknown === undefined) return;
  throw new MillraceError({
    code: 'reconcile.key',
    message:
      unknown === undefined
        ? 'reconcile: key names no column. Name those that tell rows apart, or leave it out.'
        : `reconcile: key names ${JSON.stringify(unknown)}, which the frame does not have.${didYouMean(unknown, names)} Its columns are ${names.join(', ')}.`,
    details: { key },
  });
}
