import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openRunStore, pipeline, runPipeline } from '../../../src/pipeline/index.ts';
import { inputFolder } from '../../support/files.ts';
import { dayRun, thisOwner } from '../../support/run-store.ts';
import { smallDisk } from '../../support/small-disk.ts';
import { contractOf } from './contract.ts';

const { folder } = inputFolder();
const disk = smallDisk(1);
if (disk === undefined) console.warn('NOT RUN: a full disk, for no file system may be mounted here (be root)');
afterAll(() => disk?.remove());
let files = 0;
const newPath = (): string => join(folder, `store-${++files}`, 'runs.db');

interface Libsql {
  exec(sql: string): void;
  close(): void;
}
const Libsql = createRequire(import.meta.url)('libsql') as new (path: string) => Libsql;

describe('a run store in a file', () => {
  contractOf(() => openRunStore(newPath()));

  it.skipIf(process.platform === 'win32')("is its owner's alone, and one that is there stays as it is", async () => {
    const path = newPath();
    const modes = (): number[] => ['', '-wal', '-shm'].map((end) => statSync(`${path}${end}`).mode & 0o777);
    {
      await using store = await openRunStore(path);
      await store.setPaused('daily', true);
      expect(modes()).toEqual([0o600, 0o600, 0o600]);
    }
    chmodSync(path, 0o640);
    await using again = await openRunStore(path);
    expect(await again.schedule('daily')).toMatchObject({ paused: true });
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('is shared by processes', async () => {
    const path = newPath();
    await using store = await openRunStore(path);
    const script = `
      import { openRunStore } from '${join(import.meta.dirname, '../../../src/pipeline/index.ts')}';
      import { dayRun, thisOwner } from '${join(import.meta.dirname, '../../support/run-store.ts')}';
      const store = await openRunStore('${path}');
      let claimed = 0;
      for (let day = 1; day <= 28; day++) {
        if (await store.claimInterval(dayRun('2024-02-' + String(day).padStart(2, '0')), thisOwner())) claimed++;
      }
      console.log(claimed);
      await store.close();`;
    const file = join(folder, 'claim.mts');
    writeFileSync(file, script);
    const children = Array.from({ length: 3 }, () =>
      spawn(process.execPath, ['--import', 'tsx', file], { stdio: ['ignore', 'pipe', 'inherit'] }),
    );
    const claims = await Promise.all(
      children.map(async (child) => {
        let text = '';
        child.stdout.on('data', (data: Buffer) => {
          text += data;
        });
        await once(child, 'close');
        return Number(text);
      }),
    );
    expect(claims.reduce((sum, one) => sum + one)).toBe(28);
    const runs = await store.runs();
    expect(runs).toHaveLength(28);
    // Those processes are gone.
    expect(runs.every(({ state }) => state === 'interrupted')).toBe(true);
  });
});

describe('a run store that cannot be used', () => {
  it('because another process has it locked, says so after a while', async () => {
    const path = newPath();
    await using store = await openRunStore(path);
    const other = new Libsql(path);
    other.exec('BEGIN EXCLUSIVE');
    const writing = store.addRun(dayRun('2024-02-01')).catch((error: unknown) => error);
    await expect(writing).resolves.toMatchObject({
      code: 'pipeline.store_locked',
      retryable: true,
      message: expect.stringContaining(path),
    });
    other.exec('ROLLBACK');
    other.close();
    await store.addRun(dayRun('2024-02-01'));
  });

  it('waits for a lock that is given up soon', async () => {
    const path = newPath();
    await using store = await openRunStore(path);
    const other = new Libsql(path);
    other.exec('BEGIN EXCLUSIVE');
    setTimeout(() => {
      other.exec('ROLLBACK');
      other.close();
    }, 300);
    await store.addRun(dayRun('2024-02-01'));
    expect(await store.runs()).toHaveLength(1);
  });

  it('because it is no database, or a damaged one', async () => {
    const plain = join(folder, 'plain.db');
    writeFileSync(plain, 'this is a text, '.repeat(400));
    await expect(openRunStore(plain)).rejects.toMatchObject({
      code: 'pipeline.store_corrupt',
      message: expect.stringContaining(plain),
    });
    const path = newPath();
    const store = await openRunStore(path);
    for (let day = 1; day < 29; day++) await store.addRun(dayRun(`2024-02-${String(day).padStart(2, '0')}`));
    await store.close();
    const other = new Libsql(path);
    other.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    other.close();
    const bytes = readFileSync(path);
    bytes.fill(0xab, 4096);
    writeFileSync(path, bytes);
    const damaged = (async () => {
      await using opened = await openRunStore(path);
      await opened.runs();
    })();
    await expect(damaged).rejects.toMatchObject({ code: 'pipeline.store_corrupt', retryable: false });
  });

  it('because a newer version wrote it', async () => {
    const path = newPath();
    await (await openRunStore(path)).close();
    const other = new Libsql(path);
    other.exec('UPDATE millrace_store SET version = 7');
    other.close();
    await expect(openRunStore(path)).rejects.toMatchObject({
      code: 'pipeline.store_newer',
      details: { version: 7, known: 2 },
    });
  });

  it('because its folder cannot be made, or it is none', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(openRunStore(join(file, 'runs.db'))).rejects.toMatchObject({ code: 'pipeline.store' });
    await expect(openRunStore('')).rejects.toMatchObject({ code: 'pipeline.store' });
    await expect(openRunStore(folder)).rejects.toMatchObject({ code: 'pipeline.store' });
  });

  it.runIf(disk !== undefined)(
    'because its disk is full: the run ends with that, and can be resumed when there is room',
    async () => {
      const place = disk?.folder ?? '';
      const path = join(place, 'runs.db');
      const ballast = join(place, 'ballast');
      await using store = await openRunStore(path);
      const ran: string[] = [];
      const filling = pipeline('filling', {}, (p) => {
        const first = p.task('first', () => void ran.push('first'));
        const fill = p.task('fill', { first }, () => {
          ran.push('fill');
          if (ran.length > 2) return;
          for (let size = 1 << 20; size >= 512; size >>= 1) {
            try {
              writeFileSync(ballast, Buffer.alloc(size), { flag: 'a' });
            } catch {
              // Smaller pieces may fit still.
            }
          }
        });
        p.task('talk', { fill }, () => 'x'.repeat(20_000));
      });
      const failed = await runPipeline(filling, { store, id: 'full' }).catch((error: unknown) => error);
      expect(failed).toMatchObject({
        code: 'pipeline.store_full',
        retryable: true,
        message: expect.stringContaining(path),
      });
      writeFileSync(ballast, '');
      const resumed = await runPipeline(filling, { store, resume: 'full' });
      expect(resumed.orThrow().step('talk')?.value).toHaveLength(20_000);
      expect(ran.filter((name) => name === 'first')).toHaveLength(1);
    },
  );

  it('is not waited for by another process of the same run: the run is busy', async () => {
    await using store = await openRunStore(newPath());
    const run = dayRun('2024-02-01', { id: 'theirs', params: {} });
    await store.addRun(run);
    await store.takeRun('theirs', { ...thisOwner(), pid: process.ppid, process: '' }, [], new Date());
    const daily = pipeline('daily', {}, (p) => {
      p.task('one', () => {});
    });
    await expect(runPipeline(daily, { store, resume: 'theirs' })).rejects.toMatchObject({
      code: 'pipeline.run_busy',
      message: expect.stringContaining(`the process ${process.ppid}`),
    });
  });
});

it('a store of the version before is made one of this', async () => {
  const path = newPath();
  await (await openRunStore(path)).close();
  const other = new Libsql(path);
  other.exec('DROP TABLE millrace_claims; UPDATE millrace_store SET version = 1');
  other.close();
  for (let i = 0; i < 2; i++) {
    await using store = await openRunStore(path);
    const made = pipeline('one', {}, (p) => void p.task('work', () => 1));
    await runPipeline(made, { store, only: ['work'] });
    expect(await store.runs()).toHaveLength(i + 1);
  }
});
