import { MillraceError } from '../../errors.ts';
import type { TextFile } from '../../plan/scan.ts';
import { damagedGzip } from '../../storage/compression.ts';

/** What a file that cannot be read to its end fails with. */
export function readError(file: Omit<TextFile, 'path'>, cause: unknown): unknown {
  if (cause instanceof MillraceError || !(cause instanceof Error)) return cause;
  const code = 'code' in cause ? String(cause.code) : '';
  if (file.compression === 'gzip' && code.startsWith('Z_')) return damagedGzip(file.name, 'csv', cause);
  if (code === 'ZSTD') {
    return new MillraceError({
      code: 'csv.zstd',
      message: `${file.name}: the file is no zstd file, or is cut off or damaged (${cause.message}), so rows would be missing. Compress or copy it again.`,
      details: { file: file.name },
      cause,
    });
  }
  if (code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') return cause;
  return new MillraceError({
    code: 'csv.encoding',
    message: `${file.name}: the file is not valid text in ${file.encoding}. Name its encoding with encoding: '..', or copy it again.`,
    details: { file: file.name, encoding: file.encoding },
    cause,
  });
}
