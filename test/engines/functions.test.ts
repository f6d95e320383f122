import { afterAll, beforeAll, describe, it } from 'vitest';
import { columnsOf } from '../../src/frame/columns.ts';
import { aggregates } from '../frame/described-aggregates.ts';
import { scalars } from '../frame/described-functions.ts';
import { every, everyDType, everyRows, type Row } from '../frame/every-dtype.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';
import { gapOf } from './gaps.ts';

/* Every function that there is, on every engine: what is described for the types is run here for its answers. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

/** What differs from run to run: the instant of the run is no answer. */
const CLOCKS: ReadonlySet<string> = new Set(['fn.now 1', 'When.else 12']);

const r = columnsOf(every.schema, 'test') as object as Row;

describe('a function gives the same on every engine', () => {
  const cases = Object.entries(scalars(r)).flatMap(([name, made]) =>
    made.flatMap(({ expression }, i) => {
      const called = `${name} ${i + 1}`;
      return gapOf(called) === undefined && !CLOCKS.has(called) ? [[called, expression] as const] : [];
    }),
  );
  it.each(cases)('%s', (_, expression) =>
    expectAgreement(
      running,
      (read) =>
        read
          .rows(everyRows, { schema: everyDType })
          .withColumns(() => ({ made: expression }))
          .select('id', 'made') as AnyFrame,
    ),
  );
});

describe('an aggregate gives the same on every engine', () => {
  const cases = Object.entries(aggregates(r)).flatMap(([name, made]) =>
    made.flatMap(({ expression }, i) => {
      const called = `${name} ${i + 1}`;
      return gapOf(called) === undefined ? [[called, expression] as const] : [];
    }),
  );
  it.each(cases)('%s', async (_, expression) => {
    const make = () => ({ made: expression });
    await expectAgreement(
      running,
      (read) =>
        read
          .rows(everyRows, { schema: everyDType })
          .groupBy('group')
          .agg(make as never) as AnyFrame,
      { unordered: true },
    );
    await expectAgreement(
      running,
      (read) =>
        read
          .rows(everyRows, { schema: everyDType })
          .filter((row) => row.flag.and(false))
          .groupBy()
          .agg(make as never) as AnyFrame,
    );
  });
});
