import { dirname, resolve } from 'node:path';
import { MillraceError } from '../errors.ts';

/** What a file system says, by its mark or in the engine's words, and what that means. */
const REFUSALS = [
  {
    marks: /^(ENOSPC|EDQUOT)$/,
    words: /No space left on device|Disk quota exceeded/i,
    code: 'load.disk_full',
    what: 'its disk is full',
    advice: 'Make room and load again.',
    retryable: true,
  },
  {
    marks: /^(EACCES|EPERM|EROFS)$/,
    words: /Permission denied|Operation not permitted|Read-only file system/i,
    code: 'load.permission',
    what: 'this process may not write there',
    advice: 'Give it the right to write into the folder, or load to another place.',
    retryable: false,
  },
] as const;

/** Anything else that Node says of a file. */
const OTHERWISE = {
  code: 'load.io',
  what: 'the file system refused',
  advice: 'See that the path can be written to, and load again.',
  retryable: false,
} as const;

/** Runs what writes to a place, and tells what the file system refuses as one of our errors. */
export async function writingTo<R>(path: string, task: () => Promise<R>): Promise<R> {
  try {
    return await task();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const { code } = error as { readonly code?: unknown };
    const isEngines = error instanceof MillraceError;
    // The engine reads, too: what it says is about the target where it names it.
    if (isEngines && (!/^run\./.test(error.code) || !reason.includes(dirname(resolve(path))))) throw error;
    const known = REFUSALS.find(({ marks, words }) => (isEngines ? words.test(reason) : marks.test(String(code))));
    const refusal = known ?? ((error as NodeJS.ErrnoException).syscall === undefined ? undefined : OTHERWISE);
    if (refusal === undefined) throw error;
    throw new MillraceError({
      code: refusal.code,
      message: `${JSON.stringify(path)} was not written, for ${refusal.what}: ${reason.replace(/\.$/, '')}. What was there stays. ${refusal.advice}`,
      retryable: refusal.retryable,
      details: { path },
      cause: error,
    });
  }
}
