import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { DuckDBSession } from '../src/engines/duckdb/session.ts';
import { createSession, fn, t } from '../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const schema = { i: t.int() };
const numbers = (count: number) => Array.from({ length: count }, (_, i) => ({ i }));

describe('the clock', () => {
  const now = new Date('2024-03-31T02:30:00.125Z');

  test('is the one that is given, an instant or a function asked at each run', async () => {
    await using fixed = createSession({ now });
    const at = fixed.read.rows([{ i: 1 }], { schema }).withColumns(() => ({ at: fn.now() }));
    expect(await at.rows()).toEqual([{ i: 1, at: now }]);
    let day = 0;
    await using moving = createSession({ now: () => new Date(Date.UTC(2024, 0, ++day)) });
    const days = moving.read.rows([{ i: 1 }], { schema }).withColumns(() => ({ at: fn.now() }));
    expect((await days.rows())[0]?.at).toEqual(new Date('2024-01-01T00:00:00Z'));
    expect((await days.rows())[0]?.at).toEqual(new Date('2024-01-02T00:00:00Z'));
  });

  test('that is no date is an error', async () => {
    await using session = createSession({ now: new Date(Number.NaN) });
    await expect(session.read.rows([{ i: 1 }], { schema }).count()).rejects.toMatchObject({ code: 'session.option' });
  });
});

describe('a closed session', () => {
  test('refuses every action, and closing twice is nothing', async () => {
    const session = createSession();
    const frame = session.read.rows([{ i: 1 }], { schema });
    const kept = await frame.materialize();
    await session.close();
    await session.close();
    const closed = { code: 'session.closed', message: expect.stringContaining('createSession()') };
    await expect(frame.rows()).rejects.toMatchObject(closed);
    await expect(frame.count()).rejects.toMatchObject(closed);
    await expect(frame.materialize()).rejects.toMatchObject(closed);
    await expect(frame.explain()).rejects.toMatchObject(closed);
    await expect(frame.refresh()).rejects.toMatchObject(closed);
    await expect(frame.quarantine().rows()).rejects.toMatchObject(closed);
    await expect(frame.batches().next()).rejects.toMatchObject(closed);
    await expect(kept.rows()).rejects.toMatchObject(closed);
    await kept[Symbol.asyncDispose]();
  });

  test('that was never used closes too', async () => {
    const session = createSession();
    await session.close();
    await expect(session.read.rows([{ i: 1 }], { schema }).count()).rejects.toMatchObject({ code: 'session.closed' });
  });

  test('ends a stream that is open with an error, never early and silently', async () => {
    const session = createSession();
    const frame = session.read.rows(numbers(300_000), { schema });
    const stream = frame.batches();
    await stream.next();
    await session.close();
    await expect(
      (async () => {
        let rows = 122_880;
        for await (const batch of stream) rows += batch.numRows;
        if (rows < 300_000) return 'lost';
        return 'all';
      })(),
    ).rejects.toMatchObject({ code: 'session.closed' });
  });
});

describe('several tasks at once', () => {
  test('two streams on one session give all their rows', async () => {
    await using session = createSession({ threads: 2 });
    const frame = session.read.rows(numbers(300_000), { schema });
    const sum = async (): Promise<[number, number]> => {
      let [rows, total] = [0, 0];
      for await (const batch of frame.batches()) {
        rows += batch.numRows;
        for (const i of batch.column('i')) total += i;
        await frame.limit(10).rows();
      }
      return [rows, total];
    };
    const expected = [300_000, (300_000 * 299_999) / 2];
    expect(await Promise.all([sum(), sum(), frame.count()])).toEqual([expected, expected, 300_000]);
  });

  test('a stream that is left early drops what it held, and the session goes on', async () => {
    await using session = createSession();
    const frame = session.read.rows(numbers(300_000), { schema });
    for await (const batch of frame.batches()) {
      expect(batch.numRows).toBe(122_880);
      break;
    }
    expect(await frame.count()).toBe(300_000);
  });

  test('a source used by many at once is read once', async () => {
    await using session = createSession();
    let reads = 0;
    const counted = session.read.rows(numbers(10), { schema }).mapBatches(
      (rows) => {
        reads += 1;
        return rows.map((row) => ({ i: row.i }));
      },
      { schema },
    );
    await using kept = await counted.materialize();
    const counts = await Promise.all(Array.from({ length: 8 }, (_, i) => kept.filter((r) => r.i.gte(i)).count()));
    expect(counts).toEqual([10, 9, 8, 7, 6, 5, 4, 3]);
    expect(reads).toBe(1);
  });
});

