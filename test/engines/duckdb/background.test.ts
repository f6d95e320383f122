import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { inBackground } from '../../../src/engines/duckdb/background.ts';

// With one thread the engine has none of its own.
test.each(['1', '2'])(
  'a statement, with %s threads: what it did, what failed, and what is interrupted',
  async (threads) => {
    const instance = await DuckDBInstance.create(':memory:', { threads });
    const connection = await instance.connect();
    await connection.run('CREATE TABLE t (i BIGINT)');
    const insert = 'INSERT INTO t SELECT CASE WHEN range < $1 THEN range ELSE error($2) END FROM range(300000)';
    const done = await inBackground(connection, insert, [300_000n, '']);
    expect(done.rowsChanged).toBe(300_000);
    await expect(inBackground(connection, insert, [200_000n, '[sql.bad_row]'])).rejects.toThrow(
      /^Invalid Input Error: \[sql\.bad_row\]$/,
    );
    await expect(inBackground(connection, 'INSERT INTO nowhere VALUES (1)')).rejects.toThrow(/^Catalog Error: /);
    const endless = inBackground(connection, 'INSERT INTO t SELECT a.range FROM range(1000000) a, range(1000000) b');
    const timer = setInterval(() => connection.interrupt(), 20);
    await expect(endless).rejects.toThrow(/^INTERRUPT Error: /);
    clearInterval(timer);
    const [counted] = (await connection.runAndReadAll('SELECT count(*), count(DISTINCT i) FROM t')).getRows();
    expect(counted).toEqual([300_000n, 300_000n]);
    connection.closeSync();
    instance.closeSync();
  },
);
