import { existsSync } from 'node:fs';
import path from 'node:path';

const fallback = path.resolve(import.meta.dirname, '../../../shared/data');

/** The folder of real data: MILLRACE_DATA, or `../shared/data` beside the repository; undefined where it is absent. */
export function dataFolder(): string | undefined {
  const folder = process.env.MILLRACE_DATA || fallback;
  return existsSync(folder) ? folder : undefined;
}