describe('signals and progress', () => {
  test('an aborted signal stops before anything runs', async () => {
    await using session = createSession();
    const frame = session.read.rows([{ i: 1 }], { schema });
    await expect(frame.rows({ signal: AbortSignal.abort(new Error('enough')) })).rejects.toThrow('enough');
  });

  test('a signal interrupts a long query, and the session goes on', { timeout: 60_000 }, async () => {
    await using session = createSession({ threads: 2 });
    const frame = session.read
      .rows(numbers(30_000), { schema })
      .withColumns((r) => ({ k: r.i.mod(2) }))
      .dropNulls();
    const others = frame.rename({ i: 'j' });
    // 450 million pairs: far longer than the test waits.
    const pairs = frame.join(others, { on: ['k'] }).filter((r) => r.i.mul(r.j).mod(1_000_003).eq(-1));
    const controller = new AbortController();
    const running = pairs.join(frame.rename({ i: 'h' }), { on: ['k'] }).count({ signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 300);
    await expect(running).rejects.toThrow('enough');
    expect(await frame.count()).toBe(30_000);
  });

  test('progress is told as a share that grows', { timeout: 60_000 }, async () => {
    await using session = createSession({ threads: 1 });
    const frame = session.read
      .rows(numbers(14_000), { schema })
      .withColumns((r) => ({ k: r.i.mod(2) }))
      .dropNulls();
    const pairs = frame.join(frame.rename({ i: 'j' }), { on: ['k'] }).filter((r) => r.i.mul(r.j).mod(1_000_003).eq(5));
    const shares: number[] = [];
    await pairs.count({ onProgress: (share) => shares.push(share) });
    expect(shares.length).toBeGreaterThan(0);
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
  });
});

describe('settings', () => {
  const setting = async (session: DuckDBSession, name: string): Promise<unknown> => {
    const engine = await session.open();
    const [[value] = []] = await engine.connections.values(`SELECT current_setting('${name}')`);
    return value;
  };

  test('memory limit and threads are those asked for; extensions are never fetched or loaded by themselves', async () => {
    await using session = new DuckDBSession({ memoryLimit: '256MiB', threads: 3, tempDirectory: folder });
    expect(await setting(session, 'memory_limit')).toBe('256.0 MiB');
    expect(Number(await setting(session, 'threads'))).toBe(3);
    expect(await setting(session, 'autoinstall_known_extensions')).toBe(false);
    expect(await setting(session, 'autoload_known_extensions')).toBe(false);
    expect(await setting(session, 'TimeZone')).toBe('UTC');
    expect(await setting(session, 'temp_directory')).toContain(folder);
    // Of memory, a checkpoint is work for nothing: 0.35 s for 1,000,000 rows at an insert of a few.
    expect(await setting(session, 'checkpoint_threshold')).toBe('931.3 GiB');
  });

  test('its folder goes with it', async () => {
    const before = readdirSync(folder);
    const session = createSession({ tempDirectory: folder });
    await session.read.rows([{ i: 1 }], { schema }).count();
    expect(readdirSync(folder)).toHaveLength(before.length + 1);
    await session.close();
    expect(readdirSync(folder)).toEqual(before);
  });
});

describe('in a process of its own', () => {
  const run = async (code: string) => {
    const index = resolve(import.meta.dirname, '../src/index.ts');
    const script = `import { createSession, read, t } from ${JSON.stringify(index)};\n${code}`;
    return promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script], {
      cwd: resolve(import.meta.dirname, '..'),
      env: { ...process.env, TMPDIR: folder },
      timeout: 60_000,
    });
  };
  const made = () => readdirSync(folder).filter((name) => name.startsWith('millrace-'));

  test('the default session lets the process end by itself, and removes its folder', { timeout: 60_000 }, async () => {
    const { stdout } = await run(`
      const frame = read.rows([{ i: 1 }, { i: 2 }], { schema: { i: t.int() } });
      console.log(await frame.count());`);
    expect(stdout.trim()).toBe('2');
    expect(made()).toEqual([]);
  });

  test('a session that nobody closed removes its folder when the process exits', { timeout: 60_000 }, async () => {
    const { stdout } = await run(`
      const session = createSession();
      await session.read.rows([{ i: 1 }], { schema: { i: t.int() } }).count();
      console.log('done');
      process.exit(0);`);
    expect(stdout.trim()).toBe('done');
    expect(made()).toEqual([]);
  });

  test('what a killed process left goes when the next session opens, what one at work has stays', async () => {
    const killed = run(`
      await createSession().read.rows([{ i: 1 }], { schema: { i: t.int() } }).count();
      process.kill(process.pid, 'SIGKILL');`);
    await expect(killed).rejects.toMatchObject({ signal: 'SIGKILL' });
    const [left, ...others] = made();
    expect(others).toEqual([]);
    const open = () => new DuckDBSession({ tempDirectory: folder });
    const [one, other] = [open(), open()];
    await (await one.open()).connections.folder();
    const [mine] = made();
    expect(mine).not.toBe(left);
    await (await other.open()).connections.folder();
    expect(made()).toHaveLength(2);
    expect(made()).toContain(mine);
    for (const session of [one, other]) await session.close();
    expect(made()).toEqual([]);
  }, 60_000);
});

test('two that ask for the folder at once get the same one, and it goes with the session', async () => {
  const parent = mkdtempSync(join(folder, 'once-'));
  const session = new DuckDBSession({ tempDirectory: parent });
  const { connections } = await session.open();
  const [first, second] = await Promise.all([connections.folder(), connections.folder()]);
  expect(second).toBe(first);
  await session.close();
  expect(readdirSync(parent)).toEqual([]);
});

test('frames of two sessions are not mixed: their scratch tables may have the same names', async () => {
  await using one = createSession();
  await using other = createSession();
  const [a, b] = [one.read.rows([{ i: 1 }], { schema }), other.read.rows([{ i: 2 }], { schema })];
  const mixed = { code: 'plan.session' };
  expect(() => a.concat(b)).toThrow(expect.objectContaining(mixed));
  expect(() => a.join(b, { on: ['i'] })).toThrow(expect.objectContaining(mixed));
});

test('twelve sessions at once hold one listener, and Node has nothing to warn of', async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): number => warnings.push(warning);
  process.on('warning', listen);
  const before = process.listenerCount('exit');
  const sessions = Array.from({ length: 12 }, () => createSession({ threads: 1, memoryLimit: '64MB' }));
  try {
    for (const { read } of sessions) expect(await read.rows([{ i: 1 }], { schema }).count()).toBe(1);
    expect(process.listenerCount('exit')).toBeLessThanOrEqual(before + 1);
  } finally {
    for (const session of sessions) await session.close();
  }
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', listen);
  expect(warnings).toEqual([]);
});
