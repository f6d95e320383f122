import { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { copyOut } from '../../../src/postgres/copy-out.ts';
import { freshDatabase } from '../../support/postgres.ts';

const database = await freshDatabase();
const control = new pg.Client({ connectionString: database.url });
await control.connect();

afterAll(async () => {
  await control.end();
  await database.drop();
});

/** A socket that hands on what arrives in chunks of a size, and breaks after so many bytes. */
class CutSocket extends Socket {
  size = Number.POSITIVE_INFINITY;
  left = Number.POSITIVE_INFINITY;

  override push(chunk: Buffer | null): boolean {
    if (chunk === null) return super.push(null);
    let more = true;
    const kept = chunk.subarray(0, Math.min(this.left, chunk.length));
    for (let at = 0; at < kept.length; at += this.size) more = super.push(kept.subarray(at, at + this.size));
    this.left -= kept.length;
    if (this.left === 0) this.destroy();
    return more;
  }
}

interface Lent {
  readonly client: pg.PoolClient;
  readonly socket: CutSocket;
}

/** A connection as a reader has it: in a transaction, and closed where it broke. */
async function lent<R>(task: (connection: Lent) => Promise<R>, options: pg.PoolConfig = {}): Promise<R> {
  const socket = new CutSocket();
  const pool = new pg.Pool({ connectionString: database.url, max: 1, stream: () => socket, ...options });
  pool.on('error', () => {});
  const client = await pool.connect();
  client.on('error', () => {});
  try {
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return await task({ client, socket });
  } finally {
    client.release(true);
    await pool.end();
  }
}

/** The text of a query's rows, and how many the server counted. */
async function collect(
  client: pg.PoolClient,
  query: string,
): Promise<{ readonly text: Buffer; readonly rows: number }> {
  const pieces: Buffer[] = [];
  const copy = copyOut(client, query);
  for (;;) {
    const step = await copy.next();
    if (step.done === true) return { text: Buffer.concat(pieces), rows: step.value };
    // A piece stands until the next one is asked for.
    pieces.push(Buffer.from(step.value));
  }
}

const lines = (count: number, line: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => `${line(i + 1)}\n`).join('');

describe('what arrives', () => {
  const sql = `SELECT i, repeat('é', i % 50), NULL::text, E'a\\tb\\\\\\n' FROM generate_series(1, 300) i`;
  const expected = lines(300, (i) => `${i}\t${'é'.repeat(i % 50)}\t\\N\ta\\tb\\\\\\n`);

  test.each([1, 2, 3, 4, 5, 6, 7, 11, 64, 1000])('in chunks of %i bytes', async (size) => {
    await lent(async ({ client, socket }) => {
      socket.size = size;
      const { text, rows } = await collect(client, sql);
      expect([text.toString(), rows]).toEqual([expected, 300]);
      // The driver hears its connection again.
      expect((await client.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
      expect(socket.listenerCount('data')).toBe(1);
      expect((await collect(client, 'SELECT 7')).text.toString()).toBe('7\n');
    });
  });

  test('no rows, and rows of nothing', async () => {
    await lent(async ({ client }) => {
      expect(await collect(client, 'SELECT 1 WHERE false')).toEqual({ text: Buffer.alloc(0), rows: 0 });
      expect(await collect(client, `SELECT '' FROM generate_series(1, 3)`)).toEqual({
        text: Buffer.from('\n\n\n'),
        rows: 3,
      });
    });
  });

  test.each([70_000, 1_048_576, 17_000_000])('rows of %i bytes', async (size) => {
    await lent(async ({ client }) => {
      const { text, rows } = await collect(
        client,
        `SELECT repeat(chr(96 + i), ${size}) || E'\\n' FROM generate_series(1, 3) i`,
      );
      expect(rows).toBe(3);
      expect(text.equals(Buffer.from(lines(3, (i) => `${String.fromCharCode(96 + i).repeat(size)}\\n`)))).toBe(true);
    });
  });

  test('a million rows, while what takes them is slow now and then', async () => {
    await lent(async ({ client }) => {
      const copy = copyOut(client, 'SELECT i FROM generate_series(1, 1000000) i');
      let [next, rest, pieces] = [1, '', 0];
      for await (const piece of copy) {
        pieces += 1;
        if (pieces % 3 === 0) await sleep(20);
        const found = (rest + Buffer.from(piece).toString()).split('\n');
        rest = found.pop() ?? '';
        for (const line of found) {
          if (line !== String(next)) throw new Error(`${line} stands where ${next} should`);
          next += 1;
        }
      }
      expect([next, rest]).toEqual([1_000_001, '']);
    });
  });

  test('a server waits for what takes the rows', async () => {
    await lent(async ({ client, socket }) => {
      const copy = copyOut(client, `SELECT repeat('x', 1000) FROM generate_series(1, 100000) i`);
      await copy.next();
      await sleep(500);
      expect(socket.bytesRead).toBeLessThan(10_000_000);
      let bytes = 0;
      for await (const piece of copy) bytes += piece.length;
      expect(bytes).toBeGreaterThan(90_000_000);
    });
  });

  test('notices between the rows are told to the driver', async () => {
    await control.query(
      `CREATE FUNCTION noisy(i int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', i; RETURN i; END $$`,
    );
    await lent(async ({ client, socket }) => {
      socket.size = 3;
      const told: (string | undefined)[] = [];
      client.on('notice', (notice) => told.push(notice.message));
      expect((await collect(client, 'SELECT noisy(i) FROM generate_series(1, 3) i')).text.toString()).toBe('1\n2\n3\n');
      expect(told).toEqual(['row 1', 'row 2', 'row 3']);
    });
  });
});

describe('failures', () => {
  test.each([1, 5, 1000, Number.POSITIVE_INFINITY])('of the query after some rows, in chunks of %d', async (size) => {
    await lent(async ({ client, socket }) => {
      socket.size = size;
      await client.query('SAVEPOINT before');
      const copying = collect(client, 'SELECT 1 / (5000 - i) FROM generate_series(1, 10000) i');
      await expect(copying).rejects.toMatchObject({ code: '22012', message: 'division by zero' });
      // The connection goes on.
      await client.query('ROLLBACK TO SAVEPOINT before');
      expect((await collect(client, 'SELECT 7')).text.toString()).toBe('7\n');
    });
  });

  test('of a query that is none', async () => {
    await lent(async ({ client }) => {
      await expect(collect(client, 'SELECT nothing')).rejects.toMatchObject({ code: '42703' });
      expect((await client.query('ROLLBACK')).command).toBe('ROLLBACK');
    });
  });

  test('of the connection after any byte: never rows without the rest', async () => {
    const sql = `SELECT i, 'x' FROM generate_series(1, 5) i`;
    const total = await lent(async ({ client, socket }) => {
      const before = socket.bytesRead;
      await collect(client, sql);
      return socket.bytesRead - before;
    });
    for (let left = 1; left < total; left++) {
      await lent(async ({ client, socket }) => {
        socket.left = left;
        await expect(collect(client, sql), `cut after ${left}`).rejects.toThrow(/Connection terminated|ECONNRESET/);
        expect(socket.destroyed).toBe(true);
      });
    }
  });

  test('of the server while nobody asks for rows', async () => {
    await lent(async ({ client, socket }) => {
      const copy = copyOut(client, `SELECT repeat('x', 1000) AS endless FROM (SELECT generate_series(1, 100000000)) i`);
      await copy.next();
      await sleep(100);
      await control.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%endless%' AND pid <> pg_backend_pid()`,
      );
      const rest = async (): Promise<void> => {
        for await (const piece of copy) void piece;
      };
      await expect(rest()).rejects.toThrow(/terminat|ECONNRESET/);
      expect(socket.destroyed).toBe(true);
    });
  });

  test('of a timeout of the driver', async () => {
    await lent(
      async ({ client, socket }) => {
        expect((await collect(client, 'SELECT 7')).rows).toBe(1);
        await expect(collect(client, 'SELECT i, pg_sleep(0.02) FROM generate_series(1, 1000) i')).rejects.toThrow(
          'Query read timeout',
        );
        expect(socket.destroyed).toBe(true);
      },
      { query_timeout: 500 },
    );
  });

  test('of what takes the rows: the connection is given up', async () => {
    await lent(async ({ client, socket }) => {
      const stopped = async (): Promise<void> => {
        for await (const piece of copyOut(
          client,
          `SELECT repeat('x', 1000) FROM (SELECT generate_series(1, 100000000)) i`,
        )) {
          throw new Error(`enough of ${piece.length > 0}`);
        }
      };
      await expect(stopped()).rejects.toThrow('enough of true');
      expect(socket.destroyed).toBe(true);
    });
  });

  test('of a connection that is lost already', async () => {
    await lent(async ({ client, socket }) => {
      socket.destroy();
      await expect(collect(client, 'SELECT 7')).rejects.toThrow(/terminated|not queryable/);
    });
  });
});
