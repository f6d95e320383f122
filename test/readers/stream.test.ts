import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DuckDBSession } from '../../src/engines/duckdb/session.ts';
import { t } from '../../src/index.ts';
import { type Readers, readersOf } from '../../src/readers/read.ts';
import type { StreamBatch } from '../../src/readers/stream.ts';
import { scratchOf } from '../support/scratch.ts';

let session: DuckDBSession;
let read: Readers;
beforeEach(() => {
  session = new DuckDBSession();
  read = readersOf(session);
});
afterEach(() => session.close());

const schema = { id: t.int(), text: t.string() };
type Message = { readonly id: number; readonly text: string };
const message = (id: number): Message => ({ id, text: `m${id}` });

async function* many(count: number): AsyncGenerator<Message> {
  for (let id = 0; id < count; id++) yield message(id);
}

/** A source that gives a message when it is told to, and knows when it was left. */
class Queue implements AsyncIterableIterator<Message> {
  readonly #waiting: ((result: IteratorResult<Message>) => void)[] = [];
  readonly #ready: IteratorResult<Message>[] = [];
  left = false;
  asked = 0;

  push(...results: IteratorResult<Message>[]): void {
    for (const result of results) {
      const waiting = this.#waiting.shift();
      if (waiting === undefined) this.#ready.push(result);
      else waiting(result);
    }
  }

