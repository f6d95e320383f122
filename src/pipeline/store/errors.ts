import { MillraceError } from '../../errors.ts';

/** An error of SQLite as one of the store's, which names its file and says what to do. */
export function sqliteError(path: string, error: unknown): unknown {
  if (error instanceof MillraceError || !(error instanceof Error)) return error;
  const { code = '' } = error as Error & { code?: string };
  const about = { details: { store: path, sqlite: code }, cause: error };
  if (/^SQLITE_(BUSY|LOCKED)/.test(code)) {
    return new MillraceError({
      code: 'pipeline.store_locked',
      message: `The run store ${path} is locked by another process. Try again when that has ended, such as a copy, a backup or a shell of SQLite.`,
      retryable: true,
      ...about,
    });
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new MillraceError({
      code: 'pipeline.store_corrupt',
      message: `The run store ${path} is damaged, or no run store: ${error.message}. Move it away, with its -wal and -shm; "sqlite3 <file> .recover" may save what is in it. What was loaded is not touched.`,
      ...about,
    });
  }
  if (/^SQLITE_(FULL|IOERR)/.test(code) || /ENOSPC/.test(error.message)) {
    return new MillraceError({
      code: 'pipeline.store_full',
      message: `The run store ${path} cannot be written: ${error.message}. Make room on its disk, and resume the run.`,
      retryable: true,
      ...about,
    });
  }
  return new MillraceError({
    code: 'pipeline.store',
    message: `The run store ${path} cannot be used: ${error.message}. Check that its folder is there and may be written to, or name another store.`,
    ...about,
  });
}

export function storeClosed(name: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.store_closed',
    message: `The run store ${name} is closed. Open it again.`,
    details: { store: name },
  });
}
