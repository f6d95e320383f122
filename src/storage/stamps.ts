import { statSync } from 'node:fs';
import { MillraceError } from '../errors.ts';

/** A file, and what changes with its bytes. */
export interface Stamped {
  readonly path: string;
  readonly stamp: string;
}

export function stamped(path: string): Stamped {
  return { path, stamp: stampOf(statSync(path)) };
}

/** A file's size and time of change. */
export function stampOf({ size, mtimeMs }: { readonly size: number; readonly mtimeMs: number }): string {
  return `${size}-${mtimeMs}`;
}

/** Remembers the files of a source as they were when first read: a source that is scanned in place must not change. */
export class Stamps {
  #known: Map<string, string> | undefined;

  /** Refuses files that are not as they were, more of them, or fewer. */
  check(files: readonly Stamped[]): void {
    const now = new Map(files.map((file) => [file.path, file.stamp]));
    const before = this.#known;
    this.#known ??= now;
    if (before === undefined) return;
    const changed = [...new Set([...before.keys(), ...now.keys()])].filter(
      (path) => before.get(path) !== now.get(path),
    );
    if (changed.length === 0) return;
    throw new MillraceError({
      code: 'source.changed',
      message: `${changed.join(', ')} changed since this frame was first read, so its results would not agree. Call refresh() on the frame to read it as it is now.`,
      details: { files: changed },
    });
  }

  forget(): void {
    this.#known = undefined;
  }
}
