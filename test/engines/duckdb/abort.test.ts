import { DuckDBInstance } from '@duckdb/node-api';
import { expect, test } from 'vitest';
import { runOn } from '../../../src/engines/duckdb/connections.ts';

test('an abort in the moment in which progress is asked for ends the statement before it begins', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const stop = new AbortController();
  const ran: string[] = [];
  const run = connection.run.bind(connection);
  connection.run = (sql, ...rest) => {
    ran.push(sql);
    if (sql.startsWith('SET')) stop.abort(new Error('enough'));
    return run(sql, ...rest);
  };
  const options = { signal: stop.signal, onProgress: () => {} };
  await expect(runOn(connection, { sql: 'SELECT 42', values: [] }, options)).rejects.toThrow('enough');
  expect(ran.map((sql) => sql.split(' ')[0])).toEqual(['SET']);
  connection.closeSync();
  instance.closeSync();
});
