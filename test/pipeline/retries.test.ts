import { describe, expect, it } from 'vitest';
import { MillraceError } from '../../src/index.ts';
import { type PipelineOptions, pipeline, type RunEvent, runPipeline } from '../../src/pipeline/index.ts';

/** An error that says whether a retry can help. */
const failure = (retryable: boolean): MillraceError =>
  new MillraceError({ code: 'test.failed', message: 'the server is away', retryable });

/** A pipeline of one task that fails so many times; the attempts at it. */
function failing(
  times: number,
  options: Pick<PipelineOptions, 'retries' | 'retry'>,
  error: () => unknown = () => failure(true),
) {
  const attempts: number[] = [];
  const made = pipeline('failing', { retry: { baseDelay: 1 }, ...options }, (p) => {
    p.task('fetch', ({ run }) => {
      attempts.push(run.attempt);
      if (attempts.length <= times) throw error();
      return 'there';
    });
  });
  return { made, attempts };
}

async function told(made: ReturnType<typeof failing>['made']) {
  const events: RunEvent[] = [];
  const run = await runPipeline(made, { onEvent: (event) => void events.push(event) });
  return { run, retried: events.filter((event) => event.type === 'step.retried') };
}

describe('an error that says a retry can help', () => {
  it('is met with another attempt, as often as retries says', async () => {
    const { made, attempts } = failing(2, { retries: 2 });
    const { run, retried } = await told(made);
    expect(run.orThrow().step('fetch')).toMatchObject({ value: 'there', attempts: 3 });
    expect(attempts).toEqual([1, 2, 3]);
    expect(retried).toHaveLength(2);
    expect(retried[0]).toMatchObject({ step: 'fetch', attempt: 1, error: { code: 'test.failed', retryable: true } });
  });

  it('fails the step when all attempts are used up', async () => {
    const { made, attempts } = failing(5, { retries: 2 });
    const { run } = await told(made);
    expect(run.step('fetch')).toMatchObject({ state: 'failed', attempts: 3 });
    expect(attempts).toEqual([1, 2, 3]);
  });

  it('may be any error that has retryable: true', async () => {
    const { made } = failing(1, { retries: 1 }, () => Object.assign(new Error('busy'), { retryable: true }));
    expect((await told(made)).run.state).toBe('succeeded');
  });

  it('is waited after for a random part of a span that doubles', async () => {
    const { made } = failing(6, { retries: 6, retry: { baseDelay: 4, maxDelay: 16 } });
    const { retried } = await told(made);
    const waits = retried.map((event) => (event.type === 'step.retried' ? event.wait : -1));
    expect(waits).toHaveLength(6);
    for (const [i, most] of [4, 8, 16, 16, 16, 16].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(0);
      expect(waits[i]).toBeLessThan(most);
    }
  });

  it('is not met beyond the budget that all steps share', async () => {
    let attempts = 0;
    const shared = pipeline('shared', { retries: 5, retry: { baseDelay: 1, budget: { retries: 3 } } }, (p) => {
      for (const name of ['a', 'b', 'c']) {
        p.task(name, () => {
          attempts += 1;
          throw failure(true);
        });
      }
    });
    expect((await runPipeline(shared)).state).toBe('failed');
    expect(attempts).toBe(3 + 3);
  });

  it('gives its place to other steps while it waits', async () => {
    const order: string[] = [];
    const one = pipeline('one', { concurrency: 1, retries: 1, retry: { baseDelay: 200 } }, (p) => {
      p.task('first', ({ run: { attempt } }) => {
        order.push(`first ${attempt}`);
        if (attempt === 1) throw failure(true);
      });
      p.task('second', () => void order.push('second'));
    });
    (await runPipeline(one)).orThrow();
    expect(order).toEqual(['first 1', 'second', 'first 2']);
  });
});

describe('an error that does not', () => {
  it.each([
    ['a MillraceError', () => failure(false)],
    ['an Error', () => new Error('a mistake')],
    ['a text', () => 'a mistake'],
    ['nothing', () => undefined],
  ])('%s fails the step at once', async (_, error) => {
    const { made, attempts } = failing(1, { retries: 3 }, error);
    expect((await told(made)).run.state).toBe('failed');
    expect(attempts).toEqual([1]);
  });
});

describe('a step that does not end', () => {
  it('fails when its timeout is over, and is tried again', async () => {
    let signals = 0;
    const slow = pipeline('slow', { timeout: 20, retries: 1, retry: { baseDelay: 1 } }, (p) => {
      p.task('never', ({ signal }) => {
        signal.addEventListener('abort', () => {
          signals += 1;
        });
        return new Promise<void>(() => {});
      });
      p.task('quick', () => 1);
    });
    const run = await runPipeline(slow);
    expect(run.step('never')).toMatchObject({
      state: 'failed',
      attempts: 2,
      error: { code: 'pipeline.timeout', retryable: true },
    });
    expect(run.step('never')?.error?.message).toContain('did not end within 20 ms');
    expect(run.step('quick')?.state).toBe('succeeded');
    expect(signals).toBe(2);
  });

  it('and cannot be interrupted fails when it has, and what it gave is given up', async () => {
    let ran = 0;
    const busy = pipeline('busy', { timeout: 30, retries: 1, retry: { baseDelay: 1 } }, (p) => {
      const first = p.task('first', () => {
        ran += 1;
        const until = performance.now() + (ran === 1 ? 60 : 0);
        while (performance.now() < until);
        return ran;
      });
      p.task('second', { first }, ({ first }) => first);
    });
    const retried: string[] = [];
    const hooks = {
      'step.retried': ({ error }: { readonly error: { readonly message: string } }) => void retried.push(error.message),
    };
    const run = (await runPipeline(busy, { hooks })).orThrow();
    expect(run.step('second')?.value).toBe(2);
    expect(retried).toEqual([expect.stringMatching(/took \d+ ms.* 30 ms.*could not be interrupted/)]);
  });

  it('may leak a timer: the run ends without it', async () => {
    let timer: NodeJS.Timeout | undefined;
    const leaking = pipeline('leaking', {}, (p) => {
      p.task('leak', () => {
        timer = setInterval(() => {}, 60_000);
      });
    });
    expect((await runPipeline(leaking)).state).toBe('succeeded');
    clearInterval(timer);
  });

  it('is stopped while it waits for another attempt', async () => {
    const stop = new AbortController();
    const waiting = pipeline('waiting', { retries: 3, retry: { baseDelay: 600_000, maxDelay: 600_000 } }, (p) => {
      p.task('away', () => {
        throw failure(true);
      });
    });
    const run = await runPipeline(waiting, {
      signal: stop.signal,
      hooks: { 'step.retried': () => setTimeout(() => stop.abort(new Error('enough')), 5) as never },
    });
    expect(run.state).toBe('cancelled');
    expect(run.step('away')).toMatchObject({ state: 'cancelled' });
  });
});
