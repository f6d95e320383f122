import { execFileSync, spawn } from 'node:child_process';
import pg from 'pg';
import { startPostgres } from '../../test/support/postgres.ts';

/** Loads the days of the example's file, and starts what the Dockerfile starts until a run has succeeded. */

const [, , folder = '', command = '[]'] = process.argv;
const [program = '', ...args] = JSON.parse(command) as string[];
const server = await startPostgres();
try {
  const env = { ...process.env, NODE_ENV: 'production', DATABASE_URL: server.url, MILLRACE_STORE: server.url };
  const span = ['--from', '2026-01-05', '--to', '2026-01-07'];
  execFileSync(program, ['backfill', 'daily-sales', ...span], { cwd: folder, env, stdio: 'inherit' });

  const serving = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'inherit'] });
  let lines = '';
  serving.stdout.setEncoding('utf8').on('data', (text: string) => {
    lines += text;
    if (lines.includes('"msg":"run.finished"')) serving.kill('SIGTERM');
  });
  const code = await new Promise((done) => serving.once('close', done));
  const last = lines
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .find((line) => line.msg === 'run.finished');
  const client = new pg.Client(server.url);
  await client.connect();
  const { rows } = await client.query('SELECT invoice, amount::text FROM sales ORDER BY invoice');
  await client.end();
  console.log(`serve ended with ${code}, its run ${last?.state}; the table has ${JSON.stringify(rows)}`);
  if (code !== 0 || last?.state !== 'succeeded' || rows.length !== 3) process.exitCode = 1;
} finally {
  await server.stop();
}
