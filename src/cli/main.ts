#!/usr/bin/env node
import { runCli } from './cli.ts';
import { endWith } from './end.ts';

const { stdout, stderr } = process;
const code = await runCli(process.argv.slice(2), {
  out: (text) => stdout.write(text),
  err: (text) => stderr.write(text),
  ...(stdout.isTTY && stderr.isTTY ? { terminal: { columns: stderr.columns || 80 } } : {}),
});
endWith(code);
