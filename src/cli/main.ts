#!/usr/bin/env node
import { runCli } from './cli.ts';
import { endWith } from './end.ts';

const { stdout, stderr } = process;
for (const stream of [stdout, stderr]) {
  // Who read it may be gone, as in `| head`: the command goes on without.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}
const code = await runCli(process.argv.slice(2), {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  ...(stdout.isTTY && stderr.isTTY ? { terminal: { columns: stderr.columns || 80 } } : {}),
});
endWith(code);
