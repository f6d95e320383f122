import { expect, test } from 'vitest';
import { eventText } from '../../src/cli/pipeline/event-text.ts';
import { type PipelineOptions, pipeline, type RunEvent, runPipeline } from '../../src/pipeline/index.ts';

/** The lines of a run of one step that always fails, and its result. */
async function failing(options: PipelineOptions, fail: () => unknown) {
  const lines: (string | undefined)[] = [];
  const made = pipeline('failing', { retry: { baseDelay: 1 }, ...options }, (p) => {
    p.task('fetch', async () => {
      await fail();
      return null;
    });
  });
  const run = await runPipeline(made, { onEvent: (event: RunEvent) => void lines.push(eventText(event)) });
  return { step: run.step('fetch'), told: lines.join('\n') };
}

const boom = (): never => {
  throw new Error('boom');
};

test('a step that has retries left says why it is not tried again', async () => {
  const { step, told } = await failing({ retries: 2 }, boom);
  const why = 'boom; not tried again: the error does not say that a retry can help';
  expect(step).toMatchObject({ attempts: 1, reason: why, error: { message: 'boom' } });
  expect(told).toContain(`: ${why}`);
});

test('one without retries says nothing of it', async () => {
  expect((await failing({}, boom)).step?.reason).toBe('boom');
});

test('one that the budget forbids says so', async () => {
  const busy = () => Promise.reject(Object.assign(new Error('busy'), { retryable: true }));
  const { step } = await failing({ retries: 2, retry: { baseDelay: 1, budget: { retries: 1 } } }, busy);
  expect(step).toMatchObject({ attempts: 2, reason: 'busy; not tried again: the budget of retries is used up' });
});

test('a fetch of a server that is not there is tried again, and says what became of it', async () => {
  const { step, told } = await failing({ retries: 1 }, () => fetch('http://127.0.0.1:4'));
  expect(step?.attempts).toBe(2);
  expect(told).toMatch(/attempt 1 failed, again in .*: fetch failed: connect ECONNREFUSED/);
});
