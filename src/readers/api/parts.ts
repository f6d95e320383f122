import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
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
  /** Counted within the page. */
  readonly refused: RecordsPart['refused'];
}

/** Gathers the records of pages into files; while one is taken the next is gathered. */
export class Parts {
  readonly #folder: string;
  readonly #take: (part: RecordsPart) => Promise<void>;
  #pages: PageRecords[] = [];
  #bytes = 0;
  #taken: Promise<void> = Promise.resolve();
  #failed = false;

  constructor(folder: string, take: (part: RecordsPart) => Promise<void>) {
    this.#folder = folder;
    this.#take = take;
  }

  async add(page: PageRecords): Promise<void> {
    // What went wrong with the part before is not to wait for the pages to come.
    if (this.#failed) await this.#taken;
    if (page.count === 0) return;
    const { plain } = this.#pages[0] ?? page;
    if (this.#bytes >= PART_BYTES || this.#pages.length >= PART_PAGES || plain !== page.plain) await this.#write();
    this.#pages.push(page);
    this.#bytes += page.lines.length;
  }

  async end(): Promise<void> {
    await this.#write();
    await this.#taken;
  }

  /** Waits for what is being taken, without asking how it went. */
  async settled(): Promise<void> {
    await this.#taken.catch(() => undefined);
  }

  async #write(): Promise<void> {
    const pages = this.#pages;
    const [first] = pages;
    if (first === undefined) return;
    this.#pages = [];
    this.#bytes = 0;
    const path = join(this.#folder, `${randomUUID()}.ndjson`);
    const file = await open(path, 'wx');
    try {
      await file.writev(pages.map((page) => page.lines));
    } finally {
      await file.close();
    }
    let records = 0;
    const places: { name: string; first: number }[] = [];
    const refused: RecordsPart['refused'][number][] = [];
    for (const page of pages) {
      places.push({ name: page.name, first: records });
      for (const one of page.refused) refused.push({ ...one, record: records + one.record });
      records += page.count;
    }
    const longest = Math.max(...pages.map((page) => page.longest));
    await this.#taken;
    this.#taken = this.#take({ path, records, longest, plain: first.plain, places, refused });
    this.#taken.catch(() => {
      this.#failed = true;
    });
  }
}
