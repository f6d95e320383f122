/** One thing that was looked at. */
export interface Finding {
  /** What was looked at: `engine`, `package knex`. */
  readonly about: string;
  /** `note`: neither good nor bad; `warning`: works, with a limit; `problem`: something will not work. */
  readonly state: 'ok' | 'note' | 'warning' | 'problem';
  readonly told: string;
  /** What to do about it. */
  readonly advice?: string;
}

/** A number of bytes for people. */
export function sizeText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(power === 0 ? 0 : 1)} ${units[power]}`;
}

/** What a caught error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
