import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import type { RecordsPart } from '../../plan/scan.ts';

/** How many bytes of records make a part, and how many pages at most. */
const PART_BYTES = 32 << 20;
const PART_PAGES = 1000;

/** The records of a page. */
export interface PageRecords {
  readonly name: string;
  readonly lines: Buffer;
  readonly count: number;
  readonly longest: number;
  readonly plain: boolean;
  readonly isoTimes: boolean;
  /** Counted within the page. */
  readonly refused: RecordsPart['refused'];
}

/** Writes the records of pages into files; while one is taken the next is written. */
export class Parts {
  readonly #folder: string;
  readonly #take: (part: RecordsPart) => Promise<void>;
  #open: OpenPart | undefined;
  #taken: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(folder: string, take: (part: RecordsPart) => Promise<void>) {
    this.#folder = folder;
    this.#take = take;
  }

  /** Adds the records of a page, which are written when it ends. */
  async add(page: PageRecords): Promise<void> {
    // What went wrong with the part before is not to wait for the pages to come.
    if (this.#failed) await this.#taken;
    if (page.count === 0) return;
    const full = this.#open !== undefined && (this.#open.bytes >= PART_BYTES || this.#open.places.length >= PART_PAGES);
    if (full || (this.#open !== undefined && this.#open.plain !== page.plain)) await this.#close();
    this.#open ??= await openPart(this.#folder, page.plain);
    const part = this.#open;
    for (let at = 0; at < page.lines.length; ) at += (await part.file.write(page.lines, at)).bytesWritten;
    part.places.push({ name: page.name, first: part.records });
    for (const one of page.refused) part.refused.push({ ...one, record: part.records + one.record });
    part.records += page.count;
    part.isoTimes &&= page.isoTimes;
    part.bytes += page.lines.length;
    part.longest = Math.max(part.longest, page.longest);
  }

  async end(): Promise<void> {
    await this.#close();
    await this.#taken;
  }

  /** Ends what is under way, without asking how it went. */
  async settled(): Promise<void> {
    await this.#open?.file.close();
    await this.#taken.catch(() => undefined);
  }

  async #close(): Promise<void> {
    if (this.#open === undefined) return;
    const { file, bytes: _, ...part } = this.#open;
    this.#open = undefined;
    await file.close();
    await this.#taken;
    this.#taken = this.#take(part);
    this.#taken.catch(() => {
      this.#failed = true;
    });
  }
}

/** A part that is being written. */
interface OpenPart {
  readonly path: string;
  readonly file: FileHandle;
  readonly plain: boolean;
  isoTimes: boolean;
  bytes: number;
  records: number;
  longest: number;
  readonly places: { name: string; first: number }[];
  readonly refused: RecordsPart['refused'][number][];
}

async function openPart(folder: string, plain: boolean): Promise<OpenPart> {
  const path = join(folder, `${randomUUID()}.ndjson`);
  const file = await open(path, 'wx');
  return { path, file, plain, isoTimes: true, bytes: 0, records: 0, longest: 0, places: [], refused: [] };
}
