import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of its own that is soon full. */
export interface SmallDisk {
  readonly folder: string;
  remove(): void;
}

/** A file system in memory of so many megabytes, and of so many files; undefined where none may be mounted, as by who is not root. */
export function smallDisk(megabytes: number, files?: number): SmallDisk | undefined {
  const folder = join(mkdtempSync(join(tmpdir(), 'millrace-disk-')), 'disk');
  mkdirSync(folder);
  const parent = join(folder, '..');
  chmodSync(parent, 0o755);
  try {
    execFileSync(
      'mount',
      [
        '-t',
        'tmpfs',
        '-o',
        `size=${megabytes}m,mode=777${files === undefined ? '' : `,nr_inodes=${files}`}`,
        'tmpfs',
        folder,
      ],
      { stdio: 'ignore' },
    );
  } catch {
    rmSync(parent, { recursive: true });
    return undefined;
  }
  return {
    folder,
    remove: () => {
      // Lazily: what is still open in it goes with its process.
      execFileSync('umount', ['-l', folder], { stdio: 'ignore' });
      rmSync(parent, { recursive: true });
    },
  };
}
