import { afterAll, beforeAll, describe, it } from 'vitest';
import { reshaping } from '../frame/verbs/reshaping-cases.ts';
import { expectAgreement, type Running, startEngines } from './engines.ts';

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

describe('a reshaping verb gives on every engine', () => {
  it.each(Object.entries(reshaping))('%s', (_, { build, expected, unordered }) =>
    expectAgreement(running, build, { expected, unordered: unordered ?? false }),
  );
});
