import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Failure } from '../src/failure.ts';

test('a task that ends first', async () => {
  const failure = new Failure();
  expect(await failure.before(Promise.resolve(1))).toBe(1);
  await expect(failure.before(Promise.reject(new Error('of the task')))).rejects.toThrow('of the task');
});

test('a failure before a task, and while one is under way; the first counts', async () => {
  const failure = new Failure();
  const waiting = failure.before(new Promise(() => {}));
  failure.tell(new Error('first'));
  failure.tell(new Error('second'));
  await expect(waiting).rejects.toThrow('first');
  await expect(failure.before(new Promise(() => {}))).rejects.toThrow('first');
});

test('what tasks gave is not kept', async () => {
  setFlagsFromString('--expose-gc');
  const gc = runInNewContext('gc') as () => void;
  const failure = new Failure();
  const given: WeakRef<object>[] = [];
  for (let i = 0; i < 10; i++) {
    given.push(new WeakRef(await failure.before(Promise.resolve(Buffer.alloc(1024)))));
  }
  await new Promise(setImmediate);
  gc();
  // The last one may stand in a register still.
  expect(given.slice(0, -1).filter((ref) => ref.deref() !== undefined)).toEqual([]);
  failure.tell(new Error('late'));
});
