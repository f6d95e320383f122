import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../errors.ts';
import type { OptionNames } from '../../option-names.ts';
import type { Answer, PageRequest } from './http.ts';

/** Where pages are kept, so that a reading that was cut short goes on where it was. */
export interface ResumeOptions {
  /** A folder for this reading and its credentials alone; made where there is none. */
  readonly folder: string;
  /** Whether pages stay when all have been read. Later readings take them until `refresh()`. Default: they are removed. */
  readonly keep?: boolean;
  /** How old a page may be that is still taken, in milliseconds. Default: a day. */
  readonly maxAge?: number;
}

export const RESUME_OPTIONS: OptionNames<ResumeOptions> = { folder: true, keep: 'boolean', maxAge: true };

/** What is told of a page before its bytes. */
interface Label {
  readonly url: string;
  readonly status: number;
  readonly charset: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly length: number;
  readonly digest: string;
}

const DAY = 86_400_000;

/** Pages that do not fit together: which of them is wrong is not known. */
const TOGETHER = ['api.incomplete', 'api.loop', 'api.too_many_records', 'api.uneven_pages'];

/** The pages of one reading, each in a file that is named by what was asked for. */
export class StoredPages {
  readonly #folder: string;
  readonly #maxAge: number;
  readonly #keep: boolean;
  /** The files of this reading. */
  readonly #files = new Set<string>();
  /** Those that an earlier reading stored, and whether this one accepted them. */
  readonly #found = new Map<string, boolean>();
  #made = false;

  constructor({ folder, keep = false, maxAge = DAY }: ResumeOptions) {
    this.#folder = folder;
    this.#keep = keep;
    this.#maxAge = maxAge;
  }

  /** A page as it was stored; undefined where it was not, or not to its end. */
  async find(request: PageRequest): Promise<Answer | undefined> {
    const path = this.#pathOf(request);
    let content: Buffer;
    try {
      if (Date.now() - (await stat(path)).mtimeMs > this.#maxAge) return undefined;
      content = await readFile(path);
    } catch {
      return undefined;
    }
    const line = content.indexOf(0x0a);
    try {
      const label = JSON.parse(content.toString('utf8', 0, line)) as Label;
      const bytes = content.subarray(line + 1);
      if (bytes.length !== label.length || digestOf(bytes) !== label.digest) return undefined;
      const { status, charset } = label;
      this.#found.set(path, false);
      return {
        url: new URL(label.url),
        status,
        charset,
        bytes,
        headers: new Headers(label.headers.map(([k, v]): [string, string] => [k, v])),
      };
    } catch {
      return undefined;
    }
  }

  /** Stores a page that is new, whole or not at all. */
  async accept(request: PageRequest, answer: Answer | undefined): Promise<void> {
    const path = this.#pathOf(request);
    if (answer === undefined) {
      this.#found.set(path, true);
      return;
    }
    try {
      await this.#store(path, answer);
    } catch (cause) {
      const folder = this.#folder;
      throw new MillraceError({
        code: 'api.resume',
        message: `read.api: no page can be kept in the folder ${JSON.stringify(folder)} of resume: ${(cause as Error).message}. Give one that can be written to, or read without resume.`,
        details: { folder },
        cause,
      });
    }
  }

  /** Forgets the pages that an error is about, of all that came, so that the next reading asks for them again. */
  async refuse({ code, details }: MillraceError, came: ReadonlyMap<string, PageRequest>): Promise<void> {
    if (!code.startsWith('api.')) return;
    const together = TOGETHER.includes(code);
    const names = [...came.keys()];
    const first = code === 'api.bad_row' ? names.indexOf(String(details.file)) : names.length - (together ? 1 : 0);
    const forgotten = [...came.values()].slice(first).map((request) => this.#pathOf(request));
    for (const [path, accepted] of this.#found) if (together || !accepted) forgotten.push(path);
    for (const path of forgotten) await rm(path, { force: true }).catch(() => undefined);
  }

  async #store(path: string, { url, status, charset, headers, bytes }: Answer): Promise<void> {
    if (!this.#made) await mkdir(this.#folder, { recursive: true });
    this.#made = true;
    const label: Label = {
      url: url.href,
      status,
      charset,
      headers: [...headers].filter(([name]) => name !== 'set-cookie'),
      length: bytes.length,
      digest: digestOf(bytes),
    };
    const unfinished = `${path}.${randomUUID()}.unfinished`;
    try {
      await writeFile(unfinished, Buffer.concat([Buffer.from(`${JSON.stringify(label)}\n`), bytes]), { mode: 0o600 });
      await rename(unfinished, path);
    } finally {
      await rm(unfinished, { force: true });
    }
  }

  /** All pages have been read. */
  async complete(): Promise<void> {
    if (this.#keep) return;
    for (const path of this.#files) await rm(path, { force: true });
    // Where others have something in the folder it stays.
    await rmdir(this.#folder).catch(() => undefined);
  }

  #pathOf({ url, body }: PageRequest): string {
    const path = join(this.#folder, `${digestOf(Buffer.from(`${url.href}\n${body ?? ''}`))}.page`);
    this.#files.add(path);
    return path;
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
