import { describe, expect, test } from 'vitest';
import { createSession, MillraceError, type Session, t } from '../../../src/index.ts';
import type { Relation } from '../../../src/plan/relation.ts';
import type { Executor } from '../../../src/plan/source.ts';
import type { Block } from '../../../src/schema/block.ts';

const ROWS = 300_000;

interface Planned {
  readonly plan: Relation;
  readonly executor: Executor;
}

/** Rows 0, 1, 2 ... as floats, with a null in every seventh. */
async function numbers(session: Session, rows = ROWS) {
  const records = Array.from({ length: rows }, (_, i) => ({ i, maybe: i % 7 === 3 ? null : i / 2 }));
  const frame = session.read.rows(records, { schema: { i: t.float(), maybe: t.float().nullable() } });
  return frame.materialize();
}

function valuesOf(block: Block, column: number): (number | null)[] {
  const { values, validity } = block.columns[column] ?? { values: new Float64Array() };
  return Array.from({ length: block.rows }, (_, i) => {
    const stands = validity === undefined || ((validity[i >> 3] ?? 0) >> (i & 7)) & 1;
    return stands ? Number(values[i]) : null;
  });
}

async function streamed({ plan, executor }: Planned, column: number): Promise<(number | null)[]> {
  const found: (number | null)[] = [];
  for await (const block of executor.stream(plan, { early: true })) found.push(...valuesOf(block, column));
  return found;
}

describe('floats as the engine computes them', () => {
  test('all rows in their order, with their nulls, of a table and of a filtered one', async () => {
    await using session = createSession();
    const frame = await numbers(session);
    expect(await streamed(frame, 0)).toEqual(Array.from({ length: ROWS }, (_, i) => i));
    expect(await streamed(frame, 1)).toEqual(Array.from({ length: ROWS }, (_, i) => (i % 7 === 3 ? null : i / 2)));
    const some = frame.filter((r) => r.i.mod(3).eq(1)).select('maybe');
    expect(await streamed(some, 0)).toEqual((await some.rows()).map((row) => row.maybe));
    expect(
      await streamed(
        frame.filter((r) => r.i.lt(0)),
        0,
      ),
    ).toEqual([]);
  });

  test('who leaves early leaves nothing behind', async () => {
    await using session = createSession();
    const frame = await numbers(session);
    for (let time = 0; time < 5; time++) {
      for await (const block of frame.executor.stream(frame.plan, { early: true })) {
        expect(block.rows).toBeGreaterThan(0);
        break;
      }
    }
    expect(await frame.count()).toBe(ROWS);
    expect(await streamed(frame, 0)).toHaveLength(ROWS);
  });

  test('other queries run while a stream is open', async () => {
    await using session = createSession();
    const frame = await numbers(session);
    let rows = 0;
    for await (const block of frame.executor.stream(frame.plan, { early: true })) {
      if (rows === 0) expect(await frame.count()).toBe(ROWS);
      rows += block.rows;
    }
    expect(rows).toBe(ROWS);
  });

  test('an error of a late row is that of the frame', async () => {
    await using session = createSession();
    const texts = Array.from({ length: 50_000 }, (_, i) => ({ x: i === 49_999 ? 'many' : String(i) }));
    const frame = session.read
      .rows(texts, { schema: { x: t.string() } })
      .withColumns((r) => ({ x: r.x.parse(t.float()) }));
    const expected = await frame.collect().catch((error: unknown) => error);
    const error = await streamed(frame, 0).catch((found: unknown) => found);
    expect(error).toBeInstanceOf(MillraceError);
    expect((error as MillraceError).code).toBe((expected as MillraceError).code);
    expect((error as MillraceError).message).toBe((expected as MillraceError).message);
  });

  test('an abort ends it, and the end of the session', async () => {
    const session = createSession();
    const frame = await numbers(session);
    const stop = new AbortController();
    const reason = new Error('enough');
    const aborted = (async () => {
      for await (const _ of frame.executor.stream(frame.plan, { early: true, signal: stop.signal })) stop.abort(reason);
    })();
    await expect(aborted).rejects.toBe(reason);
    const closed = (async () => {
      for await (const _ of frame.executor.stream(frame.plan, { early: true })) await session.close();
    })();
    await expect(closed).rejects.toMatchObject({ code: 'session.closed' });
  });
});
