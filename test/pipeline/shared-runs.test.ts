import { describe, expect, it, vi } from 'vitest';
import { clearStep, pipeline, runPipeline } from '../../src/pipeline/index.ts';
import { HEARTBEAT } from '../../src/pipeline/store/owner.ts';
import { inputFolder } from '../support/files.ts';
import { GONE, newStoresIn, thisOwner } from '../support/run-store.ts';

const { folder } = inputFolder();
const newStore = newStoresIn(folder);

/** Two tasks side by side, that end when they are let, and one after them; what began. */
function gated() {
  const began: string[] = [];
  const gates = new Map<string, () => void>();
  const work = (name: string) => async () => {
    began.push(name);
    await new Promise<void>((resolve) => gates.set(name, resolve));
    return name;
  };
  const made = pipeline('gated', {}, (p) => {
    const [a, b] = [p.task('a', work('a')), p.task('b', work('b'))];
    p.task('last', { a, b }, () => 'done');
  });
  const open = async (...names: readonly string[]): Promise<void> => {
    await vi.waitUntil(() => names.every((name) => gates.has(name)));
    for (const name of names) {
      gates.get(name)?.();
      gates.delete(name);
    }
  };
  return { made, began, open };
}

const BUSY = { code: 'pipeline.run_busy', retryable: true };

describe('a run that one process has whole', () => {
  it('is not taken by one that runs a step of it', async () => {
    await using store = await newStore();
    const { made, began, open } = gated();
    const whole = runPipeline(made, { store, id: 'one' });
    await vi.waitUntil(() => began.length === 2);
    await expect(runPipeline(made, { store, id: 'one', only: ['last'] })).rejects.toMatchObject(BUSY);
    await expect(runPipeline(made, { store, id: 'one', only: ['a'] })).rejects.toMatchObject(BUSY);
    expect(await store.run('one')).toMatchObject({ state: 'running', owner: { pid: process.pid } });
    await open('a', 'b');
    expect((await whole).orThrow().step('last')?.value).toBe('done');
    expect(began).toEqual(['a', 'b']);
  });

  it('and claimed by a process that has yet to begin is not taken either', async () => {
    await using store = await newStore();
    const { made } = gated();
    const day = { from: new Date('2026-01-01'), to: new Date('2026-01-02') };
    const run = {
      id: 'one',
      pipeline: 'gated',
      interval: day,
      trigger: 'schedule',
      params: {},
      codeVersion: '',
    } as const;
    await store.claimInterval(run, { ...thisOwner(), pid: process.ppid, process: '' });
    await expect(runPipeline(made, { store, id: 'one', only: ['a'] })).rejects.toMatchObject(BUSY);
  });

  it('is not to be claimed by who serves between its first writing and its beginning', async () => {
    await using store = await newStore();
    const { made, open } = gated();
    const addRun = vi.spyOn(store, 'addRun');
    const seen: boolean[] = [];
    addRun.mockImplementationOnce(async (...args) => {
      await Object.getPrototypeOf(store).addRun.apply(store, args);
      seen.push(
        await store.claimRun({ id: 'one', pipeline: 'gated' }, { ...thisOwner(), pid: process.ppid, process: '' }),
      );
    });
    const whole = runPipeline(made, { store, id: 'one' });
    await open('a', 'b');
    expect([(await whole).state, seen]).toEqual(['succeeded', [false]]);
  });
});

