import { MillraceError } from '../../errors.ts';
import { isInPlace, type Scan } from '../../plan/scan.ts';
import type { RunOptions, Source, SourceContext } from '../../plan/source.ts';
import { unlessAborted } from '../unless-aborted.ts';
import type { Connections } from './connections.ts';
import { parquetColumns } from './parquet-columns.ts';
import type { Scratch } from './scratch.ts';
import { takeIncrement } from './staging/increment.ts';
import { stage } from './staging/stage.ts';
import type { Staged } from './staging/staged.ts';

/**
 * One reading of a source, for all runs that ask for it meanwhile. Staged rows stay until the source is forgotten, or
 * nothing refers to it any more.
 */
interface Reading {
  /** Settles when it has ended, and what it made is gone where it failed. */
  readonly found: Promise<Scan | Staged>;
  /** The same, but fails as soon as it is stopped. */
  readonly answer: Promise<Scan | Staged>;
  readonly stop: AbortController;
  settled: boolean;
  /** How many runs wait for it or are about to hold what it found. */
  waiting: number;
  /** Whether runs that come later are given it. */
  shared: boolean;
}

/** Looks at sources, and reads once for all runs those that cannot be read in place. */
export class Sources {
  readonly #connections: Connections;
  readonly #scratch: Scratch;
  readonly #readings = new WeakMap<Source, Reading>();
  readonly #underWay = new Set<Reading>();
  /** How often sources were refreshed: what was computed from them before is out of date. */
  refreshes = 0;

  constructor(connections: Connections, scratch: Scratch) {
    this.#connections = connections;
    this.#scratch = scratch;
  }

  /**
   * A source's scan where it is read in place, else its rows in scratch. `hold` is called before anything else can
   * happen to the tables; where it answers false they are gone, and the source is looked at again.
   */
  async read(source: Source, options: RunOptions, hold: (table: string) => boolean): Promise<Scan | Staged> {
    const reading = this.#readings.get(source) ?? this.#begin(source, options);
    reading.waiting += 1;
    let held: boolean;
    let found: Scan | Staged;
    try {
      found = await unlessAborted(reading.answer, options.signal);
      const tables = 'kind' in found && found.kind === 'table' ? [found.table] : madeFor(found);
      held = tables.every(hold);
    } finally {
      reading.waiting -= 1;
      await this.#leave(source, reading, options.signal?.reason);
    }
    return held ? found : this.read(source, options, hold);
  }

  /** Whether a source is read already, or being read. */
  isRead(source: Source): boolean {
    return this.#readings.has(source);
  }

  /** What was read of a source goes when the runs that read it have ended; later ones read it again. */
  async forget(source: Source): Promise<void> {
    this.refreshes += 1;
    source.forget?.();
    const reading = this.#readings.get(source);
    if (reading === undefined) return;
    this.#unshare(source, reading);
    if (reading.settled) await this.#leave(source, reading);
  }

  /** Stops all that are being read. */
  async stop(reason: unknown): Promise<void> {
    const stopped = [...this.#underWay];
    for (const { stop } of stopped) stop.abort(reason);
    await Promise.allSettled(stopped.map(({ found }) => found));
  }

  /** What there is to read, nothing kept of what a reader wrote to find out. */
  look(source: Source, options: RunOptions): Promise<Scan> {
    return this.#scratch.within((shop) => source.prepare({ ...this.context(options), scratchFolder: shop.folder }));
  }

  /** What a reader may ask of the engine. */
  context(options: RunOptions): SourceContext {
    return {
      scratchFolder: () => this.#connections.folder(),
      parquetColumns: (paths, partitions) => parquetColumns(this.#connections, paths, partitions, options),
      signal: options.signal,
    };
  }

  /** Files that can be read again are scanned in place; everything else is read once into scratch. */
  mustStage(source: Source, scan: Scan): boolean {
    if (scan.kind === 'table') return false;
    return !isInPlace(scan) || source.volatile || source.onBadRow !== 'fail';
  }

  /** No run's own signal ends a reading, for others may wait for it: it is stopped when the last of them has gone. */
  #begin(source: Source, { signal, onProgress }: RunOptions): Reading {
    refuseOnBadRow(source);
    const stop = new AbortController();
    const told = (share: number): void => {
      if (signal?.aborted !== true) onProgress?.(share);
    };
    const options = { signal: stop.signal, ...(onProgress === undefined ? {} : { onProgress: told }) };
    const found = this.#find(source, options);
    const answer = unlessAborted(found, stop.signal);
    const reading: Reading = { found, answer, stop, settled: false, waiting: 0, shared: true };
    this.#readings.set(source, reading);
    this.#underWay.add(reading);
    const settle = (keep: boolean): void => {
      reading.settled = true;
      this.#underWay.delete(reading);
      if (!keep) this.#unshare(source, reading);
    };
    answer.catch(() => undefined);
    found.then(
      (what) => {
        settle(!('kind' in what));
        if (reading.shared) this.#scratch.dropWith(source, madeFor(what), reading);
      },
      () => settle(false),
    );
    return reading;
  }

  #find(source: Source, options: RunOptions): Promise<Scan | Staged> {
    return this.#scratch.within(async (shop) => {
      const context = { ...this.context(options), scratchFolder: shop.folder };
      const beginning = await source.incremental?.begin(options);
      const scan = await source.prepare(beginning === undefined ? context : { ...context, beginning });
      if (!this.mustStage(source, scan)) return scan;
      const staged = await stage(shop, source, scan, options);
      this.#connections.counts.add(staged.read - staged.quarantined);
      return beginning === undefined ? staged : takeIncrement(shop, source, staged, beginning, options);
    }, madeFor);
  }

  #unshare(source: Source, reading: Reading): void {
    reading.shared = false;
    if (this.#readings.get(source) === reading) this.#readings.delete(source);
  }

  /** Ends a reading that nobody waits for, and gives up what nobody will be given. */
  async #leave(source: Source, reading: Reading, reason?: unknown): Promise<void> {
    if (reading.waiting > 0) return;
    if (!reading.settled) {
      this.#unshare(source, reading);
      reading.stop.abort(reason);
    }
    if (reading.shared) return;
    this.#scratch.keep(reading);
    const found = await reading.found.catch(() => undefined);
    if (found === undefined) return;
    for (const table of madeFor(found)) await this.#scratch.drop(table);
  }
}

/** The tables that were made to hold what was found. */
function madeFor(found: Scan | Staged): string[] {
  if ('kind' in found) return [];
  return found.rejects === undefined ? [found.table] : [found.table, found.rejects];
}

/** A misspelt word would otherwise put rows aside that should stop the run. */
function refuseOnBadRow(source: Source): void {
  const given: unknown = source.onBadRow;
  const share =
    typeof given === 'object' ? (given as { quarantine?: { maxShare?: unknown } })?.quarantine?.maxShare : 0;
  if (given === 'fail' || given === 'quarantine' || (typeof given === 'object' && typeof share === 'number')) return;
  throw new MillraceError({
    code: 'source.on_bad_row',
    message: `${source.name}: onBadRow is ${JSON.stringify(given)}. The choices are 'fail', 'quarantine' and { quarantine: { maxShare: 0.01 } }.`,
  });
}
