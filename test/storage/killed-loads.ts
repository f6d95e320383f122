import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

/** Has a process load, from a number on, and kills it a moment after its first load; gives the last that it said it did. */
export async function killedWhileLoading(
  args: readonly string[],
  moment: number,
  env: NodeJS.ProcessEnv = {},
): Promise<number> {
  const script = join(import.meta.dirname, 'dataset-loads.ts');
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let [said, wrong] = ['', ''];
  child.stderr.on('data', (text) => {
    wrong += text;
  });
  const began = new Promise<void>((resolve) => {
    child.stdout.on('data', (text) => {
      said += text;
      resolve();
    });
    child.on('close', () => resolve());
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await began;
  await sleep(moment);
  child.kill('SIGKILL');
  await ended;
  expect(wrong).toBe('');
  return Number(said.trim().split('\n').at(-1));
}