describe('steps of one run in several processes', () => {
  it('run side by side, each by one', async () => {
    await using store = await newStore();
    const { made, began, open } = gated();
    const both = [
      runPipeline(made, { store, id: 'one', only: ['a'] }),
      runPipeline(made, { store, id: 'one', only: ['b'] }),
    ];
    await vi.waitUntil(() => began.length === 2);
    await expect(runPipeline(made, { store, id: 'one', only: ['a'] })).rejects.toMatchObject({
      ...BUSY,
      message: expect.stringContaining('--only'),
    });
    await expect(runPipeline(made, { store, resume: 'one' })).rejects.toMatchObject(BUSY);
    await expect(clearStep(store, 'one', 'a')).rejects.toMatchObject(BUSY);
    expect(await store.run('one')).toMatchObject({ state: 'running', owner: null });
    await open('a');
    await both[0];
    expect(await store.run('one')).toMatchObject({ state: 'running' });
    await open('b');
    await both[1];
    expect(began.sort()).toEqual(['a', 'b']);
    // What is left was run by nobody, and nobody is at work.
    expect(await store.run('one')).toMatchObject({ state: 'partial', owner: null, finished: expect.any(Date) });
    await runPipeline(made, { store, id: 'one', only: ['last'] });
    expect(await store.run('one')).toMatchObject({ state: 'succeeded' });
  });

  it('that is killed leaves the step to another, and an interrupted run', async () => {
    await using store = await newStore();
    const { made, open } = gated();
    const steps = made.graph.nodes.map(({ name, kind }, position) => ({
      name,
      kind,
      position,
      inputs: [],
      fingerprint: null,
    }));
    const day = { from: new Date('2026-01-01'), to: new Date('2026-01-02') };
    await store.addRun({ id: 'one', pipeline: 'gated', interval: day, trigger: 'manual', params: {}, codeVersion: '' });
    expect(await store.joinRun('one', GONE, { steps, only: ['a'] }, new Date())).toBe(true);
    await store.startAttempt('one', 'a', 1, new Date(), null);
    expect(await store.run('one')).toMatchObject({ state: 'interrupted' });
    expect((await store.steps('one'))[0]).toMatchObject({ name: 'a', state: 'interrupted' });
    const again = runPipeline(made, { store, id: 'one', only: ['a'] });
    await open('a');
    expect((await again).step('a')).toMatchObject({ state: 'succeeded', attempts: 2 });
  });

  it('never make a run succeed of which a step failed, was cancelled or did not run', async () => {
    await using store = await newStore();
    let bad = true;
    const made = pipeline('failing', {}, (p) => {
      const a = p.task('a', () => {
        if (bad) throw new Error('not yet');
      });
      p.task('b', { a }, () => 1);
      p.task('c', () => 1);
    });
    const stateAfter = async (only: readonly string[], signal?: AbortSignal): Promise<unknown> => {
      await runPipeline(made, { store, id: 'one', only, ...(signal === undefined ? {} : { signal }) });
      return (await store.run('one'))?.state;
    };
    expect(await stateAfter(['a'])).toBe('failed');
    expect(await stateAfter(['c'])).toBe('failed');
    expect(await store.run('one')).toMatchObject({ error: { message: 'not yet' } });
    bad = false;
    expect(await stateAfter(['a'])).toBe('partial');
    expect(await store.run('one')).toMatchObject({ error: null });
    expect(await stateAfter(['b'], AbortSignal.abort(new Error('no')))).toBe('cancelled');
    expect(await stateAfter(['b'])).toBe('succeeded');
  });

  it('are refused before anything is written, where what they take is not kept', async () => {
    await using store = await newStore();
    const made = pipeline('tasks', {}, (p) => {
      const first = p.task('first', () => 1);
      p.task('second', { first }, ({ first }) => first);
    });
    await expect(runPipeline(made, { store, id: 'one', only: ['second'] })).rejects.toMatchObject({
      code: 'pipeline.not_kept',
    });
    expect(await store.runs()).toEqual([]);
  });
});

describe('a process that is thought to be gone', () => {
  it.each(['is taken', 'is given up'])(
    'says what became of the run, and writes no more into it: it %s',
    async (how) => {
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      await using store = await newStore();
      const { made, began } = gated();
      const whole = runPipeline(made, { store, id: 'one' }).catch((error: unknown) => error);
      await vi.waitUntil(() => began.length === 2);
      await store.endRun('one', { state: 'interrupted', finished: new Date(), error: null });
      const other = { ...thisOwner(), pid: process.ppid, process: '' };
      if (how === 'is taken') await store.takeRun('one', other, [], new Date());
      vi.advanceTimersByTime(HEARTBEAT);
      vi.useRealTimers();
      const told = how === 'is taken' ? `the process ${other.pid} on` : 'It is interrupted. Resume it';
      expect(await whole).toMatchObject({ code: 'pipeline.lost', message: expect.stringContaining(told) });
      expect((await store.steps('one')).map(({ state }) => state)).toEqual(['running', 'running', 'queued']);
      expect((await store.run('one'))?.state).toBe(how === 'is taken' ? 'running' : 'interrupted');
    },
  );
});
