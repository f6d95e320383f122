import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSession } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { loadNumber, schema, stateAfter } from './dataset-loads.ts';
import { killedWhileLoading } from './killed-loads.ts';

/** `KILLS=200 KILL_SEED=1 npx vitest run test/storage/kill.test.ts` for more of them, or the same again. */
const kills = Number(process.env.KILLS ?? 20);
const seed = Number(process.env.KILL_SEED ?? Math.floor(Math.random() * 2 ** 31));

const session = createSession({ threads: 1 });
const { read } = session;
const { folder } = inputFolder();
afterAll(() => session.close());

const stateAt = (path: string) => read.parquet(path, { schema }).sort('load', 'i').rows();

async function survives(links: boolean, times: number): Promise<void> {
  const path = join(folder, links ? 'linked' : 'unlinked', 'sales');
  const versions = join(path, '..', '.sales.versions');
  let random = seed;
  let next = 0;
  for (let kill = 0; kill < times; kill++) {
    random = (Math.imul(random, 1664525) + 1013904223) >>> 0;
    const done = await killedWhileLoading([path, String(next), links ? 'links' : 'no-links'], (random / 2 ** 32) * 60);
    const found = await stateAt(path);
    const committed = found.some((row) => row.load > done) ? done + 1 : done;
    expect(found, `seed ${seed}, kill ${kill}`).toEqual(stateAfter(committed));
    // Who knows nothing of versions sees the one or the other, too.
    if (links) {
      const foreign = await stateAt(realpathSync(path));
      const theirs = foreign.some((row) => row.load > done) ? done + 1 : done;
      expect(foreign, `seed ${seed}, kill ${kill}`).toEqual(stateAfter(theirs));
    }
    next = done + 1;
  }
  // Run again, what was cut off is done once, and nothing of the killed is left.
  await loadNumber(session, path, next);
  expect(await stateAt(path)).toEqual(stateAfter(next));
  expect(await loadNumber(session, path, next)).toBe(true);
  expect(readdirSync(join(path, '..')).sort()).toEqual(['.sales.versions', 'sales']);
  expect(readdirSync(versions).filter((name) => !/^\d+$/.test(name))).toEqual([]);
  const kept = readdirSync(versions).filter((name) => existsSync(join(versions, name, 'data')));
  expect(kept.length).toBeLessThanOrEqual(2);
}

console.info(`kill test: seed ${seed}`);
test('a process killed at a random moment leaves the old dataset or the new one', { timeout: 600_000 }, () =>
  survives(true, kills),
);
test('also where the file system has no links', { timeout: 600_000 }, () => survives(false, Math.ceil(kills / 4)));
