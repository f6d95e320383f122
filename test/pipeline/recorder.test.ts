import { afterEach, expect, test, vi } from 'vitest';
import { Recorder } from '../../src/pipeline/recorder.ts';
import { Redactor } from '../../src/pipeline/redact.ts';

afterEach(() => {
  vi.useRealTimers();
});

test('a hook that never ends holds the end of a run up for ten seconds, and no longer', async () => {
  vi.useFakeTimers();
  const recorder = new Recorder({
    run: 'one',
    pipeline: 'hooked',
    redactor: new Redactor(),
    store: undefined,
    hooks: [{ 'step.started': () => new Promise(() => {}) }],
    onEvent: [],
    progress: false,
  });
  recorder.tell({ type: 'step.started', step: 'work', attempt: 1 });
  let isSettled = false;
  const settled = recorder.settle().then(() => {
    isSettled = true;
  });
  await vi.advanceTimersByTimeAsync(9_999);
  expect(isSettled).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await settled;
});
