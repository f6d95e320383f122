import { Frame } from '../frame/frame.ts';
import { QUARANTINE } from '../plan/quarantine.ts';
import type { Relation } from '../plan/relation.ts';
import type { RunOptions, Source } from '../plan/source.ts';
import { sourcesOf } from '../plan/walk.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { AnyFrame } from './handles.ts';

/** A frame of a step, computed. */
export interface KeptRows {
  readonly frame: Frame<AnyCol>;
  readonly source: Source;
  readonly rows: number;
  /** Rows that its plan took, from what was read and from steps before. */
  readonly rowsIn: number;
  /** Rows that were put aside on the way, but for those of steps before. */
  readonly quarantined: number;
  /** The names of what was read for it. */
  readonly read: readonly string[];
  /** The scratch tables of the rows that were put aside, but for those of steps before. */
  readonly rejects: readonly string[];
  release(): Promise<void>;
}

/** How many rows a materialized frame has. */
const ROWS = new WeakMap<Source, number>();

/** Any value that is a frame. */
export function isFrame(value: unknown): value is Frame<AnyCol> {
  return value instanceof Frame;
}

/** Runs a frame's plan and keeps its rows. */
export async function keptRows(given: AnyFrame, options: RunOptions): Promise<KeptRows> {
  const { plan, executor } = given;
  const { source, release } = await executor.materialize(plan, options);
  return counted(plan, executor, source, release, options);
}

/** What went through a plan whose rows stand in scratch now. */
export async function counted(
  plan: Relation,
  executor: AnyFrame['executor'],
  source: Source,
  release: () => Promise<void>,
  options: RunOptions,
): Promise<KeptRows> {
  const frame = new Frame<AnyCol>({ kind: 'source', source }, executor);
  try {
    const rows = await frame.count(options);
    ROWS.set(source, rows);
    const { read, quarantined } = source.origin?.counts ?? { read: rows, quarantined: 0 };
    const before = sourcesOf(plan).flatMap(({ origin }) => (origin === undefined ? [] : [origin]));
    return {
      frame,
      source,
      rows,
      rowsIn: read - sum(before.map(({ counts }) => counts.read)) + rowsOfFrames(plan),
      quarantined: Math.max(0, quarantined - sum(before.map(({ counts }) => counts.quarantined))),
      read: namesRead(plan),
      rejects: (source.origin?.rejects ?? []).filter((table) => !before.some(({ rejects }) => rejects.includes(table))),
      release,
    };
  } catch (error) {
    await release();
    throw error;
  }
}

/** How many rows the materialized frames have from which a plan reads. */
function rowsOfFrames(plan: Relation): number {
  const frames = sourcesOf(plan).filter(({ origin }) => origin !== undefined);
  return sum(frames.map((source) => ROWS.get(source) ?? source.origin?.counts.read ?? 0));
}

/** What a plan reads that no step before has read; of frames that were materialized on the way what they read. */
export function namesRead(plan: Relation): string[] {
  const names = sourcesOf(plan).flatMap((source) => {
    const { origin, name, schema } = source;
    if (origin !== undefined) return ROWS.has(source) ? [] : namesRead(origin.plan);
    return schema === QUARANTINE ? [] : [name];
  });
  return [...new Set(names)];
}

/** How many rows the frames have that steps gave. */
export function rowsTaken(values: Readonly<Record<string, unknown>>): number {
  return sum(Object.values(values).flat().map(knownRows));
}

function knownRows(value: unknown): number {
  if (!isFrame(value) || value.plan.kind !== 'source') return 0;
  return ROWS.get(value.plan.source) ?? 0;
}

/** How many rows had been put aside before a frame that a step gave. */
export function quarantinedBefore(value: unknown): number {
  if (!isFrame(value) || value.plan.kind !== 'source') return 0;
  return value.plan.source.origin?.counts.quarantined ?? 0;
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((one, other) => one + other, 0);
}
