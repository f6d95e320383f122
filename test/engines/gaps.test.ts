import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { duckdb } from '../../src/sql/duckdb.ts';
import { postgres } from '../../src/sql/postgres.ts';
import { expectAgreement, type Running, startEngines } from './engines.ts';
import { gaps, notInGaps } from './gaps.ts';

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

describe('a gap is told when the plan is compiled', () => {
  it.each(gaps.map((gap) => [gap.what, gap] as const))('%s', async (_, { engine, error, plan }) => {
    for (const { name, session } of running.others.filter((other) => [engine, 'pglite'].includes(other.name))) {
      // `explain` compiles and runs nothing.
      const refused = await (plan(session.read) as unknown as { explain(): Promise<string> }).explain().catch((e) => e);
      expect(refused, name).toMatchObject(error);
    }
    await plan(running.reference.session.read).rows();
  });

  it.each(Object.entries(notInGaps))('and %s are in none', (_, plan) => expectAgreement(running, plan));

  it('there are few of them', () => {
    expect(gaps.filter(({ engine }) => engine === 'postgres').length).toBeLessThanOrEqual(5);
  });
});

describe('what one dialect spells, the other spells', () => {
  it.each(['scalar', 'aggregate'] as const)('%s', (table) => {
    expect(Object.keys(duckdb[table]).filter((name) => postgres[table][name] === undefined)).toEqual([]);
  });

  it('window', () => {
    const spelled = { ...postgres.aggregate, ...postgres.window };
    expect(Object.keys(duckdb.window).filter((name) => spelled[name] === undefined)).toEqual([]);
  });
});
