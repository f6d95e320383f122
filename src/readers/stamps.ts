import { MillraceError } from '../errors.ts';

/** Remembers the files of a source as they were when first read: a source that is scanned in place must not change. */
export class Stamps {
  #known: Map<string, string> | undefined;

  /** Refuses files that are not as they were, more of them, or fewer. */
  check(files: readonly { readonly path: string; readonly stamp: string }[]): void {
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
