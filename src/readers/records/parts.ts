import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { ODD_NUMBER, type RecordsPart } from '../../plan/scan.ts';
import { beginPart } from '../../progress.ts';
import { writeWhole } from '../write-whole.ts';

/** How many bytes of records make a part, and how many places at most. */
const PART_BYTES = 32 << 20;
const PART_PLACES = 100_000;

/** A record that is not plain, among others: where it stands in their lines. */
export interface Aside {
  /** Counted from 0. */
  readonly record: number;
  readonly start: number;
  readonly end: number;
  /** Why it does not fit whatever the engine would say of it. */
  readonly refused:
    | { readonly column: string | null; readonly value: string | null; readonly reason: string }
    | undefined;
}

/** Records, a line each. */
export interface RecordLines {
  readonly lines: Buffer;
  readonly count: number;
  /** The length of the longest. */
  readonly longest: number;
  /** Whether the days and instants of all plain records are spelled as usual. */
  readonly isoTimes: boolean;
  /** In the order of the records. */
  readonly aside: readonly Aside[];
}

/** The records from `first` on have numbers one after another. */
export interface Run {
  readonly first: number;
  readonly number: number;
}

/** Writes records into files; while one is taken the next is written. */
export class Parts {
  readonly #folder: string;
  readonly #take: (part: RecordsPart) => Promise<void>;
  readonly #progress = beginPart();
  #rows = 0;
  #open: OpenPart | undefined;
  #taken: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(folder: string, take: (part: RecordsPart) => Promise<void>) {
    this.#folder = folder;
    this.#take = take;
  }

  /** Adds records of a place, which are written when it ends. */
  async add(name: string, records: RecordLines, runs: readonly Run[]): Promise<void> {
    // What went wrong with the part before is not to wait for what is to come.
    if (this.#failed) await this.#taken;
    if (records.count === 0) return;
    if (this.#open !== undefined && (this.#open.bytes >= PART_BYTES || this.#open.places.length >= PART_PLACES)) {
      await this.#close();
    }
    this.#open ??= await OpenPart.in(this.#folder);
    await this.#open.add(name, records, runs);
    this.#rows += records.count;
    this.#progress?.tell({ rows: this.#rows });
  }

  async end(): Promise<void> {
    await this.#close();
    await this.#taken;
  }

  /** Ends what is under way, without asking how it went. */
  async settled(): Promise<void> {
    this.#progress?.end();
    await this.#open?.close();
    await this.#taken.catch(() => undefined);
  }

  async #close(): Promise<void> {
    if (this.#open === undefined) return;
    const part = this.#open;
    this.#open = undefined;
    await part.close();
    await this.#taken;
    this.#taken = this.#take(part.told());
    this.#taken.catch(() => {
      this.#failed = true;
    });
  }
}

/** A part that is being written. */
class OpenPart {
  readonly #path: string;
  readonly #lines: FileHandle;
  #odd: FileHandle | undefined;
  #oddRecords = 0;
  #records = 0;
  #longest = 0;
  #isoTimes = true;
  readonly #refused: RecordsPart['refused'][number][] = [];
  readonly places: { name: string; first: number; number: number }[] = [];
  bytes = 0;

  constructor(path: string, lines: FileHandle) {
    this.#path = path;
    this.#lines = lines;
  }

  static async in(folder: string): Promise<OpenPart> {
    const path = join(folder, `${randomUUID()}.ndjson`);
    return new OpenPart(path, await open(path, 'wx'));
  }

  async add(
    name: string,
    { lines, count, longest, isoTimes, aside }: RecordLines,
    runs: readonly Run[],
  ): Promise<void> {
    const before = this.#records;
    const kept: Buffer[] = [];
    const odd: Buffer[] = [];
    let from = 0;
    for (const { record, start, end, refused } of aside) {
      if (start > from) kept.push(lines.subarray(from, start));
      kept.push(NO_RECORD);
      from = end + 1;
      const number = before + record;
      if (refused !== undefined) {
        this.#refused.push({ record: number, ...refused, raw: lines.toString('utf8', start, end) });
      } else {
        odd.push(Buffer.from(String(number).padStart(ODD_NUMBER, '0')), lines.subarray(start, end + 1));
        this.#oddRecords += 1;
      }
    }
    await writeWhole(this.#lines, aside.length === 0 ? lines : Buffer.concat([...kept, lines.subarray(from)]));
    if (odd.length > 0) {
      this.#odd ??= await open(`${this.#path}.odd`, 'wx');
      await writeWhole(this.#odd, Buffer.concat(odd));
    }
    for (const run of runs) this.places.push({ name, first: before + run.first, number: run.number });
    this.#records += count;
    this.#longest = Math.max(this.#longest, longest);
    this.#isoTimes &&= isoTimes;
    this.bytes += lines.length;
  }

  async close(): Promise<void> {
    await this.#lines.close();
    await this.#odd?.close();
  }

  told(): RecordsPart {
    return {
      path: this.#path,
      records: this.#records,
      longest: this.#longest,
      isoTimes: this.#isoTimes,
      odd: this.#odd === undefined ? undefined : { path: `${this.#path}.odd`, records: this.#oddRecords },
      places: this.places,
      refused: this.#refused,
    };
  }
}

/** Stands where a record is that is not plain. */
const NO_RECORD = Buffer.from('{}\n');
