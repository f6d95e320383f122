import { MillraceError } from '../errors.ts';
import type { RunOptions } from '../plan/source.ts';
import type { Readers } from '../readers/read.ts';
import { checkpointsOf, isThere, readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import { isFrame, type KeptRows, keptRows, sum } from './frames.ts';
import type { AnyFrame } from './handles.ts';
import type { KeptFrame, Output } from './store/store.ts';

/** What a step gave, computed, and how it is kept. */
export interface Kept {
  /** What is handed on. */
  readonly value: unknown;
  readonly frames: readonly KeptRows[];
  readonly output: Output;
  /** Bytes of its checkpoint. */
  readonly bytes: number;
}

/** Where a step's frames are kept besides scratch. */
export interface CheckpointPlace {
  readonly folder: string;
  readonly run: string;
  readonly fingerprint: string;
}

type Shape = 'one' | 'list' | 'record';

/** Computes the frames that a step gave and keeps them; other values must be JSON. */
export async function keepOutput(
  step: string,
  given: unknown,
  place: CheckpointPlace | undefined,
  options: RunOptions,
): Promise<Kept> {
  const shaped = framesOf(given);
  if (shaped === undefined) return { value: asJson(step, given), frames: [], output: jsonOutput(given), bytes: 0 };
  const [shape, entries] = shaped;
  const frames: KeptRows[] = [];
  try {
    for (const [, frame] of entries) frames.push(await keptRows(frame, options));
    const value = shapedValue(
      shape,
      frames.map(({ frame }, i) => [entries[i]?.[0] ?? '', frame]),
    );
    // What reads on from where the last load ended is known by its rows in scratch alone: it is read again.
    const readsOn = frames.some(({ source }) => (source.origin?.increments ?? []).length > 0);
    if (place === undefined || readsOn) return { value, frames, output: { kind: 'scratch' }, bytes: 0 };
    const kept: KeptFrame[] = [];
    let bytes = 0;
    for (const [i, frame] of frames.entries()) {
      const name = entries[i]?.[0] ?? '';
      const folder = checkpointsOf(place.folder, place.run);
      const { fingerprint } = place;
      const written = await writeCheckpoint(frame, { folder, step, fingerprint, name }, options);
      kept.push(written.kept);
      bytes += written.bytes;
    }
    return { value, frames, output: { kind: 'checkpoint', shape, frames: kept }, bytes };
  } catch (error) {
    for (const { release } of frames) await release();
    throw error;
  }
}

/** Whether what a step gave can be had again without running it. */
export function canRestore(output: Output | null): boolean {
  return output?.kind === 'json' || (output?.kind === 'checkpoint' && isThere(output.frames));
}

/** What a step gave in another process. */
export async function restoreOutput(output: Output, read: Readers, options: RunOptions): Promise<Kept> {
  if (output.kind === 'json') return { value: output.value, frames: [], output, bytes: 0 };
  if (output.kind !== 'checkpoint') throw new Error(`what is kept as ${output.kind} is not restored here`);
  const frames: KeptRows[] = [];
  try {
    for (const kept of output.frames) frames.push(await readCheckpoint(kept, read, options));
  } catch (error) {
    for (const { release } of frames) await release();
    throw error;
  }
  const value = shapedValue(
    output.shape,
    frames.map(({ frame }, i) => [output.frames[i]?.name ?? '', frame]),
  );
  return { value, frames, output, bytes: 0 };
}

export function jsonOutput(value: unknown): Output {
  return { kind: 'json', value };
}

/** How many rows stand in the frames of a value. */
export function rowsOf({ frames }: Kept): { readonly in: number; readonly out: number; readonly quarantined: number } {
  return {
    in: sum(frames.map(({ rowsIn }) => rowsIn)),
    out: sum(frames.map(({ rows }) => rows)),
    quarantined: sum(frames.map(({ quarantined }) => quarantined)),
  };
}

function framesOf(given: unknown): readonly [Shape, readonly (readonly [string, AnyFrame])[]] | undefined {
  if (isFrame(given)) return ['one', [['', given]]];
  if (typeof given !== 'object' || given === null) return undefined;
  const entries = Object.entries(given as Readonly<Record<string, unknown>>);
  if (entries.length === 0 || !entries.every((entry): entry is [string, AnyFrame & object] => isFrame(entry[1]))) {
    return undefined;
  }
  return [Array.isArray(given) ? 'list' : 'record', entries];
}

function shapedValue(shape: Shape, entries: readonly (readonly [string, AnyFrame])[]): unknown {
  if (shape === 'record') return Object.fromEntries(entries);
  const frames = entries.map(([, frame]) => frame);
  return shape === 'list' ? frames : frames[0];
}

/** Refuses what JSON would change: who resumes the run would be given something else. */
export function asJson(step: string, value: unknown): unknown {
  const fault = value === undefined ? undefined : jsonFault(value, 'the value', new Set());
  if (fault === undefined) return value;
  throw new MillraceError({
    code: 'pipeline.value',
    message: `pipeline step ${JSON.stringify(step)}: ${fault}, which is neither a frame nor JSON. Give a frame, a list or an object of frames, JSON, or nothing.`,
    details: { step },
  });
}

function jsonFault(value: unknown, path: string, within: ReadonlySet<object>): string | undefined {
  if (value === null || ['string', 'boolean', 'undefined'].includes(typeof value)) return undefined;
  if (typeof value === 'number') return Number.isFinite(value) ? undefined : `${path} is ${value}`;
  if (typeof value !== 'object') return `${path} is a ${typeof value}`;
  if (within.has(value)) return `${path} is inside itself`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype && !Array.isArray(value)) {
    return `${path} is a ${value.constructor?.name ?? 'class'}`;
  }
  const inside = new Set(within).add(value);
  for (const [name, part] of Object.entries(value)) {
    const fault = jsonFault(part, `${path}.${name}`, inside);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
