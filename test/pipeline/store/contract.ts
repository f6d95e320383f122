import { describe, expect, it } from 'vitest';
import { dayRun, GONE, type RunStore, thisOwner } from '../../support/run-store.ts';

const step = { name: 'extract', position: 0, kind: 'step', inputs: [], fingerprint: 'f' } as const;
const error = { code: 'test.failed', message: 'no luck', retryable: true };

/** What every run store does; each test has one of its own. */
export function contractOf(open: () => Promise<RunStore>): void {
  describe('a run', () => {
    it('is kept with its steps, attempts, checks, logs and lineage', async () => {
      await using store = await open();
      const run = dayRun('2024-02-01');
      await store.addRun(run);
      expect(await store.run(run.id)).toMatchObject({ ...run, state: 'queued', started: null, owner: null });
      const time = new Date('2024-02-02T06:00:00Z');
      expect(
        await store.takeRun(
          run.id,
          thisOwner(),
          [step, { ...step, name: 'load', position: 1, kind: 'load', inputs: ['extract'] }],
          time,
        ),
      ).toBe(true);
      await store.startAttempt(run.id, 'extract', 1, time, 'f');
      expect(await store.steps(run.id)).toMatchObject([
        { name: 'extract', state: 'running' },
        { name: 'load', state: 'queued' },
      ]);
      await store.endAttempt(run.id, 'extract', 1, { finished: time, error });
      await store.startAttempt(run.id, 'extract', 2, time, 'f');
      const rows = { in: 3, out: 2, quarantined: 1 };
      const output = { kind: 'json', value: { a: [1, null, 'ö'] } } as const;
      await store.endStep(
        run.id,
        'extract',
        { state: 'succeeded', finished: time, rows, bytes: 5e9, peakMemory: 7, output },
        { number: 2, error: null },
      );
      await store.endStep(run.id, 'load', { state: 'skipped', finished: time, reason: 'when was false' });
      const rule = { rule: 'sold: not_null', failures: 1, rows: [{ sku: 'lamp', big: 12345678901234567890n }] };
      await store.addChecks([{ run: run.id, step: 'extract', time, severity: 'warn', rule }]);
      await store.addQuarantine({ run: run.id, step: 'extract', time, rows: 1, path: null });
      const line = {
        run: run.id,
        step: null,
        attempt: null,
        time,
        level: 'info',
        message: 'hello ö',
        fields: { a: 1 },
      } as const;
      await store.addLogs([line, { ...line, step: 'extract', attempt: 2 }]);
      const source = { run: run.id, step: 'extract', role: 'source', name: 'csv a.csv' } as const;
      await store.addLineage([source, source]);
      await store.endRun(run.id, { state: 'failed', finished: time, error });

      expect(await store.run(run.id)).toMatchObject({
        state: 'failed',
        started: time,
        finished: time,
        owner: null,
        error,
      });
      expect(await store.steps(run.id)).toMatchObject([
        {
          name: 'extract',
          state: 'succeeded',
          attempts: 2,
          rows,
          bytes: 5e9,
          peakMemory: 7,
          output,
          inputs: [],
          fingerprint: 'f',
        },
        { name: 'load', state: 'skipped', reason: 'when was false', inputs: ['extract'], rows: null, output: null },
      ]);
      expect(await store.attempts(run.id, 'extract')).toMatchObject([
        { number: 1, state: 'failed', error },
        { number: 2, state: 'succeeded', error: null },
      ]);
      expect(await store.checks(run.id)).toMatchObject([
        { severity: 'warn', rule: { rows: [{ big: '12345678901234567890' }] } },
      ]);
      expect(await store.quarantined(run.id)).toMatchObject([{ rows: 1, path: null }]);
      expect(await store.logs(run.id)).toMatchObject([
        { step: null, message: 'hello ö', fields: { a: 1 } },
        { step: 'extract' },
      ]);
      expect(await store.logs(run.id, 'extract')).toHaveLength(1);
      expect(await store.lineage(run.id)).toEqual([source]);
    });

    it('is found by its pipeline, state, trigger and interval, the newest first', async () => {
      await using store = await open();
      const [first, second, other] = [
        dayRun('2024-02-01'),
        dayRun('2024-02-02', { trigger: 'backfill' }),
        dayRun('2024-02-01', { pipeline: 'other' }),
      ];
      for (const run of [first, second, other]) {
        await store.addRun(run);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      const ids = async (filter?: Parameters<RunStore['runs']>[0]) => (await store.runs(filter)).map(({ id }) => id);
      expect(await ids()).toEqual([other.id, second.id, first.id]);
      expect(await ids({ pipeline: 'daily' })).toEqual([second.id, first.id]);
      expect(await ids({ pipeline: 'daily', trigger: 'backfill' })).toEqual([second.id]);
      expect(await ids({ states: ['failed', 'running'] })).toEqual([]);
      expect(await ids({ states: ['queued'], limit: 1 })).toEqual([other.id]);
      expect(await ids({ from: new Date('2024-02-02'), to: new Date('2024-02-03') })).toEqual([second.id]);
    });

    it('of an id that there is, or of an interval that has one, is refused', async () => {
      await using store = await open();
      const run = dayRun('2024-02-01');
      await store.addRun(run);
      await expect(store.addRun(run)).rejects.toMatchObject({ code: 'pipeline.run_exists' });
      await expect(store.addRun(dayRun('2024-02-01', { trigger: 'backfill' }))).rejects.toMatchObject({
        code: 'pipeline.run_exists',
        details: { run: run.id },
      });
      // By hand it may be run as often as one likes.
      await store.addRun(dayRun('2024-02-01', { trigger: 'manual' }));
      await store.addRun(dayRun('2024-02-01', { trigger: 'retry' }));
    });
  });

  describe('an interval', () => {
    it('is claimed once, however many ask', async () => {
      await using store = await open();
      const asked = Array.from({ length: 12 }, () => store.claimInterval(dayRun('2024-02-01'), thisOwner()));
      const claimed = (await Promise.all(asked)).filter((id) => id !== undefined);
      expect(claimed).toHaveLength(1);
      expect(await store.runs()).toMatchObject([{ id: claimed[0], state: 'queued', owner: { pid: process.pid } }]);
    });

    it('is not claimed beyond as many as may be under way, however many ask for others', async () => {
      await using store = await open();
      const days = Array.from({ length: 12 }, (_, i) => `2024-02-${String(i + 1).padStart(2, '0')}`);
      const asked = days.map((day) => store.claimInterval(dayRun(day), thisOwner(), { maxRuns: 2 }));
      expect((await Promise.all(asked)).filter((id) => id !== undefined)).toHaveLength(2);
    });

    it('is not claimed while as many runs are under way as may be', async () => {
      await using store = await open();
      const first = await store.claimInterval(dayRun('2024-02-01'), thisOwner(), { maxRuns: 1 });
      expect(await store.claimInterval(dayRun('2024-02-02'), thisOwner(), { maxRuns: 1 })).toBeUndefined();
      expect(
        await store.claimInterval(dayRun('2024-02-02', { pipeline: 'other' }), thisOwner(), { maxRuns: 1 }),
      ).toBeDefined();
      await store.endRun(first ?? '', { state: 'succeeded', finished: new Date(), error: null });
      expect(await store.claimInterval(dayRun('2024-02-02'), thisOwner(), { maxRuns: 1 })).toBeDefined();
    });
  });

  describe("a run that is nobody's", () => {
    it('is claimed by one, and by none while as many are under way as may be', async () => {
      await using store = await open();
      const [one, two] = ['2024-02-01', '2024-02-02'].map((day) => dayRun(day, { trigger: 'manual' }));
      if (one === undefined || two === undefined) throw new Error('two');
      for (const run of [one, two]) await store.addRun(run);
      const other = { ...thisOwner(), pid: process.ppid, process: '' };
      const asked = [thisOwner(), other, thisOwner(), other].map((owner) => store.claimRun(one, owner, { maxRuns: 2 }));
      expect((await Promise.all(asked)).filter(Boolean)).toHaveLength(1);
      expect(await store.run(one.id)).toMatchObject({ state: 'queued', owner: { host: other.host } });
      expect(await store.claimRun(two, thisOwner(), { maxRuns: 1 })).toBe(false);
      expect(await store.claimRun(two, thisOwner(), { maxRuns: 2 })).toBe(true);
      await store.endRun(two.id, { state: 'succeeded', finished: new Date(), error: null });
      expect(await store.claimRun(two, thisOwner())).toBe(false);
      await store.endRun(two.id, { state: 'interrupted', finished: new Date(), error: null });
      expect(await store.claimRun(two, other)).toBe(true);
      expect(await store.takeRun(two.id, thisOwner(), [step], new Date())).toBe(false);
    });
  });

  describe('the owner of a run', () => {
    it('is one process at a time, which says that it lives', async () => {
      await using store = await open();
      const run = dayRun('2024-02-01');
      await store.addRun(run);
      const other = { ...thisOwner(), pid: process.ppid, process: '' };
      expect(await store.takeRun(run.id, other, [step], new Date())).toBe(true);
      expect(await store.takeRun(run.id, thisOwner(), [step], new Date())).toBe(false);
      expect(await store.beat(run.id, other)).toBe(true);
      expect(await store.beat(run.id, thisOwner())).toBe(false);
      await store.endRun(run.id, { state: 'failed', finished: new Date(), error });
      expect(await store.takeRun(run.id, thisOwner(), [step], new Date())).toBe(true);
      expect(await store.beat(run.id, other)).toBe(false);
    });

    it('that is gone leaves the run interrupted, and its steps that ran', async () => {
      await using store = await open();
      const run = dayRun('2024-02-01');
      await store.addRun(run);
      await store.takeRun(run.id, GONE, [step, { ...step, name: 'other' }], new Date());
      await store.startAttempt(run.id, 'extract', 1, new Date(), 'f');
      expect(await store.runs({ states: ['running'] })).toEqual([]);
      expect(await store.run(run.id)).toMatchObject({ state: 'interrupted', owner: null });
      expect(await store.steps(run.id)).toMatchObject([
        { name: 'extract', state: 'interrupted' },
        { name: 'other', state: 'queued' },
      ]);
      expect(await store.attempts(run.id)).toMatchObject([{ state: 'interrupted' }]);
      expect(await store.takeRun(run.id, thisOwner(), [step], new Date())).toBe(true);
    });

    it('why that is, is written down by the first, until the run is taken again', async () => {
      await using store = await open();
      const run = dayRun('2024-02-01');
      const why = { code: null, message: 'gone', retryable: true };
      await store.addRun(run, thisOwner());
      expect(await store.explainInterrupted(run.id, why)).toBe(false);
      await store.takeRun(run.id, thisOwner(), [step], new Date());
      for (let i = 0; i < 2; i++) {
        await store.endRun(run.id, { state: 'interrupted', finished: new Date(), error: null });
        const firsts = await Promise.all([
          store.explainInterrupted(run.id, why),
          store.explainInterrupted(run.id, why),
        ]);
        expect(firsts.filter(Boolean)).toHaveLength(1);
        expect(await store.run(run.id)).toMatchObject({ state: 'interrupted', error: why });
        await store.takeRun(run.id, thisOwner(), [step], new Date());
      }
    });
  });

  it('a step of a run that several run is claimed by one, and no more runs are begun meanwhile than may be', async () => {
    await using store = await open();
    const [run, next] = [dayRun('2024-02-01', { trigger: 'manual' }), dayRun('2024-02-02')];
    await store.addRun(run, 'partial');
    const steps = [step, { ...step, name: 'other' }];
    const join = (...only: string[]): Promise<boolean> =>
      store.joinRun(run.id, thisOwner(), { steps, only }, new Date());
    const joined = await Promise.all(Array.from({ length: 12 }, () => join('extract', 'other')));
    expect(joined.filter((isJoined) => isJoined)).toHaveLength(1);
    expect(await store.beat(run.id, thisOwner())).toBe(true);
    expect(await store.takeRun(run.id, thisOwner(), steps, new Date())).toBe(false);
    expect(await store.claimInterval(next, thisOwner(), { maxRuns: 1 })).toBeUndefined();
    expect(await store.leaveRun(run.id, thisOwner(), ['extract'], error)).toBeUndefined();
    expect(await store.run(run.id)).toMatchObject({ state: 'running', error });
    expect(await join('other')).toBe(false);
    expect(await store.leaveRun(run.id, thisOwner(), ['other'], null)).toBe('partial');
    expect(await store.run(run.id)).toMatchObject({ state: 'partial', error: null, finished: expect.any(Date) });
    expect(await store.beat(run.id, thisOwner())).toBe(false);
    expect(await store.claimInterval(next, thisOwner(), { maxRuns: 1 })).toBeDefined();
    expect(await store.takeRun(run.id, thisOwner(), steps, new Date())).toBe(true);
    expect(await join('other')).toBe(false);
  });

  it('steps that are reset are as if they had not run', async () => {
    await using store = await open();
    const run = dayRun('2024-02-01');
    await store.addRun(run);
    await store.takeRun(run.id, thisOwner(), [step], new Date());
    await store.startAttempt(run.id, 'extract', 1, new Date(), 'f');
    const output = { kind: 'json', value: 1 } as const;
    await store.endStep(
      run.id,
      'extract',
      { state: 'succeeded', finished: new Date(), output },
      { number: 1, error: null },
    );
    await store.resetSteps(run.id, ['extract'], { anew: true });
    expect(await store.steps(run.id)).toMatchObject([
      { state: 'queued', output: null, started: null, cleared: 1, attempts: 1 },
    ]);
  });

  it('a schema is told where it is another than before', async () => {
    await using store = await open();
    const schema = [{ name: 'sku', dtype: { id: 'string' as const }, nullable: false }];
    const seen = { pipeline: 'daily', step: 'extract', run: 'a', schema };
    expect(await store.seeSchema({ ...seen, seen: new Date(1000) })).toBeUndefined();
    expect(await store.seeSchema({ ...seen, seen: new Date(2000) })).toBeUndefined();
    const wider = [...schema, { name: 'sold', dtype: { id: 'int' as const }, nullable: true }];
    expect(await store.seeSchema({ ...seen, seen: new Date(3000), schema: wider })).toEqual(schema);
    expect((await store.schemas('daily')).map(({ seen: at }) => at.getTime())).toEqual([1000, 3000]);
  });

  it('a schedule is paused and goes on', async () => {
    await using store = await open();
    expect(await store.schedule('daily')).toEqual({ pipeline: 'daily', paused: false });
    await store.setPaused('daily', true);
    expect(await store.schedule('daily')).toEqual({ pipeline: 'daily', paused: true });
    await store.setPaused('daily', false);
    expect(await store.schedule('daily')).toEqual({ pipeline: 'daily', paused: false });
  });

  it('a run that has ended is removed with all that is written down of it, and no other', async () => {
    await using store = await open();
    const [old, other, queued] = [dayRun('2024-02-01'), dayRun('2024-02-02'), dayRun('2024-02-03')];
    const [time, later] = [new Date('2024-02-05'), new Date('2024-02-06')];
    for (const { id } of [old, other]) {
      await store.addRun(id === old.id ? old : other);
      await store.takeRun(id, thisOwner(), [step], time);
      await store.startAttempt(id, 'extract', 1, time, 'f');
      await store.addChecks([
        { run: id, step: 'extract', time, severity: 'warn', rule: { rule: 'a', failures: 1, rows: [] } },
      ]);
      await store.addQuarantine({ run: id, step: 'extract', time, rows: 1, path: null });
      const line = { step: null, attempt: null, level: 'info', message: 'hello', fields: {} } as const;
      await store.addLogs([{ run: id, time, ...line }]);
      await store.addLineage([{ run: id, step: 'extract', role: 'source', name: 'csv a.csv' }]);
    }
    await store.addRun(queued);
    const written = async (id: string): Promise<unknown[]> =>
      Promise.all([
        store.steps(id),
        store.attempts(id),
        store.checks(id),
        store.quarantined(id),
        store.logs(id),
        store.lineage(id),
      ]);
    // While it is under way, or was not long ago.
    expect(await store.removeRun(old.id, later)).toBe(false);
    await store.endRun(old.id, { state: 'succeeded', finished: time, error: null });
    expect(await store.removeRun(old.id, time)).toBe(false);
    expect(await store.removeRun(queued.id, later)).toBe(false);
    expect(await store.removeRun(old.id, later)).toBe(true);
    expect(await store.removeRun(old.id, later)).toBe(false);
    expect((await store.runs()).map(({ id }) => id).sort()).toEqual([other.id, queued.id].sort());
    expect(await written(old.id)).toEqual([[], [], [], [], [], []]);
    for (const rows of await written(other.id)) expect(rows).toHaveLength(1);
  });

  it('a run of which a step is under way is not removed', async () => {
    await using store = await open();
    const run = dayRun('2024-02-01', { trigger: 'manual' });
    await store.addRun(run, 'partial');
    await store.joinRun(run.id, thisOwner(), { steps: [step], only: ['extract'] }, new Date(0));
    await store.endRun(run.id, { state: 'failed', finished: new Date(0), error });
    expect(await store.removeRun(run.id, new Date())).toBe(false);
    await store.leaveRun(run.id, thisOwner(), ['extract'], null);
    expect(await store.removeRun(run.id, new Date())).toBe(true);
  });

  it('is not used once it is closed', async () => {
    const store = await open();
    await store.close();
    await store.close();
    await expect((async () => store.runs())()).rejects.toMatchObject({ code: 'pipeline.store_closed' });
  });
}