  next(): Promise<IteratorResult<Message>> {
    this.asked += 1;
    const ready = this.#ready.shift();
    return ready === undefined ? new Promise((resolve) => this.#waiting.push(resolve)) : Promise.resolve(ready);
  }

  async return(): Promise<IteratorResult<Message>> {
    this.left = true;
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

const end = { done: true, value: undefined } as const;
const given = (id: number) => ({ done: false, value: message(id) }) as const;

async function idsOf(batch: StreamBatch<typeof schema, Message>): Promise<number[]> {
  return (await batch.frame.rows()).map(({ id }) => id);
}

describe('batches', () => {
  test('are full but for the last, in order, and every message is in one of them', async () => {
    const found: number[][] = [];
    const acknowledged: number[][] = [];
    const ack = (messages: readonly Message[]) => void acknowledged.push(messages.map(({ id }) => id));
    for await (const batch of read.stream(many(7), { schema, batch: { rows: 3 }, ack })) {
      expect(batch.index).toBe(found.length);
      expect(acknowledged).toHaveLength(found.length);
      found.push(await idsOf(batch));
      await batch.ack();
    }
    expect(found).toEqual([[0, 1, 2], [3, 4, 5], [6]]);
    expect(acknowledged).toEqual(found);
  });

  test('are none of no messages, and none is empty', async () => {
    for await (const _ of read.stream(many(0), { schema })) expect.unreachable();
    let batches = 0;
    for await (const batch of read.stream(many(6), { schema, batch: { rows: 3 } })) {
      batches += 1;
      await batch.ack();
    }
    expect(batches).toBe(2);
  });

  test('are closed by the clock; the message that was waited for is in the next', async () => {
    const queue = new Queue();
    queue.push(given(0), given(1));
    const stream = read.stream(queue, { schema, batch: { rows: 100, ms: 20 } });
    const first = (await stream.next()).value as StreamBatch<typeof schema, Message>;
    expect(await idsOf(first)).toEqual([0, 1]);
    expect(queue.asked).toBe(3);
    await first.ack();
    const waiting = stream.next();
    queue.push(given(2), end);
    const second = (await waiting).value as StreamBatch<typeof schema, Message>;
    expect(await idsOf(second)).toEqual([2]);
    await second.ack();
    expect(await stream.next()).toEqual({ done: true, value: undefined });
    expect(queue.left).toBe(false);
  });

  test('are rows found in messages', async () => {
    const lines = Readable.from(['0;a', '1;b']) as AsyncIterable<string>;
    const row = (line: string) => ({ id: Number(line.split(';')[0]), text: line.split(';')[1] });
    for await (const batch of read.stream(lines, { schema, row })) {
      expect(await batch.frame.rows()).toEqual([
        { id: 0, text: 'a' },
        { id: 1, text: 'b' },
      ]);
      expect(batch.messages).toEqual(['0;a', '1;b']);
      await batch.ack();
    }
    // @ts-expect-error -- a message that is no row needs `row`
    read.stream(lines, { schema });
  });

  test('put bad rows aside where asked, and leave nothing in scratch when acknowledged', async () => {
    const messages = (async function* () {
      yield { id: 1, text: 'a' };
      yield { id: 1.5, text: 'b' };
      yield null as unknown as Message;
    })();
    for await (const batch of read.stream(messages, { schema, onBadRow: 'quarantine' })) {
      expect(await batch.frame.count()).toBe(1);
      expect(await batch.frame.quarantine().rows()).toMatchObject([
        { column: 'id', value: '1.5' },
        { column: null, reason: 'null is no object of columns' },
      ]);
      await batch.ack();
    }
    for await (const batch of read.stream(many(5), { schema })) {
      expect(await batch.frame.count()).toBe(5);
      const before = await scratchOf(session);
      await batch.ack();
      expect((await scratchOf(session)).length).toBeLessThan(before.length);
    }
  });
});

describe('at least once', () => {
  test('a batch that is not acknowledged ends the stream when the next is asked for', async () => {
    const acknowledged: unknown[] = [];
    const queue = new Queue();
    queue.push(given(0), given(1), given(2), end);
    const stream = read.stream(queue, { schema, batch: { rows: 2 }, ack: (found) => void acknowledged.push(found) });
    await stream.next();
    await expect(stream.next()).rejects.toMatchObject({
      code: 'stream.not_acknowledged',
      message: expect.stringContaining('batch 0 was not acknowledged'),
    });
    expect(acknowledged).toEqual([]);
    expect(queue.left).toBe(true);
  });

  test('what came before the source failed is given before its error', async () => {
    const failing = (async function* () {
      yield* many(3);
      throw new Error('the broker went away');
    })();
    const found: number[] = [];
    const reading = (async () => {
      for await (const batch of read.stream(failing, { schema, batch: { rows: 2 } })) {
        found.push(...(await idsOf(batch)));
        await batch.ack();
      }
    })();
    await expect(reading).rejects.toThrow('the broker went away');
    expect(found).toEqual([0, 1, 2]);
  });

  test('an acknowledgement is told once, and its failure ends the stream', async () => {
    let told = 0;
    const stream = read.stream(many(4), {
      schema,
      batch: { rows: 2 },
      ack: async () => {
        told += 1;
        if (told === 2) throw new Error('offset not committed');
      },
    });
    const first = (await stream.next()).value as StreamBatch<typeof schema, Message>;
    await Promise.all([first.ack(), first.ack()]);
    expect(told).toBe(1);
    const second = (await stream.next()).value as StreamBatch<typeof schema, Message>;
    await expect(second.ack()).rejects.toThrow('offset not committed');
    await expect(stream.next()).rejects.toThrow('offset not committed');
  });

  test('leaving the loop leaves the source, also while it is waited for', async () => {
    const idle = new Queue();
    idle.push(given(0));
    for await (const _ of read.stream(idle, { schema, batch: { ms: 5 } })) break;
    expect(idle.left).toBe(true);
    const live = new Readable({ objectMode: true, read() {} });
    live.push(message(0));
    for await (const _ of read.stream(live as AsyncIterable<Message>, { schema, batch: { ms: 5 } })) break;
    expect(live.destroyed).toBe(true);
  });
});

test('options that make no batches are refused', () => {
  for (const batch of [{ rows: 0 }, { rows: 1.5 }, { ms: 0 }, { ms: 2 ** 31 }]) {
    expect(() => read.stream(many(1), { schema, batch })).toThrow(/^read\.stream: batch\.(rows|ms) is /);
  }
  expect(() => read.stream([message(1)] as unknown as AsyncIterable<Message>, { schema })).toThrow(
    'Give an async iterable',
  );
});
