import { writeSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { pathToFileURL } from 'node:url';
import { createSession, load, type ParquetLoadOptions, type Session, t } from '../../src/index.ts';

/** A sequence of loads into one dataset, each of which can be told from what it leaves, and the process that runs them. */

export const schema = { load: t.int(), i: t.int(), part: t.string().nullable() };
export type Row = { readonly load: number; readonly i: number; readonly part: string | null };

const MODES = ['append', 'replacePartitions', 'append', 'replace', 'replacePartitions'] as const;
const PARTS = [null, 'ä/b', "it's", ' ', 'null', ''];
const modeOf = (n: number) => MODES[n % MODES.length] ?? 'append';

function rowsOf(n: number): Row[] {
  return Array.from({ length: 20 }, (_, i) => ({ load: n, i, part: PARTS[(n + (i % 3)) % PARTS.length] ?? null }));
}

/** What the dataset holds after the loads up to and with the `n`th, sorted. */
export function stateAfter(n: number): Row[] {
  let rows: Row[] = [];
  for (let load = 0; load <= n; load++) {
    const coming = rowsOf(load);
    const parts = new Set(coming.map((row) => row.part));
    if (modeOf(load) === 'replace') rows = [];
    if (modeOf(load) === 'replacePartitions') rows = rows.filter((row) => !parts.has(row.part));
    rows.push(...coming);
  }
  return rows.sort((a, b) => a.load - b.load || a.i - b.i);
}

/** Does the `n`th load; gives whether it had been done. A store that is not told of is found as the SDK finds it. */
export async function loadNumber(
  { read }: Pick<Session, 'read'>,
  path: string,
  n: number,
  s3?: ParquetLoadOptions<'part'>['s3'],
): Promise<boolean> {
  const frame = read.rows(rowsOf(n), { schema });
  const report = await load.parquet(frame, path, {
    mode: modeOf(n),
    partitionBy: 'part',
    loadId: `load ${n}`,
    ...(s3 === undefined ? {} : { s3 }),
  });
  return report.alreadyLoaded;
}

/** `node dataset-loads.ts <path> <first> [no-links]`: says the number of each load that is done, until it is killed. */
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , path = '', first, links] = process.argv;
  if (links === 'no-links') {
    fs.symlink = () => Promise.reject(Object.assign(new Error('no links here'), { code: 'EPERM' }));
    syncBuiltinESMExports();
  }
  const session = createSession({ threads: 1 });
  for (let n = Number(first); ; n++) {
    await loadNumber(session, path, n);
    writeSync(1, `${n}\n`);
  }
}
